//! Facts around a report that few of them need: who typed it, who may be called, other identifiers, consents.

use serde::{Deserialize, Serialize};

use super::{
    Actor, Address, Coded, Contact, Identifier, Moment, Organisation, PersonName, Professional,
    Structure, Validation,
};

/// Facts of the document's header beyond the report's own.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Header {
    /// Second half of the version's identifier, for producers who split it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub id_extension: Option<String>,
    /// Second half of the series' identifier.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub set_id_extension: Option<String>,
    /// Who wrote it, when the signatory did not.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub author: Option<Author>,
    /// Who typed it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub data_enterer: Option<Actor>,
    /// Whom to call about the patient.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub informants: Vec<Informant>,
    /// Who keeps the document, when the laboratory does not.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub custodian: Option<Organisation>,
    /// Biologists who validated, beyond those that the results name.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub validators: Vec<Validation>,
    /// The treating physician.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub treating_physician: Option<Professional>,
    /// Others who had a part in the care.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub participants: Vec<Participant>,
    /// LOINC codes of the acts, the main one first; absent, the codes of the chapters.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub acts: Vec<Coded>,
    /// When processing ended, if not when this version was made.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub released_at: Option<Moment>,
    /// Who answers for the making of the tests, when the laboratory's director does not.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub performer: Option<Actor>,
    /// Consents that bear on the document.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub consents: Vec<Consent>,
}

impl Header {
    /// True when it says nothing.
    pub fn is_empty(&self) -> bool {
        self == &Self::default()
    }
}

/// Who or what wrote a document.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Author {
    /// When.
    pub at: Moment,
    /// Who, or what.
    pub by: Writer,
}

/// A person or a software.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Writer {
    /// A person.
    Person(Box<Professional>),
    /// A software.
    Device(Box<Device>),
}

/// An instrument or a software.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Device {
    /// Its number.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub id: Option<Identifier>,
    /// What kind of thing it is.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub code: Option<Coded>,
    /// Its maker's name for it.
    pub model: String,
    /// Its software.
    pub software: String,
    /// When it was used.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub at: Option<Moment>,
    /// Where it stands.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub structure: Option<Box<Structure>>,
}

/// Somebody close to the patient.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Informant {
    /// In which capacity.
    pub kind: InformantKind,
    /// How related (HL7 RoleCode, list J11).
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub relation: Option<Coded>,
    /// Name.
    pub name: PersonName,
    /// Address.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub address: Option<Address>,
    /// How to reach this person.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub contacts: Vec<Contact>,
}

impl std::fmt::Debug for Informant {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Informant(***, {:?})", self.kind)
    }
}

/// In which capacity somebody close to the patient is named.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum InformantKind {
    /// To be called in an emergency.
    Emergency,
    /// The trusted person whom the patient chose.
    Trusted,
}

/// Who answers for a patient who cannot.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Guardian {
    /// The person, or
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub person: Option<PersonName>,
    /// the body.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub organisation: Option<Organisation>,
    /// How related (HL7 RoleCode, list J11).
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub relation: Option<Coded>,
    /// Address.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub address: Option<Address>,
    /// How to reach them.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub contacts: Vec<Contact>,
}

impl std::fmt::Debug for Guardian {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Guardian(***)")
    }
}

/// A professional who had a part in the care.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Participant {
    /// Which part (HL7 ParticipationType, list J144): `REFB`, `INF`, `RESP`, `PRF`, `CON`, `VRF`.
    pub kind: ParticipantKind,
    /// In which function (list J47).
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub function: Option<Coded>,
    /// Who.
    pub person: Professional,
    /// When.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub at: Option<Moment>,
}

/// Parts that a professional may have had.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum ParticipantKind {
    /// Sent the patient.
    #[serde(rename = "REF")]
    Referrer,
    /// Was referred by.
    #[serde(rename = "REFB")]
    ReferredBy,
    /// Informed, or is to be informed.
    #[serde(rename = "INF")]
    Informant,
    /// Answers for.
    #[serde(rename = "RESP")]
    Responsible,
    /// Did.
    #[serde(rename = "PRF")]
    Performer,
    /// Gave advice.
    #[serde(rename = "CON")]
    Consultant,
    /// Verified.
    #[serde(rename = "VRF")]
    Verifier,
}

impl ParticipantKind {
    /// All of them.
    pub const ALL: [Self; 7] = [
        Self::Referrer,
        Self::ReferredBy,
        Self::Informant,
        Self::Responsible,
        Self::Performer,
        Self::Consultant,
        Self::Verifier,
    ];

    /// The HL7 code.
    pub const fn code(self) -> &'static str {
        match self {
            Self::Referrer => "REF",
            Self::ReferredBy => "REFB",
            Self::Informant => "INF",
            Self::Responsible => "RESP",
            Self::Performer => "PRF",
            Self::Consultant => "CON",
            Self::Verifier => "VRF",
        }
    }
}

/// A consent that bears on the document.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Consent {
    /// What was consented to.
    pub code: Coded,
    /// Its identifiers.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub ids: Vec<Identifier>,
}
