var fields = new Dictionary<string, string>
{
    { "client_id", settings.ClientId },
    { "grant_type", "urn:ietf:params:oauth:grant-type:jwt-bearer" },
    { "id_token", user.IdToken },
    { "target", settings.ApiClientId },
    { "scope", "openid" }
};
var answer = await http.PostAsync($"https://{settings.Auth0Domain}/delegation", new FormUrlEncodedContent(fields));
