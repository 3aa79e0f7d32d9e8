//! The three kinds of exchange that people made through `POST /delegation`.

/// The grant types that name delegation in a client's `grant_types`, and the one that a request carries.
pub mod grant_type {
    /// The only `grant_type` that `POST /delegation` takes.
    pub const JWT_BEARER: &str = "urn:ietf:params:oauth:grant-type:jwt-bearer";
    /// Lets a client send an ID token to `POST /delegation`.
    pub const DELEGATION_ID_TOKEN: &str = "http://auth0.com/oauth/legacy/grant-type/delegation/id_token";
    /// Lets a client send a refresh token to `POST /delegation`.
    pub const DELEGATION_REFRESH_TOKEN: &str = "http://auth0.com/oauth/legacy/grant-type/delegation/refresh_token";
}

/// What a `POST /delegation` request exchanges. The first two end with the migration; the third
/// outlives it on tenants that were created before 8 June 2017.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, serde::Serialize, serde::Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Exchange {
    /// An ID token of one client for an ID token of another, or a fresh one of its own.
    IdToken,
    /// A refresh token for a fresh ID token.
    RefreshToken,
    /// An ID token for the token of a third party, made by an add-on of the target client.
    AddOn,
}

impl Exchange {
    /// The legacy grant type that a client must have for this exchange. Add-ons need none.
    #[must_use]
    pub const fn required_grant_type(self) -> Option<&'static str> {
        match self {
            Self::IdToken => Some(grant_type::DELEGATION_ID_TOKEN),
            Self::RefreshToken => Some(grant_type::DELEGATION_REFRESH_TOKEN),
            Self::AddOn => None,
        }
    }

    /// Whether the migration ends this exchange (the two that end in an ID token of the tenant).
    #[must_use]
    pub const fn ends_with_the_migration(self) -> bool {
        matches!(self, Self::IdToken | Self::RefreshToken)
    }

    /// The exchange in words, for a heading or a log line.
    #[must_use]
    pub const fn in_words(self) -> &'static str {
        match self {
            Self::IdToken => "an ID token for another ID token",
            Self::RefreshToken => "a refresh token for an ID token",
            Self::AddOn => "an ID token for a third party's token",
        }
    }
}

/// A third party whose tokens delegation gives out: the values of `api_type` that name an add-on.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, serde::Serialize, serde::Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum AddOn {
    /// Temporary AWS credentials.
    Aws,
    /// A shared access signature of Azure Blob Storage.
    AzureBlob,
    /// A shared access signature of Azure Service Bus.
    AzureSb,
    /// A Firebase custom token.
    Firebase,
    /// A Layer identity token.
    Layer,
    /// A Salesforce access token.
    SalesforceApi,
    /// A Salesforce access token of a sandbox.
    SalesforceSandboxApi,
    /// An SAP OData access token.
    SapApi,
    /// A Windows Azure Mobile Services token.
    Wams,
}

impl AddOn {
    /// Every add-on, in alphabetical order of its name.
    pub const ALL: [Self; 9] = [
        Self::Aws,
        Self::AzureBlob,
        Self::AzureSb,
        Self::Firebase,
        Self::Layer,
        Self::SalesforceApi,
        Self::SalesforceSandboxApi,
        Self::SapApi,
        Self::Wams,
    ];

    /// The name on the wire (`api_type`) and in a client's `addons`.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Aws => "aws",
            Self::AzureBlob => "azure_blob",
            Self::AzureSb => "azure_sb",
            Self::Firebase => "firebase",
            Self::Layer => "layer",
            Self::SalesforceApi => "salesforce_api",
            Self::SalesforceSandboxApi => "salesforce_sandbox_api",
            Self::SapApi => "sap_api",
            Self::Wams => "wams",
        }
    }

    /// The add-on with this name, if there is one.
    #[must_use]
    pub fn from_name(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|add_on| add_on.name() == name)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_add_on_is_found_by_its_own_name() {
        for add_on in AddOn::ALL {
            assert_eq!(AddOn::from_name(add_on.name()), Some(add_on));
        }
        assert_eq!(AddOn::from_name("auth0"), None, "that is an ID token, not an add-on");
    }

    #[test]
    fn the_two_auth0_exchanges_end_and_each_needs_its_own_grant() {
        assert!(Exchange::IdToken.ends_with_the_migration());
        assert!(Exchange::RefreshToken.ends_with_the_migration());
        assert!(!Exchange::AddOn.ends_with_the_migration());
        assert_ne!(Exchange::IdToken.required_grant_type(), Exchange::RefreshToken.required_grant_type());
        assert_eq!(Exchange::AddOn.required_grant_type(), None);
    }
}
