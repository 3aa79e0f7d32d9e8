using System.Threading.Tasks;
using Auth0.AuthenticationApi;
using Auth0.AuthenticationApi.Models;

namespace Acme.Orders
{
    public class TokenService
    {
        private readonly AuthenticationApiClient _client;

        public async Task<string> GetOrdersTokenAsync(string idToken)
        {
            var answer = await _client.GetDelegationTokenAsync(
                new IdTokenDelegationRequest("desk", "orders", idToken) { Scope = "openid" });
            return answer.IdToken;
        }

        public async Task<string> RefreshAsync(string refreshToken)
        {
            var answer = await _client.GetDelegationTokenAsync(new RefreshTokenDelegationRequest
            {
                SourceClientId = "desk",
                TargetClientId = "desk",
                RefreshToken = refreshToken,
                ApiType = "app"
            });
            return answer.IdToken;
        }
    }
}
