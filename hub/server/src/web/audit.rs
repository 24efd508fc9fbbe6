//! `/audit`: the trail, and whether its chain still holds.

use std::collections::HashMap;

use askama::Template;
use axum::extract::{OriginalUri, State};
use axum::response::{Html, IntoResponse, Response};

use super::Site;
use super::door::Who;
use super::fields;
use super::frame::Frame;
use super::problem::Problem;
use super::show;
use crate::store::account;
use crate::store::audit::{self, Filter, Recorded, Verdict};

const PATH: &str = "/audit";
/// Entries of one page.
const PAGE: i64 = 100;

/// An entry as it is shown.
#[derive(Debug, Clone)]
pub(super) struct Line {
    pub(super) seq: i64,
    pub(super) at: String,
    pub(super) who: String,
    pub(super) action: String,
    pub(super) subject: String,
    pub(super) subject_id: String,
    pub(super) detail: String,
}

#[derive(Template)]
#[template(path = "audit.html")]
struct Page {
    f: Frame,
    lines: Vec<Line>,
    older: Option<i64>,
    verdict: Option<Verdict>,
    subject: String,
}

/// `GET /audit`; `?verifier=oui` reads the whole chain.
pub(super) async fn page(
    State(site): State<Site>,
    who: Who,
    OriginalUri(uri): OriginalUri,
) -> Result<Response, Problem> {
    let asked = fields::from_urlencoded(uri.query().unwrap_or_default().as_bytes());
    let filter = Filter {
        before: asked.text("avant").parse().ok(),
        subject_id: asked.given("sujet"),
        ..Filter::default()
    };
    let mut reader = site.app.store.read().await?;
    let verdict = match asked.text("verifier") {
        "oui" => Some(audit::verify(&mut reader, 1).await?),
        _ => None,
    };
    let recorded = audit::list(&mut reader, &filter, PAGE).await?;
    drop(reader);
    let full = i64::try_from(recorded.len()).unwrap_or(i64::MAX) >= PAGE;
    let page = Page {
        f: Frame::new(&site, &who, PATH, who.words.say("Audit")).await?,
        older: recorded.last().filter(|_| full).map(|entry| entry.seq),
        lines: lines(&site, &recorded).await?,
        verdict,
        subject: filter.subject_id.unwrap_or_default(),
    };
    Ok(Html(page.render()?).into_response())
}

/// Entries with the names of the people in them.
pub(super) async fn lines(site: &Site, recorded: &[Recorded]) -> Result<Vec<Line>, Problem> {
    let names: HashMap<String, String> = account::list(&mut *site.app.store.read().await?)
        .await?
        .into_iter()
        .map(|account| (account.trail(), account.name))
        .collect();
    Ok(recorded
        .iter()
        .map(|entry| Line {
            seq: entry.seq,
            at: show::date_time(lisiere_model::UtcMicros(entry.at)),
            who: names
                .get(&entry.who)
                .cloned()
                .unwrap_or_else(|| entry.who.clone()),
            action: entry.action.clone(),
            subject: entry.subject_kind.clone(),
            subject_id: entry.subject_id.clone(),
            detail: readable(&entry.detail),
        })
        .collect())
}

/// What a verification found, for people.
fn in_words(reason: &str) -> &'static str {
    match reason {
        "entries are missing at the end" => "Des entrées manquent à la fin de la piste.",
        "an entry is missing" => "Une entrée manque.",
        "the entry does not follow the one before it" => {
            "L'entrée ne suit pas celle qui la précède."
        }
        "the entry was edited" => "L'entrée a été modifiée.",
        _ => "La dernière entrée n'est pas celle qui a été écrite en dernier.",
    }
}

/// The detail without the signs of JSON; it is short by design.
fn readable(detail: &str) -> String {
    match detail {
        "null" | "{}" => String::new(),
        other => other
            .replace(['{', '}', '"'], "")
            .replace(',', ", ")
            .replace(':', " : "),
    }
}
