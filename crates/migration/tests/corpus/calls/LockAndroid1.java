import com.auth0.core.Auth0;
import com.auth0.api.APIClient;

class Tokens {
    void fresh(APIClient client, String refreshToken, RefreshIdTokenCallback callback) {
        client.fetchIdTokenWithRefreshToken(refreshToken, null, callback);
    }
}
