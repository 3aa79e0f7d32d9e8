//! The guide's section "Am I affected by this?": who uses delegation shows in the tenant's logs.

use axum::http::StatusCode;
use migration::AddOn;
use migration::logs::{Application, Kind, Report, report};
use serde_json::json;

use crate::common::Harness;
use crate::common::admin::Admin;
use crate::common::delegation::{ask, before_the_date, id_token_of, refresh_token_of, turn};

/// What the tenant's own logs say, read as an exported file would be.
async fn report_of(browser: &mut Harness) -> Report {
    report(&browser.logs("sd,fd,depnote,limit_delegation").await)
}

fn of<'a>(report: &'a Report, client: &str) -> &'a Application {
    let mut applications = report.applications.iter();
    applications.find(|application| application.client_id.as_deref() == Some(client)).expect("it is in the report")
}

#[tokio::test]
async fn guide_07_who_exchanges_id_or_refresh_tokens_is_affected() {
    let mut browser = before_the_date().await;
    let id_token = id_token_of(&mut browser, "legacy-spa").await;
    let refresh_token = refresh_token_of(&mut browser, "legacy-app-a").await;
    let of_spa = id_token_of(&mut browser, "demo-spa").await;
    let swap = [("client_id", "legacy-spa"), ("id_token", &*id_token), ("target", "legacy-api-c"), ("api_type", "app")];
    let renew = [("client_id", "legacy-app-a"), ("refresh_token", &*refresh_token), ("api_type", "app")];
    let third_party =
        [("client_id", "demo-spa"), ("id_token", &*of_spa), ("target", "legacy-firebase"), ("api_type", "firebase")];
    for call in [&swap[..], &swap[..], &renew[..], &third_party[..]] {
        assert_eq!(ask(&mut browser, call).await.status, StatusCode::OK);
    }
    turn(&mut browser, json!({ "allow_legacy_delegation_grant_types": false })).await;
    assert_eq!(ask(&mut browser, &swap).await.status, StatusCode::NOT_FOUND);

    let report = report_of(&mut browser).await;
    assert!(report.affected());
    let told = |client: &str| {
        let application = of(&report, client);
        let uses: Vec<_> = application
            .uses
            .iter()
            .map(|used| (used.kind, used.succeeded, used.failed, used.targets.join(" ")))
            .collect();
        (application.affected(), uses)
    };
    assert_eq!(told("legacy-spa"), (true, vec![(Kind::IdToken, 2, 1, "legacy-api-c".to_owned())]));
    assert_eq!(told("legacy-app-a"), (true, vec![(Kind::RefreshToken, 1, 0, "legacy-app-a".to_owned())]));
    let firebase = (Kind::AddOn(AddOn::Firebase), 1, 0, "legacy-firebase".to_owned());
    assert_eq!(told("demo-spa"), (false, vec![firebase]), "third-party tokens go on");
    let ids: Vec<_> = report.applications.iter().filter_map(|one| one.client_id.as_deref()).collect();
    assert_eq!(ids, ["legacy-spa", "legacy-app-a", "demo-spa"], "nobody else, and those affected first");

    let page = Admin::at(browser).await.open("affected").await.body;
    for words in [
        "2 applications use what the migration ends.",
        "an ID token for another ID token",
        "2 succeeded, 1 refused",
        "legacy-api-c",
        "Silent authentication",
        "a refresh token for an ID token",
        "A refresh token by the password grant",
        "Third-party tokens stay for now",
    ] {
        assert!(page.contains(words), "{words:?} in {page}");
    }
}
