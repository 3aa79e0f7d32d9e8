require 'net/http'

class Refresher
  ENDPOINT = URI('https://acme.eu.auth0.com/delegation')

  def call(refresh_token)
    answer = Net::HTTP.post_form(ENDPOINT,
                                 client_id: ENV['CLIENT_ID'],
                                 grant_type: 'urn:ietf:params:oauth:grant-type:jwt-bearer',
                                 refresh_token: refresh_token,
                                 api_type: 'app')
    JSON.parse(answer.body).fetch('id_token')
  end
end
