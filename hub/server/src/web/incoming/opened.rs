//! A received report opened: what the document says, whose it may be, and what was decided.

use lisiere_model::{Patient, UtcMicros};
use lisiere_report::Severity;
use lisiere_report::gate;
use uuid::Uuid;

use super::{PROPOSED, named, state};
use crate::laboratory::incoming::{self, IncomingRow, IncomingState, Received, Usage};
use crate::laboratory::{orders, patients};
use crate::web::Site;
use crate::web::elsewhere::{Found, TAKEN};
use crate::web::form::Form;
use crate::web::patient::Person;
use crate::web::problem::Problem;
use crate::web::show;

/// Findings of the gate shown beside a document of another laboratory.
const FINDINGS: usize = 12;

/// One line of the comparison of two identities.
pub(super) struct Trait {
    pub(super) name: &'static str,
    pub(super) theirs: String,
}

/// A patient whose report this may be.
pub(super) struct Candidate {
    pub(super) person: Person,
    pub(super) why: &'static str,
    pub(super) certain: bool,
    pub(super) chosen: bool,
}

/// A received report opened.
#[expect(
    clippy::struct_excessive_bools,
    reason = "each says whether the page shows one of its parts"
)]
pub(super) struct Opened {
    pub(super) id: String,
    pub(super) version: i64,
    pub(super) origin: String,
    pub(super) origin_id: String,
    pub(super) form: &'static str,
    pub(super) signed: bool,
    pub(super) received: String,
    pub(super) received_by: String,
    pub(super) written: String,
    pub(super) state: &'static str,
    pub(super) class: &'static str,
    pub(super) waits: bool,
    /// What its results are at present.
    pub(super) hint: &'static str,
    pub(super) decided: String,
    pub(super) reason: String,
    /// Whom and what it was attached to.
    pub(super) attached: Option<Attached>,
    pub(super) traits: Vec<Trait>,
    pub(super) candidates: Vec<Candidate>,
    pub(super) results: Vec<Found>,
    pub(super) narrative: String,
    pub(super) pdf: bool,
    pub(super) conforms: bool,
    pub(super) findings: Vec<String>,
    pub(super) unread: usize,
}

pub(super) struct Attached {
    pub(super) person: Person,
    pub(super) order: Option<(String, String)>,
    pub(super) subcontract: bool,
}

impl Opened {
    /// The table of its results, unless it has none.
    pub(super) fn lists(&self) -> Vec<(&'static str, &[Found])> {
        let found = ("Résultats du document", self.results.as_slice());
        Some(found)
            .filter(|(_, list)| !list.is_empty())
            .into_iter()
            .collect()
    }
}

/// Opens a received report.
pub(super) async fn opened(site: &Site, id: Uuid, decision: &Form) -> Result<Opened, Problem> {
    let received = incoming::open(&site.laboratory, id).await?;
    let row = &received.row;
    let waits = row.state == IncomingState::Waiting;
    let now = site.now();
    let proposals = if waits {
        incoming::proposals(&site.laboratory, &received).await?
    } else {
        Vec::new()
    };
    // Only an identity that is certain is chosen beforehand, and only when it is the only one.
    let certain = proposals.iter().filter(|one| one.certain).count() == 1;
    let candidates = proposals
        .into_iter()
        .map(|one| {
            let person = Person::new(&one.patient, now);
            Candidate {
                chosen: match decision.value("patient") {
                    "" => certain && one.certain,
                    chosen => chosen == person.id,
                },
                person,
                why: one.why,
                certain: one.certain,
            }
        })
        .collect();
    let verdict = gate::check_document(&received.bytes);
    let errors = verdict
        .findings
        .iter()
        .filter(|finding| finding.severity == Severity::Error);
    let (state, class) = state(row);
    Ok(Opened {
        id: row.id.to_string(),
        version: row.version,
        origin: named(&row.origin),
        origin_id: row.origin_id.clone(),
        form: match row.form.as_str() {
            "n3" => "N3",
            "n1" => "N1 (PDF seul)",
            "auto" => "N3 auto-présentable",
            _ => "forme inconnue",
        },
        signed: row.signed,
        received: show::date_time(row.received_at),
        received_by: row.received_by.clone(),
        written: row.written_at.map(show::date_time).unwrap_or_default(),
        state,
        class,
        waits,
        hint: match row.state {
            IncomingState::Attached => TAKEN,
            IncomingState::Waiting | IncomingState::Aside => PROPOSED,
        },
        decided: decided(row),
        reason: row.reason.clone(),
        attached: attached(site, row, now).await?,
        traits: traits(&received),
        candidates,
        results: received
            .document
            .results
            .iter()
            .map(Found::incoming)
            .collect(),
        narrative: received.document.narrative.to_html(),
        pdf: received.document.pdf.is_some(),
        conforms: verdict.passes(),
        findings: errors
            .take(FINDINGS)
            .map(|finding| format!("{} ({})", finding.message, finding.path))
            .collect(),
        unread: received.document.unread.len(),
    })
}

fn decided(row: &IncomingRow) -> String {
    match (&row.decided_by, row.decided_at) {
        (Some(who), Some(at)) => format!("{who}, {}", show::date_time(at)),
        _ => String::new(),
    }
}

async fn attached(
    site: &Site,
    row: &IncomingRow,
    now: UtcMicros,
) -> Result<Option<Attached>, Problem> {
    let Some(patient) = row.patient else {
        return Ok(None);
    };
    let patient: Patient = patients::get(&site.laboratory, patient).await?.patient;
    let order = match row.order {
        Some(order) => {
            let known = orders::get(&site.laboratory, order).await?;
            Some((order.to_string(), known.number))
        }
        None => None,
    };
    Ok(Some(Attached {
        person: Person::new(&patient, now),
        order,
        subcontract: row.usage == Some(Usage::Subcontract),
    }))
}

fn traits(received: &Received) -> Vec<Trait> {
    let Some(subject) = received.subject() else {
        return Vec::new();
    };
    let traits = &subject.traits;
    let line = |name, theirs: &str| Trait {
        name,
        theirs: theirs.to_owned(),
    };
    let ins = subject
        .ins
        .as_ref()
        .map(|ins| ins.number().to_owned())
        .unwrap_or_default();
    [
        line("Nom de naissance", &traits.birth_name),
        line("Prénoms", &traits.given_names),
        line("Sexe", traits.sex.letter()),
        line("Date de naissance", &show::birth_date(traits.birth_date)),
        line(
            "Lieu de naissance",
            traits.birth_place.as_deref().unwrap_or_default(),
        ),
        line("INS", &ins),
    ]
    .into_iter()
    .filter(|one| !one.theirs.is_empty())
    .collect()
}
