//! Object identifiers and the identifiers that hang below them (HL7 data type II).

use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Deserializer, Serialize, Serializer};
use uuid::Uuid;

/// Longest object identifier that the national document registry keeps (IHE XDS uniqueId, ITI TF-3 §4.2.3.2.26).
const LONGEST: usize = 64;

/// An ISO object identifier, such as `1.2.250.1.71.4.2.1`; or a UUID, where HL7 lets one stand for it (data type UID).
///
/// ```
/// use lisiere_model::report::Oid;
/// assert!("1.2.250.1.71.4.2.1".parse::<Oid>().is_ok());
/// assert!("1.2.250.01".parse::<Oid>().is_err(), "an arc has no leading zero");
/// ```
#[derive(Clone, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Oid(String);

/// Why a text is not an object identifier.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error(
    "`{0}` is not an object identifier; write numbers joined by points, as 1.2.250.1.999.1 (64 characters at most)"
)]
pub struct OidError(String);

impl Oid {
    /// The identifier that every UUID owns below `2.25` (ITU-T X.667 §7): no registration is needed.
    pub fn from_uuid(uuid: Uuid) -> Self {
        Self(format!("2.25.{}", uuid.as_u128()))
    }

    /// Whether a UUID stands here. A document, a series and a code system need numbers.
    pub fn is_uuid(&self) -> bool {
        self.0.contains('-')
    }

    /// As it is written.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

fn is_oid(text: &str) -> bool {
    let mut arcs = text.split('.');
    let first = arcs.next();
    text.len() <= LONGEST
        && matches!(first, Some("0" | "1" | "2"))
        && arcs.clone().next().is_some()
        && arcs.all(|arc| {
            !arc.is_empty()
                && arc.bytes().all(|byte| byte.is_ascii_digit())
                && (arc == "0" || !arc.starts_with('0'))
        })
}

impl FromStr for Oid {
    type Err = OidError;

    fn from_str(text: &str) -> Result<Self, OidError> {
        if is_oid(text) || (text.len() == 36 && Uuid::try_parse(text).is_ok()) {
            Ok(Self(text.to_owned()))
        } else {
            Err(OidError(text.to_owned()))
        }
    }
}

impl fmt::Display for Oid {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl Serialize for Oid {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(&self.0)
    }
}

impl<'de> Deserialize<'de> for Oid {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = String::deserialize(deserializer)?;
        text.parse().map_err(serde::de::Error::custom)
    }
}

/// An identifier given by whoever owns `root`: a patient number, an order, a tube. Without an extension, the root says all.
#[derive(Clone, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Identifier {
    /// Who gives it.
    pub root: Oid,
    /// What was given.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub extension: String,
}

impl Identifier {
    /// The identifier `extension` given by the owner of `root`.
    pub fn new(root: Oid, extension: impl Into<String>) -> Self {
        Self {
            root,
            extension: extension.into(),
        }
    }
}

// The extension may be a patient's number: only its owner is shown.
impl fmt::Debug for Identifier {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Identifier({}, …)", self.root)
    }
}

/// A code of a code system, with the French words for it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Coded {
    /// The code.
    pub code: String,
    /// The words for it, in French.
    pub display: String,
    /// The code system.
    pub system: Oid,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_uuid_fits_in_a_registry() {
        let oid = Oid::from_uuid(Uuid::from_u128(u128::MAX));
        assert_eq!(oid.as_str(), "2.25.340282366920938463463374607431768211455");
        assert_eq!(oid.as_str().parse::<Oid>().unwrap(), oid);
    }

    #[test]
    fn shapes_that_are_refused() {
        let long = format!("1.2{}", ".1".repeat(40));
        for text in [
            "",
            "1",
            "3.1",
            "1..2",
            "1.2.",
            "1.02",
            "1.2.a",
            " 1.2",
            long.as_str(),
        ] {
            assert!(text.parse::<Oid>().is_err(), "{text}");
        }
    }

    #[test]
    fn a_uuid_may_stand_for_one() {
        let uuid: Oid = "6F9619FF-8B86-4D01-B42D-00CF4FC96601".parse().unwrap();
        assert!(uuid.is_uuid());
        assert!(!"1.2.250".parse::<Oid>().unwrap().is_uuid());
        assert!("6F9619FF8B864D01B42D00CF4FC96601".parse::<Oid>().is_err());
    }

    #[test]
    fn debug_hides_the_number() {
        let id = Identifier::new("1.2.3".parse().unwrap(), "IPP-77");
        assert!(!format!("{id:?}").contains("77"));
    }
}
