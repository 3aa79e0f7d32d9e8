angular.module('shop', ['auth0', 'angular-storage', 'angular-jwt'])
  .config(function (jwtInterceptorProvider, authProvider) {
    authProvider.init({ domain: 'acme.auth0.com', clientID: 'shop' });
    jwtInterceptorProvider.tokenGetter = function (config, store, jwtHelper, auth) {
      var idToken = store.get('token');
      var refreshToken = store.get('refreshToken');
      if (config.url.indexOf('https://orders.acme.example') === 0) {
        return auth.getToken({ targetClientId: 'orders-api', scope: 'openid' });
      }
      if (jwtHelper.isTokenExpired(idToken)) {
        return auth.refreshIdToken(refreshToken).then(function (fresh) {
          store.set('token', fresh);
          return fresh;
        });
      }
      return idToken;
    };
  })
  .run(function ($interval, auth, store) {
    $interval(function () {
      auth.renewIdToken(store.get('token')).then(function (fresh) { store.set('token', fresh); });
    }, 3600000);
  });
