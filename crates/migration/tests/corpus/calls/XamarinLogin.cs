using Auth0.SDK;

public class Login
{
    private readonly Auth0Client auth0 = new Auth0Client("acme.auth0.com", "phone");

    public async Task KeepAsync()
    {
        if (auth0.HasTokenExpired())
        {
            await auth0.RenewIdToken(auth0.CurrentUser.IdToken);
        }
        var token = await auth0.GetDelegationToken(api: "azure_sb", idToken: auth0.CurrentUser.IdToken);
    }
}
