//! Other people's SDKs against the tenant: auth0-spa-js 1 and 2, by the hidden frame and by refresh tokens.

use std::collections::HashSet;
use std::io::Write;

use e2e::{Mode, Pair, Renewal, SpaJs, SpaVersion};
use serde_json::{Value, json};

/// Makes claims into tests, one for each, in a module that is named after the variant and the browser.
macro_rules! variants {
    ($($name:ident: $version:ident by $renewal:ident in $mode:ident has $($claim:ident),+;)+) => {
        $(mod $name {
            $(#[tokio::test]
            async fn $claim() {
                super::$claim(e2e::Mode::$mode, e2e::SpaVersion::$version, e2e::Renewal::$renewal).await;
            })+
        })+
    };
}

variants! {
    version_1_frame_chromium: V1 by Frame in ChromiumAllowing has a_life_from_sign_in_to_sign_out;
    version_1_frame_firefox: V1 by Frame in FirefoxDefault has a_life_from_sign_in_to_sign_out;
    version_1_worker_chromium: V1 by Worker in ChromiumAllowing has a_life_from_sign_in_to_sign_out;
    version_1_worker_firefox: V1 by Worker in FirefoxDefault has a_life_from_sign_in_to_sign_out;
    version_2_frame_chromium: V2 by Frame in ChromiumAllowing has a_life_from_sign_in_to_sign_out;
    version_2_frame_firefox: V2 by Frame in FirefoxDefault has a_life_from_sign_in_to_sign_out;
    version_2_worker_chromium: V2 by Worker in ChromiumAllowing has a_life_from_sign_in_to_sign_out;
    version_2_worker_firefox: V2 by Worker in FirefoxDefault has a_life_from_sign_in_to_sign_out;
    version_2_dpop_chromium: V2 by Dpop in ChromiumAllowing has tokens_are_bound_to_the_sdks_key;
    version_2_dpop_firefox: V2 by Dpop in FirefoxDefault has tokens_are_bound_to_the_sdks_key;
    version_1_storage_chromium: V1 by Storage in ChromiumAllowing has
        two_tabs_renew_at_the_same_moment, a_spent_refresh_token_is_good_for_nobody;
    version_1_storage_firefox: V1 by Storage in FirefoxDefault has
        two_tabs_renew_at_the_same_moment, a_spent_refresh_token_is_good_for_nobody;
    version_2_storage_chromium: V2 by Storage in ChromiumAllowing has
        two_tabs_renew_at_the_same_moment, a_spent_refresh_token_is_good_for_nobody;
    version_2_storage_firefox: V2 by Storage in FirefoxDefault has
        two_tabs_renew_at_the_same_moment, a_spent_refresh_token_is_good_for_nobody;
}

/// Seconds for which the demo's application may repeat an exchange.
const LEEWAY: u32 = 10;

/// How often the tenant was asked, by hidden frames and by refresh tokens.
async fn asked(sdk: &SpaJs) -> (usize, usize) {
    (sdk.tenant.silent_requests().await, sdk.spent().await.len())
}

async fn a_life_from_sign_in_to_sign_out(mode: Mode, version: SpaVersion, renewal: Renewal) {
    let sdk = SpaJs::start(mode, version, renewal, LEEWAY).await;
    let told = nobody_is_signed_in(&sdk).await;
    // Past the test harness, which keeps what tests print that pass.
    writeln!(std::io::stderr(), "auth0-spa-js, {version:?} by {renewal:?}, hears login_required after {told:.0} ms")
        .expect("standard error");
    sdk.sign_in().await;
    assert_eq!(sdk.succeeds("client.getUser()").await["name"], "Ada Lovelace");

    let (frames, spent) = asked(&sdk).await;
    let expect = |renewals: usize| match renewal {
        Renewal::Frame => (frames + renewals, spent),
        Renewal::Worker | Renewal::Storage | Renewal::Dpop => (frames, spent + renewals),
    };
    let mut tokens = vec![sdk.renewed().await, sdk.renewed().await];
    assert_eq!(asked(&sdk).await, expect(2));

    // Calls at the same moment: version 1 makes one request for them, version 2 one after the other.
    let together = sdk.succeeds("Promise.all([renewed(), renewed(), renewed()])").await;
    tokens.extend(together.as_array().expect("a list").clone());
    let requests = if version == SpaVersion::V1 { 1 } else { 3 };
    assert_eq!(asked(&sdk).await, expect(2 + requests));
    assert_eq!(tokens.iter().collect::<HashSet<_>>().len(), 2 + requests, "each request brings a token of its own");
    if renewal == Renewal::Worker {
        in_turn(&sdk.spent().await);
    }

    // A reload forgets every token, and the SDK's own check brings them back by the frame.
    sdk.open().await;
    let (frames, spent) = asked(&sdk).await;
    assert_eq!(sdk.succeeds("client.checkSession().then(() => client.isAuthenticated())").await, true);
    assert_eq!(asked(&sdk).await, (frames + 1, spent));
    sdk.renewed().await;
    let by_refresh_token = usize::from(renewal == Renewal::Worker);
    assert_eq!(asked(&sdk).await, (frames + 2 - by_refresh_token, spent + by_refresh_token));

    sdk.sign_out().await;
    nobody_is_signed_in(&sdk).await;
}

/// The refresh tokens of one family, each spent once and in its turn.
fn in_turn(spent: &[(String, u64)]) {
    let (family, first) = &spent[0];
    let expected: Vec<_> = (*first..).take(spent.len()).map(|counter| (family.clone(), counter)).collect();
    assert_eq!(spent, expected);
}

/// Said at once; gives after how many milliseconds.
async fn nobody_is_signed_in(sdk: &SpaJs) -> f64 {
    let outcome = sdk.call("client.getTokenSilently()").await;
    assert_eq!((&outcome["error"], &outcome["description"]), (&json!("login_required"), &json!("Login required")));
    let millis = outcome["millis"].as_f64().expect("a duration");
    assert!(millis < 10_000.0, "long before the SDK's own timeout of 60 s: {outcome}");
    millis
}

async fn two_tabs_renew_at_the_same_moment(mode: Mode, version: SpaVersion, renewal: Renewal) {
    let sdk = SpaJs::start(mode, version, renewal, LEEWAY).await;
    sdk.sign_in().await;
    let (frames, _) = asked(&sdk).await;
    let first = sdk.browser.tab().await;
    let second = sdk.open_tab().await;
    for tab in [&second, &first] {
        sdk.browser.switch_to(tab).await;
        sdk.begin("renewed()").await;
    }
    for tab in [&first, &second] {
        sdk.browser.switch_to(tab).await;
        let outcome = sdk.outcome("renewed()").await;
        assert!(outcome["value"].is_string(), "{outcome}");
    }
    // The SDK's lock lets them take turns. Where the second tab does not yet see what the first one stored (Firefox), it
    // repeats that one's exchange, and the leeway is for that. Nobody falls back to the frame.
    let spent = sdk.spent().await;
    assert!(spent.len() == 2 && spent.iter().all(|(family, _)| *family == spent[0].0), "{spent:?}");
    assert_eq!((asked(&sdk).await.0, sdk.tenant.logs("ferrt").await.len()), (frames, 0));
    sdk.renewed().await;
    assert_eq!(asked(&sdk).await, (frames, 3), "the family lives");
}

const READ: &str = "return JSON.stringify(Object.entries(localStorage))";

async fn a_spent_refresh_token_is_good_for_nobody(mode: Mode, version: SpaVersion, renewal: Renewal) {
    let sdk = SpaJs::start(mode, version, renewal, 0).await;
    sdk.sign_in().await;
    let copied = sdk.browser.run(READ).await;
    assert!(copied.as_str().is_some_and(|text| text.contains("refresh_token")), "{copied}");
    sdk.renewed().await;
    sdk.renewed().await;
    let spent = sdk.spent().await;
    assert_eq!(spent.len(), 2, "{spent:?}");
    in_turn(&spent);
    let latest = sdk.browser.run(READ).await;

    // Somebody has a copy of the first one, and uses it: refused, and the SDK's frame brings a new family.
    let (frames, _) = asked(&sdk).await;
    restore(&sdk, &copied).await;
    sdk.renewed().await;
    assert_eq!(asked(&sdk).await, (frames + 1, 2));
    let reused = sdk.tenant.logs("ferrt").await;
    assert_eq!((reused.len(), &reused[0]["details"]["familyId"]), (1, &json!(spent[0].0)), "{reused:?}");
    sdk.renewed().await;
    let by_the_new_family = sdk.spent().await.pop().expect("a third");
    assert_ne!(by_the_new_family.0, spent[0].0);

    // The reuse ended the old family, its latest token included. Without the fallback the SDK says so.
    restore(&sdk, &latest).await;
    let strict = "renewed(sdk({ useRefreshTokensFallback: false }))";
    let outcome = sdk.call(strict).await;
    let said = (&outcome["error"], &outcome["description"]);
    assert_eq!(said, (&json!("invalid_grant"), &json!("Unknown or invalid refresh token.")), "{outcome}");

    // And with it, once nobody is signed in, there is no way around.
    sdk.sign_out().await;
    restore(&sdk, &latest).await;
    let outcome = sdk.call("renewed()").await;
    assert_eq!(outcome["error"], "login_required", "{outcome}");
}

/// Puts back what was in `localStorage`, and opens the page anew.
async fn restore(sdk: &SpaJs, entries: &Value) {
    let script = format!("localStorage.clear(); for (const [name, value] of {}) localStorage.setItem(name, value)", {
        entries.as_str().expect("entries")
    });
    sdk.browser.run(&script).await;
    sdk.open().await;
}

async fn tokens_are_bound_to_the_sdks_key(mode: Mode, version: SpaVersion, renewal: Renewal) {
    let sdk = SpaJs::start(mode, version, renewal, LEEWAY).await;
    sdk.sign_in().await;
    let key_of = async |token: &Value| {
        let claims = format!(
            "JSON.parse(atob('{}'.split('.')[1].replace(/-/g, '+').replace(/_/g, '/')))",
            token.as_str().expect("a token")
        );
        sdk.succeeds(&format!("Promise.resolve({claims}.cnf.jkt)")).await
    };
    let (first, second) = (sdk.renewed().await, sdk.renewed().await);
    assert_ne!(first, second);
    let key = key_of(&first).await;
    assert!(key.as_str().is_some_and(|thumbprint| thumbprint.len() == 43), "{key}");
    assert_eq!(key_of(&second).await, key, "one key for all");
    assert_eq!(sdk.spent().await.len(), 2, "renewed by refresh tokens");

    let who = format!("{}/userinfo", sdk.tenant.origin(Pair::SameHost));
    let by_proof = format!(
        "client.createFetcher({{ dpopNonceId: 'userinfo' }}).fetchWithAuth('{who}').then(answer => answer.status)"
    );
    assert_eq!(sdk.succeeds(&by_proof).await, 200);
    let as_bearer = format!(
        "fetch('{who}', {{ headers: {{ authorization: 'Bearer {}' }} }}).then(answer => answer.status)",
        second.as_str().expect("a token")
    );
    assert_eq!(sdk.succeeds(&as_bearer).await, 401, "a bound token is good for nobody who has no key");
}
