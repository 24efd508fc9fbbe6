//! The door before every page: who asks, whether their role allows it, and whether a form comes from our own page.

use axum::body::{Body, to_bytes};
use axum::extract::{FromRequest, FromRequestParts, Multipart, Request, State};
use axum::http::request::Parts;
use axum::http::{HeaderMap, HeaderValue, Method, StatusCode, header};
use axum::middleware::Next;
use axum::response::{IntoResponse, Redirect, Response};

use super::fields::{self, Fields};
use super::problem::{self, Problem};
use super::words::Words;
use crate::app::App;
use crate::people::permission::Permission;
use crate::people::sessions::{self, SignedIn};
use crate::review::actor::Person;

/// Name of the session cookie.
pub(super) const COOKIE: &str = "lisiere_session";
/// Largest form or file taken in.
const LARGEST: usize = 8 * 1024 * 1024;

/// What the door needs to know: the hub, and what the route asks for.
#[derive(Clone)]
pub(super) struct Door {
    pub(super) app: App,
    pub(super) permission: Permission,
}

/// The signed-in person a page is made for.
#[derive(Debug, Clone)]
pub(super) struct Who {
    /// Account and session.
    pub(super) signed_in: SignedIn,
    /// The language of the page.
    pub(super) words: Words,
    /// A page that refreshes itself asks, not a person: it is no new look at the data.
    pub(super) passive: bool,
}

impl Who {
    /// The person, as the laboratory knows them.
    pub(super) fn person(&self) -> Person {
        self.signed_in.account.person()
    }

    /// How this person is written in the audit trail.
    pub(super) fn trail(&self) -> String {
        self.signed_in.account.trail()
    }

    /// Whether the person's role allows this.
    pub(super) fn may(&self, permission: Permission) -> bool {
        permission.held_by(self.signed_in.account.role)
    }
}

impl<S: Send + Sync> FromRequestParts<S> for Who {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<Self, Problem> {
        parts
            .extensions
            .get::<Self>()
            .cloned()
            .ok_or_else(Problem::not_signed_in)
    }
}

/// Lets a request through, or answers why not.
pub(super) async fn guard(State(door): State<Door>, mut request: Request, next: Next) -> Response {
    let passive = request.headers().contains_key("hx-request");
    let words = Words::asked_by(request.headers());
    if request.method() == Method::POST && !same_site(request.headers()) {
        return problem::page(&Problem::foreign_form(), words, None);
    }
    if door.permission == Permission::Nothing {
        if request.method() == Method::POST {
            request = match with_fields(request).await {
                Ok((request, _)) => request,
                Err(problem) => return problem::page(&problem, words, None),
            };
        }
        return shown(next.run(request).await, words, None);
    }
    let who = match recognise(&door.app, request.headers(), passive).await {
        Ok(Some(signed_in)) => Who {
            words: Words::named(&signed_in.account.language),
            signed_in,
            passive,
        },
        Ok(None) => return to_sign_in(&request, passive, words),
        Err(problem) => return problem::page(&problem, words, None),
    };
    if !who.may(door.permission) {
        return problem::page(&Problem::forbidden(), who.words, Some(&who));
    }
    if request.method() == Method::POST {
        let (with, token) = match with_fields(request).await {
            Ok(read) => read,
            Err(problem) => return problem::page(&problem, who.words, Some(&who)),
        };
        if !same(token.as_bytes(), who.signed_in.form_token.as_bytes()) {
            return problem::page(&Problem::foreign_form(), who.words, Some(&who));
        }
        request = with;
    }
    request.extensions_mut().insert(who.clone());
    shown(next.run(request).await, who.words, Some(&who))
}

/// A problem a page came back with is shown in the person's language and frame.
fn shown(response: Response, words: Words, who: Option<&Who>) -> Response {
    match response.extensions().get::<Problem>() {
        Some(problem) => problem::page(problem, words, who),
        None => response,
    }
}

async fn recognise(
    app: &App,
    headers: &HeaderMap,
    passive: bool,
) -> Result<Option<SignedIn>, Problem> {
    let Some(token) = cookie(headers) else {
        return Ok(None);
    };
    Ok(sessions::recognise(&app.store, token, passive, app.clock.now_micros()).await?)
}

/// The session cookie of a request.
pub(super) fn cookie(headers: &HeaderMap) -> Option<&str> {
    headers
        .get_all(header::COOKIE)
        .iter()
        .filter_map(|value| value.to_str().ok())
        .flat_map(|text| text.split(';'))
        .filter_map(|pair| pair.trim().split_once('='))
        .find_map(|(name, value)| (name == COOKIE).then_some(value))
}

/// Browsers say where a request comes from; one that comes from another site is refused whatever it carries. Programs
/// that are no browsers say nothing and have to carry the form's token all the same.
fn same_site(headers: &HeaderMap) -> bool {
    headers
        .get("sec-fetch-site")
        .is_none_or(|value| value.as_bytes() == b"same-origin" || value.as_bytes() == b"none")
}

/// Reads the form of a request and hands it on as [`Fields`]; answers with its token.
async fn with_fields(request: Request) -> Result<(Request, String), Problem> {
    let (mut parts, body) = request.into_parts();
    let kind = parts
        .headers
        .get(header::CONTENT_TYPE)
        .and_then(|value| value.to_str().ok())
        .unwrap_or_default();
    let read = if kind.starts_with("multipart/form-data") {
        let request = Request::from_parts(parts.clone(), body);
        let multipart = Multipart::from_request(request, &())
            .await
            .map_err(|_| Problem::unreadable_form())?;
        fields::from_multipart(multipart, LARGEST).await?
    } else {
        let bytes = to_bytes(body, LARGEST)
            .await
            .map_err(|_| Problem::too_large())?;
        fields::from_urlencoded(&bytes)
    };
    let token = read.text("jeton").to_owned();
    parts.extensions.insert(read);
    Ok((Request::from_parts(parts, Body::empty()), token))
}

impl<S: Send + Sync> FromRequestParts<S> for Fields {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<Self, Problem> {
        parts
            .extensions
            .remove::<Self>()
            .ok_or_else(Problem::unreadable_form)
    }
}

/// Where a stranger is sent: a person to the sign-in page and back, a program to a plain refusal.
fn to_sign_in(request: &Request, passive: bool, words: Words) -> Response {
    let path = request.uri().path();
    if path.starts_with("/api/") {
        let body = axum::Json(
            serde_json::json!({"error": "not signed in", "remedy": "POST /connexion first"}),
        );
        return (StatusCode::UNAUTHORIZED, body).into_response();
    }
    if passive {
        let home = HeaderValue::from_static("/connexion?fin=oui");
        return (StatusCode::UNAUTHORIZED, [("hx-redirect", home)]).into_response();
    }
    if request.method() != Method::GET {
        return problem::page(&Problem::session_over(), words, None);
    }
    let back = request
        .uri()
        .path_and_query()
        .map_or(path, |whole| whole.as_str());
    Redirect::to(&format!("/connexion?retour={}", fields::encoded(back))).into_response()
}

/// Compares without telling by its duration how much was right.
fn same(one: &[u8], other: &[u8]) -> bool {
    one.len() == other.len()
        && one
            .iter()
            .zip(other)
            .fold(0_u8, |different, (a, b)| different | (a ^ b))
            == 0
}
