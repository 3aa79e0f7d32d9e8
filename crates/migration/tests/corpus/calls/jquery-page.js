(function ($) {
  var DELEGATION_URL = "https://acme-test.auth0.com/delegation";

  window.awsKeys = function (token, use) {
    $.ajax({ url: DELEGATION_URL, method: "POST", data: {
      client_id: "play", target: "play", id_token: token, api_type: "aws",
      grant_type: "urn:ietf:params:oauth:grant-type:jwt-bearer"
    } }).done(function (answer) { use(answer.Credentials); });
  };
})(jQuery);
