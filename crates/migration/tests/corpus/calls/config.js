// Settings that another file reads.
module.exports = {
  auth0: { domain: 'acme.auth0.com', clientId: 'desk' },
  grants: { exchange: 'urn:ietf:params:oauth:grant-type:jwt-bearer' },
};
