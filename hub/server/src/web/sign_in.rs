//! `/connexion` and `/deconnexion`.

use askama::Template;
use axum::extract::{OriginalUri, State};
use axum::http::{HeaderMap, StatusCode, header};
use axum::response::{Html, IntoResponse, Redirect, Response};

use super::Site;
use super::door::{COOKIE, Who};
use super::fields::{self, Fields};
use super::problem::{Problem, sentence};
use super::words::Words;
use crate::people::permission::Permission;
use crate::people::sessions::{self, SignInError};
use crate::store::account;

#[derive(Template)]
#[template(path = "sign_in.html")]
struct Page {
    w: Words,
    login: String,
    back: String,
    wrong: Option<String>,
    over: bool,
    left: bool,
    nobody: bool,
}

/// `GET /connexion`.
pub(super) async fn page(
    State(site): State<Site>,
    headers: HeaderMap,
    OriginalUri(uri): OriginalUri,
) -> Result<Response, Problem> {
    let asked = fields::from_urlencoded(uri.query().unwrap_or_default().as_bytes());
    let page = Page {
        w: Words::asked_by(&headers),
        login: String::new(),
        back: own_path(asked.text("retour")),
        wrong: None,
        over: asked.text("fin") == "oui",
        left: asked.text("fin") == "quitte",
        nobody: account::list(&mut *site.app.store.read().await?)
            .await?
            .is_empty(),
    };
    Ok(Html(page.render()?).into_response())
}

/// `POST /connexion`.
pub(super) async fn sign_in(
    State(site): State<Site>,
    headers: HeaderMap,
    fields: Fields,
) -> Result<Response, Problem> {
    let now = site.app.clock.now_micros();
    let words = Words::asked_by(&headers);
    let login = fields.text("login");
    let (status, wrong) = match sessions::sign_in(&site.app.store, login, fields.exact("password"), now).await {
        Ok(token) => return welcome(&site, &token, fields.text("retour"), secure(&headers), now).await,
        Err(SignInError::Wrong) => (
            StatusCode::UNPROCESSABLE_ENTITY,
            words.say("Identifiant ou mot de passe incorrect. Vérifier le verrouillage des majuscules.").to_owned(),
        ),
        Err(SignInError::Wait(seconds)) => (
            StatusCode::TOO_MANY_REQUESTS,
            words.with("Trop d'essais manqués. Réessayer dans {} secondes.", seconds),
        ),
        Err(error @ SignInError::Random) => return Err(Problem::invalid(&sentence(&error.to_string()))),
        Err(SignInError::Store(error)) => return Err(error.into()),
    };
    let page = Page {
        w: words,
        login: login.to_owned(),
        back: own_path(fields.text("retour")),
        wrong: Some(wrong),
        over: false,
        left: false,
        nobody: false,
    };
    Ok((status, Html(page.render()?)).into_response())
}

/// The cookie travels over TLS only, once a proxy before the hub says that the browser came over TLS.
fn secure(headers: &HeaderMap) -> &'static str {
    if headers
        .get("x-forwarded-proto")
        .is_some_and(|value| value == "https")
    {
        "; Secure"
    } else {
        ""
    }
}

async fn welcome(
    site: &Site,
    token: &str,
    back: &str,
    secure: &str,
    now: i64,
) -> Result<Response, Problem> {
    let role = sessions::recognise(&site.app.store, token, true, now)
        .await?
        .map(|signed_in| signed_in.account.role);
    let back = own_path(back);
    let to = match role {
        _ if !back.is_empty() => back,
        Some(role) if Permission::ReviewBiologically.held_by(role) => "/validation".to_owned(),
        Some(role) if Permission::ReviewTechnically.held_by(role) => "/paillasse".to_owned(),
        _ => "/".to_owned(),
    };
    let cookie = format!(
        "{COOKIE}={token}; Path=/; HttpOnly; SameSite=Strict; Max-Age={}{secure}",
        sessions::LIFE.as_secs()
    );
    Ok(([(header::SET_COOKIE, cookie)], Redirect::to(&to)).into_response())
}

/// `POST /deconnexion`.
pub(super) async fn sign_out(State(site): State<Site>, who: Who) -> Result<Response, Problem> {
    sessions::sign_out(&site.app.store, &who.signed_in, site.app.clock.now_micros()).await?;
    let cookie = format!("{COOKIE}=; Path=/; HttpOnly; SameSite=Strict; Max-Age=0");
    Ok((
        [(header::SET_COOKIE, cookie)],
        Redirect::to("/connexion?fin=quitte"),
    )
        .into_response())
}

/// `GET /`: the first place that the person's role opens.
pub(super) async fn home(who: Who) -> Redirect {
    let to = if who.may(Permission::ReadOrders) {
        "/reception"
    } else if who.may(Permission::ReadFleet) {
        "/boitiers"
    } else {
        "/moi"
    };
    Redirect::to(to)
}

/// An address of ours, or nothing: a sign-in page never sends anybody to another site.
fn own_path(text: &str) -> String {
    let own = text.starts_with('/')
        && !text.starts_with("//")
        && !text.contains('\\')
        && !text.contains(char::is_control)
        && !text.starts_with("/connexion");
    if own { text.to_owned() } else { String::new() }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_way_back_stays_in_the_house() {
        assert_eq!(own_path("/dossiers?r=1"), "/dossiers?r=1");
        for foreign in [
            "//evil.example",
            "https://evil.example",
            "/\\evil.example",
            "/connexion",
            "",
            "javascript:x",
        ] {
            assert_eq!(own_path(foreign), "", "{foreign}");
        }
    }
}
