import Auth0 from 'react-native-auth0';

const auth0 = new Auth0({ domain: 'acme.auth0.com', clientId: 'phone' });

export const fresh = (refreshToken) => auth0.auth.refreshToken({ refreshToken });
