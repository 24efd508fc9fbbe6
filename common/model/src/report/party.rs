//! People and places of a report: the laboratory, its biologists, the prescriber, the subcontractor.

use jiff::civil::Date;
use serde::{Deserialize, Serialize};

use super::{Coded, Moment, Picture};
use crate::Rpps;

/// A postal address in lines, the last one usually the postal code and the city.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Address {
    /// Number and street, building, box: up to five lines.
    pub lines: Vec<String>,
    /// Postal code.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub postal_code: Option<String>,
    /// City.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub city: Option<String>,
    /// Country, when it is not France.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub country: Option<String>,
}

impl Address {
    /// True when nothing is known.
    pub fn is_empty(&self) -> bool {
        self.lines.iter().all(|line| line.trim().is_empty())
            && self.postal_code.is_none()
            && self.city.is_none()
            && self.country.is_none()
    }
}

/// How to reach somebody.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Contact {
    /// A telephone number.
    Phone(String),
    /// A fax number.
    Fax(String),
    /// A mail address; an MSSanté mailbox is one.
    Mail(String),
    /// Anything else, as a whole address with its scheme.
    Address(String),
}

/// The civility that may precede a name.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Civility {
    /// Monsieur.
    M,
    /// Madame.
    #[serde(rename = "MME")]
    Mme,
}

/// The title that may go with a name.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Title {
    /// Docteur.
    #[serde(rename = "DR")]
    Dr,
    /// Professeur.
    #[serde(rename = "PR")]
    Pr,
}

/// A professional's name.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct PersonName {
    /// Family name as practised under.
    pub family: String,
    /// First name.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub given: Option<String>,
    /// Civility.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub civility: Option<Civility>,
    /// Title.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub title: Option<Title>,
}

/// A health professional.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Professional {
    /// National identifier, idNat_PS: `8` and the RPPS number, `0` and the ADELI number.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub national_id: Option<String>,
    /// Name.
    pub name: PersonName,
    /// Profession or speciality, of the national list.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub speciality: Option<Coded>,
    /// Where this person practises.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub address: Option<Address>,
    /// How to reach this person.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub contacts: Vec<Contact>,
    /// The structure that this person works for.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub structure: Option<Box<Structure>>,
}

/// A structure in which somebody acts.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Structure {
    /// Name, number, address.
    pub organisation: Organisation,
    /// Practice setting, list J04.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub practice_setting: Option<Coded>,
    /// COFRAC accreditation, `8-xxxx`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub cofrac: Option<String>,
}

/// Somebody who did something, and when.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Actor {
    /// The person.
    pub person: Professional,
    /// When.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub at: Option<Moment>,
}

/// Who asked for the tests.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Prescriber {
    /// The person.
    pub person: Professional,
    /// When the prescription was written.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub prescribed_on: Option<Date>,
    /// The same to the second, where the prescription says it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub prescribed_at: Option<Moment>,
}

/// Who took the specimens.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Collector {
    /// The person.
    pub person: Professional,
    /// When.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub at: Option<Moment>,
}

/// A health structure: the laboratory, or one that it works with.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Organisation {
    /// National identifier, idNat_Struct: `1` and the FINESS number, `3` and the SIRET number; empty if unknown.
    #[serde(default)]
    pub national_id: String,
    /// Name.
    pub name: String,
    /// Address.
    #[serde(default)]
    pub address: Address,
    /// Telephone, fax, mail.
    #[serde(default)]
    pub contacts: Vec<Contact>,
}

/// The laboratory that answers for the report.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Laboratory {
    /// The structure.
    pub organisation: Organisation,
    /// A line under the name, such as the hospital or the group that it belongs to.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub subtitle: Option<String>,
    /// COFRAC accreditation, `8-xxxx`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub cofrac: Option<String>,
    /// Practice setting, list J04: `AMBULATOIRE` for a city laboratory, `ETABLISSEMENT` in a hospital.
    pub practice_setting: Coded,
    /// Facility type, list J02: `SA25` for a laboratory.
    pub facility_type: Coded,
    /// RPPS number of its director, one of the report's biologists; absent, the signatory stands in.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub director: Option<Rpps>,
    /// Lines printed at the foot of each page: legal form, opening hours.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub footer: Vec<String>,
    /// Its sign, printed beside the name.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub logo: Option<Picture>,
}

/// A biologist of the laboratory.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Biologist {
    /// RPPS number, eleven digits.
    pub rpps: Rpps,
    /// Name.
    pub name: PersonName,
    /// Profession, list J01: physician, pharmacist or scientist.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub speciality: Option<Coded>,
    /// How to reach this person, where it is not through the laboratory.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub contacts: Vec<Contact>,
}

/// Who answered for something, and when.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Validation {
    /// RPPS number of one of the report's biologists.
    pub rpps: Rpps,
    /// When.
    pub at: Moment,
    /// In whose name, when the report's laboratory is not it: another site, a hospital.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub structure: Option<Box<Structure>>,
}

impl Validation {
    /// A validation in the name of the report's laboratory.
    pub const fn new(rpps: Rpps, at: Moment) -> Self {
        Self {
            rpps,
            at,
            structure: None,
        }
    }
}

/// A laboratory that made a test for this one.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Subcontractor {
    /// The laboratory.
    pub organisation: Organisation,
    /// Its biologist.
    pub biologist: Professional,
    /// Its practice setting, list J04.
    pub practice_setting: Coded,
    /// When it gave the result.
    pub at: Moment,
}
