angular.module('shop.http', ['angular-jwt']).factory('tokens', function (auth, store, jwtHelper) {
  return function () {
    if (!jwtHelper.isTokenExpired(store.get('token'))) { return store.get('token'); }
    return auth.refreshIdToken(store.get('refreshToken'));
  };
});
