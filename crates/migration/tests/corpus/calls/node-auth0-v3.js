const { AuthenticationClient } = require('auth0');

const auth = new AuthenticationClient({ domain: process.env.AUTH0_DOMAIN, clientId: process.env.AUTH0_CLIENT_ID });

async function onBehalf(idToken) {
  const { id_token } = await auth.tokens.getDelegationToken({
    id_token: idToken,
    api_type: 'app',
    target: process.env.BILLING_CLIENT_ID,
    grant_type: 'urn:ietf:params:oauth:grant-type:jwt-bearer',
  });
  return id_token;
}

module.exports = { onBehalf };
