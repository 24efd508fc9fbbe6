//! Reports of other laboratories: taken in as they came, shown, and attached to a patient by a person alone.
//!
//! Nothing is attached by the hub itself. It proposes patients, says how sure each proposal is, and refuses one whose INS
//! contradicts the document's. What is taken over keeps the laboratory that found it.

use lisiere_model::report::{Report, Subject, TestCode};
use lisiere_model::{Ins, OrderId, Patient, PatientId, Traits, UtcMicros};
use lisiere_report::display::value;
use lisiere_report::gate::Form;
use lisiere_report::reading::{self, Incoming, IncomingResult};
use serde_json::json;
use sha2::{Digest, Sha256};
use uuid::Uuid;

use super::{Error, FieldProblem, Laboratory, Result, Trace, commit, names, orders};
use crate::clock;
use crate::review::{Actor, Person};
use crate::store::audit::hexadecimal;
pub use crate::store::incoming::{IncomingRow, IncomingState, TakenResult, Usage};
use crate::store::{incoming, order, patient};

/// Reports listed.
const LISTED: i64 = 200;
/// Results of other laboratories shown beside an order.
const BESIDE: i64 = 200;

/// A received report with what it says.
#[derive(Debug, Clone)]
pub struct Received {
    /// What was kept and decided.
    pub row: IncomingRow,
    /// What the document says.
    pub document: Incoming,
    /// Its bytes.
    pub bytes: Vec<u8>,
}

impl Received {
    /// Whose results the document says these are.
    pub fn subject(&self) -> Option<&Subject> {
        self.document.report.as_ref().map(|report| &report.patient)
    }
}

/// A patient whose report this may be.
#[derive(Debug, Clone)]
pub struct Proposal {
    /// The patient.
    pub patient: Patient,
    /// Same INS and same strict traits, both qualified: as sure as identities get.
    pub certain: bool,
    /// Why this patient is proposed, in French.
    pub why: &'static str,
}

/// What a person decided.
#[derive(Debug, Clone)]
pub struct Choice {
    /// The version of the report that was on the screen.
    pub version: i64,
    /// Whose it is, as chosen among the proposals.
    pub patient: Option<PatientId>,
    /// Number of one of our orders, or of one of its tubes.
    pub order: Option<String>,
    /// What it serves for.
    pub usage: Usage,
    /// The person says that the identities are the same though the hub is not certain.
    pub confirmed: bool,
}

/// Takes a document in. The same bytes come in once: the second answer is the first report, and false.
pub async fn receive(
    laboratory: &Laboratory,
    bytes: &[u8],
    who: &Person,
    now: UtcMicros,
) -> Result<(Uuid, bool)> {
    if !who.role.may_register() {
        return Err(Error::not_for_role(who, "ne reçoit pas de compte rendu"));
    }
    let document = reading::read(bytes)
        .map_err(|error| Error::field("fichier", format!("{error}. {}", error.remedy())))?;
    let digest = hexadecimal(&Sha256::digest(bytes));
    let origin = origin(&document);
    let row = IncomingRow {
        id: clock::fresh_uuid(),
        digest,
        channel: "file".to_owned(),
        form: match document.form {
            Some(Form::N3) => "n3",
            Some(Form::N1) => "n1",
            Some(Form::AutoPresentable) => "auto",
            None => "unknown",
        }
        .to_owned(),
        signed: document.signed,
        origin_id: origin.0,
        origin: origin.1,
        written_at: document.report.as_ref().map(written),
        state: IncomingState::Waiting,
        version: 1,
        usage: None,
        patient: None,
        order: None,
        reason: String::new(),
        decided_by: None,
        decided_at: None,
        received_by: who.name.clone(),
        received_at: now,
    };
    let mut tx = laboratory.store.begin().await?;
    if let Some(known) = incoming::by_digest(&mut tx, &row.digest).await? {
        return Ok((known.id, false));
    }
    incoming::insert(&mut tx, &row, bytes).await?;
    let detail = json!({
        "digest": row.digest,
        "channel": row.channel,
        "form": row.form,
        "origin": row.origin,
        "results": document.results.len(),
    });
    let trace = Trace::new("incoming.received", "incoming", row.id, detail);
    commit(tx, vec![trace], &Actor::from(who), now).await?;
    Ok((row.id, true))
}

fn origin(document: &Incoming) -> (String, String) {
    match (&document.report, document.results.first()) {
        (Some(report), _) => {
            let made = &report.laboratory.organisation;
            (made.national_id.clone(), made.name.clone())
        }
        (None, Some(first)) => (first.origin.national_id.clone(), first.origin.name.clone()),
        (None, None) => (String::new(), String::new()),
    }
}

fn written(report: &Report) -> UtcMicros {
    UtcMicros(report.created_at.timestamp().as_microsecond())
}

/// Received reports, those that wait first.
pub async fn list(laboratory: &Laboratory) -> Result<Vec<IncomingRow>> {
    let mut reader = laboratory.store.read().await?;
    Ok(incoming::list(&mut reader, LISTED).await?)
}

/// A received report, read anew from its bytes.
pub async fn open(laboratory: &Laboratory, id: Uuid) -> Result<Received> {
    let mut reader = laboratory.store.read().await?;
    let row = incoming::get(&mut reader, id)
        .await?
        .ok_or(Error::NotFound("compte rendu reçu"))?;
    let bytes = incoming::bytes(&mut reader, id)
        .await?
        .ok_or(Error::NotFound("compte rendu reçu"))?;
    drop(reader);
    let document = reading::read(&bytes)
        .map_err(|error| Error::Refused(format!("le document ne se lit plus : {error}")))?;
    Ok(Received {
        row,
        document,
        bytes,
    })
}

/// The patients whose report this may be, the surest first.
pub async fn proposals(laboratory: &Laboratory, received: &Received) -> Result<Vec<Proposal>> {
    let Some(subject) = received.subject() else {
        return Ok(Vec::new());
    };
    let mut reader = laboratory.store.read().await?;
    let mut found: Vec<Patient> = Vec::new();
    if let Some(ins) = &subject.ins
        && let Some(row) = patient::by_ins(&mut reader, ins.number()).await?
    {
        found.push(row.patient);
    }
    let keys = patient::NameKeys {
        exact: names::exact(&subject.traits),
        near: String::new(),
        search: String::new(),
    };
    let birth = subject.traits.birth_date.to_string();
    let sex = subject.traits.sex.letter();
    for row in patient::same_traits(&mut reader, &keys, &birth, sex).await? {
        if !found.iter().any(|known| known.id == row.patient.id) {
            found.push(row.patient);
        }
    }
    let mut proposals: Vec<Proposal> = found
        .into_iter()
        .filter(|patient| contradiction(subject, patient).is_none())
        .map(|patient| {
            let certain = is_certain(subject, &patient);
            let why = if certain {
                "même INS qualifiée et mêmes traits"
            } else if same_ins(subject, &patient) {
                "même INS, traits à comparer"
            } else {
                "mêmes nom, prénom, sexe et date de naissance, sans INS commune"
            };
            Proposal {
                patient,
                certain,
                why,
            }
        })
        .collect();
    proposals.sort_by_key(|one| !one.certain);
    Ok(proposals)
}

fn same_ins(subject: &Subject, patient: &Patient) -> bool {
    let theirs = subject.ins.as_ref().map(Ins::number);
    let ours = patient.exchangeable_ins().map(Ins::number);
    theirs.is_some() && theirs == ours
}

fn is_certain(subject: &Subject, patient: &Patient) -> bool {
    same_ins(subject, patient)
        && differences(&subject.traits, &patient.traits).is_empty()
        && patient.attributes.is_empty()
}

/// Two INS that differ are two people, whatever the names say.
fn contradiction(subject: &Subject, patient: &Patient) -> Option<&'static str> {
    let theirs = subject.ins.as_ref().map(Ins::number);
    let ours = patient.exchangeable_ins().map(Ins::number);
    theirs
        .zip(ours)
        .is_some_and(|(theirs, ours)| theirs != ours)
        .then_some("l'INS du document n'est pas celle de ce patient : ce sont deux personnes, rien n'a été rattaché")
}

/// Attaches a report: its results become earlier results of the patient, or a subcontractor's for one of our orders.
pub async fn attach(
    laboratory: &Laboratory,
    id: Uuid,
    choice: &Choice,
    who: &Person,
    now: UtcMicros,
) -> Result<()> {
    if !who.role.may_register() {
        return Err(Error::not_for_role(who, "ne rattache pas de compte rendu"));
    }
    let received = open(laboratory, id).await?;
    must_wait(&received.row, choice.version)?;
    let target = target(laboratory, choice).await?;
    let mut tx = laboratory.store.begin().await?;
    let patient = patient::get(&mut tx, target.patient)
        .await?
        .ok_or(Error::NotFound("patient"))?
        .patient;
    let certain = agreement(&received, &patient, choice.confirmed)?;
    let usable: Vec<(i64, &IncomingResult)> = (0..)
        .zip(&received.document.results)
        .filter(|(_, one)| one.result.value.is_given())
        .collect();
    for (place, one) in &usable {
        let taken = TakenResult {
            report: id,
            place: *place,
            usage: choice.usage,
            patient: patient.id,
            order: target.order,
            loinc: match &one.result.code {
                TestCode::Loinc { code, .. } => code.to_string(),
                _ => String::new(),
            },
            origin_id: one.origin.national_id.clone(),
            origin: one.origin.name.clone(),
            at: one.at.map_or(received.row.received_at, |at| {
                UtcMicros(at.timestamp().as_microsecond())
            }),
            chapter: one.chapter.clone(),
            result: one.result.clone(),
        };
        incoming::insert_result(&mut tx, &taken).await?;
    }
    let decided = IncomingRow {
        state: IncomingState::Attached,
        usage: Some(choice.usage),
        patient: Some(patient.id),
        order: target.order,
        decided_by: Some(who.name.clone()),
        decided_at: Some(now),
        ..received.row
    };
    if !incoming::decide(&mut tx, &decided).await? {
        return Err(overtaken());
    }
    let detail = json!({
        "patient": patient.id.to_string(),
        "order": target.order.map(|order| order.to_string()),
        "usage": choice.usage.as_str(),
        "origin": decided.origin,
        "results": usable.len(),
        "certain": certain,
        "confirmed": choice.confirmed,
    });
    let trace = Trace::new("incoming.attached", "incoming", id, detail);
    commit(tx, vec![trace], &Actor::from(who), now).await
}

/// Whom and what a report is attached to.
struct Target {
    patient: PatientId,
    order: Option<OrderId>,
}

async fn target(laboratory: &Laboratory, choice: &Choice) -> Result<Target> {
    let order = match choice.order.as_deref().map(str::trim) {
        Some(number) if !number.is_empty() => {
            let found = orders::find(laboratory, number).await?;
            Some(found.ok_or_else(|| {
                Error::field("dossier", "aucun dossier ni tube ne porte ce numéro")
            })?)
        }
        _ => None,
    };
    if choice.usage == Usage::Subcontract && order.is_none() {
        return Err(Error::field(
            "dossier",
            "des résultats de sous-traitance se rattachent à un dossier : indiquer son numéro",
        ));
    }
    let patient = match (choice.patient, &order) {
        (Some(chosen), Some(order)) if order.patient != chosen => {
            return Err(Error::field(
                "dossier",
                "ce dossier est celui d'un autre patient que celui qui est choisi",
            ));
        }
        (Some(chosen), _) => chosen,
        (None, Some(order)) => order.patient,
        (None, None) => {
            return Err(Error::field(
                "patient",
                "choisir un patient proposé, ou indiquer un de ses dossiers",
            ));
        }
    };
    Ok(Target {
        patient,
        order: order
            .filter(|_| choice.usage == Usage::Subcontract)
            .map(|order| order.id),
    })
}

/// Whether the identities agree beyond doubt; refuses when they contradict each other, or nobody confirmed a doubt.
fn agreement(received: &Received, patient: &Patient, confirmed: bool) -> Result<bool> {
    let Some(subject) = received.subject() else {
        return confirmed_or(
            confirmed,
            "le document ne dit pas lisiblement de qui il parle",
        );
    };
    if let Some(sentence) = contradiction(subject, patient) {
        return Err(Error::field("patient", sentence));
    }
    if is_certain(subject, patient) {
        return Ok(true);
    }
    let differences = differences(&subject.traits, &patient.traits);
    match differences.as_slice() {
        [] => confirmed_or(
            confirmed,
            "les traits sont les mêmes, mais sans INS commune",
        ),
        [only] => confirmed_or(confirmed, &format!("un trait diffère ({only})")),
        // One trait may be a slip of somebody's pen; two are somebody else.
        several => Err(Error::field(
            "patient",
            format!(
                "l'identité du document n'est pas celle de ce patient ({}) : rien n'a été rattaché",
                several.join(" ; ")
            ),
        )),
    }
}

/// The strict traits that differ, each as the document and as we know it.
fn differences(theirs: &Traits, ours: &Traits) -> Vec<String> {
    let mut all = Vec::new();
    if names::exact(theirs) != names::exact(ours) {
        all.push(format!(
            "nom : {} {}, chez nous {} {}",
            theirs.birth_name, theirs.first_given_name, ours.birth_name, ours.first_given_name
        ));
    }
    if theirs.birth_date != ours.birth_date {
        all.push(format!(
            "date de naissance : {}, chez nous {}",
            value::birth_date(theirs.birth_date),
            value::birth_date(ours.birth_date)
        ));
    }
    if theirs.sex != ours.sex {
        all.push(format!(
            "sexe : {}, chez nous {}",
            theirs.sex.letter(),
            ours.sex.letter()
        ));
    }
    all
}

fn confirmed_or(confirmed: bool, why: &str) -> Result<bool> {
    if confirmed {
        return Ok(false);
    }
    Err(Error::Invalid(vec![FieldProblem::new(
        "confirme",
        format!("{why} : comparer les deux identités, puis cocher la confirmation"),
    )]))
}

/// Sets a report aside, with the reason.
pub async fn set_aside(
    laboratory: &Laboratory,
    id: Uuid,
    version: i64,
    reason: &str,
    who: &Person,
    now: UtcMicros,
) -> Result<()> {
    if !who.role.may_register() {
        return Err(Error::not_for_role(who, "n'écarte pas de compte rendu"));
    }
    if reason.trim().is_empty() {
        return Err(Error::field(
            "motif",
            "dire pourquoi ce compte rendu est écarté",
        ));
    }
    let mut tx = laboratory.store.begin().await?;
    let row = incoming::get(&mut tx, id)
        .await?
        .ok_or(Error::NotFound("compte rendu reçu"))?;
    must_wait(&row, version)?;
    let decided = IncomingRow {
        state: IncomingState::Aside,
        reason: reason.trim().to_owned(),
        decided_by: Some(who.name.clone()),
        decided_at: Some(now),
        ..row
    };
    if !incoming::decide(&mut tx, &decided).await? {
        return Err(overtaken());
    }
    let detail = json!({ "reason": decided.reason });
    let trace = Trace::new("incoming.set_aside", "incoming", id, detail);
    commit(tx, vec![trace], &Actor::from(who), now).await
}

fn must_wait(row: &IncomingRow, version: i64) -> Result<()> {
    if row.state != IncomingState::Waiting || row.version != version {
        return Err(overtaken());
    }
    Ok(())
}

fn overtaken() -> Error {
    Error::Stale("ce compte rendu a été rattaché ou écarté entre-temps : relire la page".into())
}

/// What other laboratories found for this order, and earlier for its patient.
pub async fn beside(laboratory: &Laboratory, id: OrderId) -> Result<Vec<TakenResult>> {
    let mut reader = laboratory.store.read().await?;
    let order = order::get(&mut reader, id)
        .await?
        .ok_or(Error::NotFound("dossier"))?;
    Ok(incoming::beside_order(&mut reader, id, order.patient, BESIDE).await?)
}
