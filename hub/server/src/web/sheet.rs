//! One order opened: the patient, what was asked, every result with its history, what is still missing.

use lisiere_model::{OrderId, Priority, Specimen, UtcMicros};

use super::Site;
use super::patient::Person;
use super::problem::Problem;
use super::results::{self, ResultRow};
use super::show;
use super::words::Words;
use crate::laboratory::dossier::{self, Dossier, DossierLine};
use crate::laboratory::report;
use crate::store::observation::Recorded;
use crate::store::order::OrderCounts;
use crate::store::work_state::StateRow;

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
    /// What the analyzers know of it.
    pub(super) work: Option<Work>,
}

/// Where a test stands at an analyzer.
#[derive(Debug, Clone)]
pub(super) struct Work {
    pub(super) said: String,
    pub(super) at: String,
    pub(super) reason: String,
    /// Someone should look: the analyzer does not have the order.
    pub(super) wrong: bool,
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
    let dossier = dossier::view(&site.laboratory, id).await?;
    let person = person(&dossier, words, now);
    let mut chapters: Vec<Chapter> = Vec::new();
    let mut missing = Vec::new();
    let mut former = Vec::new();
    for line in &dossier.lines {
        match &line.current {
            Some(recorded) => {
                let mut row = results::row(&site.laboratory, recorded, &line.history, words, now);
                row.tube = told_apart(&dossier.specimens, recorded);
                push(&mut chapters, row);
            }
            None => missing.push(awaited(line, words, now)),
        }
        former.extend(line.others.iter().map(|recorded| {
            let mut row = results::row(&site.laboratory, recorded, &[], words, now);
            row.tube = told_apart(&dossier.specimens, recorded);
            row
        }));
    }
    let order = dossier.order;
    Ok(Sheet {
        order: id,
        number: order.number,
        request: order.request_number.unwrap_or_default(),
        person,
        prescriber: order.body.prescriber_name.unwrap_or_default(),
        prescribed: order
            .body
            .prescribed_on
            .map(|date| date.strftime("%d/%m/%Y").to_string())
            .unwrap_or_default(),
        registered: show::date_time(order.registered_at),
        registered_by: order.body.registered_by,
        clinical: order.body.clinical.unwrap_or_default(),
        urgent: order.body.priority == Priority::Urgent,
        status: order.status.french(),
        counts: order.counts,
        tubes: dossier.specimens.iter().map(tube).collect(),
        chapters,
        former,
        missing,
    })
}

/// The patient at the age they had when the specimens were taken, with the others who may be taken for them.
fn person(dossier: &Dossier, words: Words, now: UtcMicros) -> Person {
    let taken = dossier
        .specimens
        .iter()
        .find_map(|specimen| specimen.collected_at);
    let mut person = Person::new(&dossier.patient.patient, taken.unwrap_or(now));
    person.lookalikes = dossier
        .lookalikes
        .iter()
        .map(|other| {
            let one = Person::new(&other.patient, now);
            format!(
                "{} : {} {} {}",
                words.say(other.why),
                one.name,
                one.born,
                one.number
            )
        })
        .collect();
    person.near = !person.lookalikes.is_empty();
    person
}

fn awaited(line: &DossierLine, words: Words, now: UtcMicros) -> Missing {
    let code = line.asked.code.to_string();
    Missing {
        test: line.asked.id.to_string(),
        label: line
            .test
            .as_ref()
            .map_or_else(|| code.clone(), |test| test.label.clone()),
        code,
        cancelled: line.asked.cancelled.clone(),
        work: line.work.as_ref().and_then(|state| work(state, words, now)),
    }
}

fn work(state: &StateRow, words: Words, now: UtcMicros) -> Option<Work> {
    let port = &state.port;
    let (said, wrong) = match state.state.as_str() {
        "asked" => (words.with("demandé par l'automate {}", port), false),
        "sent" => (words.with("envoyé à l'automate {}", port), false),
        "refused" => (words.with("refusé par l'automate {}", port), true),
        "unsent" => (words.with("non transmis à l'automate {}", port), true),
        "cancelled" => (
            words.with("question retirée par l'automate {}", port),
            false,
        ),
        // A result that was rejected or sent back: the analyzer is to run it again.
        _ => return None,
    };
    Some(Work {
        said,
        at: show::time_or_date(UtcMicros(state.at), now),
        reason: state.reason.clone(),
        wrong,
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

/// The number of a result's tube, when the order has another one that it could be taken for.
fn told_apart(specimens: &[Specimen], recorded: &Recorded) -> String {
    specimens
        .iter()
        .filter(|_| specimens.len() > 1)
        .find(|specimen| Some(specimen.id) == recorded.specimen)
        .map(|specimen| specimen.accession.to_string())
        .unwrap_or_default()
}

fn tube(specimen: &Specimen) -> Tube {
    let moment = |at: Option<UtcMicros>| at.map(show::date_time).unwrap_or_default();
    Tube {
        accession: specimen.accession.to_string(),
        kind: report::specimen_name(&specimen.kind).to_owned(),
        collected: moment(specimen.collected_at),
        received: moment(specimen.received_at),
    }
}
