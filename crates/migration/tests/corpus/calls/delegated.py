from auth0.v3.authentication import Delegated


def orders_token(settings, id_token):
    """Swap the caller's ID token. See Delegated.get_token()."""
    delegated = Delegated(settings.AUTH0_DOMAIN)
    answer = delegated.get_token(
        client_id=settings.CLIENT_ID,
        target=settings.ORDERS_CLIENT_ID,
        api_type="app",
        grant_type="urn:ietf:params:oauth:grant-type:jwt-bearer",
        id_token=id_token,
    )
    return answer["id_token"]
