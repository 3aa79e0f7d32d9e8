require 'auth0'

class Tokens
  def client
    @client ||= Auth0Client.new(client_id: ENV['AUTH0_CLIENT_ID'], domain: ENV['AUTH0_DOMAIN'])
  end

  def for_orders(id_token)
    client.delegation(id_token, 'orders-client-id', 'openid', 'app')
  end

  def fresh(refresh_token)
    client.refresh_delegation refresh_token, 'orders-client-id'
  end
end
