//! Signs somebody in as a browser would: redirects, cookies and the one form, by hand.

use std::collections::BTreeMap;

use crate::connection::Answer;
use crate::failure::Failure;
use crate::load::{ask, open, unexpected};
use crate::target::Target;

/// More steps than any sign-in takes.
const MOST_STEPS: usize = 10;

/// Signs Ada in and gives the `Cookie` header of her browser.
///
/// # Errors
/// When the way does not end at the callback with a code.
pub async fn sign_in(target: &Target) -> Result<String, Failure> {
    let mut cookies = BTreeMap::new();
    let mut request = target.request("GET", &target.authorization(&[]), "", "");
    let mut path = String::new();
    let mut last = None;
    for _ in 0..MOST_STEPS {
        let mut connection = open(target).await?;
        let answer = ask(target, &mut connection, &request).await?;
        for line in answer.headers("set-cookie") {
            keep(&mut cookies, line);
        }
        let cookie = header(&cookies);
        request = match (answer.status, answer.header("location")) {
            (302 | 303, Some(to)) if to.starts_with(target.dialect.callback) => {
                return match to.contains("?code=") {
                    true => Ok(cookie),
                    false => Err(unexpected(target, "a code", &answer)),
                };
            }
            (302 | 303, Some(to)) => {
                path = to.strip_prefix(&format!("http://localhost:{}", target.port)).unwrap_or(to).to_owned();
                target.request("GET", &path, &cookie, "")
            }
            (200, _) => {
                let form = filled_in(&answer);
                target.request("POST", path.split('?').next().unwrap_or_default(), &cookie, &form)
            }
            _ => return Err(unexpected(target, "a redirect or a form", &answer)),
        };
        last = Some(unexpected(target, "an end of the way to the callback", &answer));
    }
    Err(last.expect("there was a step"))
}

fn keep(cookies: &mut BTreeMap<String, String>, line: &str) {
    if let Some((name, value)) = line.split(';').next().and_then(|pair| pair.split_once('=')) {
        cookies.insert(name.to_owned(), value.to_owned());
    }
}

fn header(cookies: &BTreeMap<String, String>) -> String {
    cookies.iter().map(|(name, value)| format!("{name}={value}")).collect::<Vec<_>>().join("; ")
}

/// The page's hidden fields as they came, and the user's name and password.
fn filled_in(page: &Answer<'_>) -> String {
    let text = String::from_utf8_lossy(page.body);
    let attribute = |tag: &str, name: &str| {
        let (_, rest) = tag.split_once(&format!("{name}=\""))?;
        rest.split('"').next().map(str::to_owned)
    };
    let hidden = text.split("<input").skip(1).filter(|tag| attribute(tag, "type").as_deref() == Some("hidden"));
    let hidden = hidden.filter_map(|tag| Some((attribute(tag, "name")?, attribute(tag, "value")?)));
    let mut form = url::form_urlencoded::Serializer::new(String::new());
    form.extend_pairs(hidden);
    form.extend_pairs([("username", "ada@example.com"), ("password", "ada-password")]).finish()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_form_is_sent_with_its_hidden_fields() {
        let body = br#"<form><input type="hidden" name="state" value="s 1"><input name="username" type="text"></form>"#;
        let form = filled_in(&Answer { status: 200, head: "", body });
        assert_eq!(form, "state=s+1&username=ada%40example.com&password=ada-password");
    }

    #[test]
    fn a_cookie_that_comes_again_replaces_the_first() {
        let mut cookies = BTreeMap::new();
        for line in ["a=1; Path=/", "b=2", "a=3; HttpOnly"] {
            keep(&mut cookies, line);
        }
        assert_eq!(header(&cookies), "a=3; b=2");
    }
}
