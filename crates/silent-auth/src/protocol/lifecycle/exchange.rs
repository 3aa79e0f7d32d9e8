//! From the code to verified tokens, and the sign-in by redirect on both ends.

use super::super::authorization::{self, Authorized, PendingAuthorization};
use super::super::config::ClientConfig;
use super::super::discovery::Endpoints;
use super::super::error::{AuthError, Code};
use super::super::http::Response;
use super::super::id_token::{self, Answers, Expected};
use super::super::keys;
use super::super::parameters::Parameters;
use super::super::pkce::Uniques;
use super::super::record::{Outcome, Step};
use super::super::secret::{AccessToken, IdToken};
use super::super::session::{Claims, Origin, Tokens};
use super::super::skew;
use super::super::time::Timestamp;
use super::super::token;
use super::flight::{EXCHANGE_LIMIT, Grant, Purpose, Stage, Verification};
use super::ladder::Held;
use super::{Callback, Command, Exchange, Lifecycle, Status, shown};
use core::time::Duration;

pub(super) const SOURCE: &str = file!();

/// How long after an unknown `kid` the keys are not asked for again.
const KEYS_PAUSE: Duration = Duration::from_secs(30);

impl Lifecycle {
    pub(super) fn leave_for_sign_in(&mut self, return_to: &str) {
        let Some(endpoints) = self.endpoints.clone() else { return };
        let uniques = Uniques::new(&self.moment.entropy);
        let request = authorization::sign_in_request(&self.config, &endpoints, uniques, return_to, self.moment.now);
        self.leave(Step::SignInStarted, &endpoints, request);
    }

    /// Leaves for the tenant with this request, and has it written down for the page that will get the answer.
    pub(super) fn leave(&mut self, step: Step, endpoints: &Endpoints, (url, pending): (String, PendingAuthorization)) {
        let now = self.moment.now;
        let Some(flight) = &mut self.flight else { return };
        flight.stage = Stage::Leaving;
        // The page is gone in a moment; if it is not, somebody pressed Stop.
        flight.deadline = now + Duration::from_secs(600);
        let id = flight.id;
        let record = self.record(step, Outcome::Done);
        record.detail = format!("GET {}", endpoints.authorization);
        record.parameters = Parameters::from_url(&url).map(|parameters| shown(parameters.iter())).unwrap_or_default();
        self.status = Status::Leaving;
        let store = Some((pending.state().clone(), pending.store()));
        self.commands.push(Command::Leave { flight: id, store, url });
    }

    /// Completes a sign-in by redirect: the answer is in the page's address, the request in the store.
    pub(super) fn complete_sign_in(&mut self, callback: &Callback) {
        let pending = callback.stored.as_deref().map(PendingAuthorization::restore);
        let parameters = Parameters::from_url(&callback.url);
        let (pending, parameters) = match (pending, parameters) {
            (Some(Ok(pending)), Ok(parameters)) => (pending, parameters),
            (Some(Err(error)), _) | (_, Err(error)) => return self.refuse_callback(error),
            (None, Ok(parameters)) => {
                let code =
                    if parameters.get("state").is_some() { Code::TransactionMissing } else { Code::StateMissing };
                return self.refuse_callback(AuthError::new(code));
            }
        };
        self.judge_answer(pending, &parameters, Step::CallbackReceived, "in the page's address");
    }

    fn refuse_callback(&mut self, error: AuthError) {
        self.commands.push(Command::ReturnTo("/".to_owned()));
        let record = self.record(Step::CallbackReceived, Outcome::Failed);
        record.detail = "in the page's address".to_owned();
        record.error = Some(error.clone());
        self.fail(error);
    }

    pub(super) fn exchange(&mut self, authorized: Authorized) {
        let Some(flight) = &mut self.flight else { return };
        if matches!(flight.purpose, Purpose::Callback(_)) {
            self.commands.push(Command::ReturnTo(authorized.return_to.clone()));
        }
        if self.endpoints.is_none() {
            flight.stage = Stage::AwaitingAddresses(Box::new(authorized));
            return self.find_addresses();
        }
        self.send_code(authorized);
    }

    pub(super) fn send_code(&mut self, authorized: Authorized) {
        let now = self.moment.now;
        let Some(endpoints) = &self.endpoints else { return };
        let request = token::exchange_request(self.settings(), endpoints, &authorized);
        let detail = format!("POST {}", request.url);
        let parameters = shown(request.form.iter().map(|(name, value)| (name.as_str(), value.as_str())));
        let Some(flight) = &mut self.flight else { return };
        self.commands.push(Command::Send(flight.id, Exchange::Token, request));
        flight.stage = Stage::Exchanging(Grant::Code(Box::new(authorized)));
        flight.deadline = now + EXCHANGE_LIMIT;
        let record = self.record(Step::CodeExchanged, Outcome::Done);
        record.detail = detail;
        record.parameters = parameters;
        if self.keys.is_none() && self.keys_asked_at.is_none() {
            self.ask_keys();
        }
    }

    pub(super) fn answered(&mut self, exchange: Exchange, result: Result<Response, AuthError>) {
        match exchange {
            Exchange::Reachability => self.reachability_known(result.map(|response| response.status)),
            Exchange::Discovery => self.addresses_answered(result),
            Exchange::Keys => match result.and_then(|response| keys::process_response(&response)) {
                Ok(keys) => {
                    self.record(Step::KeysReceived, Outcome::Done).detail = format!("{} keys", keys.len());
                    self.keys = Some(keys);
                    self.keys_arrived();
                }
                Err(error) => {
                    self.keys_asked_at = None;
                    self.keys_failed(error);
                }
            },
            Exchange::Token => self.tokens_arrived(result),
        }
    }

    fn tokens_arrived(&mut self, result: Result<Response, AuthError>) {
        let now = self.moment.now;
        let Some(flight) = &mut self.flight else { return };
        let Stage::Exchanging(grant) = core::mem::replace(&mut flight.stage, Stage::Over) else { return };
        let state = match &grant {
            Grant::Code(authorized) => Some(authorized.uniques.state.expose().to_owned()),
            Grant::RefreshToken => None,
        };
        let status = result.as_ref().map_or(0, |response| response.status);
        let date = result.as_ref().ok().and_then(|response| response.date);
        let judged = result.and_then(|response| match &grant {
            Grant::Code(_) => token::process_response(self.settings(), &response),
            Grant::RefreshToken => token::process_refresh_response(self.settings(), &response),
        });

        let record = self.record(Step::TokensReceived, if judged.is_ok() { Outcome::Done } else { Outcome::Failed });
        record.state = state;
        if status != 0 {
            record.detail = format!("status {status}");
        }
        record.error = judged.as_ref().err().cloned();
        let response = match judged {
            Ok(response) => response,
            Err(error) => return self.fail(error),
        };
        let lives = response.expires_in.as_secs().to_string();
        let id_token = response.id_token.as_ref().map(|token| ("id_token", token.expose()));
        let refresh_token = response.refresh_token.as_ref().map(|token| ("refresh_token", token.expose()));
        record.parameters = shown(
            [("access_token", response.access_token.expose())]
                .into_iter()
                .chain(id_token)
                .chain(refresh_token)
                .chain([("token_type", "Bearer"), ("expires_in", &lives), ("scope", &response.scope)]),
        );
        let Some(id_token) = response.id_token.clone() else {
            return self.without_id_token(&grant, response);
        };
        let expected = expected(&self.config, &response.access_token, &grant, self.claims(), now);
        let examined = match id_token::examine(&id_token, &expected) {
            Ok(examined) => examined,
            Err(error) => return self.fail(error),
        };
        match skew::estimate(date, examined.issued_at(), now) {
            Ok(skew) => {
                self.skew = skew;
                if !skew.is_none() {
                    self.record(Step::ClockCorrected, Outcome::Done).detail = skew.in_words();
                }
            }
            Err(error) => return self.fail(error),
        }
        self.verify(Verification { response, id_token, examined, grant, arrived: now, keys_are_fresh: false });
    }

    /// A refresh may come without an ID token (OpenID Connect Core, section 12.2); then the one before goes on.
    fn without_id_token(&mut self, grant: &Grant, response: token::TokenResponse) {
        let before = self.tokens.as_ref().map(|tokens| (tokens.id_token.clone(), tokens.claims.clone()));
        match (grant, before) {
            (Grant::RefreshToken, Some((id_token, claims))) => {
                let now = self.moment.now;
                self.take(response, id_token, claims, now, Origin::Renewed);
            }
            _ => self.fail(AuthError::new(Code::TokenResponseInvalid).because("a text as id_token", "nothing")),
        }
    }

    /// The claims of the ID token in use.
    fn claims(&self) -> Option<&Claims> {
        self.tokens.as_ref().map(|tokens| &tokens.claims)
    }

    /// Finds the key and has the signature checked; asks for the keys if they are not known, and once more for a key that
    /// is not among them, since tenants rotate (OpenID Connect Core, section 10.1.1).
    fn verify(&mut self, verification: Verification) {
        let now = self.moment.now;
        let check = self.keys.as_ref().map(|keys| verification.examined.signature_check(keys));
        let Some(flight) = &mut self.flight else { return };
        match check {
            Some(Ok(check)) => {
                self.commands.push(Command::CheckSignature(flight.id, check));
                flight.stage = Stage::CheckingSignature(Box::new(verification));
            }
            Some(Err(error)) => {
                let paused = self.keys_asked_at.is_some_and(|asked| now.since(asked) < KEYS_PAUSE);
                if error.code != Code::IdTokenKeyUnknown || verification.keys_are_fresh || paused {
                    return self.fail(error);
                }
                flight.stage = Stage::AwaitingKeys(Box::new(Verification { keys_are_fresh: true, ..verification }));
                self.ask_keys();
            }
            None => {
                flight.stage = Stage::AwaitingKeys(Box::new(verification));
                if self.keys_asked_at.is_none() {
                    self.ask_keys();
                }
            }
        }
    }

    /// What was bought cannot be bought again, so keys that were asked for ahead are asked for once more when they are needed.
    fn keys_failed(&mut self, error: AuthError) {
        let asks_again = match self.flight.as_mut().map(|flight| &mut flight.stage) {
            Some(Stage::Exchanging(_)) => false,
            Some(Stage::AwaitingKeys(verification)) if !verification.keys_are_fresh => {
                verification.keys_are_fresh = true;
                true
            }
            _ => return self.fail(error),
        };
        self.record(Step::KeysReceived, Outcome::Failed).error = Some(error);
        if asks_again {
            self.ask_keys();
        }
    }

    fn keys_arrived(&mut self) {
        let Some(flight) = &mut self.flight else { return };
        if matches!(flight.stage, Stage::AwaitingKeys(_))
            && let Stage::AwaitingKeys(verification) = core::mem::replace(&mut flight.stage, Stage::Over)
        {
            self.verify(*verification);
        }
    }

    pub(super) fn signature_checked(&mut self, result: Result<bool, AuthError>) {
        let now = self.moment.now;
        let Some(flight) = &mut self.flight else { return };
        if !matches!(flight.stage, Stage::CheckingSignature(_)) {
            return;
        }
        let Stage::CheckingSignature(verification) = core::mem::replace(&mut flight.stage, Stage::Over) else { return };
        let Verification { response, id_token, examined, grant, arrived, .. } = *verification;
        let silent = matches!(&grant, Grant::Code(authorized) if authorized.silent);
        let origin = match flight.purpose {
            Purpose::Renew => Origin::Renewed,
            Purpose::Restore => Origin::Restored,
            _ if silent => Origin::Restored,
            _ => Origin::SignIn,
        };
        let now = self.skew.correct(now);
        let expected = expected(&self.config, &response.access_token, &grant, self.claims(), now);
        match result.and_then(|valid| examined.accept(valid, &expected)) {
            Ok(claims) => {
                let claim_names: Vec<&str> = claims.keys().map(String::as_str).collect();
                let detail = format!("claims: {}", claim_names.join(", "));
                self.record(Step::IdTokenVerified, Outcome::Done).detail = detail;
                self.take(response, id_token, claims, arrived, origin);
            }
            Err(error) => self.fail(error),
        }
    }

    /// Every check passed: takes the answer into use.
    fn take(
        &mut self,
        response: token::TokenResponse,
        id_token: IdToken,
        claims: Claims,
        arrived: Timestamp,
        origin: Origin,
    ) {
        let tokens = Tokens {
            access_token: response.access_token,
            id_token,
            claims,
            scope: response.scope,
            received_at: arrived,
            expires_at: arrived + response.expires_in,
        };
        let extra = self.wanted().is_some();
        let wanted = self.config.wants_refresh_tokens() && (!extra || self.refreshes());
        let subject = tokens.subject().to_owned();
        let held = response.refresh_token.filter(|_| wanted).map(|token| Held { token, subject });
        if extra {
            return self.succeed_extra(tokens, held);
        }
        self.succeed(tokens, held, origin);
    }
}

/// What the ID token of this request has to say, by the clock that `now` is read from.
fn expected<'a>(
    config: &'a ClientConfig,
    access_token: &'a AccessToken,
    grant: &'a Grant,
    before: Option<&'a Claims>,
    now: Timestamp,
) -> Expected<'a> {
    let (answers, max_age) = match grant {
        Grant::Code(authorized) => {
            let (nonce, code) = (&authorized.uniques.nonce, &authorized.code);
            (Answers::Authorization { nonce, code }, authorized.max_age)
        }
        // No request went to the person, so the app's own limit decides.
        Grant::RefreshToken => (Answers::Refresh { before }, config.max_age().map(|age| age.as_secs())),
    };
    Expected {
        issuer: config.issuer().as_str(),
        client_id: config.client_id(),
        answers,
        max_age,
        acr_values: config.acr_values(),
        organization: config.organization(),
        access_token,
        now,
        leeway: config.leeway(),
    }
}
