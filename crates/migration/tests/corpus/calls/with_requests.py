import os
import requests

URL = "https://%s/delegation" % os.environ["AUTH0_DOMAIN"]


def fresh_id_token(refresh_token):
    answer = requests.post(URL, timeout=10, json={
        "client_id": os.environ["AUTH0_CLIENT_ID"],
        "grant_type": "urn:ietf:params:oauth:grant-type:jwt-bearer",
        "refresh_token": refresh_token,
    })
    answer.raise_for_status()
    return answer.json()["id_token"]
