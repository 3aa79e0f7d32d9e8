//! Cookie weather: what browsers do with cookies, done at the tenant, so that it can be seen in any browser.
//!
//! `GET` and `POST /lab/cookies` tell and turn it. [`layer`] changes the cookies of requests and answers on their way, so
//! that nothing else in the tenant knows of it.

mod jar;

use std::sync::Mutex;

use axum::body::Body;
use axum::extract::{Request, State};
use axum::http::{HeaderMap, HeaderName, HeaderValue};
use axum::middleware::Next;
use axum::response::Response;
use axum::{Extension, Json};
use jiff::SignedDuration;
use serde::Serialize;
use serde_json::{Value, json};

use super::members::{only, text};
use crate::Tenant;
use crate::error::ApiError;
use crate::secret::Hash;
use crate::visit::{CookieWeather, SESSION_COOKIE, Visit};
use jar::{Cookies, Jar, partition};

/// How long browsers with tracking prevention keep such cookies.
const SEVEN_DAYS: SignedDuration = SignedDuration::from_hours(7 * 24);
const STORAGE_ACCESS: HeaderName = HeaderName::from_static("sec-fetch-storage-access");

/// What happens to cookies.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub(crate) enum Weather {
    #[default]
    Clear,
    ThirdPartyBlocked,
    Partitioned,
    SevenDays,
    Cleared,
    Incognito,
}

impl Weather {
    /// Each with its name, its title, and what it will do.
    const ALL: [(Self, &'static str, &'static str, &'static str); 6] = [
        (Self::Clear, "clear", "Clear", "Cookies are what the browser makes of them."),
        (
            Self::ThirdPartyBlocked,
            "third_party_blocked",
            "Third-party cookies blocked",
            "Requests that a page of another site causes, frames among them, bring no cookies and keep none, as in browsers that \
             block third-party cookies; a silent renewal across sites then ends with login_required.",
        ),
        (
            Self::Partitioned,
            "partitioned",
            "A jar for each site",
            "Requests that a page of another site causes see only cookies that were set under that site, as in browsers that \
             partition; the sign-in of the full page is not among them. An app with a partitioned session renews all the same.",
        ),
        (
            Self::SevenDays,
            "seven_days",
            "Gone after seven days",
            "The session cookie counts as gone seven days after the sign-in, whatever the tenant would allow, as where a browser's \
             tracking prevention shortens its life.",
        ),
        (
            Self::Cleared,
            "cleared",
            "Cookies cleared",
            "The next request that brings cookies of the tenant loses them all, as if the user had cleared them; then the \
             weather is clear again.",
        ),
        (
            Self::Incognito,
            "incognito",
            "A private window",
            "From now on there is a jar of its own, empty at first and gone when the weather changes; its cookies end with the \
             browser, and requests that a page of another site causes have none.",
        ),
    ];

    fn name(self) -> &'static str {
        Self::ALL.into_iter().find(|(weather, ..)| *weather == self).map_or("clear", |(_, name, ..)| name)
    }
}

/// The weather now.
#[derive(Default)]
pub(crate) struct Sky(Mutex<Now>);

#[derive(Clone, Copy, Default)]
struct Now {
    weather: Weather,
    /// How many private windows there were.
    windows: u32,
}

impl Sky {
    fn now(&self) -> Now {
        *self.0.lock().expect("nobody panics while holding the weather")
    }

    fn turn(&self, weather: Weather) {
        let mut now = self.0.lock().expect("nobody panics while holding the weather");
        now.windows += u32::from(weather == Weather::Incognito && now.weather != weather);
        now.weather = weather;
    }

    /// Whether cookies are to be cleared; true once.
    fn take_cleared(&self) -> bool {
        let mut now = self.0.lock().expect("nobody panics while holding the weather");
        let cleared = now.weather == Weather::Cleared;
        if cleared {
            now.weather = Weather::Clear;
        }
        cleared
    }

    fn describe(&self) -> Json<Value> {
        let weathers = Weather::ALL.map(|(_, name, title, will)| json!({ "name": name, "title": title, "will": will }));
        Json(json!({ "weather": self.now().weather, "weathers": weathers }))
    }
}

/// `GET /lab/cookies`.
pub(super) async fn get(State(tenant): State<Tenant>) -> Result<Json<Value>, ApiError> {
    Ok(super::of(&tenant)?.sky.describe())
}

/// `POST /lab/cookies`: turns the weather, and answers as `GET` does afterwards.
pub(super) async fn post(
    State(tenant): State<Tenant>,
    Extension(visit): Extension<Visit>,
    headers: HeaderMap,
    body: Body,
) -> Result<Json<Value>, ApiError> {
    let body = super::change(&tenant, &visit, &headers, body).await?;
    only(&body, &["weather"])?;
    let wanted = text(&body, "weather")?.ok_or_else(|| ApiError::missing("weather"))?;
    let found = Weather::ALL.into_iter().find(|(_, name, ..)| *name == wanted).map(|(weather, ..)| weather);
    let weather = found.ok_or_else(|| {
        let known = Weather::ALL.map(|(_, name, ..)| name).join(", ");
        ApiError::invalid_request(format!("{wanted:?} is no weather; there is {known}"))
    })?;
    let sky = &super::of(&tenant)?.sky;
    sky.turn(weather);
    Ok(sky.describe())
}

/// Changes the cookies of a request, and those of its answer.
pub(crate) async fn layer(State(tenant): State<Tenant>, mut request: Request, next: Next) -> Response {
    let Some(sky) = tenant.lab().map(|lab| &lab.sky) else { return next.run(request).await };
    let Now { weather, windows } = sky.now();
    if weather == Weather::Clear {
        return next.run(request).await;
    }
    let third_party = is_third_party(request.headers());
    let mut cookies = Cookies::of(request.headers());
    let jar = match weather {
        Weather::Clear | Weather::SevenDays => Jar::Usual,
        Weather::ThirdPartyBlocked if third_party => Jar::None,
        Weather::Partitioned if third_party => Jar::Named(partition(&request)),
        Weather::ThirdPartyBlocked | Weather::Partitioned => Jar::Usual,
        Weather::Incognito if third_party => Jar::None,
        Weather::Incognito => Jar::Private(format!("window-{windows}")),
        Weather::Cleared if cookies.has_ours() && sky.take_cleared() => Jar::Cleared(cookies.names()),
        Weather::Cleared => Jar::Usual,
    };
    if third_party && jar != Jar::Usual {
        // What browsers that keep cookies back say of it.
        request.headers_mut().insert(STORAGE_ACCESS, HeaderValue::from_static("none"));
    }
    let mut changed = cookies.seen_from(&jar);
    if weather == Weather::SevenDays && is_old(&tenant, &cookies).await {
        cookies.remove(SESSION_COOKIE);
        changed = true;
    }
    if changed {
        cookies.put_into(request.headers_mut());
        request.extensions_mut().insert(CookieWeather(weather.name()));
    }
    let mut response = next.run(request).await;
    jar.keep(response.headers_mut());
    response
}

/// Whether a page of another site caused a request that is not a navigation of the whole tab (Fetch Metadata).
fn is_third_party(headers: &HeaderMap) -> bool {
    let is = |name: &str, value: &str| headers.get(name).is_some_and(|found| found == value);
    is("sec-fetch-site", "cross-site") && !is("sec-fetch-dest", "document")
}

async fn is_old(tenant: &Tenant, cookies: &Cookies) -> bool {
    let Some(id) = cookies.get(SESSION_COOKIE) else { return false };
    let known = tenant.store().session(&Hash::of(id)).await.ok().flatten();
    known.is_some_and(|known| tenant.now().duration_since(known.session.authenticated_at) >= SEVEN_DAYS)
}
