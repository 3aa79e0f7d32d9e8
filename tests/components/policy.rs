//! The Trusted Types policy, which refuses markup that could run or load something.

use leptos::wasm_bindgen::{JsCast, JsValue};
use wasm_bindgen_test::wasm_bindgen_test;

/// The policy's rules, taken from its file with a stand-in for the browser's part, so that this runs in every browser.
fn create_html() -> js_sys::Function {
    let body = format!(
        "let rules; const window = {{ trustedTypes: {{ createPolicy: (name, given) => {{ rules = given; }} }} }};\n{}\nreturn rules.createHTML;",
        include_str!("../../public/trusted-types.js")
    );
    let policy = js_sys::Function::new_no_args(&body).call0(&JsValue::NULL).expect("the file runs");
    policy.dyn_into().expect("a function")
}

fn passes(markup: &str) -> bool {
    match create_html().call1(&JsValue::NULL, &markup.into()) {
        Ok(same) => same.as_string().as_deref() == Some(markup),
        Err(_) => false,
    }
}

#[wasm_bindgen_test]
fn markup_as_leptos_writes_it_passes_unchanged() {
    for markup in [
        "",
        "plain text &amp; an entity",
        "<p class=\"lead\">A sentence with <b>words</b>.</p>",
        "<ol reversed><li>one</li></ol><br>",
        "<svg class=\"icon\" viewBox=\"0 0 24 24\" aria-hidden=\"true\"><path d=\"M12 3a9 9 0 1 0 0 18z\"></path></svg>",
        "<a href=\"/delegation\">here</a><a href=\"#records\">there</a><a href=\"https://www.rfc-editor.org/rfc/rfc6749#section-5.1\">away</a>",
    ] {
        assert!(passes(markup), "{markup}");
    }
}

#[wasm_bindgen_test]
fn markup_that_could_run_or_load_something_is_refused() {
    for markup in [
        "<img src=x onerror=alert(1)>",
        "<img onerror=\"alert(1)\">",
        "<p onclick=\"alert(1)\">x</p>",
        "<p ONCLICK=\"alert(1)\">x</p>",
        "<p/onclick=\"alert(1)\">x</p>",
        "<p\nonclick=\"alert(1)\">x</p>",
        "<script>alert(1)</script>",
        "<SCRIPT>alert(1)</SCRIPT>",
        "<svg><script>alert(1)</script></svg>",
        "<svg><animate onbegin=\"alert(1)\"></animate></svg>",
        "<svg><use href=\"#x\"></use></svg>",
        "<iframe srcdoc=\"x\"></iframe>",
        "<object data=\"/x\"></object>",
        "<form action=\"https://evil.example\"></form>",
        "<button formaction=\"https://evil.example\">x</button>",
        "<a href=\"javascript:alert(1)\">x</a>",
        "<a href=\"//evil.example\">x</a>",
        "<a href=\"/&#47;evil.example\">x</a>",
        "<a href=\"&#106;avascript:alert(1)\">x</a>",
        "<a href=https://evil.example>x</a>",
        "<p style=\"background:url(https://evil.example)\">x</p>",
        "<style>p{}</style>",
        "<base href=\"/\">",
        "<meta http-equiv=\"refresh\" content=\"0\">",
        "<template><p>x</p></template>",
        "<math><mtext></mtext></math>",
        "<!-- x --><p>y</p>",
        "<p title=\"a\"title2=\"b\">x</p>",
        "<p title='a'>x</p>",
        "<p",
        "<",
        "a < b",
        "</script>",
    ] {
        assert!(!passes(markup), "{markup}");
    }
}
