// npm's oidc-provider as the app's own provider, with its own development pages for sign-in and consent.
// `node provider.mjs PORT APP_ORIGIN`: prints `ready` once it listens.

import { Provider } from 'oidc-provider';

const [port, app] = process.argv.slice(2);
const issuer = `http://localhost:${port}`;

const provider = new Provider(issuer, {
  clients: [
    {
      client_id: 'own-app',
      token_endpoint_auth_method: 'none',
      redirect_uris: [`${app}/callback`, `${app}/silent-callback.html`],
      post_logout_redirect_uris: [`${app}/`],
      grant_types: ['authorization_code', 'refresh_token'],
      response_types: ['code'],
    },
  ],
  clientBasedCORS: (ctx, origin) => origin === app,
  // Plain http, and the app on the same site.
  cookies: { keys: ['a key for cookies that nobody needs to keep'], long: { sameSite: 'lax' } },
  pkce: { required: () => true },
  scopes: ['openid', 'offline_access', 'email'],
  claims: { email: ['email'] },
  ttl: { AccessToken: 3_600, IdToken: 3_600, RefreshToken: 86_400, Session: 86_400, Grant: 86_400 },
  rotateRefreshToken: true,
  // Without prompt=consent it would drop offline_access (OpenID Connect Core, section 11), as few others do.
  issueRefreshToken: async () => true,
  findAccount: async (ctx, sub) => ({ accountId: sub, claims: async () => ({ sub, email: `${sub}@example.com` }) }),
  features: { devInteractions: { enabled: true }, revocation: { enabled: true } },
});
provider.on('server_error', (ctx, error) => console.error(error));
provider.listen(Number(port), 'localhost', () => console.log('ready'));
