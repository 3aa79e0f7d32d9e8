//! An admin who uses the dashboard as a browser does: forms as the page shows them, cookies kept.

use axum::http::StatusCode;

use crate::common::{Answer, Harness, TENANT};

/// A browser that is signed in to the dashboard.
pub(crate) struct Admin {
    pub(crate) harness: Harness,
}

impl Admin {
    pub(crate) async fn new() -> Self {
        Self::at(Harness::new().await).await
    }

    pub(crate) async fn at(mut harness: Harness) -> Self {
        let answer = sign_in(&mut harness, "admin-password", "").await;
        assert_eq!(answer.status, StatusCode::SEE_OTHER, "{answer:?}");
        Self { harness }
    }

    /// A page of the dashboard, by what comes after `/dashboard/`.
    pub(crate) async fn open(&mut self, path: &str) -> Answer {
        self.harness.get(&format!("{TENANT}/dashboard/{path}")).await
    }

    /// Opens a page and sends its form at `action`, with its stamp and these fields.
    pub(crate) async fn send(&mut self, page: &str, action: &str, fields: &[(&str, &str)]) -> Answer {
        let csrf = self.open(page).await.field("csrf");
        let mut form = vec![("csrf", csrf.as_str())];
        form.extend(fields);
        self.harness.post_form(&format!("{TENANT}/dashboard/{action}"), &form).await
    }

    /// The same, and the page that it leads to, which must say that it was done.
    pub(crate) async fn done(&mut self, page: &str, action: &str, fields: &[(&str, &str)]) -> Answer {
        let answer = self.send(page, action, fields).await;
        assert_eq!(answer.status, StatusCode::SEE_OTHER, "{answer:?}");
        let shown = self.harness.get(&format!("{TENANT}{}", answer.header("location"))).await;
        assert!(shown.status == StatusCode::OK && shown.body.contains("✓ Done."), "{shown:?}");
        shown
    }

    /// The same, when the form cannot be carried out: the page again, saying why.
    pub(crate) async fn refused(&mut self, page: &str, action: &str, fields: &[(&str, &str)], words: &str) -> Answer {
        let answer = self.send(page, action, fields).await;
        assert_eq!(answer.status, StatusCode::BAD_REQUEST, "{answer:?}");
        assert!(answer.body.contains("Not changed.") && answer.body.contains(words), "{words:?} in {}", answer.body);
        answer
    }
}

/// Fills in the sign-in page.
pub(crate) async fn sign_in(harness: &mut Harness, password: &str, return_to: &str) -> Answer {
    let url = format!("{TENANT}/dashboard/login");
    let csrf = harness.get(&url).await.field("csrf");
    harness.post_form(&url, &[("csrf", &csrf), ("password", password), ("return_to", return_to)]).await
}
