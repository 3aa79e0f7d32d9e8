import auth0 from 'auth0-js';

// auth0.getDelegationToken({ id_token: idToken, targetClientId: 'orders' }, done);
/*
 * Was: POST https://acme.auth0.com/delegation with grant_type
 * urn:ietf:params:oauth:grant-type:jwt-bearer, and renewIdToken(token) before it.
 */
export const renew = (done) => new auth0.WebAuth({ domain: 'acme.auth0.com' }).checkSession({}, done);
