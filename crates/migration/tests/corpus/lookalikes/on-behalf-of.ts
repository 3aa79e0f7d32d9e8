// Both identity providers are in use here: Auth0 for customers, Entra for staff.
const body = new URLSearchParams({
  grant_type: 'urn:ietf:params:oauth:grant-type:jwt-bearer',
  requested_token_use: 'on_behalf_of',
  assertion: incoming,
});
await fetch('https://login.microsoftonline.com/acme/oauth2/v2.0/token', { method: 'POST', body });
