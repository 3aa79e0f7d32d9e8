package com.acme.tokens;

class Wrapped {
    private final Tokens tokens;

    String orders(String session) {
        return tokens.getDelegationToken(session);
    }
}
