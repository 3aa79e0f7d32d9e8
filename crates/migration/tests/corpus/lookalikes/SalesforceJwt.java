class SalesforceJwt {
    private static final String GRANT = "urn:ietf:params:oauth:grant-type:jwt-bearer";
    private static final String LOGIN = "https://login.salesforce.com/services/oauth2/token";
}
