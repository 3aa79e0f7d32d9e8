//! What a request asks to be answered with (OAuth 2.0 Multiple Response Type Encoding Practices; OpenID Connect Core 1.0, 3).

/// A response type that this tenant answers.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum ResponseType {
    /// A code, for the token endpoint.
    Code,
    /// An access token, in the answer itself.
    Token,
    /// An ID token, in the answer itself.
    IdToken,
    /// Both.
    IdTokenToken,
}

impl ResponseType {
    /// Reads the parameter: words in any order. None if this tenant does not answer the combination.
    pub(super) fn parse(text: &str) -> Option<Self> {
        let mut words: Vec<_> = text.split(' ').filter(|word| !word.is_empty()).collect();
        words.sort_unstable();
        match words[..] {
            ["code"] => Some(Self::Code),
            ["token"] => Some(Self::Token),
            ["id_token"] => Some(Self::IdToken),
            ["id_token", "token"] => Some(Self::IdTokenToken),
            _ => None,
        }
    }

    /// Whether the answer to this parameter would hold a token, so that it must not go into a query, which servers log and
    /// browsers keep. Holds for combinations that are not answered too: their errors travel the same way.
    pub(super) fn asks_for_tokens(text: &str) -> bool {
        text.split(' ').any(|word| matches!(word, "token" | "id_token"))
    }

    /// The grant that a client needs for it.
    pub(super) const fn grant_type(self) -> &'static str {
        if matches!(self, Self::Code) { "authorization_code" } else { "implicit" }
    }

    /// Whether the answer holds an access token.
    pub(super) const fn has_access_token(self) -> bool {
        matches!(self, Self::Token | Self::IdTokenToken)
    }

    /// Whether the answer holds an ID token.
    pub(super) const fn has_id_token(self) -> bool {
        matches!(self, Self::IdToken | Self::IdTokenToken)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_count_in_any_order_and_once() {
        for (text, expected) in [
            ("code", Some(ResponseType::Code)),
            ("token id_token", Some(ResponseType::IdTokenToken)),
            ("id_token  token", Some(ResponseType::IdTokenToken)),
            ("token token", None),
            ("code token", None),
            ("CODE", None),
            ("none", None),
            ("", None),
        ] {
            assert_eq!(ResponseType::parse(text), expected, "{text}");
        }
        assert!(ResponseType::asks_for_tokens("code token") && !ResponseType::asks_for_tokens("tokens"));
    }
}
