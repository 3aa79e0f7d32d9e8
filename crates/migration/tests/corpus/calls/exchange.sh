#!/usr/bin/env bash
# Gets a token for the orders API. It's called by cron.
set -euo pipefail

curl --silent --fail --request POST \
  --url "https://$AUTH0_DOMAIN/delegation" \
  --header 'content-type: application/json' \
  --data '{ "client_id": "'"$CLIENT_ID"'", "id_token": "'"$ID_TOKEN"'", "target": "orders",
            "grant_type": "urn:ietf:params:oauth:grant-type:jwt-bearer", "api_type": "app" }'

curl https://acme.auth0.com/delegation -d "client_id=$CLIENT_ID" -d "refresh_token=$REFRESH" -d api_type=firebase
