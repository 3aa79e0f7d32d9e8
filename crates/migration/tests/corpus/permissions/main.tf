resource "auth0_client" "desk" {
  name        = "Desk"
  grant_types = ["implicit", "http://auth0.com/oauth/legacy/grant-type/delegation/refresh_token"]
}
resource "auth0_tenant" "acme" {
  flags { allow_legacy_delegation_grant_types = true }
}
