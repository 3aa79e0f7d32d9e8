// Every grant type that a provider (Auth0, Keycloak and others) may announce.
export enum GrantType {
  Code = 'authorization_code',
  Client = 'client_credentials',
  Refresh = 'refresh_token',
  JwtBearer = 'urn:ietf:params:oauth:grant-type:jwt-bearer',
}
