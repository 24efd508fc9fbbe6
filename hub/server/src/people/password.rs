//! Passwords: what is accepted, and how they are kept (argon2id, RFC 9106).

use std::sync::OnceLock;

use argon2::Argon2;
use argon2::password_hash::phc::PasswordHash;
use argon2::password_hash::{PasswordHasher, PasswordVerifier};

/// Shortest password accepted, in characters.
pub const SHORTEST: usize = 12;
/// Longest, in bytes: more is only work for the machine.
pub const LONGEST: usize = 512;
/// Pieces of the passwords that are tried first everywhere.
const COMMON: [&str; 12] = [
    "password",
    "motdepasse",
    "azerty",
    "qwerty",
    "123456",
    "laboratoire",
    "bonjour",
    "soleil",
    "doudou",
    "admin",
    "lisiere",
    "lisière",
];

/// Why a password is not accepted, as a sentence that says what to do.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum Weakness {
    /// Too short.
    #[error(
        "le mot de passe doit compter au moins {SHORTEST} caractères ; une phrase convient très bien"
    )]
    Short,
    /// Too long.
    #[error("le mot de passe ne peut dépasser {LONGEST} octets")]
    Long,
    /// Too little variety.
    #[error("le mot de passe répète trop peu de caractères différents ; en utiliser au moins six")]
    Monotonous,
    /// It holds the login.
    #[error("le mot de passe ne doit pas contenir l'identifiant")]
    HoldsLogin,
    /// Little is left beside a word that everyone tries.
    #[error(
        "ce mot de passe est de ceux qu'on essaie en premier ; choisir plusieurs mots sans rapport"
    )]
    Common,
}

/// A password could not be turned into a hash.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("hashing a password: {0}")]
pub struct HashError(String);

impl HashError {
    /// The work itself broke off, so there is no hash.
    pub fn broken_off(reason: &impl ToString) -> Self {
        Self(reason.to_string())
    }
}

/// Checks a new password against the rules. Length counts most; no rule asks for a digit or a sign.
pub fn check(password: &str, login: &str) -> Result<(), Weakness> {
    let lower = password.to_lowercase();
    if password.chars().count() < SHORTEST {
        return Err(Weakness::Short);
    }
    if password.len() > LONGEST {
        return Err(Weakness::Long);
    }
    let mut seen: Vec<char> = lower.chars().collect();
    seen.sort_unstable();
    seen.dedup();
    if seen.len() < 6 {
        return Err(Weakness::Monotonous);
    }
    if login.chars().count() >= 3 && lower.contains(&login.to_lowercase()) {
        return Err(Weakness::HoldsLogin);
    }
    let rest = COMMON
        .iter()
        .fold(lower, |text, common| text.replace(common, ""));
    if rest
        .chars()
        .filter(|character| character.is_alphabetic())
        .count()
        < 4
        && rest.chars().count() < SHORTEST
    {
        return Err(Weakness::Common);
    }
    Ok(())
}

/// The hash to keep, with its own random salt. Takes tens of milliseconds and 19 MiB: call it off the async threads.
pub fn hash(password: &str) -> Result<String, HashError> {
    let hash = Argon2::default()
        .hash_password(password.as_bytes())
        .map_err(|error| HashError(error.to_string()))?;
    Ok(hash.to_string())
}

/// Whether the password is the one behind the hash. A hash that cannot be read matches nothing.
pub fn matches(password: &str, hash: &str) -> bool {
    if password.len() > LONGEST {
        return false;
    }
    PasswordHash::new(hash).is_ok_and(|parsed| {
        Argon2::default()
            .verify_password(password.as_bytes(), &parsed)
            .is_ok()
    })
}

/// Spends the time of a check without one: a login that does not exist must not answer sooner than one that does.
pub fn pretend(password: &str) {
    static DUMMY: OnceLock<String> = OnceLock::new();
    let hash = DUMMY.get_or_init(|| hash("nobody has this password").unwrap_or_default());
    matches(password, hash);
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_right_password_matches_and_no_two_hashes_are_alike() {
        let (first, second) = (
            hash("quatre tubes violets").unwrap(),
            hash("quatre tubes violets").unwrap(),
        );
        assert_ne!(first, second);
        assert!(first.starts_with("$argon2id$"), "{first}");
        assert!(matches("quatre tubes violets", &first));
        assert!(!matches("quatre tubes bleus", &first));
        assert!(!matches("quatre tubes violets", "not a hash"));
    }

    #[test]
    fn rules() {
        assert_eq!(check("court", "marie"), Err(Weakness::Short));
        assert_eq!(check("aaaaaaaaaaaaa", "marie"), Err(Weakness::Monotonous));
        assert_eq!(check("Marie-du-labo-9", "marie"), Err(Weakness::HoldsLogin));
        assert_eq!(check("motdepasse123456", "marie"), Err(Weakness::Common));
        assert_eq!(check(&"abcdefgh".repeat(100), "marie"), Err(Weakness::Long));
        assert_eq!(check("quatre tubes violets", "marie"), Ok(()));
    }
}
