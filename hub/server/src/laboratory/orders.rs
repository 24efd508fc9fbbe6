//! Orders: registration by form, and finding them again.

use jiff::civil::Date;
use lisiere_model::{
    AccessionNumber, LocalCode, OrderId, PatientId, Priority, Rpps, Specimen, SpecimenId, UtcMicros,
};
use serde_json::json;

use super::patients::{self, NewPatient};
use super::{Error, FieldProblem, Laboratory, Result, Trace, commit, matching};
use crate::clock;
use crate::review::{Actor, Person};
use crate::store::order::{
    self, OrderBody, OrderCounts, OrderFilter, OrderRow, OrderStatus, TestRow,
};
use crate::store::{Tx, laboratory as numbers, patient};

pub use super::progress::cancel_test;

/// How far the clock of whoever took a tube may be ahead of ours.
const CLOCKS_APART: i64 = 10 * 60 * 1_000_000;

/// For whom an order is.
#[derive(Debug, Clone)]
pub enum PatientChoice {
    /// A patient the laboratory knows.
    Known(PatientId),
    /// A new one.
    New(NewPatient),
    /// The one these traits name beyond doubt, or a new one.
    KnownOrNew(NewPatient),
}

/// An order as it is typed or read from a file.
#[derive(Debug, Clone)]
pub struct NewOrder {
    /// For whom.
    pub patient: PatientChoice,
    /// The requester's own number: registering it twice is refused.
    pub request_number: Option<String>,
    /// The prescriber as printed.
    pub prescriber_name: Option<String>,
    /// The prescriber's national number.
    pub prescriber_rpps: Option<String>,
    /// Date of the prescription.
    pub prescribed_on: Option<Date>,
    /// How soon.
    pub priority: Priority,
    /// Clinical elements.
    pub clinical: Option<String>,
    /// The tubes and what is asked of each.
    pub specimens: Vec<NewSpecimen>,
}

/// A tube and the tests asked of it.
#[derive(Debug, Clone)]
pub struct NewSpecimen {
    /// The number on its label; given by the laboratory when absent.
    pub accession: Option<String>,
    /// HL7 table 0487; the first test's usual specimen when absent.
    pub kind: Option<String>,
    /// When it was taken.
    pub collected_at: Option<UtcMicros>,
    /// When the laboratory received it; the moment of registration when absent.
    pub received_at: Option<UtcMicros>,
    /// Local test codes.
    pub tests: Vec<String>,
}

/// Registers an order, its patient when new, its tubes and tests. Results that came before it are matched at once.
pub async fn register(
    laboratory: &Laboratory,
    new: NewOrder,
    who: &Person,
    now: UtcMicros,
) -> Result<OrderRow> {
    register_from(
        laboratory,
        new,
        Origin {
            source: "form".into(),
            digest: None,
        },
        who,
        now,
    )
    .await
}

/// Where an order comes from.
pub(super) struct Origin {
    pub(super) source: String,
    pub(super) digest: Option<String>,
}

/// That no tube is taken in the future, and that the request's number can be read and typed.
fn checked_times_and_number(new: &NewOrder, now: UtcMicros) -> Result<()> {
    // A report whose tube was received before it was taken is refused for good: the mistake is cheaper to mend here.
    let latest = new.specimens.iter().filter_map(|tube| tube.collected_at);
    if latest
        .max()
        .is_some_and(|at| at.0 > now.0.saturating_add(CLOCKS_APART))
    {
        return Err(Error::field(
            "prelevement",
            "l'heure de prélèvement est dans le futur : la vérifier",
        ));
    }
    if new
        .request_number
        .as_deref()
        .is_some_and(|number| number.chars().any(char::is_control))
    {
        return Err(Error::field(
            "demande",
            "le numéro contient un caractère invisible : le retaper",
        ));
    }
    Ok(())
}

pub(super) async fn register_from(
    laboratory: &Laboratory,
    new: NewOrder,
    origin: Origin,
    who: &Person,
    now: UtcMicros,
) -> Result<OrderRow> {
    if !who.role.may_register() {
        return Err(Error::not_for_role(who, "n'enregistre pas de dossier"));
    }
    let specimens = checked_specimens(laboratory, &new.specimens)?;
    checked_times_and_number(&new, now)?;
    let body = checked_body(&new, origin.source, who)?;
    let mut tx = laboratory.store.begin().await?;
    let mut traces = Vec::new();
    let patient = choose_patient(laboratory, &mut tx, new.patient, who, now, &mut traces).await?;
    let request_number = new
        .request_number
        .map(|n| n.trim().to_owned())
        .filter(|n| !n.is_empty());
    if let Some(number) = &request_number
        && let Some(known) = order::by_number(&mut tx, number).await?
    {
        return Err(Error::field(
            "demande",
            format!(
                "la demande {number} est déjà enregistrée (dossier {})",
                known.number
            ),
        ));
    }
    let tests = specimens.iter().map(|s| s.tests.len()).sum::<usize>();
    let row = OrderRow {
        id: OrderId::from_uuid(clock::fresh_uuid()),
        number: fresh_number(laboratory, &mut tx, now).await?,
        request_number,
        request_digest: origin.digest,
        patient,
        status: OrderStatus::Open,
        counts: OrderCounts {
            tests: i64::try_from(tests).unwrap_or(i64::MAX),
            missing: i64::try_from(tests).unwrap_or(i64::MAX),
            ..OrderCounts::default()
        },
        body,
        version: 1,
        registered_at: now,
    };
    order::insert(&mut tx, &row).await?;
    let mut accessions = Vec::new();
    let mut position = 0;
    for specimen in specimens {
        accessions.push(insert_specimen(&mut tx, &row, specimen, &mut position, now).await?);
    }
    let labels: Vec<&str> = accessions.iter().map(AccessionNumber::as_str).collect();
    traces.push(Trace::new(
        "order.registered",
        "order",
        row.id,
        json!({ "number": row.number, "specimens": labels, "tests": tests, "source": row.body.source }),
    ));
    for accession in &accessions {
        matching::rematch_accession(laboratory, &mut tx, accession, now, &mut traces).await?;
    }
    commit(tx, traces, &Actor::from(who), now).await?;
    get(laboratory, row.id).await
}

async fn choose_patient(
    laboratory: &Laboratory,
    tx: &mut Tx,
    choice: PatientChoice,
    who: &Person,
    now: UtcMicros,
    traces: &mut Vec<Trace>,
) -> Result<PatientId> {
    let new = match choice {
        PatientChoice::Known(id) => {
            let row = patient::get(tx, id)
                .await?
                .ok_or(Error::NotFound("patient"))?;
            return Ok(row.patient.id);
        }
        PatientChoice::KnownOrNew(new) => {
            if let Some(row) = patients::known(laboratory, tx, &new).await? {
                return Ok(row.patient.id);
            }
            new
        }
        PatientChoice::New(new) => new,
    };
    let (row, trace) = patients::insert(laboratory, tx, new, who, now).await?;
    traces.push(trace);
    Ok(row.patient.id)
}

/// A tube whose fields were read.
struct CheckedSpecimen {
    accession: Option<AccessionNumber>,
    kind: String,
    collected_at: Option<UtcMicros>,
    received_at: Option<UtcMicros>,
    tests: Vec<LocalCode>,
}

fn checked_specimens(
    laboratory: &Laboratory,
    specimens: &[NewSpecimen],
) -> Result<Vec<CheckedSpecimen>> {
    let mut problems = Vec::new();
    let mut checked: Vec<CheckedSpecimen> = Vec::new();
    for specimen in specimens {
        let mut tests: Vec<LocalCode> = Vec::new();
        let mut usual = None;
        for text in specimen
            .tests
            .iter()
            .map(|text| text.trim())
            .filter(|text| !text.is_empty())
        {
            match laboratory.catalogue.get_text(text) {
                Some(test) => {
                    usual = usual.or_else(|| test.specimens.first().cloned());
                    if !tests.contains(&test.code) {
                        tests.push(test.code.clone());
                    }
                }
                None => problems.push(FieldProblem::new(
                    "analyses",
                    format!("« {text} » n'est pas au catalogue : voir la liste des codes"),
                )),
            }
        }
        let accession = match specimen
            .accession
            .as_deref()
            .map(str::trim)
            .filter(|a| !a.is_empty())
        {
            None => None,
            Some(text) => match text.parse::<AccessionNumber>() {
                Ok(accession) => Some(accession),
                Err(e) => {
                    problems.push(FieldProblem::new(
                        "tube",
                        format!("numéro de tube refusé : {e}"),
                    ));
                    None
                }
            },
        };
        if accession.is_some() && checked.iter().any(|other| other.accession == accession) {
            problems.push(FieldProblem::new(
                "tube",
                "ce numéro est donné à deux tubes du dossier",
            ));
        }
        checked.push(CheckedSpecimen {
            accession,
            kind: specimen
                .kind
                .clone()
                .filter(|k| !k.trim().is_empty())
                .or(usual)
                .unwrap_or_default(),
            collected_at: specimen.collected_at,
            received_at: specimen.received_at,
            tests,
        });
    }
    if problems.is_empty() && checked.iter().all(|specimen| specimen.tests.is_empty()) {
        problems.push(FieldProblem::new(
            "analyses",
            "aucune analyse n'est demandée",
        ));
    }
    if problems.is_empty() {
        Ok(checked)
    } else {
        Err(Error::Invalid(problems))
    }
}

fn checked_body(new: &NewOrder, source: String, who: &Person) -> Result<OrderBody> {
    let text = |text: &Option<String>| {
        text.as_deref()
            .map(str::trim)
            .filter(|text| !text.is_empty())
            .map(str::to_owned)
    };
    let rpps = match text(&new.prescriber_rpps) {
        None => None,
        Some(text) => Some(text.parse::<Rpps>().map_err(|_| {
            Error::field(
                "rpps_prescripteur",
                "le numéro RPPS compte 11 chiffres (ou 12 avec le 8 initial)",
            )
        })?),
    };
    Ok(OrderBody {
        prescriber_name: text(&new.prescriber_name),
        prescriber_rpps: rpps,
        prescribed_on: new.prescribed_on,
        priority: new.priority,
        clinical: text(&new.clinical),
        registered_by: who.name.clone(),
        source,
    })
}

async fn insert_specimen(
    tx: &mut Tx,
    row: &OrderRow,
    specimen: CheckedSpecimen,
    position: &mut i64,
    now: UtcMicros,
) -> Result<AccessionNumber> {
    let accession = match specimen.accession {
        Some(accession) => accession,
        None => fresh_accession(tx).await?,
    };
    refuse_open_twin(tx, &accession).await?;
    let id = SpecimenId::from_uuid(clock::fresh_uuid());
    order::insert_specimen(
        tx,
        &Specimen {
            id,
            order: row.id,
            accession: accession.clone(),
            kind: specimen.kind,
            collected_at: specimen.collected_at,
            received_at: specimen.received_at.or(Some(now)),
        },
    )
    .await?;
    for code in specimen.tests {
        *position = position.saturating_add(1);
        order::insert_test(
            tx,
            &TestRow {
                id: clock::fresh_uuid(),
                order: row.id,
                specimen: id,
                code,
                position: *position,
                cancelled: None,
            },
        )
        .await?;
    }
    Ok(accession)
}

/// A label may be used again once everything asked on it was reported, not before: two open tubes of one number could not
/// be told apart.
async fn refuse_open_twin(tx: &mut Tx, accession: &AccessionNumber) -> Result<()> {
    for twin in order::specimens_by_accession(tx, accession).await? {
        let Some(other) = order::get(tx, twin.order).await? else {
            continue;
        };
        if other.status != OrderStatus::Reported {
            return Err(Error::field(
                "tube",
                format!(
                    "le tube {accession} appartient déjà au dossier {}, qui n'est pas terminé",
                    other.number
                ),
            ));
        }
    }
    Ok(())
}

async fn fresh_accession(tx: &mut Tx) -> Result<AccessionNumber> {
    loop {
        let number = numbers::next_number(tx, "accession").await?;
        let accession: AccessionNumber = format!("L{number:09}")
            .parse()
            .map_err(|_| Error::field("tube", "le compteur de tubes est épuisé"))?;
        if order::specimens_by_accession(tx, &accession)
            .await?
            .is_empty()
        {
            return Ok(accession);
        }
    }
}

/// The number of a new order: the day, and a count within it.
async fn fresh_number(laboratory: &Laboratory, tx: &mut Tx, now: UtcMicros) -> Result<String> {
    let day = now.to_timestamp().to_zoned(laboratory.zone.clone()).date();
    let day = format!(
        "{:02}{:02}{:02}",
        day.year().rem_euclid(100),
        day.month(),
        day.day()
    );
    let number = numbers::next_number(tx, &format!("order-{day}")).await?;
    Ok(format!("{day}-{number:04}"))
}

/// The order with this id.
pub async fn get(laboratory: &Laboratory, id: OrderId) -> Result<OrderRow> {
    let mut reader = laboratory.store.read().await?;
    order::get(&mut reader, id)
        .await?
        .ok_or(Error::NotFound("dossier"))
}

/// The order that answers to a typed number: its own, the requester's, or that of one of its tubes.
pub async fn find(laboratory: &Laboratory, typed: &str) -> Result<Option<OrderRow>> {
    let typed = typed.trim();
    let mut reader = laboratory.store.read().await?;
    if let Some(row) = order::by_number(&mut reader, typed).await? {
        return Ok(Some(row));
    }
    let Ok(accession) = typed.parse::<AccessionNumber>() else {
        return Ok(None);
    };
    let found = order::specimens_by_accession(&mut reader, &accession).await?;
    match found.as_slice() {
        [only] => Ok(order::get(&mut reader, only.order).await?),
        _ => Ok(None),
    }
}

/// A page of orders and how many the filter keeps in all. `text` searches numbers, tubes and names.
pub async fn list(
    laboratory: &Laboratory,
    mut filter: OrderFilter,
    text: &str,
    offset: i64,
    limit: i64,
) -> Result<(Vec<OrderRow>, i64)> {
    filter.pattern = (!text.trim().is_empty()).then(|| patients::pattern(text));
    let mut reader = laboratory.store.read().await?;
    let rows = order::list(&mut reader, &filter, offset, limit).await?;
    let count = order::count(&mut reader, &filter).await?;
    Ok((rows, count))
}
