//! `/controles`: control results, kept apart from patients'.

use askama::Template;
use axum::extract::{OriginalUri, State};
use axum::response::{Html, IntoResponse, Response};

use super::Site;
use super::door::Who;
use super::fields;
use super::frame::Frame;
use super::problem::Problem;
use super::show::{self, Shown};
use crate::store::control::{self, ControlFilter, ControlRow};

const PATH: &str = "/controles";
/// Results of one page.
const PAGE: i64 = 200;

/// A control result as it is shown.
struct Line {
    id: String,
    at: String,
    source: String,
    material: String,
    label: String,
    shown: Shown,
    flags: String,
}

#[derive(Template)]
#[template(path = "controls.html")]
struct Page {
    f: Frame,
    lines: Vec<Line>,
    next: Option<i64>,
}

/// `GET /controles`.
pub(super) async fn page(
    State(site): State<Site>,
    who: Who,
    OriginalUri(uri): OriginalUri,
) -> Result<Response, Problem> {
    let asked = fields::from_urlencoded(uri.query().unwrap_or_default().as_bytes());
    let from: i64 = asked.text("de").parse().unwrap_or(0).max(0);
    let filter = ControlFilter {
        appliance: asked.given("boitier"),
        port: asked.given("port"),
        ..ControlFilter::default()
    };
    let rows = control::list(&mut *site.app.store.read().await?, &filter, from, PAGE).await?;
    let full = i64::try_from(rows.len()).unwrap_or(i64::MAX) >= PAGE;
    let page = Page {
        f: Frame::new(&site, &who, PATH, who.words.say("Contrôles")).await?,
        lines: rows.iter().map(|row| line(&site, row)).collect(),
        next: full.then(|| from.saturating_add(PAGE)),
    };
    Ok(Html(page.render()?).into_response())
}

fn line(site: &Site, row: &ControlRow) -> Line {
    let test = row
        .code
        .as_deref()
        .and_then(|code| site.laboratory.catalogue.get_text(code));
    let mut shown = Shown::new(
        &row.read.value,
        row.read.unit.as_ref().map(lisiere_model::UcumUnit::as_str),
    );
    if shown.unit.is_empty() {
        shown.unit = row.read.unit_text.clone().unwrap_or_default();
    }
    Line {
        id: row.id.to_string(),
        at: show::date_time(row.observed_at),
        source: format!("{} · {}", row.appliance, row.port),
        material: row.material.clone(),
        label: test
            .map(|test| test.label.clone())
            .or_else(|| row.read.name.clone())
            .unwrap_or_else(|| row.read.code.clone()),
        shown,
        flags: row.read.flags.join(" "),
    }
}
