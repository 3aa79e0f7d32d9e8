package com.acme.notes;

import com.auth0.android.Auth0;
import com.auth0.android.authentication.AuthenticationAPIClient;
import com.auth0.android.authentication.AuthenticationException;
import com.auth0.android.callback.BaseCallback;
import com.auth0.android.result.Delegation;

public class MainActivity extends Activity {
    private AuthenticationAPIClient client;

    private void renew(String idToken, BaseCallback<Delegation, AuthenticationException> callback) {
        client.delegationWithIdToken(idToken).start(callback);
    }

    private void renewLater(String refreshToken, BaseCallback<Delegation, AuthenticationException> callback) {
        client.delegationWithRefreshToken(refreshToken)
            .setScope("openid email")
            .start(callback);
    }

    private void openFirebase(String idToken) {
        client.delegationWithIdToken(idToken, "firebase").start(new FirebaseCallback(this));
    }

    private void raw(Map<String, Object> parameters, BaseCallback<Map<String, Object>, AuthenticationException> callback) {
        client.delegation().addParameters(parameters).start(callback);
    }
}
