//! Preview and signature of a report: what is signed is exactly what was on the signer's screen.

use lisiere_model::report::Report;
use lisiere_model::{OrderId, QueueEntryId, ReportId, UtcMicros};
use lisiere_report::{Finding, Severity};
use serde_json::json;

use super::conformity;
use super::gather::{Gathered, gather};
use super::identity::Identity;
use super::report::Signer;
use super::{Error, Laboratory, Result, Trace, commit, progress};
use crate::clock;
use crate::review::act::{apply, label};
use crate::review::{Act, Actor, Person, Shown, State};
use crate::store::observation::{self, Recorded};
use crate::store::queue::{self, Cause, Closed, QueueRow};
use crate::store::report::{self, ReportBytes, ReportRow};
use crate::store::{Tx, order, patient};

/// What would be signed.
#[derive(Debug, Clone)]
pub struct Preview {
    /// The report as it would read.
    pub report: Report,
    /// What the signature covers: the form sends it back unchanged.
    pub covers: Covers,
    /// What the conformance rules say; an error refuses the signature.
    pub findings: Vec<Finding>,
    /// False when the version signed last already says all this.
    pub new: bool,
}

/// What was on the screen.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Covers {
    /// Stands for the version of the patient's identity and for everything on the page beside the results: compared,
    /// never counted with.
    pub patient_version: i64,
    /// Every result shown, with its version.
    pub observations: Vec<Shown>,
}

/// The report as it would be signed now by this person.
pub async fn preview(
    laboratory: &Laboratory,
    order: OrderId,
    who: &Person,
    now: UtcMicros,
) -> Result<Preview> {
    let gathered = gather(laboratory, order, now).await?;
    let signer = viewer(&gathered.identity, who)?;
    let report = gathered.assemble(laboratory, &signer, now)?;
    let (_, findings) = conformity::documents(&report)?;
    Ok(Preview {
        covers: gathered.covers(&report)?,
        new: gathered.says_something_new(),
        report,
        findings,
    })
}

/// Signs: every result shown is reviewed biologically and reported, the documents are made and kept, all or nothing.
///
/// Refused when anything that was shown has changed, when the person is no biologist with an RPPS number, or when the
/// report or a document made of it would not conform; in the last case an entry with the reasons waits in the queue.
pub async fn sign(
    laboratory: &Laboratory,
    order: OrderId,
    covers: &Covers,
    who: &Person,
    now: UtcMicros,
) -> Result<ReportRow> {
    let signer = signer(who)?;
    let gathered = gather(laboratory, order, now).await?;
    let model = gathered.assemble(laboratory, &signer, now)?;
    gathered.must_equal(covers, &model)?;
    if !gathered.says_something_new() {
        return Err(Error::Refused(
            "rien de nouveau à signer : la dernière version dit déjà tout".into(),
        ));
    }
    let rendered = match conformity::documents(&model)? {
        (Some(rendered), _) => rendered,
        (None, findings) => return Err(refuse(laboratory, order, &findings, who, now).await?),
    };
    let bytes = ReportBytes {
        model: serde_json::to_string(&model)
            .map_err(|e| Error::Refused(format!("compte rendu : {e}")))?,
        n3: rendered.n3,
        n1: rendered.n1,
        pdf: rendered.pdf,
        html: rendered.html.into_bytes(),
    };
    let row = ReportRow {
        id: ReportId::from_uuid(clock::fresh_uuid()),
        order,
        patient: gathered.patient.patient.id,
        version: model.version,
        current: true,
        document_id: model.id.to_string(),
        set_id: model.set_id.to_string(),
        replaces: model
            .replaces
            .as_ref()
            .map(|replaced| replaced.id.to_string()),
        complete: !gathered.incomplete,
        signed_by: who.name.clone(),
        signed_at: now,
    };
    keep(laboratory, &gathered, &row, &bytes, who, now).await?;
    Ok(row)
}

/// Writes everything that goes with a signature. The bytes were made before, outside the transaction; here every version
/// is checked once more, so that the slower of two hubs changes nothing.
async fn keep(
    laboratory: &Laboratory,
    gathered: &Gathered,
    row: &ReportRow,
    bytes: &ReportBytes,
    who: &Person,
    now: UtcMicros,
) -> Result<()> {
    let actor = Actor::from(who);
    let mut tx = laboratory.store.begin().await?;
    order::lock(&mut tx, row.order).await?;
    let latest = report::of_order(&mut tx, row.order)
        .await?
        .first()
        .map_or(0, |last| last.version);
    let patient = patient::get(&mut tx, row.patient)
        .await?
        .ok_or(Error::NotFound("patient"))?;
    // Any act on the order since raises its version: a test added or taken back would make the report say too much.
    let current = order::get(&mut tx, row.order)
        .await?
        .ok_or(Error::NotFound("dossier"))?;
    if latest.saturating_add(1) != row.version
        || patient.version != gathered.patient.version
        || current.version != gathered.order.version
    {
        return Err(overtaken());
    }
    let mut traces = Vec::new();
    for known in gathered.shown() {
        let mut fresh = unchanged(&mut tx, known).await?;
        report_one(&mut tx, &mut fresh, row, &actor, now, &mut traces).await?;
    }
    for known in &gathered.amended {
        let mut fresh = unchanged(&mut tx, known).await?;
        let act = Act::Amend {
            version: row.version,
        };
        apply(&mut tx, &mut fresh, &act, &actor, now, &mut traces).await?;
    }
    if let Err(error) = report::insert(&mut tx, row, bytes).await {
        return Err(if error.is_unique_violation() {
            overtaken()
        } else {
            error.into()
        });
    }
    for known in gathered.shown() {
        report::insert_observation(&mut tx, row.id, known.id, known.version).await?;
    }
    progress::refresh(&mut tx, row.order, now).await?;
    let closed = Closed {
        at: now,
        by: who.name.clone(),
        resolution: format!("version {} signée", row.version),
    };
    queue::close_of_order(&mut tx, row.order, Cause::ReportRefused, &closed).await?;
    traces.push(Trace::new(
        "report.signed",
        "report",
        row.id,
        json!({
            "order": row.order.to_string(),
            "version": row.version,
            "document": row.document_id,
            "replaces": row.replaces,
            "complete": row.complete,
            "digest": bytes.digest(),
        }),
    ));
    commit(tx, traces, &actor, now).await
}

async fn report_one(
    tx: &mut Tx,
    fresh: &mut Recorded,
    row: &ReportRow,
    actor: &Actor,
    now: UtcMicros,
    traces: &mut Vec<Trace>,
) -> Result<()> {
    if fresh.state == State::TechnicallyReviewed {
        apply(tx, fresh, &Act::ReviewBiologically, actor, now, traces).await?;
    }
    apply(
        tx,
        fresh,
        &Act::Report {
            version: row.version,
        },
        actor,
        now,
        traces,
    )
    .await
}

async fn unchanged(tx: &mut Tx, known: &Recorded) -> Result<Recorded> {
    let fresh = observation::get(tx, known.id)
        .await?
        .ok_or(Error::NotFound("résultat"))?;
    if fresh.version != known.version {
        return Err(Error::stale_observation(label(known)));
    }
    Ok(fresh)
}

fn overtaken() -> Error {
    Error::Stale(
        "le dossier a été signé ou modifié entre-temps : rien n'a été enregistré, relire la page"
            .into(),
    )
}

/// The report waits, with the reasons, for a person (P6).
async fn refuse(
    laboratory: &Laboratory,
    order: OrderId,
    findings: &[Finding],
    who: &Person,
    now: UtcMicros,
) -> Result<Error> {
    let reasons: Vec<String> = findings
        .iter()
        .filter(|finding| finding.severity == Severity::Error)
        .map(|finding| format!("{} {}", finding.message, finding.remedy))
        .collect();
    let sentence = reasons.join(" ");
    let actor = Actor::from(who);
    let mut tx = laboratory.store.begin().await?;
    let row = order::get(&mut tx, order)
        .await?
        .ok_or(Error::NotFound("dossier"))?;
    let again = Closed {
        at: now,
        by: who.name.clone(),
        resolution: "nouvelle tentative".into(),
    };
    queue::close_of_order(&mut tx, order, Cause::ReportRefused, &again).await?;
    let entry = QueueRow {
        id: QueueEntryId::from_uuid(clock::fresh_uuid()),
        cause: Cause::ReportRefused,
        capture: None,
        observation: None,
        order: Some(order),
        subject: row.number,
        sentence: sentence.clone(),
        opened_at: now,
        closed: None,
    };
    queue::insert(&mut tx, &entry).await?;
    let trace = Trace::new(
        "report.refused",
        "order",
        order,
        json!({ "reasons": reasons }),
    );
    commit(tx, vec![trace], &actor, now).await?;
    Ok(Error::Refused(format!(
        "le compte rendu ne serait pas conforme, il attend : {sentence}"
    )))
}

fn signer(who: &Person) -> Result<Signer> {
    let rpps = who
        .biologist_rpps()
        .and_then(|rpps| rpps.parse().ok())
        .ok_or_else(|| {
            Error::Refused("signer demande le rôle de biologiste avec un numéro RPPS".into())
        })?;
    Ok(Signer {
        rpps,
        name: who.name.clone(),
    })
}

/// Anyone who may read results may see the preview; it then names a biologist of the laboratory.
fn viewer(identity: &Identity, who: &Person) -> Result<Signer> {
    if let Ok(signer) = signer(who) {
        return Ok(signer);
    }
    let entry = identity.biologist.first().ok_or_else(|| {
        Error::Refused("l'aperçu demande un biologiste dans l'identité du laboratoire".into())
    })?;
    Ok(Signer {
        rpps: entry.rpps.clone(),
        name: format!("{} {}", entry.given, entry.family),
    })
}

/// All versions of an order's report, the latest first.
pub async fn versions(laboratory: &Laboratory, order: OrderId) -> Result<Vec<ReportRow>> {
    let mut reader = laboratory.store.read().await?;
    Ok(report::of_order(&mut reader, order).await?)
}

/// One version and its bytes as they may be sent: the only way out of the laboratory. A document that was signed under
/// earlier rules and has an error by those of today is kept and readable, and not sent.
pub async fn outgoing(laboratory: &Laboratory, id: ReportId) -> Result<(ReportRow, ReportBytes)> {
    let (row, bytes) = document(laboratory, id).await?;
    conformity::may_leave(&bytes)?;
    Ok((row, bytes))
}

/// One version and its bytes, checked against the digest kept when it was signed.
pub async fn document(laboratory: &Laboratory, id: ReportId) -> Result<(ReportRow, ReportBytes)> {
    let mut reader = laboratory.store.read().await?;
    let row = report::get(&mut reader, id)
        .await?
        .ok_or(Error::NotFound("compte rendu"))?;
    let bytes = report::bytes(&mut reader, id)
        .await?
        .ok_or(Error::NotFound("compte rendu"))?;
    Ok((row, bytes))
}
