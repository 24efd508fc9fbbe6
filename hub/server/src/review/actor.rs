//! Who acts: a named person with a role, or the hub itself when it applies its own rules.

use std::fmt;

use serde::{Deserialize, Serialize};
use uuid::Uuid;

/// What a person may do in the laboratory.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Role {
    /// Runs the analyzers; reviews technically.
    Technician,
    /// Reviews biologically and signs.
    Biologist,
    /// Registers patients and orders.
    Secretary,
    /// Looks after appliances and drivers.
    Engineer,
    /// Looks after accounts and settings.
    Administrator,
    /// Reads everything, changes nothing.
    Auditor,
}

impl Role {
    /// Every role, in the order in which they are listed to people.
    pub const ALL: [Self; 6] = [
        Self::Technician,
        Self::Biologist,
        Self::Secretary,
        Self::Engineer,
        Self::Administrator,
        Self::Auditor,
    ];

    /// The word used on the command line and in the database.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Technician => "technician",
            Self::Biologist => "biologist",
            Self::Secretary => "secretary",
            Self::Engineer => "engineer",
            Self::Administrator => "administrator",
            Self::Auditor => "auditor",
        }
    }

    /// The word shown to people.
    pub const fn french(self) -> &'static str {
        match self {
            Self::Technician => "technicien",
            Self::Biologist => "biologiste",
            Self::Secretary => "secrétaire",
            Self::Engineer => "ingénieur de parc",
            Self::Administrator => "administrateur",
            Self::Auditor => "auditeur",
        }
    }

    /// May register patients and orders and settle what waits for identification.
    pub const fn may_register(self) -> bool {
        matches!(self, Self::Secretary | Self::Technician | Self::Biologist)
    }

    /// May review technically. A biologist answers for the bench and may do its work.
    pub const fn may_review_technically(self) -> bool {
        matches!(self, Self::Technician | Self::Biologist)
    }
}

impl fmt::Display for Role {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

/// The word is none of the roles.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error(
    "« {0} » n'est pas un rôle (technician, biologist, secretary, engineer, administrator, auditor)"
)]
pub struct UnknownRole(pub String);

impl std::str::FromStr for Role {
    type Err = UnknownRole;

    fn from_str(text: &str) -> Result<Self, UnknownRole> {
        Self::ALL
            .into_iter()
            .find(|role| role.as_str() == text)
            .ok_or_else(|| UnknownRole(text.to_owned()))
    }
}

/// A signed-in person, as the laboratory needs to know them.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Person {
    /// The account that acts.
    pub account: Uuid,
    /// Surname and first name in full: they appear on the report (CSP D. 6211-3).
    pub name: String,
    /// What this person may do.
    pub role: Role,
    /// The national number of a health professional (11 digits); needed to review biologically.
    pub rpps: Option<String>,
}

impl Person {
    /// The RPPS number, when this person may take responsibility for results.
    pub fn biologist_rpps(&self) -> Option<&str> {
        match (self.role, self.rpps.as_deref()) {
            (Role::Biologist, Some(rpps)) if !rpps.is_empty() => Some(rpps),
            _ => None,
        }
    }
}

/// Who performs an act.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "kind", rename_all = "snake_case")]
pub enum Actor {
    /// The hub applying a rule, named.
    Rule {
        /// The rule or the part of the hub that acts.
        name: String,
    },
    /// A named person.
    Person(Person),
}

impl Actor {
    /// The hub acting by the named rule.
    pub fn rule(name: &str) -> Self {
        Self::Rule {
            name: name.to_owned(),
        }
    }

    /// The name to write beside the act.
    pub fn name(&self) -> &str {
        match self {
            Self::Rule { name } => name,
            Self::Person(person) => &person.name,
        }
    }
}

impl From<&Person> for Actor {
    fn from(person: &Person) -> Self {
        Self::Person(person.clone())
    }
}
