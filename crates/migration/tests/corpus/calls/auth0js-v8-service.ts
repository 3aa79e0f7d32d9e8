import * as auth0 from 'auth0-js';
import { Injectable } from '@angular/core';

@Injectable()
export class ReportsTokens {
  private webAuth = new auth0.WebAuth({ domain: 'acme.eu.auth0.com', clientID: 'reports' });

  reportsToken(): Promise<string> {
    return new Promise((resolve, reject) => {
      this.webAuth.client.delegation(
        {
          grant_type: 'urn:ietf:params:oauth:grant-type:jwt-bearer',
          id_token: sessionStorage.getItem('id_token'),
          target: 'reports-api',
          scope: 'openid profile',
          api_type: 'app',
        },
        (err, result) => (err ? reject(err) : resolve(result.idToken)),
      );
    });
  }
}
