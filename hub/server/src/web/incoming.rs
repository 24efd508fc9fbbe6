//! `/recus`: reports of other laboratories, shown without anything of theirs being run or fetched, and attached by a person.

mod opened;

use askama::Template;
use axum::extract::{OriginalUri, Path, State};
use axum::http::{StatusCode, header};
use axum::response::{Html, IntoResponse, Redirect, Response};
use uuid::Uuid;

use super::Site;
use super::door::Who;
use super::fields::{self, Fields};
use super::form::Form;
use super::frame::Frame;
use super::problem::{Problem, sentence};
use super::show;
use crate::laboratory::incoming::{self, Choice, IncomingRow, IncomingState, Usage};
use crate::laboratory::{self, Error, FieldProblem};
use crate::people::permission::Permission;
use opened::{Opened, opened};

const PATH: &str = "/recus";
/// What the results of the document are until somebody has decided.
const PROPOSED: &str = "Proposés tels que le document les dit ; rien n'est repris tant que personne n'a rattaché ce compte rendu.";

/// A received report in the list.
struct Item {
    id: String,
    origin: String,
    received: String,
    written: String,
    state: &'static str,
    class: &'static str,
    current: bool,
}

#[derive(Template)]
#[template(path = "incoming.html")]
struct Page {
    f: Frame,
    items: Vec<Item>,
    opened: Option<Opened>,
    may_decide: bool,
    upload: Form,
    decision: Form,
}

/// `GET /recus`.
pub(super) async fn page(
    State(site): State<Site>,
    who: Who,
    OriginalUri(uri): OriginalUri,
) -> Result<Response, Problem> {
    let asked = fields::from_urlencoded(uri.query().unwrap_or_default().as_bytes());
    let done = asked.given("fait");
    show_page(
        &site,
        &who,
        None,
        done.as_deref(),
        Form::default(),
        Form::default(),
    )
    .await
}

/// `GET /recus/{report}`.
pub(super) async fn one(
    State(site): State<Site>,
    who: Who,
    Path(report): Path<Uuid>,
    OriginalUri(uri): OriginalUri,
) -> Result<Response, Problem> {
    let asked = fields::from_urlencoded(uri.query().unwrap_or_default().as_bytes());
    let done = asked.given("fait");
    show_page(
        &site,
        &who,
        Some(report),
        done.as_deref(),
        Form::default(),
        Form::default(),
    )
    .await
}

async fn show_page(
    site: &Site,
    who: &Who,
    open: Option<Uuid>,
    done: Option<&str>,
    upload: Form,
    decision: Form,
) -> Result<Response, Problem> {
    let rows = incoming::list(&site.laboratory).await?;
    let opened = match open {
        Some(id) => {
            if !who.passive {
                let id = id.to_string();
                laboratory::looked(&site.laboratory, &who.person(), "incoming", &id, site.now())
                    .await?;
            }
            Some(opened(site, id, &decision).await?)
        }
        None => None,
    };
    let bad = !upload.problems().is_empty() || !decision.problems().is_empty();
    let page = Page {
        f: Frame::new(site, who, PATH, who.words.say("Comptes rendus reçus"))
            .await?
            .after(done),
        items: rows.iter().map(|row| item(row, open)).collect(),
        opened,
        may_decide: who.may(Permission::RegisterOrders),
        upload,
        decision,
    };
    let status = if bad {
        StatusCode::UNPROCESSABLE_ENTITY
    } else {
        StatusCode::OK
    };
    Ok((status, Html(page.render()?)).into_response())
}

fn item(row: &IncomingRow, open: Option<Uuid>) -> Item {
    let (state, class) = state(row);
    Item {
        id: row.id.to_string(),
        origin: named(&row.origin),
        received: show::date_time(row.received_at),
        written: row.written_at.map(show::date).unwrap_or_default(),
        state,
        class,
        current: open == Some(row.id),
    }
}

fn named(origin: &str) -> String {
    if origin.is_empty() {
        "laboratoire non nommé".to_owned()
    } else {
        origin.to_owned()
    }
}

const fn state(row: &IncomingRow) -> (&'static str, &'static str) {
    match (row.state, row.usage) {
        (IncomingState::Waiting, _) => ("à rattacher", "held"),
        (IncomingState::Aside, _) => ("écarté", "plain"),
        (IncomingState::Attached, Some(Usage::Subcontract)) => ("sous-traitance", "good"),
        (IncomingState::Attached, _) => ("antériorités", "good"),
    }
}

/// Every sentence of this file that a page may show, for the test of the translation.
#[cfg(test)]
pub(super) fn sentences() -> Vec<&'static str> {
    vec![
        "à rattacher",
        "écarté",
        "sous-traitance",
        "antériorités",
        "Résultats du document",
        "Sous-traitance de ce dossier",
        "Antériorités du patient",
        "même INS qualifiée et mêmes traits",
        "même INS, traits à comparer",
        "mêmes nom, prénom, sexe et date de naissance, sans INS commune",
        "Nom de naissance",
        "Prénoms",
        "Sexe",
        "Date de naissance",
        "Lieu de naissance",
        "N1 (PDF seul)",
        "N3 auto-présentable",
        "forme inconnue",
        PROPOSED,
        super::elsewhere::TAKEN,
    ]
}

/// `POST /recus`: a document chosen on this computer.
pub(super) async fn receive(
    State(site): State<Site>,
    who: Who,
    fields: Fields,
) -> Result<Response, Problem> {
    let taken = match fields.file("fichier") {
        Some(bytes) => incoming::receive(&site.laboratory, bytes, &who.person(), site.now()).await,
        None => Err(Error::field(
            "fichier",
            "choisir le fichier du compte rendu (CDA, en XML)",
        )),
    };
    match taken {
        Ok((id, fresh)) => {
            let word = if fresh { "recu" } else { "deja-recu" };
            Ok(Redirect::to(&format!("{PATH}/{id}?fait={word}")).into_response())
        }
        Err(error) => {
            let upload = Form::wrong(fields, wrong(error, "fichier")?);
            show_page(&site, &who, None, None, upload, Form::default()).await
        }
    }
}

/// The sentences beside the fields of a form; what is no mistake of the person stays a problem of its own.
fn wrong(error: Error, field: &'static str) -> Result<Vec<FieldProblem>, Problem> {
    match error {
        Error::Invalid(problems) => Ok(problems
            .into_iter()
            .map(|one| FieldProblem::new(one.field, sentence(&one.sentence)))
            .collect()),
        Error::Refused(text) | Error::Stale(text) => {
            Ok(vec![FieldProblem::new(field, sentence(&text))])
        }
        other => Err(other.into()),
    }
}

/// `POST /recus/{report}/rattacher`.
pub(super) async fn attach(
    State(site): State<Site>,
    who: Who,
    Path(report): Path<Uuid>,
    fields: Fields,
) -> Result<Response, Problem> {
    let choice = Choice {
        version: version(&fields)?,
        patient: match fields.given("patient") {
            Some(id) => Some(id.parse().map_err(|_| Problem::unreadable_form())?),
            None => None,
        },
        order: fields.given("dossier"),
        usage: match fields.text("usage") {
            "sous-traitance" => Usage::Subcontract,
            "anteriorites" => Usage::History,
            _ => return Err(Problem::unreadable_form()),
        },
        confirmed: fields.text("confirme") == "oui",
    };
    let done = incoming::attach(&site.laboratory, report, &choice, &who.person(), site.now()).await;
    after(&site, &who, report, fields, done, "rattache", "patient").await
}

/// `POST /recus/{report}/ecarter`.
pub(super) async fn set_aside(
    State(site): State<Site>,
    who: Who,
    Path(report): Path<Uuid>,
    fields: Fields,
) -> Result<Response, Problem> {
    let (version, reason) = (version(&fields)?, fields.text("motif"));
    let person = who.person();
    let done = incoming::set_aside(
        &site.laboratory,
        report,
        version,
        reason,
        &person,
        site.now(),
    )
    .await;
    after(&site, &who, report, fields, done, "recu-ecarte", "motif").await
}

fn version(fields: &Fields) -> Result<i64, Problem> {
    fields
        .text("version")
        .parse()
        .map_err(|_| Problem::unreadable_form())
}

async fn after(
    site: &Site,
    who: &Who,
    report: Uuid,
    fields: Fields,
    done: Result<(), Error>,
    word: &str,
    field: &'static str,
) -> Result<Response, Problem> {
    match done {
        Ok(()) => Ok(Redirect::to(&format!("{PATH}/{report}?fait={word}")).into_response()),
        Err(error) => {
            let decision = Form::wrong(fields, wrong(error, field)?);
            show_page(site, who, Some(report), None, Form::default(), decision).await
        }
    }
}

/// `GET /recus/{report}/copie.pdf`: the PDF inside, to keep; never opened within the page.
pub(super) async fn copy(
    State(site): State<Site>,
    who: Who,
    Path(report): Path<Uuid>,
) -> Result<Response, Problem> {
    let received = incoming::open(&site.laboratory, report).await?;
    let pdf = received.document.pdf.ok_or_else(Problem::not_found)?;
    download(&site, &who, report, "application/pdf", "copie.pdf", pdf).await
}

/// `GET /recus/{report}/original.xml`: the document byte for byte as it came.
pub(super) async fn original(
    State(site): State<Site>,
    who: Who,
    Path(report): Path<Uuid>,
) -> Result<Response, Problem> {
    let received = incoming::open(&site.laboratory, report).await?;
    // Octets: a browser must not render somebody else's stylesheet.
    download(
        &site,
        &who,
        report,
        "application/octet-stream",
        "original.xml",
        received.bytes,
    )
    .await
}

async fn download(
    site: &Site,
    who: &Who,
    report: Uuid,
    kind: &'static str,
    name: &'static str,
    body: Vec<u8>,
) -> Result<Response, Problem> {
    let id = report.to_string();
    laboratory::looked(&site.laboratory, &who.person(), "incoming", &id, site.now()).await?;
    let headers = [
        (header::CONTENT_TYPE, kind.to_owned()),
        (
            header::CONTENT_DISPOSITION,
            format!("attachment; filename=\"recu-{id}-{name}\""),
        ),
        (
            header::CONTENT_SECURITY_POLICY,
            "default-src 'none'; frame-ancestors 'none'; sandbox".to_owned(),
        ),
    ];
    Ok((headers, body).into_response())
}
