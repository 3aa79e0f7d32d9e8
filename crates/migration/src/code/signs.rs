//! The names to look for: functions of SDKs, the address, the grant types, and whose names they may be instead.

use crate::{Exchange, grant_type};

/// How much a function's name says by itself.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Name {
    /// Nobody else has a function of this name.
    Unmistakable,
    /// Others have it too: Hadoop's tokens, for one.
    Known,
    /// Many libraries have it: it counts beside Auth0 alone.
    Common,
    /// A name so common that it counts only as a method of something called Auth0 or Lock.
    Everyday,
    /// Counts only with the parameters of a delegation request.
    ByParameters,
}

/// A function of an SDK.
pub(super) struct Function {
    /// In lower case and without underscores, so that every language's spelling is one.
    pub name: &'static str,
    pub says: Name,
    /// What it exchanges, if that is always the same.
    pub exchange: Option<Exchange>,
}

const fn function(name: &'static str, says: Name, exchange: Option<Exchange>) -> Function {
    Function { name, says, exchange }
}

const ID: Option<Exchange> = Some(Exchange::IdToken);
const REFRESH: Option<Exchange> = Some(Exchange::RefreshToken);

/// auth0.js 6 to 10 and Lock 9, node-auth0 2 and 3, auth0-angular 4, Lock and Auth0 for Android 1, Lock for iOS 1 and
/// Auth0.swift 1, auth0-ruby 4, Auth0.NET 1 to 6 and Auth0 for Xamarin, auth0-python 2 and 3, react-native-lock 1.
const FUNCTIONS: &[Function] = &[
    function("getdelegationtoken", Name::Known, None),
    function("getdelegationtokenasync", Name::Known, None),
    function("delegation", Name::Common, None),
    function("renewidtoken", Name::Common, ID),
    function("refreshidtoken", Name::Common, REFRESH),
    function("refreshtoken", Name::Everyday, REFRESH),
    function("gettoken", Name::ByParameters, None),
    function("delegationwithidtoken", Name::Unmistakable, None),
    function("delegationwithrefreshtoken", Name::Unmistakable, REFRESH),
    function("fetchdelegationtoken", Name::Common, None),
    function("fetchidtokenwithidtoken", Name::Unmistakable, ID),
    function("fetchidtokenwithrefreshtoken", Name::Unmistakable, REFRESH),
    function("fetchdelegationtokenwithparameters", Name::Unmistakable, None),
    function("fetchnewidtokenwithidtoken", Name::Unmistakable, ID),
    function("fetchnewidtokenwithrefreshtoken", Name::Unmistakable, REFRESH),
    function("refreshdelegation", Name::Common, REFRESH),
    function("delegated", Name::Common, None),
];

/// The function of this name.
pub(super) fn function_named(word: &str) -> Option<&'static Function> {
    // All names have these lengths and first letters: most words need no copy.
    if !(8..=40).contains(&word.len()) {
        return None;
    }
    let name = plain(word);
    FUNCTIONS.iter().find(|function| function.name == name)
}

/// In lower case, without underscores, and without what Ruby, Python and Kotlin put around a name.
pub(super) fn plain(word: &str) -> String {
    word.chars().filter(char::is_ascii_alphanumeric).map(|c| c.to_ascii_lowercase()).collect()
}

/// Where in a text the address `/delegation` is, as a whole segment.
pub(super) fn address(text: &str) -> Option<usize> {
    text.match_indices("/delegation").map(|(at, _)| at).find(|at| {
        let after = text[at + "/delegation".len()..].chars().next();
        !after.is_some_and(|next| next.is_alphanumeric() || matches!(next, '_' | '-' | '/' | '.' | '*'))
    })
}

/// The permission that a text names, and what it permits.
pub(super) fn permission(text: &str) -> Option<(usize, Exchange)> {
    let one = |grant: &str, exchange| text.find(grant).map(|at| (at, exchange));
    one(grant_type::DELEGATION_ID_TOKEN, Exchange::IdToken)
        .or_else(|| one(grant_type::DELEGATION_REFRESH_TOKEN, Exchange::RefreshToken))
}

/// The tenant's switch.
pub(super) const FLAG: &str = "allow_legacy_delegation_grant_types";

/// Words that say that a file has to do with Auth0, in lower case.
pub(super) const OF_AUTH0: &[&str] = &["auth0", "a0lock", "a0auth"];

/// Words of scripts that run on a server, in lower case.
pub(super) const OF_SERVERS: &[&str] = &[
    "require('auth0')",
    "require(\"auth0\")",
    "from 'auth0'",
    "from \"auth0\"",
    "require('express')",
    "from 'express'",
    "exports.handler",
    "process.env.auth0",
];

/// Words of scripts that run in an app on a device, in lower case.
pub(super) const OF_DEVICES: &[&str] = &["react-native", "cordova", "capacitor", "nativescript"];

/// Whose functions and addresses have the same names, by words that such files hold, in lower case.
pub(super) const OF_OTHERS: &[(&str, &str)] = &[
    ("hadoop", "Hadoop"),
    ("usergroupinformation", "Hadoop"),
    ("kerberos", "Hadoop"),
    ("metaexception", "Hive"),
    ("thrift", "Hive"),
    ("kafka", "Kafka"),
    ("msal", "Microsoft's MSAL"),
    ("authenticationcontext", "Microsoft's ADAL"),
    ("authcontext", "Microsoft's ADAL"),
    ("okta", "Okta"),
    ("cognito", "Amazon Cognito"),
    ("firebaseauth", "Firebase"),
    ("firebase-admin", "Firebase"),
    ("googleapis", "Google"),
    ("gserviceaccount", "Google"),
    ("salesforce", "Salesforce"),
    ("docusign", "DocuSign"),
    ("boxsdk", "Box"),
    ("microsoftonline", "Microsoft Entra"),
    ("keycloak", "Keycloak"),
    ("atproto", "the AT Protocol"),
    ("staking", "a blockchain"),
    ("validator", "a blockchain"),
    ("ethers", "a blockchain"),
];
