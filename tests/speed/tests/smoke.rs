//! Every job once against the tenant in this process: the requests fit it, and each answer is right.

use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use speed::load::{Job, Size, run};
use speed::sign_in::sign_in;
use speed::target::{ResponseMode, TENANT, Target};
use tenant::{ManualClock, Settings, Tenant, router};

/// The built-in tenant, on a free port, with one browser that is signed in.
async fn target() -> Arc<Target> {
    let socket = tokio::net::TcpListener::bind(("localhost", 0)).await.expect("a free port");
    let port = socket.local_addr().expect("an address").port();
    let mut settings = Settings::for_tests(Arc::new(ManualClock::at_ms(1_800_000_000_000)));
    settings.tenant_port = port;
    let tenant = Tenant::open(settings).await.expect("an in-memory tenant opens");
    let service = router(tenant).into_make_service_with_connect_info::<SocketAddr>();
    tokio::spawn(async move { axum::serve(socket, service).await.expect("it serves") });
    let mut target = Target { dialect: TENANT, port, browsers: Vec::new() };
    target.browsers.push(sign_in(&target).await.expect("Ada signs in"));
    Arc::new(target)
}

#[tokio::test]
async fn every_job_is_answered_rightly() {
    let target = target().await;
    let size = Size { connections: 2, period: Duration::from_millis(20), codes: 6 };
    for job in [
        Job::Silent(ResponseMode::Query),
        Job::Silent(ResponseMode::WebMessage),
        Job::Exchange,
        Job::Refresh,
        Job::ClientCredentials,
    ] {
        let tally = run(&target, job, size).await.expect("it is prepared");
        assert_eq!((tally.wrong, tally.first_wrong), (0, None), "{job:?}");
        assert!(tally.micros.len() >= 2, "{job:?} was answered");
    }
}

/// What is counted as wrong: here somebody whose session is not known.
#[tokio::test]
async fn a_wrong_answer_is_counted() {
    let mut target = Target::clone(&*target().await);
    target.browsers = vec!["__Host-tenant-session=nobody".to_owned()];
    let size = Size { connections: 1, period: Duration::ZERO, codes: 1 };
    let tally = run(&Arc::new(target.clone()), Job::Silent(ResponseMode::Query), size).await.expect("it is prepared");
    assert_eq!(tally.wrong, 1);
    assert!(tally.first_wrong.expect("in words").contains("login_required"));
    let refused = run(&Arc::new(target), Job::Exchange, size).await;
    assert!(refused.is_err(), "without codes there is nothing to measure");
}
