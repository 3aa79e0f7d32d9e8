// What no reader of text can see: the name and the address come into being at run time.
const auth0 = require('./auth0-instance');
const verb = 'getDelegation' + 'Token';

exports.hidden = (idToken, done) => auth0[verb]({ id_token: idToken, targetClientId: 'mail' }, done);

exports.alsoHidden = (idToken) =>
  fetch(['https://acme.auth0.com', 'delegation'].join('/'), { method: 'POST', body: JSON.stringify({ id_token: idToken }) });
