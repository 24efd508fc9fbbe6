//! `/quarantaine`: what no rule may decide, and a person's decision about it.

use askama::Template;
use axum::extract::{OriginalUri, Path, State};
use axum::http::StatusCode;
use axum::response::{Html, IntoResponse, Redirect, Response};
use lisiere_model::{OrderId, QueueEntryId, UtcMicros};

use super::Site;
use super::door::Who;
use super::fields::{self, Fields};
use super::frame::Frame;
use super::listing;
use super::look;
use super::patient::Person;
use super::problem::{Problem, sentence};
use super::show::{self, Shown};
use crate::laboratory::queue::{self, Cause, QueueItem};
use crate::laboratory::{Error, report};
use crate::people::permission::Permission;
use crate::store::{order, patient, quarantine};

const PATH: &str = "/quarantaine";
/// Entries of one page.
const PAGE: i64 = 200;

/// An entry in the list.
struct Entry {
    id: String,
    cause: &'static str,
    subject: String,
    waited: String,
    current: bool,
}

/// The entry that is open.
struct Open {
    id: String,
    cause: Cause,
    heading: &'static str,
    subject: String,
    sentence: String,
    since: String,
    /// The result it is about.
    result: Option<Reading>,
    /// The order it is about.
    order: Option<String>,
    /// The message it came in.
    capture: Option<String>,
}

/// The result an entry is about, as the analyzer sent it.
struct Reading {
    label: String,
    code: String,
    tube: String,
    shown: Shown,
    source: String,
    driver: String,
    at: String,
}

/// A tube that the result may belong to.
struct Candidate {
    order: String,
    number: String,
    specimen: String,
    accession: String,
    kind: String,
    person: Person,
}

/// A payload that could not be taken in at all.
struct Payload {
    id: String,
    reason: String,
    appliance: String,
    size: i64,
    times: i64,
    at: String,
}

#[derive(Template)]
#[template(path = "quarantine.html")]
struct Page {
    f: Frame,
    entries: Vec<Entry>,
    open: Option<Open>,
    candidates: Vec<Candidate>,
    sought: String,
    payloads: Vec<Payload>,
    tests: Vec<(String, String)>,
    drivers: Vec<String>,
    may_act: bool,
    wrong: Option<String>,
    reason: String,
}

/// `GET /quarantaine`; `?entree=` opens one, `?tube=` seeks the tube it may belong to.
pub(super) async fn page(
    State(site): State<Site>,
    who: Who,
    OriginalUri(uri): OriginalUri,
) -> Result<Response, Problem> {
    let asked = fields::from_urlencoded(uri.query().unwrap_or_default().as_bytes());
    show(&site, &who, &asked, None, "").await
}

async fn show(
    site: &Site,
    who: &Who,
    asked: &Fields,
    wrong: Option<String>,
    reason: &str,
) -> Result<Response, Problem> {
    let items = queue::list(&site.laboratory, None, true, 0, PAGE).await?;
    let wanted = asked.text("entree").parse::<QueueEntryId>().ok();
    let item = match wanted {
        Some(id) => Some(queue::get(&site.laboratory, id).await?),
        None => items.first().cloned(),
    };
    let current = item.as_ref().map(|item| item.entry.id);
    let candidates = match &item {
        Some(item) => candidates(site, who, item, asked.text("tube")).await?,
        None => Vec::new(),
    };
    let now = site.now();
    let status = if wrong.is_some() {
        StatusCode::UNPROCESSABLE_ENTITY
    } else {
        StatusCode::OK
    };
    let page = Page {
        f: Frame::new(site, who, PATH, who.words.say("Quarantaine"))
            .await?
            .with_list()
            .after(asked.given("fait").as_deref()),
        entries: items
            .iter()
            .map(|item| Entry {
                id: item.entry.id.to_string(),
                cause: item.entry.cause.french(),
                subject: item.entry.subject.clone(),
                waited: show::waited(item.entry.opened_at, now),
                current: current == Some(item.entry.id),
            })
            .collect(),
        open: item.map(|item| opened(site, item, now)),
        candidates,
        sought: asked.text("tube").to_owned(),
        payloads: payloads(site).await?,
        tests: site
            .laboratory
            .catalogue
            .tests()
            .iter()
            .map(|test| (test.code.to_string(), test.label.clone()))
            .collect(),
        drivers: site
            .laboratory
            .library
            .drivers()
            .iter()
            .map(|driver| driver.id().to_owned())
            .collect(),
        may_act: who.may(Permission::ResolveQuarantine),
        wrong,
        reason: reason.to_owned(),
    };
    Ok((status, Html(page.render()?)).into_response())
}

fn opened(site: &Site, item: QueueItem, now: UtcMicros) -> Open {
    let entry = item.entry;
    Open {
        id: entry.id.to_string(),
        heading: entry.cause.french(),
        cause: entry.cause,
        subject: entry.subject,
        sentence: entry.sentence,
        since: show::time_or_date(entry.opened_at, now),
        result: item.observation.map(|row| {
            let read = &row.body.read;
            let mut shown = Shown::new(
                &read.value,
                read.unit.as_ref().map(lisiere_model::UcumUnit::as_str),
            );
            if shown.unit.is_empty() {
                shown.unit = read.unit_text.clone().unwrap_or_default();
            }
            Reading {
                label: read
                    .test
                    .as_ref()
                    .and_then(|code| site.laboratory.catalogue.get(code))
                    .map(|test| test.label.clone())
                    .or_else(|| read.name.clone())
                    .unwrap_or_default(),
                code: read.code.clone(),
                tube: read.specimen.clone().unwrap_or_default(),
                shown,
                source: format!("{} · {}", row.appliance, row.port),
                driver: row.driver.clone(),
                at: show::date_time(row.observed_at),
            }
        }),
        order: entry.order.map(|order| order.to_string()),
        capture: entry.capture.map(|capture| capture.to_string()),
    }
}

/// The tubes that bear a number: the one sought, or the one the result came with.
async fn candidates(
    site: &Site,
    who: &Who,
    item: &QueueItem,
    sought: &str,
) -> Result<Vec<Candidate>, Problem> {
    let sent = item
        .observation
        .as_ref()
        .and_then(|row| row.body.read.specimen.as_deref())
        .unwrap_or_default();
    let number = if sought.is_empty() { sent } else { sought };
    // A candidate bears a name: those who see no patient elsewhere see none here.
    if !who.may(Permission::ReadOrders) {
        return Ok(Vec::new());
    }
    let mut reader = site.app.store.read().await?;
    let mut specimens = match number.parse() {
        Ok(accession) => order::specimens_by_accession(&mut reader, &accession).await?,
        Err(_) => Vec::new(),
    };
    if specimens.is_empty()
        && !number.is_empty()
        && let Some(found) = order::by_number(&mut reader, number).await?
    {
        specimens = order::specimens(&mut reader, found.id).await?;
    }
    let mut candidates = Vec::new();
    let mut seen: Vec<OrderId> = Vec::new();
    for specimen in specimens {
        let Some(row) = order::get(&mut reader, specimen.order).await? else {
            continue;
        };
        let Some(identity) = patient::get(&mut reader, row.patient).await? else {
            continue;
        };
        seen.push(row.id);
        candidates.push(Candidate {
            order: row.id.to_string(),
            number: row.number,
            specimen: specimen.id.to_string(),
            accession: specimen.accession.to_string(),
            kind: report::specimen_name(&specimen.kind).to_owned(),
            person: Person::new(&identity.patient, site.now()),
        });
    }
    drop(reader);
    look::at_list(site, who, PATH, &seen).await?;
    Ok(candidates)
}

async fn payloads(site: &Site) -> Result<Vec<Payload>, Problem> {
    let rows = quarantine::waiting(&mut *site.app.store.read().await?, listing::PAGE).await?;
    Ok(rows
        .into_iter()
        .map(|row| Payload {
            id: row.id,
            reason: row.reason,
            appliance: row.appliance.unwrap_or_default(),
            size: row.size,
            times: row.times,
            at: show::date_time(UtcMicros(row.at)),
        })
        .collect())
}

/// `POST /quarantaine/{entry}/resoudre`.
pub(super) async fn resolve(
    State(site): State<Site>,
    who: Who,
    Path(entry): Path<String>,
    fields: Fields,
) -> Result<Response, Problem> {
    let id = entry
        .parse::<QueueEntryId>()
        .map_err(|_| Problem::not_found())?;
    match decide(&site, &who, id, &fields).await {
        Ok(word) => Ok(Redirect::to(&format!("{PATH}?fait={word}")).into_response()),
        Err(Error::Store(error)) => Err(error.into()),
        Err(Error::NotFound("entrée")) => Err(Problem::not_found()),
        Err(error) => {
            let asked = Fields::of(&[("entree", &entry), ("tube", fields.text("tube"))]);
            show(
                &site,
                &who,
                &asked,
                Some(sentence(&error.to_string())),
                fields.text("motif"),
            )
            .await
        }
    }
}

async fn decide(
    site: &Site,
    who: &Who,
    id: QueueEntryId,
    fields: &Fields,
) -> Result<&'static str, Error> {
    let (laboratory, person, now) = (&site.laboratory, &who.person(), site.now());
    let reason = fields.text("motif");
    match fields.text("action") {
        "rattacher" => {
            let (order, specimen) = fields.text("choix").split_once('/').unwrap_or_default();
            let order = order.parse().map_err(|_| {
                Error::field("tube", "choisir le tube auquel rattacher le résultat")
            })?;
            let specimen = specimen.parse().map_err(|_| Error::NotFound("tube"))?;
            queue::attach(laboratory, id, order, specimen, person, now).await?;
        }
        "code" => {
            let code = fields
                .text("analyse")
                .parse()
                .map_err(|_| Error::field("analyse", "choisir un code du catalogue"))?;
            queue::map_code(laboratory, id, &code, person, now).await?;
        }
        "unite" => {
            let unit = fields.text("unite").parse().map_err(|_| {
                Error::field(
                    "unité",
                    "écrire l'unité en UCUM, par exemple mmol/L ou 10*9/L",
                )
            })?;
            queue::map_unit(laboratory, id, &unit, person, now).await?;
        }
        "ajouter" => {
            queue::add_test(laboratory, id, person, now).await?;
        }
        "accepter" => {
            queue::accept_doubt(laboratory, id, reason, person, now).await?;
        }
        "rejeter" => {
            let whole_tube = fields.text("tout_le_tube") == "oui";
            queue::reject(laboratory, id, reason, whole_tube, person, now).await?;
            return Ok("ecarte");
        }
        "relire" => queue::read_with(laboratory, id, fields.text("pilote"), person, now).await?,
        "classer" => {
            queue::dismiss(laboratory, id, reason, person, now).await?;
            return Ok("ecarte");
        }
        _ => return Err(Error::field("action", "choisir une action")),
    }
    Ok("resolu")
}

/// `POST /quarantaine/messages/{payload}/classer`.
pub(super) async fn settle(
    State(site): State<Site>,
    who: Who,
    Path(payload): Path<String>,
) -> Result<Response, Problem> {
    let mut tx = site.app.store.begin().await?;
    let now = site.app.clock.now_micros();
    if !quarantine::settle(&mut tx, &payload, &who.trail(), now).await? {
        return Err(Problem::not_found());
    }
    let entry = crate::store::audit::Entry {
        who: &who.trail(),
        action: "payload.settled",
        subject_kind: "payload",
        subject_id: &payload,
        detail: serde_json::Value::Null,
        at: now,
    };
    crate::store::audit::append(&mut tx, entry).await?;
    tx.commit().await?;
    Ok(Redirect::to("/quarantaine?fait=ecarte").into_response())
}
