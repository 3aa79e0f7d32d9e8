const Promise = require('bluebird');
const auth0 = require('./auth0-instance');

const delegationToken = Promise.promisify(auth0.getDelegationToken, { context: auth0 });

module.exports = (idToken) => delegationToken({ id_token: idToken, api: 'auth0', targetClientId: 'mail' });
