import time
import jwt
import requests

TOKEN_URL = "https://oauth2.googleapis.com/token"


def access_token(key, email):
    assertion = jwt.encode({"iss": email, "aud": TOKEN_URL, "exp": int(time.time()) + 3600}, key, "RS256")
    return requests.post(TOKEN_URL, data={
        "grant_type": "urn:ietf:params:oauth:grant-type:jwt-bearer",
        "assertion": assertion,
    }).json()["access_token"]
