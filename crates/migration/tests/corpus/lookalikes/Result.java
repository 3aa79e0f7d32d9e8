package com.acme.notes;

import com.auth0.android.result.Delegation;

class Result {
    private final Delegation delegation = new Delegation("id token", "Bearer", 36000L);

    Delegation delegation() {
        return delegation;
    }
}
