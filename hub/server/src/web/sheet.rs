//! One order opened: the patient, what was asked, every result with its history, what is still missing.

use std::collections::HashMap;

use lisiere_model::{LocalCode, OrderId, Priority, UtcMicros};

use super::Site;
use super::patient::Person;
use super::problem::Problem;
use super::results::{self, ResultRow};
use super::show;
use super::words::Words;
use crate::laboratory::{patients, report};
use crate::review::State;
use crate::store::observation::{self, Recorded};
use crate::store::order::{self, OrderCounts, OrderRow};
use crate::store::patient as identities;

/// Earlier results drawn in the sparkline.
const EARLIER: i64 = 10;

/// An order as a page shows it.
#[derive(Debug, Clone)]
pub(super) struct Sheet {
    pub(super) order: OrderId,
    pub(super) number: String,
    pub(super) request: String,
    pub(super) person: Person,
    pub(super) prescriber: String,
    pub(super) prescribed: String,
    pub(super) registered: String,
    pub(super) registered_by: String,
    pub(super) clinical: String,
    pub(super) urgent: bool,
    pub(super) status: &'static str,
    pub(super) counts: OrderCounts,
    pub(super) tubes: Vec<Tube>,
    /// Results by chapter.
    pub(super) chapters: Vec<Chapter>,
    /// Results that no longer count: replaced, rejected.
    pub(super) former: Vec<ResultRow>,
    pub(super) missing: Vec<Missing>,
}

/// A chapter of results.
#[derive(Debug, Clone)]
pub(super) struct Chapter {
    pub(super) name: String,
    pub(super) rows: Vec<ResultRow>,
}

/// A tube of the order.
#[derive(Debug, Clone)]
pub(super) struct Tube {
    pub(super) accession: String,
    pub(super) kind: String,
    pub(super) collected: String,
    pub(super) received: String,
}

/// A test without a usable result.
#[derive(Debug, Clone)]
pub(super) struct Missing {
    pub(super) test: String,
    pub(super) label: String,
    pub(super) code: String,
    /// Why it will not be made, when it was taken back.
    pub(super) cancelled: Option<String>,
}

impl Sheet {
    /// The identifiers and versions of results that wait for a technician and are not held.
    pub(super) fn acceptable(&self) -> Vec<String> {
        self.rows()
            .filter(|row| row.waits_technician && !row.held)
            .map(|row| row.seen.clone())
            .collect()
    }

    /// Results that a signature would cover.
    pub(super) fn to_sign(&self) -> Vec<&ResultRow> {
        self.rows().filter(|row| row.waits_biologist).collect()
    }

    /// Digits after the comma of the longest value: the column leaves room for them.
    pub(super) fn decimals(&self) -> usize {
        let longest = self
            .rows()
            .map(|row| row.shown.part.chars().count().saturating_sub(1))
            .max();
        longest.unwrap_or(0).min(3)
    }

    /// Whether a signed result could be withdrawn here.
    pub(super) fn has_reported(&self) -> bool {
        self.rows().any(|row| row.reported)
    }

    fn rows(&self) -> impl Iterator<Item = &ResultRow> {
        self.chapters.iter().flat_map(|chapter| &chapter.rows)
    }
}

/// Opens an order.
pub(super) async fn open(site: &Site, id: OrderId, words: Words) -> Result<Sheet, Problem> {
    let now = site.now();
    let mut reader = site.app.store.read().await?;
    let row = order::get(&mut reader, id)
        .await?
        .ok_or_else(Problem::not_found)?;
    let identity = identities::get(&mut reader, row.patient)
        .await?
        .ok_or_else(Problem::not_found)?;
    let specimens = order::specimens(&mut reader, id).await?;
    let tests = order::tests(&mut reader, id).await?;
    let observations = observation::of_order(&mut reader, id).await?;
    let mut histories: HashMap<LocalCode, Vec<Recorded>> = HashMap::new();
    for recorded in observations.iter().filter(|recorded| recorded.current) {
        if let Some(code) = &recorded.code
            && !histories.contains_key(code)
        {
            let mut earlier = observation::earlier(
                &mut reader,
                row.patient,
                code,
                recorded.observed_at,
                EARLIER,
            )
            .await?;
            // A repeat on the same tube is no history.
            earlier.retain(|other| other.specimen != recorded.specimen);
            histories.insert(code.clone(), earlier);
        }
    }
    drop(reader);
    let collected = specimens
        .iter()
        .find_map(|specimen| specimen.collected_at)
        .unwrap_or(now);
    let mut person = Person::new(&identity.patient, collected);
    person.lookalikes = lookalikes(site, &row, words).await?;
    person.near = !person.lookalikes.is_empty();

    let line = |recorded: &Recorded| {
        let earlier = recorded
            .code
            .as_ref()
            .and_then(|code| histories.get(code))
            .map_or(&[][..], Vec::as_slice);
        results::row(&site.laboratory, recorded, earlier, words, now)
    };
    let has_result = |test: &order::TestRow| {
        observations.iter().find(|recorded| {
            recorded.current
                && recorded.code.as_ref() == Some(&test.code)
                && recorded.specimen == Some(test.specimen)
                && !matches!(recorded.state, State::Rejected | State::Amended { .. })
        })
    };
    let mut chapters: Vec<Chapter> = Vec::new();
    let mut missing = Vec::new();
    let mut shown = Vec::new();
    for test in &tests {
        match has_result(test) {
            Some(recorded) => {
                shown.push(recorded.id);
                push(&mut chapters, line(recorded));
            }
            None => missing.push(Missing {
                test: test.id.to_string(),
                label: site
                    .laboratory
                    .catalogue
                    .get(&test.code)
                    .map_or_else(|| test.code.to_string(), |known| known.label.clone()),
                code: test.code.to_string(),
                cancelled: test.cancelled.clone(),
            }),
        }
    }
    let former = observations
        .iter()
        .filter(|recorded| !shown.contains(&recorded.id))
        .map(line)
        .collect();
    Ok(Sheet {
        order: id,
        number: row.number,
        request: row.request_number.unwrap_or_default(),
        person,
        prescriber: row.body.prescriber_name.unwrap_or_default(),
        prescribed: row
            .body
            .prescribed_on
            .map(|date| date.strftime("%d/%m/%Y").to_string())
            .unwrap_or_default(),
        registered: show::date_time(row.registered_at),
        registered_by: row.body.registered_by,
        clinical: row.body.clinical.unwrap_or_default(),
        urgent: row.body.priority == Priority::Urgent,
        status: row.status.french(),
        counts: row.counts,
        tubes: specimens.iter().map(|specimen| tube(specimen)).collect(),
        chapters,
        former,
        missing,
    })
}

fn push(chapters: &mut Vec<Chapter>, row: ResultRow) {
    match chapters
        .iter_mut()
        .find(|chapter| chapter.name == row.chapter)
    {
        Some(chapter) => chapter.rows.push(row),
        None => chapters.push(Chapter {
            name: row.chapter.clone(),
            rows: vec![row],
        }),
    }
}

fn tube(specimen: &lisiere_model::Specimen) -> Tube {
    let moment = |at: Option<UtcMicros>| at.map(show::date_time).unwrap_or_default();
    Tube {
        accession: specimen.accession.to_string(),
        kind: report::specimen_name(&specimen.kind).to_owned(),
        collected: moment(specimen.collected_at),
        received: moment(specimen.received_at),
    }
}

/// Others who may be taken for this patient, each as a sentence.
async fn lookalikes(site: &Site, row: &OrderRow, words: Words) -> Result<Vec<String>, Problem> {
    let now = site.now();
    let found = patients::lookalikes(&site.laboratory, row.patient).await?;
    Ok(found
        .iter()
        .map(|other| {
            let person = Person::new(&other.patient, now);
            format!(
                "{} : {} {} {}",
                words.say(other.why),
                person.name,
                person.born,
                person.number
            )
        })
        .collect())
}
