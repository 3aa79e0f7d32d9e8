package main

import (
	"net/http"
	"net/url"
	"os"
)

func ordersToken(idToken string) (*http.Response, error) {
	return http.PostForm("https://"+os.Getenv("AUTH0_DOMAIN")+"/delegation", url.Values{
		"client_id":  {os.Getenv("AUTH0_CLIENT_ID")},
		"grant_type": {"urn:ietf:params:oauth:grant-type:jwt-bearer"},
		"id_token":   {idToken},
		"target":     {"orders"},
	})
}
