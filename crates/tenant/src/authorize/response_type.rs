//! What a request asks to be answered with (OAuth 2.0 Multiple Response Type Encoding Practices; OpenID Connect Core 1.0, 3).

/// A response type that this tenant answers: which of the three the answer holds.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct ResponseType {
    /// A code, for the token endpoint.
    pub(super) code: bool,
    /// An access token, in the answer itself.
    pub(super) token: bool,
    /// An ID token, in the answer itself.
    pub(super) id_token: bool,
}

impl ResponseType {
    /// Reads the parameter: words in any order, each once. None if this tenant does not answer the combination.
    pub(super) fn parse(text: &str) -> Option<Self> {
        let mut read = Self::default();
        for word in text.split(' ').filter(|word| !word.is_empty()) {
            let part = match word {
                "code" => &mut read.code,
                "token" => &mut read.token,
                "id_token" => &mut read.id_token,
                _ => return None,
            };
            if std::mem::replace(part, true) {
                return None;
            }
        }
        (read != Self::default()).then_some(read)
    }

    /// Whether the answer to this parameter would hold a token, so that it must not go into a query, which servers log and
    /// browsers keep. Holds for combinations that are not answered too: their errors travel the same way.
    pub(super) fn asks_for_tokens(text: &str) -> bool {
        text.split(' ').any(|word| matches!(word, "token" | "id_token"))
    }

    /// Whether the answer holds a token.
    pub(super) const fn has_tokens(self) -> bool {
        self.token || self.id_token
    }

    /// Whether the answer holds a code and a token beside it (OpenID Connect Core 1.0, 3.3).
    pub(super) const fn is_hybrid(self) -> bool {
        self.code && self.has_tokens()
    }

    /// The grants that a client needs for it.
    pub(super) fn grant_types(self) -> impl Iterator<Item = &'static str> {
        let needed = [(self.code, "authorization_code"), (self.has_tokens(), "implicit")];
        needed.into_iter().filter_map(|(needed, grant)| needed.then_some(grant))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_count_in_any_order_and_once() {
        for (text, expected) in [
            ("code", Some((true, false, false))),
            ("token id_token", Some((false, true, true))),
            ("id_token  token", Some((false, true, true))),
            ("code token", Some((true, true, false))),
            ("id_token code", Some((true, false, true))),
            ("token code id_token", Some((true, true, true))),
            ("token token", None),
            ("code code", None),
            ("code banana", None),
            ("CODE", None),
            ("none", None),
            ("", None),
        ] {
            let expected = expected.map(|(code, token, id_token)| ResponseType { code, token, id_token });
            assert_eq!(ResponseType::parse(text), expected, "{text}");
        }
        assert!(ResponseType::asks_for_tokens("code token") && !ResponseType::asks_for_tokens("tokens"));
    }

    #[test]
    fn each_part_needs_its_grant() {
        for (text, expected) in [
            ("code", &["authorization_code"][..]),
            ("token", &["implicit"]),
            ("code id_token", &["authorization_code", "implicit"]),
        ] {
            let needed: Vec<_> = ResponseType::parse(text).expect("answered").grant_types().collect();
            assert_eq!(needed, expected, "{text}");
        }
    }
}
