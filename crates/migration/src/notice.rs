//! The deprecation notice that a tenant writes into its logs when delegation is used.

/// A deprecation notice: what a log entry of type `depnote` says.
///
/// The wording follows the pattern of the vendor's published notices: the feature's name, the
/// sentence "This feature is being deprecated.", and a pointer to `details.feature`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, serde::Serialize)]
pub struct DeprecationNotice {
    /// Stable identifier of the feature (`details.feature.id`).
    pub id: &'static str,
    /// The feature's name as people read it (`details.feature.name`).
    pub name: &'static str,
    /// The entry's `description`: the text to search the logs for.
    pub text: &'static str,
    /// What the feature was and what takes its place (`details.feature.description`).
    pub description: &'static str,
    /// Where the migration is explained (`details.feature.documentation`), a path on the app's own origin.
    pub documentation: &'static str,
}

/// The notice for exchanging ID tokens and refresh tokens through `POST /delegation`.
///
/// Search the tenant's logs for `type:depnote AND description:Legacy\ Delegation*` to learn which
/// clients are affected. It is written at most once an hour for each client.
pub const LEGACY_DELEGATION: DeprecationNotice = DeprecationNotice {
    id: "legacy_delegation_id_tokens",
    name: "Legacy Delegation (ID Tokens)",
    text: "Legacy Delegation (ID Tokens): This feature is being deprecated. \
           See details.feature for the replacement.",
    description: "This client exchanges an ID token or a refresh token for an ID token at \
                  POST /delegation. A single-page app renews by silent authentication \
                  (prompt=none); a native or confidential client asks for offline_access and \
                  renews at POST /oauth/token; an API that is modelled as a client becomes an \
                  API with access tokens of its own.",
    documentation: "/migrate",
};

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_notice_begins_with_the_name_that_people_search_for() {
        assert!(LEGACY_DELEGATION.text.starts_with(LEGACY_DELEGATION.name));
        assert_eq!(
            LEGACY_DELEGATION.text,
            "Legacy Delegation (ID Tokens): This feature is being deprecated. See details.feature for the replacement."
        );
    }
}
