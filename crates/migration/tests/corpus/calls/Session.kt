package com.acme.notes

import com.auth0.android.authentication.AuthenticationAPIClient

class Session(private val client: AuthenticationAPIClient) {
    suspend fun tokenFor(target: String, idToken: String): String =
        client.delegation()
            .addParameter("id_token", idToken)
            .addParameter("target", target)
            .addParameter("api_type", "app")
            .await()["id_token"] as String
}
