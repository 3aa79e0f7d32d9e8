from auth0.v3.authentication import GetToken


def fresh(settings, refresh_token):
    # was: auth0.getDelegationToken(id_token=id_token, target="orders", api_type="app")
    return GetToken(settings.AUTH0_DOMAIN).refresh_token(settings.CLIENT_ID, settings.SECRET, refresh_token)
