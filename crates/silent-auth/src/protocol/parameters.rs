//! The parameters of an authorization response, each of which may stand there once.
//!
//! ```
//! use silent_auth::protocol::error::Code;
//! use silent_auth::protocol::parameters::Parameters;
//!
//! # fn main() -> Result<(), silent_auth::protocol::error::AuthError> {
//! let parameters = Parameters::from_url("https://app.example/callback?code=abc&state=s1")?;
//! assert_eq!(parameters.get("code"), Some("abc"));
//! let error = Parameters::from_url("https://app.example/callback?code=abc&code=def").expect_err("twice");
//! assert_eq!(error.code, Code::ParameterRepeated);
//! # Ok(())
//! # }
//! ```

use super::error::{AuthError, Code};

/// The parameters of a query, or of a message, by name.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Parameters(Vec<(String, String)>);

impl Parameters {
    /// Reads the query of an address; one without a query may carry its answer in the fragment (OAuth 2.0 Multiple Response Type Encoding
    /// Practices, section 2.1). Never both: what follows on a query's `#` is left out.
    ///
    /// # Errors
    ///
    /// `parameter_repeated`, for a parameter that stands there twice (RFC 6749, section 3.1).
    pub fn from_url(url: &str) -> Result<Self, AuthError> {
        let (address, fragment) = url.split_once('#').unwrap_or((url, ""));
        let answer = address.split_once('?').map_or(fragment, |(_, query)| query);
        let pairs = form_urlencoded::parse(answer.as_bytes());
        Self::from_pairs(pairs.map(|(name, value)| (name.into_owned(), value.into_owned())))
    }

    /// Takes names and values that were already separated.
    ///
    /// # Errors
    ///
    /// `parameter_repeated`, as [`from_url`](Self::from_url).
    pub fn from_pairs(pairs: impl IntoIterator<Item = (String, String)>) -> Result<Self, AuthError> {
        let mut seen: Vec<(String, String)> = Vec::new();
        for (name, value) in pairs {
            if seen.iter().any(|(earlier, _)| *earlier == name) {
                return Err(AuthError::new(Code::ParameterRepeated).because("each parameter once", shortened(&name)));
            }
            seen.push((name, value));
        }
        Ok(Self(seen))
    }

    /// The value of `name`; an empty value counts as none (RFC 6749, section 3.1).
    #[must_use]
    pub fn get(&self, name: &str) -> Option<&str> {
        self.0.iter().find(|(other, value)| other == name && !value.is_empty()).map(|(_, value)| value.as_str())
    }

    /// All of them, in their order.
    pub fn iter(&self) -> impl Iterator<Item = (&str, &str)> {
        self.0.iter().map(|(name, value)| (name.as_str(), value.as_str()))
    }
}

/// A name from outside, cut to a length that can be shown.
fn shortened(name: &str) -> String {
    name.chars().take(60).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_query_is_decoded_and_the_fragment_left_out() {
        let parameters = Parameters::from_url("http://localhost/callback?code=a%20b&state=x%3D#code=c").expect("valid");
        assert_eq!(parameters.get("code"), Some("a b"));
        assert_eq!(parameters.get("state"), Some("x="));
    }

    #[test]
    fn a_fragment_is_read_where_there_is_no_query_at_all() {
        let get = |url| Parameters::from_url(url).expect("valid").get("code").map(str::to_owned);
        assert_eq!(get("http://localhost/callback#code=a%20b&state=x").as_deref(), Some("a b"));
        assert_eq!(get("http://localhost/callback?#code=c"), None);
        assert_eq!(get("http://localhost/callback"), None);
    }

    #[test]
    fn a_repeated_parameter_is_refused() {
        let error = Parameters::from_url("/callback?code=a&code=b").expect_err("refused");
        assert_eq!(error.code, Code::ParameterRepeated);
    }

    #[test]
    fn an_empty_value_counts_as_none() {
        assert_eq!(Parameters::from_url("/callback?code=").expect("valid").get("code"), None);
    }
}
