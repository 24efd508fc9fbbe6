//! `/reglages/apercu`: a fictitious report under the letterhead as it is typed, before anything is saved; and the logo.

use axum::Json;
use axum::extract::{OriginalUri, State};
use axum::http::{HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};
use lisiere_model::report::Picture;
use lisiere_report::{RenderError, Severity};
use serde_json::json;

use super::Site;
use super::door::Who;
use super::fields::{self, Fields};
use super::problem::{Problem, sentence};
use super::{reports, settings};
use crate::laboratory::identity::{self, Identity};
use crate::laboratory::{FieldProblem, letterhead};

/// What a form says of the logo.
pub(super) enum Logo {
    /// Stays as it is.
    Kept,
    /// Another one.
    New(Picture),
    /// None any more.
    Removed,
}

impl Logo {
    pub(super) fn of(fields: &Fields) -> Result<Self, FieldProblem> {
        match fields.file("logo") {
            Some(bytes) => letterhead::accept(bytes)
                .map(Self::New)
                .map_err(|wrong| FieldProblem::new("logo", wrong)),
            None if fields.text("sans_logo") == "oui" => Ok(Self::Removed),
            None => Ok(Self::Kept),
        }
    }

    /// Saves what changed.
    pub(super) async fn keep(&self, site: &Site, who: &Who) -> Result<(), Problem> {
        let logo = match self {
            Self::Kept => return Ok(()),
            Self::New(picture) => Some(picture),
            Self::Removed => None,
        };
        letterhead::set_logo(&site.app.store, logo, &who.person(), site.now()).await?;
        Ok(())
    }
}

/// The fictitious report as a fragment, under what these fields say. What is not filled yet stays empty.
pub(super) fn shown(fields: &Fields, known: Option<Identity>, logo: Option<&Picture>) -> String {
    let (identity, _) = settings::read(fields, known);
    fragment(identity, logo)
}

fn fragment(identity: Identity, logo: Option<&Picture>) -> String {
    letterhead::example(&printable(identity), logo)
        .map(|report| lisiere_report::html::fragment(&lisiere_report::display::sheet(&report)))
        .unwrap_or_default()
}

/// An unfinished form must not keep anyone from seeing the rest of it.
fn printable(mut identity: Identity) -> Identity {
    if !matches!(
        identity.practice_setting.as_str(),
        "AMBULATOIRE" | "ETABLISSEMENT"
    ) {
        "AMBULATOIRE".clone_into(&mut identity.practice_setting);
    }
    identity
}

/// `POST /reglages/apercu`: `?forme=fragment` for the page itself, `html` and `pdf` for a look in a tab of its own.
/// Nothing is saved.
pub(super) async fn preview(
    State(site): State<Site>,
    OriginalUri(uri): OriginalUri,
    fields: Fields,
) -> Result<Response, Problem> {
    let asked = fields::from_urlencoded(uri.query().unwrap_or_default().as_bytes());
    let known = identity::get(&site.app.store).await?;
    let (identity, mut problems) = settings::read(&fields, known);
    let kept = || letterhead::logo(&site.app.store);
    let logo = match Logo::of(&fields) {
        Ok(Logo::New(picture)) => Some(picture),
        Ok(Logo::Removed) => None,
        Ok(Logo::Kept) => kept().await?,
        Err(problem) => {
            problems.push(problem);
            kept().await?
        }
    };
    match asked.text("forme") {
        "fragment" => {
            let said: Vec<String> = problems.iter().map(|one| sentence(&one.sentence)).collect();
            let page = fragment(identity, logo.as_ref());
            Ok(Json(json!({ "page": page, "problems": said })).into_response())
        }
        "html" => whole(&identity, logo.as_ref()),
        "pdf" => pdf(&identity, logo.as_ref(), &problems),
        _ => Err(Problem::not_found()),
    }
}

fn whole(identity: &Identity, logo: Option<&Picture>) -> Result<Response, Problem> {
    let report = letterhead::example(&printable(identity.clone()), logo)?;
    let page = lisiere_report::html::page(&lisiere_report::display::sheet(&report));
    let policy = reports::policy(page.as_bytes());
    let kind = [(header::CONTENT_TYPE, "text/html; charset=utf-8")];
    let mut response = (kind, page).into_response();
    if let Ok(value) = HeaderValue::from_str(&policy) {
        response
            .headers_mut()
            .insert(header::CONTENT_SECURITY_POLICY, value);
    }
    Ok(response)
}

fn pdf(
    identity: &Identity,
    logo: Option<&Picture>,
    problems: &[FieldProblem],
) -> Result<Response, Problem> {
    let mut wrong: Vec<String> = problems.iter().map(|one| sentence(&one.sentence)).collect();
    wrong.extend(
        identity
            .check()
            .err()
            .into_iter()
            .flatten()
            .map(|one| sentence(&one)),
    );
    if !wrong.is_empty() {
        return Err(incomplete(&wrong));
    }
    match lisiere_report::render(&letterhead::example(identity, logo)?) {
        Ok(rendered) => {
            let headers = [
                (header::CONTENT_TYPE, "application/pdf"),
                (
                    header::CONTENT_DISPOSITION,
                    "inline; filename=\"apercu.pdf\"",
                ),
            ];
            Ok((headers, rendered.pdf).into_response())
        }
        Err(RenderError::Refused(findings)) => {
            let errors = findings
                .iter()
                .filter(|finding| finding.severity == Severity::Error)
                .map(|finding| format!("{} {}", finding.message, finding.remedy));
            Err(incomplete(&errors.collect::<Vec<_>>()))
        }
        Err(other) => Err(Problem::internal(&other)),
    }
}

fn incomplete(sentences: &[String]) -> Problem {
    Problem::new(
        StatusCode::UNPROCESSABLE_ENTITY,
        "L'aperçu demande une identité complète",
        &sentences.join(" "),
        "Rien n'a été enregistré ; ce qui était saisi est encore dans le formulaire.",
        "Revenir au formulaire, compléter et redemander l'aperçu.",
    )
}

/// `GET /reglages/logo`: the logo as it is kept.
pub(super) async fn logo(State(site): State<Site>) -> Result<Response, Problem> {
    let logo = letterhead::logo(&site.app.store)
        .await?
        .ok_or_else(Problem::not_found)?;
    let kind = [(header::CONTENT_TYPE, logo.format.media_type())];
    Ok((kind, logo.data.as_bytes().to_vec()).into_response())
}
