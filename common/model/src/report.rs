//! The reviewed report: all that a biologist signs and that its readers receive, as plain data.
//!
//! Its JSON form is `report.json`, the input of `lisiere-hub report render`; `--schema` prints the schema. Everything here is
//! a copy taken when the report was signed: nothing refers to a record that may change later.

mod annex;
mod header;
mod identifier;
mod isolate;
mod media;
mod moment;
mod party;
mod result;
mod value;

use std::fmt;

use serde::{Deserialize, Serialize};

pub use annex::{Fact, Problem, Recommendation, SecondLine, Vaccination};
pub use header::{
    Author, Consent, Device, Guardian, Header, Informant, InformantKind, Participant,
    ParticipantKind, Writer,
};
pub use identifier::{Coded, Identifier, Oid, OidError};
pub use isolate::Isolate;
pub use media::{Binary, Image, Picture, PictureFormat};
pub use moment::{Moment, MomentError};
pub use party::{
    Actor, Address, Biologist, Civility, Collector, Contact, Laboratory, Organisation, PersonName,
    Prescriber, Professional, Structure, Subcontractor, Title, Validation,
};
pub use result::{
    Chapter, Conversion, Involved, Item, Method, NonHuman, Panel, Part, Period, Previous, Progress,
    SectionCode, TestCode, TestResult,
};
pub use value::{Unit, Value};

use crate::{AccessionNumber, Environment, IdentityStatus, Ins, Traits};

/// One version of one report.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Report {
    /// Real or fictitious patients.
    pub environment: Environment,
    /// Identifier of this version, unique in the world.
    pub id: Oid,
    /// Identifier that all versions of this report share.
    pub set_id: Oid,
    /// 1 for the first, one more for each replacement.
    pub version: u32,
    /// The version that this one replaces.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub replaces: Option<Replacement>,
    /// How complete it is.
    pub status: ReportStatus,
    /// Who may read it.
    #[serde(default)]
    pub confidentiality: Confidentiality,
    /// When this version was made.
    pub created_at: Moment,
    /// When the laboratory received the request and the specimens.
    pub received_at: Moment,
    /// Whose results these are.
    pub patient: Subject,
    /// Who answers for them.
    pub laboratory: Laboratory,
    /// The biologists that the report names.
    pub biologists: Vec<Biologist>,
    /// Who signed the whole, and when.
    pub signature: Validation,
    /// Who asked.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub prescriber: Option<Prescriber>,
    /// Who took the specimens.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub collector: Option<Collector>,
    /// Other professionals who receive a copy.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub copies_to: Vec<Professional>,
    /// The request as the laboratory registered it: the record number (dossier).
    pub record: Identifier,
    /// Identifiers of the prescriptions that came with it.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub prescriptions: Vec<Identifier>,
    /// The stay or visit.
    pub encounter: Encounter,
    /// What was examined.
    pub specimens: Vec<ReportedSpecimen>,
    /// Remarks on the whole: non-conformity, advice.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub remarks: Vec<Remark>,
    /// The results.
    pub chapters: Vec<Chapter>,
    /// Reports of other laboratories, as they were received.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub second_line: Vec<SecondLine>,
    /// Why the tests were recommended, as in a screening programme.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub recommendation: Option<Recommendation>,
    /// Vaccinations that matter to the results.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub vaccinations: Vec<Vaccination>,
    /// Facts that few reports need.
    #[serde(default, skip_serializing_if = "Header::is_empty")]
    pub header: Header,
    /// How it is to be shown.
    #[serde(default, skip_serializing_if = "Options::is_default")]
    pub options: Options,
}

impl Report {
    /// The biologist with this RPPS number.
    pub fn biologist(&self, rpps: &crate::Rpps) -> Option<&Biologist> {
        self.biologists
            .iter()
            .find(|biologist| &biologist.rpps == rpps)
    }

    /// The specimen with this accession number.
    pub fn specimen(&self, accession: &AccessionNumber) -> Option<&ReportedSpecimen> {
        self.specimens
            .iter()
            .find(|specimen| &specimen.accession == accession)
    }

    /// Every result, those inside panels included, in the order of printing.
    pub fn results(&self) -> impl Iterator<Item = &TestResult> {
        self.chapters
            .iter()
            .flat_map(|chapter| &chapter.parts)
            .flat_map(|part| &part.items)
            .flat_map(Item::results)
    }
}

impl Report {
    /// Every validation that it names, the signature apart, in the order of reading.
    pub fn validations(&self) -> impl Iterator<Item = &Validation> {
        let parts = self.chapters.iter().flat_map(|chapter| &chapter.parts);
        let inside = parts.flat_map(|part| {
            part.validated
                .iter()
                .chain(part.items.iter().flat_map(Item::validations))
        });
        inside.chain(&self.header.validators)
    }
}

impl Item {
    fn validations(&self) -> impl Iterator<Item = &Validation> {
        let (own, panels): (Option<&Validation>, &[Panel]) = match self {
            Self::Panel(panel) => (panel.validated.as_ref(), &[]),
            Self::Isolate(isolate) => (isolate.validated.as_ref(), &isolate.panels),
            Self::Result(_) | Self::Image(_) => (None, &[]),
        };
        let panels = panels.iter().filter_map(|panel| panel.validated.as_ref());
        let results = self.results().filter_map(|one| one.validated.as_ref());
        own.into_iter().chain(panels).chain(results)
    }

    /// Its results, those of panels inside it included.
    pub fn results(&self) -> impl Iterator<Item = &TestResult> {
        let (direct, panels): (&[TestResult], &[Panel]) = match self {
            Self::Panel(panel) => (&panel.results, &[]),
            Self::Result(result) => (std::slice::from_ref(result.as_ref()), &[]),
            Self::Isolate(isolate) => (&isolate.results, &isolate.panels),
            Self::Image(_) => (&[], &[]),
        };
        direct
            .iter()
            .chain(panels.iter().flat_map(|panel| &panel.results))
    }
}

/// How a report is to be shown.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Options {
    /// Whether earlier results are drawn as a curve.
    pub graphs: bool,
}

impl Options {
    /// True when nothing was asked for.
    pub fn is_default(&self) -> bool {
        self == &Self::default()
    }
}

/// The version that a report replaces.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Replacement {
    /// Identifier of that version (not of the set).
    pub id: Oid,
    /// Second half of that identifier, for producers who split it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub extension: Option<String>,
    /// When it was made.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub created_at: Option<Moment>,
    /// Why it is replaced, in words for the reader.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub reason: Option<String>,
}

/// How complete a report is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ReportStatus {
    /// Results are still to come.
    Partial,
    /// Complete.
    Final,
    /// Complete, and different from a version that was sent before.
    Corrected,
    /// What was sent before does not hold; nothing stands in its place.
    Withdrawn,
}

/// Who may read a report (HL7 Confidentiality).
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Confidentiality {
    /// Whoever treats the patient.
    #[default]
    Normal,
    /// Fewer; such a report should not be shared.
    Restricted,
    /// Hardly anybody.
    VeryRestricted,
}

/// The patient of a report. `Debug` shows the status only.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Subject {
    /// Civil traits.
    pub traits: Traits,
    /// Name of the place of birth.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub birth_city: Option<String>,
    /// Trust in the identity.
    pub identity_status: IdentityStatus,
    /// National identifier, on a qualified identity only.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub ins: Option<Ins>,
    /// The laboratory's own number of the patient (IPP).
    pub local_id: Identifier,
    /// Address.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub address: Option<Address>,
    /// Telephone, mail.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub contacts: Vec<Contact>,
    /// Other numbers: a hospital's, another laboratory's.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub other_ids: Vec<Identifier>,
    /// Who answers for a patient who cannot.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub guardians: Vec<Guardian>,
}

impl fmt::Debug for Subject {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Subject(***, {:?})", self.identity_status)
    }
}

/// The stay or visit during which the specimens were taken.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Encounter {
    /// Kind, list J142: `AMB`, `IMP`, `EMER`…
    pub kind: EncounterKind,
    /// When care began, usually when the specimens were taken.
    pub started_at: Moment,
    /// Identifier of the stay, where a hospital gave one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub id: Option<Identifier>,
    /// Its other identifiers.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub other_ids: Vec<Identifier>,
    /// When care ended.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub ended_at: Option<Moment>,
    /// Who answers for it, when the laboratory's director does not.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub responsible: Option<Box<Professional>>,
    /// Where it took place, when that is not the laboratory.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub place: Option<Box<Place>>,
}

impl Encounter {
    /// A stay or visit in the laboratory itself.
    pub const fn new(kind: EncounterKind, started_at: Moment) -> Self {
        Self {
            kind,
            started_at,
            id: None,
            other_ids: Vec::new(),
            ended_at: None,
            responsible: None,
            place: None,
        }
    }
}

/// Where care takes place.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Place {
    /// Facility type, list J02.
    pub kind: Coded,
    /// Name.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub name: Option<String>,
    /// Address.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub address: Option<Address>,
}

/// Kinds of encounter (HL7 ActCode, French list J142).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum EncounterKind {
    /// In town.
    #[serde(rename = "AMB")]
    Ambulatory,
    /// In hospital.
    #[serde(rename = "IMP")]
    Inpatient,
    /// Emergency.
    #[serde(rename = "EMER")]
    Emergency,
    /// Outpatient of a hospital.
    #[serde(rename = "EXTERNE")]
    Outpatient,
    /// At home.
    #[serde(rename = "HH")]
    Home,
    /// From afar.
    #[serde(rename = "VR")]
    Virtual,
    /// Outside any structure.
    #[serde(rename = "FLD")]
    Field,
    /// In sessions.
    #[serde(rename = "SEANCE")]
    Session,
}

impl EncounterKind {
    /// All of them.
    pub const ALL: [Self; 8] = [
        Self::Ambulatory,
        Self::Inpatient,
        Self::Emergency,
        Self::Outpatient,
        Self::Home,
        Self::Virtual,
        Self::Field,
        Self::Session,
    ];

    /// The code.
    pub const fn code(self) -> &'static str {
        match self {
            Self::Ambulatory => "AMB",
            Self::Inpatient => "IMP",
            Self::Emergency => "EMER",
            Self::Outpatient => "EXTERNE",
            Self::Home => "HH",
            Self::Virtual => "VR",
            Self::Field => "FLD",
            Self::Session => "SEANCE",
        }
    }
}

/// A specimen as the report names it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ReportedSpecimen {
    /// The number on its label.
    pub accession: AccessionNumber,
    /// Who numbers the tubes.
    pub root: Oid,
    /// Its nature (HL7 table 0487).
    pub kind: Coded,
    /// How it was taken, where a code says it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub act: Option<Coded>,
    /// When it was taken.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub collected_at: Option<Moment>,
    /// When the laboratory received it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub received_at: Option<Moment>,
    /// Its identifier in a document of others, when that is not `root` and `accession`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub id: Option<Identifier>,
    /// Where on the body it was taken (SNOMED CT).
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub site: Option<Coded>,
    /// Who took it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub collector: Option<Box<Actor>>,
}

impl ReportedSpecimen {
    /// A specimen of which nothing more is known.
    pub const fn new(accession: AccessionNumber, root: Oid, kind: Coded) -> Self {
        Self {
            accession,
            root,
            kind,
            act: None,
            collected_at: None,
            received_at: None,
            id: None,
            site: None,
            collector: None,
        }
    }
}

/// A remark on the whole report.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Remark {
    /// Its title, such as `Non conformité`.
    pub title: String,
    /// Its words.
    pub text: String,
}
