class Session
  constructor: (@lock) ->

  # Lock hands out its auth0.js.
  orders: (done) ->
    @lock.getClient().getDelegationToken
      id_token: @idToken
      targetClientId: 'orders'
    , done

  renew: (done) ->
    @lock.getClient().renewIdToken(@idToken, done)
