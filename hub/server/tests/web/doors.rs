//! A stranger gets nowhere, a role only where it may, and no form from elsewhere does anything (promise P11).

use std::sync::atomic::Ordering;

use axum::body::Body;
use axum::http::{Method, StatusCode, header};
use lisiere_hub::people::Permission;
use lisiere_hub::review::Role;
use lisiere_hub::store::audit::{self, Filter};
use lisiere_hub::web::routes;

use crate::rig::{Browser, HOUR, Hub, PASSWORD, SECOND};

const SOME_ID: &str = "01890000-0000-7000-8000-000000000000";

/// A path with something in its holes.
fn filled(path: &str) -> String {
    path.replace("{file}", "lisiere.css")
        .replace("{version}", "1")
        .replace("{form}", "html")
        .replace("{name}", "paillasse-1")
        .split('{')
        .enumerate()
        .map(|(place, piece)| {
            if place == 0 {
                piece.to_owned()
            } else {
                piece
                    .replacen(piece.split('}').next().unwrap(), SOME_ID, 1)
                    .replacen('}', "", 1)
            }
        })
        .collect()
}

#[tokio::test]
async fn every_route_refuses_strangers_and_wrong_roles() {
    let hub = Hub::start().await;
    let mut people = Vec::new();
    for role in Role::ALL {
        people.push((role, hub.browser(role).await));
    }
    let mut stranger = Browser::new(&hub);
    let table = routes::table();
    assert!(table.len() >= 30, "the table holds all routes");
    for route in table {
        let path = filled(route.path);
        let read = route.method == Method::GET;
        let page = if read {
            stranger.get(&path).await
        } else {
            stranger.send(&path, &[("jeton", "x")]).await
        };
        if route.permission == Permission::Nothing {
            assert_ne!(
                page.status,
                StatusCode::UNAUTHORIZED,
                "{} {path}",
                route.method
            );
            continue;
        }
        let sent_away =
            page.status == StatusCode::SEE_OTHER && page.location().starts_with("/connexion");
        assert!(
            sent_away || page.status == StatusCode::UNAUTHORIZED,
            "stranger at {} {path}: {}",
            route.method,
            page.status
        );
        for (role, browser) in &mut people {
            if route.path == "/deconnexion" {
                continue;
            }
            let page = if read {
                browser.get(&path).await
            } else {
                browser.post(&path, &[]).await
            };
            let refused = page.status == StatusCode::FORBIDDEN;
            assert_eq!(
                refused,
                !route.permission.held_by(*role),
                "{role} at {} {path}: {}",
                route.method,
                page.status
            );
        }
    }
}

#[tokio::test]
async fn a_form_without_the_sessions_token_does_nothing() {
    let hub = Hub::start().await;
    let mut secretary = hub.browser(Role::Secretary).await;
    let mut other = hub.browser(Role::Secretary).await;
    other.get("/reception").await;
    let form = crate::rig::order_form("Essai-Tilleul", "Ana", "T-1", &["K"]);
    for token in ["", "x", other.token.as_str()] {
        let mut fields = vec![("jeton", token)];
        fields.extend_from_slice(&form);
        let page = secretary.send("/dossiers", &fields).await;
        assert_eq!(page.status, StatusCode::FORBIDDEN, "token {token:?}");
    }
    let foreign = secretary
        .request(Method::POST, "/dossiers")
        .header("sec-fetch-site", "cross-site")
        .header(header::CONTENT_TYPE, "application/x-www-form-urlencoded")
        .body(Body::from(format!("jeton={}", secretary.token)))
        .unwrap();
    assert_eq!(secretary.ask(foreign).await.status, StatusCode::FORBIDDEN);
    assert!(
        !secretary
            .get("/dossiers")
            .await
            .text
            .contains("ESSAI-TILLEUL")
    );
    assert_eq!(
        secretary.post("/dossiers", &form).await.status,
        StatusCode::SEE_OTHER
    );
}

#[tokio::test]
async fn sessions_end_by_sign_out_by_idleness_and_with_the_day() {
    let hub = Hub::start().await;
    let mut technician = hub.browser(Role::Technician).await;
    let kept = technician.cookie.clone();
    assert_eq!(
        technician.post("/deconnexion", &[]).await.location(),
        "/connexion?fin=quitte"
    );
    technician.cookie = kept;
    assert_eq!(
        technician.get("/paillasse").await.location(),
        "/connexion?retour=/paillasse",
        "the old cookie opens nothing"
    );

    let mut idle = hub.browser(Role::Technician).await;
    hub.clock.fetch_add(HOUR / 2, Ordering::Relaxed);
    assert_eq!(idle.get("/paillasse").await.status, StatusCode::OK);
    // A page that refreshes itself does not keep the session alive.
    for _ in 0..7 {
        hub.clock.fetch_add(HOUR / 6, Ordering::Relaxed);
        let poll = idle
            .request(Method::GET, "/paillasse")
            .header("hx-request", "true")
            .body(Body::empty())
            .unwrap();
        let page = idle.ask(poll).await;
        if page.status == StatusCode::UNAUTHORIZED {
            assert_eq!(page.headers["hx-redirect"], "/connexion?fin=oui");
        }
    }
    assert!(
        idle.get("/paillasse")
            .await
            .location()
            .starts_with("/connexion")
    );

    let mut busy = hub.browser(Role::Technician).await;
    for _ in 0..24 {
        hub.clock.fetch_add(HOUR / 2, Ordering::Relaxed);
        busy.get("/paillasse").await;
    }
    hub.clock.fetch_add(SECOND, Ordering::Relaxed);
    assert!(
        busy.get("/paillasse")
            .await
            .location()
            .starts_with("/connexion"),
        "twelve hours are enough"
    );
}

#[tokio::test]
async fn guessing_passwords_takes_longer_and_longer_and_is_recorded() {
    let hub = Hub::start().await;
    let mut stranger = Browser::new(&hub);
    for _ in 0..5 {
        let page = stranger.sign_in("biologist", "mauvais mot de passe").await;
        assert_eq!(page.status, StatusCode::UNPROCESSABLE_ENTITY);
        assert!(
            page.text.contains("value=\"biologist\""),
            "what was typed stays"
        );
    }
    let page = stranger.sign_in("biologist", PASSWORD).await;
    assert_eq!(
        page.status,
        StatusCode::TOO_MANY_REQUESTS,
        "even the right password waits"
    );
    assert!(page.text.contains("30 secondes"), "{}", page.text);
    hub.clock.fetch_add(30 * SECOND, Ordering::Relaxed);
    assert_eq!(
        stranger.sign_in("biologist", PASSWORD).await.status,
        StatusCode::SEE_OTHER
    );
    let mut reader = hub.app.store.read().await.unwrap();
    let trail = audit::list(&mut reader, &Filter::default(), 50)
        .await
        .unwrap();
    let count = |action: &str| trail.iter().filter(|entry| entry.action == action).count();
    assert_eq!(
        (count("account.sign_in_refused"), count("account.signed_in")),
        (5, 1)
    );
}

#[tokio::test]
async fn the_cookie_and_the_headers_are_strict() {
    let hub = Hub::start().await;
    let mut browser = Browser::new(&hub);
    let page = browser.sign_in("technician", PASSWORD).await;
    let cookie = page.headers[header::SET_COOKIE].to_str().unwrap();
    for needed in ["HttpOnly", "SameSite=Strict", "Path=/", "Max-Age="] {
        assert!(cookie.contains(needed), "{cookie}");
    }
    for path in ["/paillasse", "/connexion", "/static/lisiere.js", "/nowhere"] {
        let page = browser.get(path).await;
        let policy = page.headers[header::CONTENT_SECURITY_POLICY]
            .to_str()
            .unwrap();
        assert!(
            policy.starts_with("default-src 'none'") && !policy.contains("unsafe"),
            "{path}: {policy}"
        );
        assert_eq!(
            page.headers[header::X_CONTENT_TYPE_OPTIONS],
            "nosniff",
            "{path}"
        );
        assert_eq!(
            page.headers[header::REFERRER_POLICY],
            "no-referrer",
            "{path}"
        );
    }
    let page = browser.get("/paillasse").await;
    assert_eq!(
        page.headers[header::CACHE_CONTROL],
        "no-store",
        "patient data stays in no cache"
    );
    for inline in ["<script>", " style=", " onclick=", "<style"] {
        assert!(!page.text.contains(inline), "{inline}");
    }
    assert!(page.text.len() < 150 * 1024);
}

#[tokio::test]
async fn a_closed_account_and_a_new_password_end_the_sessions() {
    let hub = Hub::start().await;
    let mut administrator = hub.browser(Role::Administrator).await;
    let mut secretary = hub.browser(Role::Secretary).await;
    let page = administrator.get("/reglages").await;
    let id = page
        .text
        .split("Camille secretary")
        .next()
        .unwrap()
        .rsplit("data-row=\"")
        .next()
        .unwrap()
        .split('"')
        .next()
        .unwrap()
        .to_owned();
    let path = format!("/reglages/comptes/{id}");
    let page = administrator
        .post(
            &path,
            &[("role", "secretary"), ("rpps", ""), ("password", "")],
        )
        .await;
    assert_eq!(page.status, StatusCode::SEE_OTHER, "{}", page.text);
    assert!(
        secretary
            .get("/reception")
            .await
            .location()
            .starts_with("/connexion")
    );
    assert_eq!(
        Browser::new(&hub)
            .sign_in("secretary", PASSWORD)
            .await
            .status,
        StatusCode::UNPROCESSABLE_ENTITY
    );

    let page = administrator.get("/reglages").await;
    let own = page.text.split("Camille administrator").nth(2).unwrap();
    let own = own
        .split("/reglages/comptes/")
        .nth(1)
        .unwrap()
        .split('"')
        .next()
        .unwrap()
        .to_owned();
    let page = administrator
        .post(
            &format!("/reglages/comptes/{own}"),
            &[("role", "secretary"), ("active", "oui")],
        )
        .await;
    assert!(
        page.text.contains("dernier administrateur"),
        "{}",
        page.status
    );
}
