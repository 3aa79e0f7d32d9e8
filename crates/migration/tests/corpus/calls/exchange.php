<?php
# Orders on behalf of the person who is signed in.
use Auth0\SDK\Auth0;

function orders_token(Auth0 $auth0, GuzzleHttp\Client $http)
{
    $answer = $http->post('https://' . getenv('AUTH0_DOMAIN') . '/delegation', [
        'json' => [
            'client_id'  => getenv('AUTH0_CLIENT_ID'),
            'grant_type' => 'urn:ietf:params:oauth:grant-type:jwt-bearer',
            'id_token'   => $auth0->getIdToken(),
            'target'     => getenv('ORDERS_CLIENT_ID'),
            'api_type'   => 'app',
        ],
    ]);
    return json_decode($answer->getBody())->id_token;
}
