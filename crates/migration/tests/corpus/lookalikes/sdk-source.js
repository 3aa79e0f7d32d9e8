// The SDK itself, kept beside the program.
Auth0.prototype.getDelegationToken = function (options, callback) {
  return this._post(this._domain + '/delegation', options, callback);
};

Auth0.prototype.renewIdToken = function (idToken, callback) {
  this.getDelegationToken({ id_token: idToken, scope: 'passthrough', api: 'auth0' }, callback);
};
