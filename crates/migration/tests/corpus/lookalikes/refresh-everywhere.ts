import { Auth0Client } from '@auth0/auth0-spa-js';

export class Session {
  constructor(private readonly auth0: Auth0Client, private readonly http: Http) {}
  // Silent since 2019.
  fresh() { return this.auth0.getTokenSilently(); }
  refreshToken(token: string) { return this.http.post('/session', { refreshToken: token }); }
  retry(token: string) { return this.refreshToken(token).then(() => this.http.retry()); }
}
