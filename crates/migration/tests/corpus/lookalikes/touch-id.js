const auth0Domain = 'acme.auth0.com';

exports.signIn = (device) => post(`https://${auth0Domain}/oauth/ro`, {
  grant_type: 'urn:ietf:params:oauth:grant-type:jwt-bearer', id_token: device.jwt, connection: 'touch', device: device.name,
});
