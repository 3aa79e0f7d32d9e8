import Auth0

func billingToken(idToken: String, done: @escaping (String?) -> Void) {
    Auth0
        .authentication()
        .delegation(withParameters: ["id_token": idToken, "target": "billing", "api_type": "app"])
        .start { result in
            if case .success(let payload) = result { done(payload["id_token"] as? String) }
        }
}
