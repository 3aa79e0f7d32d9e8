import Auth0Lock from 'react-native-lock';

const lock = new Auth0Lock({ clientId: 'phone', domain: 'acme.auth0.com' });

export const renew = (token) => lock.authenticationAPI().delegation({ refreshToken: token, scope: 'openid' });
