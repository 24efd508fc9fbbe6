//! An observation as the store keeps it: what a driver read, where it was matched, how far its review has come.

use lisiere_model::{
    CaptureId, Interpretation, LocalCode, LoincCode, MeasuredValue, ObservationId, ObservationKind,
    OrderId, PatientId, ReferenceRange, ResultStatus, SpecimenId, UcumUnit, UtcMicros,
};
use rust_decimal::Decimal;
use serde::{Deserialize, Serialize};

use crate::review::state::State;

/// A value that goes with a result without being one.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Companion {
    /// What it is.
    pub name: String,
    /// Exactly as sent.
    pub value: String,
    /// The unit as sent.
    pub unit: Option<String>,
}

/// What the driver read. It is never edited: reading the bytes again makes another observation.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Read {
    /// Specimen number as the driver trimmed it.
    pub specimen: Option<String>,
    /// The analyzer's code.
    pub code: String,
    /// The analyzer's or the profile's name of the test.
    pub name: Option<String>,
    /// The laboratory's code that the profile proposes.
    pub test: Option<LocalCode>,
    /// LOINC, when the profile maps it.
    pub loinc: Option<LoincCode>,
    /// Text as sent, exact number, comparator.
    pub value: MeasuredValue,
    /// What a qualitative text means.
    pub qualitative: Option<Interpretation>,
    /// Unit as sent.
    pub unit_text: Option<String>,
    /// Unit in UCUM.
    pub unit: Option<UcumUnit>,
    /// Flags as sent.
    pub flags: Vec<String>,
    /// What the flags mean, when the profile knows them.
    pub flagged: Option<Interpretation>,
    /// The analyzer's own word on the result.
    pub status: ResultStatus,
    /// Time as sent.
    pub time_text: Option<String>,
    /// Whose value it is.
    pub kind: ObservationKind,
    /// Run of the same test on the same specimen within the message.
    pub repeat: u32,
    /// The analyzer's comments.
    pub comments: Vec<String>,
    /// Index, Ct, raw signal…
    pub companions: Vec<Companion>,
    /// Why the driver itself set it aside: cause and sentence.
    pub doubts: Vec<(String, String)>,
    /// First byte in the capture, and the byte after the last.
    pub bytes: (u64, u64),
    /// Version of the driver that read it.
    pub driver_version: String,
}

/// The value in the laboratory's unit, as it will be reported.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Outcome {
    /// The value; its text is the analyzer's unless a conversion changed the unit.
    pub value: MeasuredValue,
    /// The catalogue's unit; none for a qualitative result.
    pub unit: Option<UcumUnit>,
    /// Said when the unit was changed: « converti de 95 mg/dL ».
    pub converted_from: Option<String>,
}

/// The reference that was in force when the result was made.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Reference {
    /// Bounds, in the outcome's unit.
    pub range: ReferenceRange,
    /// For whom: « homme, 18 à 60 ans ».
    pub applies_to: String,
}

/// The result before this one, for the same patient and test.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Previous {
    /// Which.
    pub observation: ObservationId,
    /// Its value.
    pub value: MeasuredValue,
    /// Its unit.
    pub unit: Option<UcumUnit>,
    /// When.
    pub at: UtcMicros,
    /// The driver that measured it: another one is a method break.
    pub driver: String,
}

/// Why a result does not go on by itself.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Hold {
    /// The rule's stable word.
    pub rule: String,
    /// The sentence for people, with the rule's name and the figures.
    pub sentence: String,
}

/// Who reviewed, and when.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Reviewed {
    /// Name in full.
    pub name: String,
    /// Account.
    pub account: uuid::Uuid,
    /// RPPS, for a biologist.
    pub rpps: Option<String>,
    /// When.
    pub at: UtcMicros,
}

/// Everything about an observation that no list sorts by.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ObservationBody {
    /// As read.
    pub read: Read,
    /// As it will be reported, once matched.
    pub outcome: Option<Outcome>,
    /// The reference applied.
    pub reference: Option<Reference>,
    /// The result before.
    pub previous: Option<Previous>,
    /// Reasons to look at it.
    pub holds: Vec<Hold>,
    /// Why it was accepted although it was held.
    pub accepted_despite: Option<String>,
    /// A comment for the report.
    pub comment: Option<String>,
    /// Reason of the last rejection, repeat request, sending back or cancellation.
    pub reason: Option<String>,
    /// Technical review.
    pub technical: Option<Reviewed>,
    /// Biological review.
    pub biological: Option<Reviewed>,
    /// A person said whose result it is, although the driver had doubts.
    pub doubts_cleared: bool,
    /// The order whose tube a person chose for it.
    pub chosen_order: Option<OrderId>,
}

impl ObservationBody {
    /// A reading that nobody has placed or judged.
    pub fn of(read: Read) -> Self {
        Self {
            read,
            outcome: None,
            reference: None,
            previous: None,
            holds: Vec::new(),
            accepted_despite: None,
            comment: None,
            reason: None,
            technical: None,
            biological: None,
            doubts_cleared: false,
            chosen_order: None,
        }
    }
}

/// An observation as it stands.
#[derive(Debug, Clone)]
pub struct Recorded {
    /// Identity.
    pub id: ObservationId,
    /// The message it came in.
    pub capture: CaptureId,
    /// Which reading of the message (1 the first; a corrected driver makes 2).
    pub run: i64,
    /// Place in the message.
    pub position: i64,
    /// Where it came from.
    pub appliance: String,
    /// The port there.
    pub port: String,
    /// The driver that read it.
    pub driver: String,
    /// Matched patient.
    pub patient: Option<PatientId>,
    /// Matched order.
    pub order: Option<OrderId>,
    /// Matched specimen.
    pub specimen: Option<SpecimenId>,
    /// Matched test.
    pub code: Option<LocalCode>,
    /// State of review.
    pub state: State,
    /// The one that counts for its test; earlier and set-aside ones do not.
    pub current: bool,
    /// 1 for the first result of its test, then 2…
    pub generation: i64,
    /// The observation that took its place.
    pub superseded_by: Option<ObservationId>,
    /// Its place beside the reference.
    pub interpretation: Option<Interpretation>,
    /// When the analyzer made it, or when it came.
    pub observed_at: UtcMicros,
    /// When its message came.
    pub received_at: UtcMicros,
    /// The rest.
    pub body: ObservationBody,
    /// Changes with every act, for optimistic locking.
    pub version: i64,
}

impl Recorded {
    /// The number in the reported unit, where there is one.
    pub fn number(&self) -> Option<Decimal> {
        self.body
            .outcome
            .as_ref()
            .and_then(|outcome| outcome.value.number)
    }

    /// Whether it hangs on an order.
    pub const fn is_matched(&self) -> bool {
        self.order.is_some()
    }
}

/// What happened to an observation.
#[derive(Debug, Clone)]
pub struct EventRow {
    /// The version it made.
    pub version: i64,
    /// The act.
    pub act: String,
    /// The state after it.
    pub state: String,
    /// The reason given.
    pub reason: Option<String>,
    /// Who.
    pub actor: String,
    /// When.
    pub at: UtcMicros,
}
