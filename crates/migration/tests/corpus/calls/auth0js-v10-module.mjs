import { WebAuth } from 'auth0-js';

const client = new WebAuth({ domain: import.meta.env.VITE_AUTH0_DOMAIN, clientID: import.meta.env.VITE_AUTH0_CLIENT });

export const freshIdToken = (refreshToken) =>
  new Promise((resolve, reject) => {
    client.client?.delegation({ grant_type: GRANT, refresh_token: refreshToken, scope: 'openid', api_type: 'app' }, done);
    function done(error, answer) {
      return error ? reject(error) : resolve(answer.idToken);
    }
  });

const GRANT = 'urn:ietf:params:oauth:grant-type:jwt-bearer';
