'use strict';

var Auth0 = require('auth0-js');

var auth0 = new Auth0({ domain: window.config.domain, clientID: window.config.clientId });

// A refresh token lives in local storage, as it was usual then.
exports.keepAlive = function (onToken) {
  var refreshToken = localStorage.getItem('refresh_token');
  auth0.refreshToken(refreshToken, function (err, delegation) {
    if (err) { return location.assign('/login'); }
    onToken(delegation.id_token);
  });
};

exports.tokenFor = function (clientId, onToken) {
  var options = {
    refresh_token: localStorage.getItem('refresh_token'),
    api: 'auth0',
    target: clientId
  };
  auth0.getDelegationToken(options, onToken);
};

exports.firebaseToken = function (idToken, onToken) {
  auth0.getDelegationToken({ id_token: idToken, api: 'firebase' }, function (err, result) {
    onToken(err, result && result.id_token);
  });
};
