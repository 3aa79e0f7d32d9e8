//! The app's pages: settings filled in for the address they were asked at, and the content policy.

use axum::http::{HeaderName, HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};

use super::{inside, not_found};
use crate::Tenant;
use crate::addresses::AppAddress;
use crate::pages::{hash_source, set_policy};
use crate::tenant::AppFolder;

/// The page that hands the answer of a silent request to the page that framed it. It has one external script.
const SILENT_CALLBACK: &str = "silent-callback.html";

/// The HTML document of this name, read now, so that a rebuilt one is seen at once.
pub(super) async fn answer(tenant: &Tenant, app: &AppFolder, address: &AppAddress, name: &str) -> Response {
    let Some(path) = inside(app, name) else { return not_found() };
    let document = match tokio::task::spawn_blocking(move || std::fs::read_to_string(path)).await {
        Ok(Ok(document)) => document,
        Ok(Err(_)) | Err(_) => return not_found(),
    };
    let document = filled_in(&document, &address.tenant.issuer, tenant.has_lab());
    let policy = if name == SILENT_CALLBACK { callback_policy() } else { page_policy(&document, app, address) };
    let headers: [(HeaderName, &str); 3] = [
        (header::CONTENT_TYPE, "text/html; charset=utf-8"),
        (header::CACHE_CONTROL, "no-cache"),
        (HeaderName::from_static("permissions-policy"), "camera=(), geolocation=(), microphone=(), payment=(), usb=()"),
    ];
    let mut response = (StatusCode::OK, headers, document).into_response();
    set_policy(&mut response, &policy);
    if name != SILENT_CALLBACK {
        response.headers_mut().insert(header::X_FRAME_OPTIONS, HeaderValue::from_static("DENY"));
        // Popups may keep their opener; other pages get no handle on this one. The callback page, which the tenant leads a popup to, would
        // lose the page that opened it.
        let policy = HeaderValue::from_static("same-origin-allow-popups");
        response.headers_mut().insert(HeaderName::from_static("cross-origin-opener-policy"), policy);
    }
    response
}

/// What the app may load, run and talk to.
fn page_policy(document: &str, app: &AppFolder, address: &AppAddress) -> String {
    let scripts: String = inline_scripts(document).iter().map(|script| format!(" {}", hash_source(script))).collect();
    let tenant = &address.tenant.origin;
    let providers: String = app.providers.iter().map(|origin| format!(" {origin}")).collect();
    [
        "default-src 'none'".to_owned(),
        format!("script-src 'self' 'wasm-unsafe-eval'{scripts}"),
        "style-src 'self'".to_owned(),
        "img-src 'self' data:".to_owned(),
        format!("connect-src 'self' {tenant}{providers}"),
        format!("frame-src 'self' {tenant}{providers}"),
        format!("form-action {tenant} 'self'"),
        "base-uri 'none'".to_owned(),
        "frame-ancestors 'none'".to_owned(),
        "require-trusted-types-for 'script'".to_owned(),
        "trusted-types default".to_owned(),
    ]
    .join("; ")
}

fn callback_policy() -> String {
    "default-src 'none'; script-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'self'; \
     require-trusted-types-for 'script'; trusted-types 'none'"
        .to_owned()
}

/// The document with the issuer and the lab's presence in their `<meta>` elements. Never from the URL: an
/// issuer that a link can choose is a mix-up attack (RFC 9700 4.4).
fn filled_in(document: &str, issuer: &str, lab: bool) -> String {
    let lab = if lab { "true" } else { "" };
    let document = with_meta(document, "silent-auth:issuer", issuer);
    with_meta(&document, "silent-auth:lab", lab)
}

/// The document with the content of one `<meta>` replaced, however the build wrote its attributes.
fn with_meta(document: &str, name: &str, content: &str) -> String {
    let mut position = 0;
    while let Some(start) = document[position..].find("<meta").map(|found| position + found) {
        let Some(end) = document[start..].find('>').map(|found| start + found + 1) else { break };
        if document[start..end].contains(name) {
            let escaped = content.replace('&', "&amp;").replace('"', "&quot;").replace('<', "&lt;");
            return format!("{}<meta name=\"{name}\" content=\"{escaped}\">{}", &document[..start], &document[end..]);
        }
        position = end;
    }
    document.to_owned()
}

/// The text of every script element without `src`, as browsers hash it.
fn inline_scripts(document: &str) -> Vec<String> {
    let mut scripts = Vec::new();
    let mut rest = document;
    while let Some(start) = rest.find("<script") {
        rest = &rest[start..];
        let (Some(open), Some(close)) = (rest.find('>'), rest.find("</script")) else { break };
        if open < close && !rest[..open].contains(" src") {
            // The HTML parser turns every line break into one line feed before anything is hashed.
            scripts.push(rest[open + 1..close].replace("\r\n", "\n"));
        }
        rest = &rest[close.max(open) + 1..];
    }
    scripts
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_meta_element_is_filled_in_however_it_was_written() {
        for before in [
            r#"<meta name="silent-auth:issuer" content="">"#,
            "<meta name=silent-auth:issuer content>",
            r#"<meta content="" name="silent-auth:issuer" />"#,
        ] {
            let document = format!("<head><meta charset=utf-8>{before}<title>x</title>");
            let after = with_meta(&document, "silent-auth:issuer", "http://localhost:4000/");
            let expected = r#"<head><meta charset=utf-8><meta name="silent-auth:issuer" content="http://localhost:4000/"><title>x</title>"#;
            assert_eq!(after, expected);
        }
        assert_eq!(with_meta("<head></head>", "silent-auth:issuer", "x"), "<head></head>");
    }

    #[test]
    fn inline_scripts_are_found_and_external_ones_are_not() {
        let document =
            "<script src=\"/a.js\"></script><script type=\"module\">\r\nimport x\n</script><script>y</script>";
        assert_eq!(inline_scripts(document), ["\nimport x\n", "y"]);
        assert!(inline_scripts("<script>never closed").is_empty());
    }
}
