//! The national health identity (INS): a 13-character number, its two-digit key, and the authority that assigned it.

use serde::{Deserialize, Serialize};
use std::fmt;
use thiserror::Error;

/// Whether this installation handles real patients. National identifiers follow it: a production OID on a test platform,
/// or the reverse, is refused.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Environment {
    /// Real patients.
    #[default]
    Production,
    /// Fictitious patients only.
    Test,
}

/// The authority that assigned an INS, known by its OID.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum InsAuthority {
    /// NIR of a real person.
    Nir,
    /// NIA: the number of a real person who waits for a NIR.
    Nia,
    /// NIR for tests.
    Test,
    /// NIR for demonstrations.
    Demonstration,
}

impl InsAuthority {
    /// The OID of the authority.
    pub const fn oid(self) -> &'static str {
        match self {
            Self::Nir => "1.2.250.1.213.1.4.8",
            Self::Nia => "1.2.250.1.213.1.4.9",
            Self::Test => "1.2.250.1.213.1.4.10",
            Self::Demonstration => "1.2.250.1.213.1.4.11",
        }
    }

    /// The authority with this OID, if it is one of the four.
    pub fn from_oid(oid: &str) -> Option<Self> {
        [Self::Nir, Self::Nia, Self::Test, Self::Demonstration]
            .into_iter()
            .find(|authority| authority.oid() == oid)
    }

    /// The environment in which a number of this authority may appear.
    pub const fn environment(self) -> Environment {
        match self {
            Self::Nir | Self::Nia => Environment::Production,
            Self::Test | Self::Demonstration => Environment::Test,
        }
    }
}

/// A well-formed INS. `Debug` hides the number.
#[derive(Clone, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(try_from = "Written", into = "Written")]
pub struct Ins {
    number: String,
    authority: InsAuthority,
}

#[derive(Serialize, Deserialize)]
struct Written {
    number: String,
    oid: String,
}

impl TryFrom<Written> for Ins {
    type Error = InsError;
    fn try_from(written: Written) -> Result<Self, InsError> {
        let authority = InsAuthority::from_oid(&written.oid).ok_or(InsError::Authority)?;
        Self::new(&written.number, authority)
    }
}

impl From<Ins> for Written {
    fn from(ins: Ins) -> Self {
        Self {
            oid: ins.authority.oid().to_owned(),
            number: ins.number,
        }
    }
}

/// Why a text is not an INS. The number itself is never repeated.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
pub enum InsError {
    /// Not 15 characters.
    #[error("an INS has 15 characters (13 and a key of 2), this one has {0}")]
    Length(usize),
    /// A character that cannot stand at its place.
    #[error(
        "character {0} of the INS is not allowed there (digits, and 2A or 2B at places 6 and 7)"
    )]
    Character(usize),
    /// The key does not follow from the 13 characters: a typing error.
    #[error("the key of the INS should be {expected:02}: check the 13 characters before it")]
    Key {
        /// The key that the 13 characters ask for.
        expected: u8,
    },
    /// Not one of the four authorities.
    #[error("the OID is none of the four INS authorities")]
    Authority,
}

impl Ins {
    /// Checks length, characters and key. Spaces between groups are allowed and dropped.
    pub fn new(text: &str, authority: InsAuthority) -> Result<Self, InsError> {
        let number: String = text
            .chars()
            .filter(|character| !character.is_whitespace())
            .collect::<String>()
            .to_uppercase();
        let length = number.chars().count();
        if length != 15 {
            return Err(InsError::Length(length));
        }
        let (stem, key) = number.split_at_checked(13).ok_or(InsError::Character(13))?;
        let expected = key_of(stem)?;
        // `parse` alone would take `+7` for a key.
        if !key.bytes().all(|byte| byte.is_ascii_digit()) {
            return Err(InsError::Character(14));
        }
        match key.parse::<u8>() {
            Ok(given) if given == expected => Ok(Self { number, authority }),
            Ok(_) => Err(InsError::Key { expected }),
            Err(_) => Err(InsError::Character(14)),
        }
    }

    /// The 15 characters.
    pub fn number(&self) -> &str {
        &self.number
    }

    /// The authority that assigned the number.
    pub const fn authority(&self) -> InsAuthority {
        self.authority
    }
}

impl fmt::Debug for Ins {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "Ins(***, {:?})", self.authority)
    }
}

/// The key that goes with 13 characters: 97 minus the number modulo 97, Corsica's 2A and 2B read as 19 and 18.
fn key_of(stem: &str) -> Result<u8, InsError> {
    let mut value: u64 = 0;
    let mut previous = '0';
    for (place, character) in (1..).zip(stem.chars()) {
        let digit = match character {
            '0'..='9' => u64::from(character) - u64::from('0'),
            'A' if place == 7 && previous == '2' => 9,
            'B' if place == 7 && previous == '2' => 8,
            _ => return Err(InsError::Character(place)),
        };
        // Corsica: "2A" counts as 19 and "2B" as 18, so the 2 already read becomes a 1.
        if character.is_ascii_alphabetic() {
            value -= 1;
        }
        value = value * 10 + digit;
        previous = character;
    }
    u8::try_from(97 - value % 97).map_err(|_| InsError::Character(13))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn keys_of_known_numbers() {
        for (stem, key) in [
            ("2790351215189", 89),
            ("2070585756270", 97),
            ("1090763220834", 89),
            ("2090763220834", 39),
            ("1090763220888", 35),
            ("180032B020401", 23),
        ] {
            assert_eq!(key_of(stem), Ok(key), "{stem}");
        }
    }

    #[test]
    fn a_wrong_key_names_the_right_one_but_not_the_number() {
        let error = Ins::new("279035121518988", InsAuthority::Test).unwrap_err();
        assert_eq!(error, InsError::Key { expected: 89 });
        assert!(!error.to_string().contains("2790351"));
    }

    #[test]
    fn debug_hides_the_number() {
        let ins = Ins::new("2 79 03 51 215 189 89", InsAuthority::Test).unwrap();
        assert_eq!(ins.number(), "279035121518989");
        assert!(!format!("{ins:?}").contains("279"));
    }

    #[test]
    fn a_sign_is_no_digit_of_a_key() {
        let stem = (0..97)
            .map(|number| format!("27903512151{number:02}"))
            .find(|stem| key_of(stem).is_ok_and(|key| key < 10))
            .unwrap();
        let key = key_of(&stem).unwrap();
        assert!(Ins::new(&format!("{stem}0{key}"), InsAuthority::Test).is_ok());
        assert_eq!(
            Ins::new(&format!("{stem}+{key}"), InsAuthority::Test).unwrap_err(),
            InsError::Character(14)
        );
    }

    #[test]
    fn misplaced_letters_are_named() {
        assert_eq!(
            Ins::new("2A9035121518989", InsAuthority::Nir).unwrap_err(),
            InsError::Character(2)
        );
        assert_eq!(
            Ins::new("27903512", InsAuthority::Nir).unwrap_err(),
            InsError::Length(8)
        );
    }
}
