//! Patients: strict traits, the trust in their identity (RNIV), and the national identifier that only a qualified one bears.

use crate::{Ins, PatientId};
use jiff::civil::Date;
use serde::{Deserialize, Serialize};
use std::{fmt, str::FromStr};
use thiserror::Error;

/// Why a patient's data cannot stand as they are. No value is repeated: a log line may show this.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
pub enum PatientError {
    /// A date that is not `YYYY-MM-DD`, nor a date with unknown parts.
    #[error("the birth date must be written YYYY-MM-DD (00 for an unknown day or month)")]
    BirthDate,
    /// A sex that is not F, M or U.
    #[error("the sex must be F, M or U (unknown)")]
    Sex,
    /// A trait that is empty.
    #[error("{0} is missing")]
    Missing(&'static str),
    /// An INS beside a status that must not bear one.
    #[error("only a qualified identity bears an INS: qualify the identity or take the INS away")]
    InsWithoutQualification,
}

/// Administrative sex.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub enum Sex {
    /// Female.
    #[serde(rename = "F")]
    Female,
    /// Male.
    #[serde(rename = "M")]
    Male,
    /// Unknown or undetermined.
    #[serde(rename = "U")]
    Unknown,
}

impl Sex {
    /// The letter: F, M or U.
    pub const fn letter(self) -> &'static str {
        match self {
            Self::Female => "F",
            Self::Male => "M",
            Self::Unknown => "U",
        }
    }
}

impl FromStr for Sex {
    type Err = PatientError;
    fn from_str(text: &str) -> Result<Self, PatientError> {
        match text.trim() {
            "F" | "f" => Ok(Self::Female),
            "M" | "m" => Ok(Self::Male),
            "U" | "u" | "I" | "UN" => Ok(Self::Unknown),
            _ => Err(PatientError::Sex),
        }
    }
}

/// A birth date whose day or month may be unknown (`00`), as the national identity service may give it.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct BirthDate {
    year: i16,
    month: i8,
    day: i8,
}

impl BirthDate {
    /// The year.
    pub const fn year(self) -> i16 {
        self.year
    }

    /// The date; an unknown month or day counts as the first, which is what an age may be reckoned from.
    pub fn to_date(self) -> Option<Date> {
        Date::new(self.year, self.month.max(1), self.day.max(1)).ok()
    }

    /// The last day on which the birth may have been: that of [`Self::to_date`] unless the day or the month is unknown.
    pub fn latest(self) -> Option<Date> {
        match (self.month, self.day) {
            (0, _) => Date::new(self.year, 12, 31).ok(),
            (month, 0) => Date::new(self.year, month, 1).ok().map(Date::last_of_month),
            _ => self.to_date(),
        }
    }

    /// `YYYYMMDD`, unknown parts as `00`.
    pub fn compact(self) -> String {
        format!("{:04}{:02}{:02}", self.year, self.month, self.day)
    }

    /// Days from birth to another date; none if it lies before.
    pub fn age_days(self, on: Date) -> Option<u32> {
        let span = on.since((jiff::Unit::Day, self.to_date()?)).ok()?;
        u32::try_from(span.get_days()).ok()
    }
}

impl FromStr for BirthDate {
    type Err = PatientError;
    fn from_str(text: &str) -> Result<Self, PatientError> {
        let text = text.trim();
        let digits: String = match text.len() {
            8 => text.to_owned(),
            10 => {
                let mut parts = text.split('-');
                match (parts.next(), parts.next(), parts.next(), parts.next()) {
                    (Some(year), Some(month), Some(day), None)
                        if year.len() == 4 && month.len() == 2 =>
                    {
                        format!("{year}{month}{day}")
                    }
                    _ => return Err(PatientError::BirthDate),
                }
            }
            _ => return Err(PatientError::BirthDate),
        };
        if !digits.bytes().all(|byte| byte.is_ascii_digit()) {
            return Err(PatientError::BirthDate);
        }
        let number: u32 = digits.parse().map_err(|_| PatientError::BirthDate)?;
        let part = |value: u32| i8::try_from(value).map_err(|_| PatientError::BirthDate);
        let date = Self {
            year: i16::try_from(number / 10_000).map_err(|_| PatientError::BirthDate)?,
            month: part(number / 100 % 100)?,
            day: part(number % 100)?,
        };
        if date.year >= 1850 && date.to_date().is_some() && !(date.month == 0 && date.day != 0) {
            Ok(date)
        } else {
            Err(PatientError::BirthDate)
        }
    }
}

impl TryFrom<String> for BirthDate {
    type Error = PatientError;
    fn try_from(text: String) -> Result<Self, PatientError> {
        text.parse()
    }
}

impl From<BirthDate> for String {
    fn from(date: BirthDate) -> Self {
        date.to_string()
    }
}

impl fmt::Display for BirthDate {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(
            formatter,
            "{:04}-{:02}-{:02}",
            self.year, self.month, self.day
        )
    }
}

impl fmt::Debug for BirthDate {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("BirthDate(***)")
    }
}

/// The traits of a civil identity. `Debug` shows none of them.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Traits {
    /// Name at birth, in capitals.
    pub birth_name: String,
    /// All first names of the birth certificate, separated by spaces.
    pub given_names: String,
    /// The first of them.
    pub first_given_name: String,
    /// The name used in life, if it differs.
    pub used_name: Option<String>,
    /// The first name used in life, if it differs.
    pub used_given_name: Option<String>,
    /// Administrative sex.
    pub sex: Sex,
    /// Birth date.
    pub birth_date: BirthDate,
    /// INSEE code of the place of birth (5 characters, `99xxx` abroad), where known.
    pub birth_place: Option<String>,
}

impl Traits {
    /// That the names are there; case and accents are the business of whoever qualifies the identity.
    pub fn check(&self) -> Result<(), PatientError> {
        if self.birth_name.trim().is_empty() {
            return Err(PatientError::Missing("the birth name"));
        }
        if self.first_given_name.trim().is_empty() {
            return Err(PatientError::Missing("the first given name"));
        }
        Ok(())
    }
}

impl fmt::Debug for Traits {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("Traits(***)")
    }
}

/// How far an identity is trusted (RNIV).
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum IdentityStatus {
    /// Told, not checked.
    #[default]
    Provisional,
    /// Traits from the national service, no identity document seen.
    Recovered,
    /// A document of high trust was seen, the national service was not asked.
    Validated,
    /// Both.
    Qualified,
}

/// What restricts an identity.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum IdentityAttribute {
    /// Suspected of being another person's.
    Doubtful,
    /// Invented, for tests or training.
    Fictitious,
    /// Shares its traits with another patient.
    Homonym,
}

/// A person whose specimens are examined. `Debug` shows the id and the status only.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Patient {
    /// Identity in the hub.
    pub id: PatientId,
    /// The laboratory's own number of the patient (IPP).
    pub local_number: String,
    /// Civil traits.
    pub traits: Traits,
    /// Trust in them.
    pub status: IdentityStatus,
    /// Restrictions.
    pub attributes: Vec<IdentityAttribute>,
    /// National identifier, on a qualified identity only.
    pub ins: Option<Ins>,
}

impl Patient {
    /// That traits are there and that an INS stands on a qualified identity only (RNIV EXI SI 08).
    pub fn check(&self) -> Result<(), PatientError> {
        self.traits.check()?;
        if self.ins.is_some() && self.exchangeable_ins().is_none() {
            return Err(PatientError::InsWithoutQualification);
        }
        Ok(())
    }

    /// The INS, if it may leave the laboratory: qualified, and neither doubtful nor fictitious.
    pub fn exchangeable_ins(&self) -> Option<&Ins> {
        let restricted = self.attributes.iter().any(|attribute| {
            matches!(
                attribute,
                IdentityAttribute::Doubtful | IdentityAttribute::Fictitious
            )
        });
        if self.status == IdentityStatus::Qualified && !restricted {
            self.ins.as_ref()
        } else {
            None
        }
    }
}

impl fmt::Debug for Patient {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "Patient({}, {:?})", self.id, self.status)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn birth_dates_with_unknown_parts() {
        assert_eq!(
            "1979-03-28".parse::<BirthDate>().unwrap().compact(),
            "19790328"
        );
        assert_eq!(
            "19790000".parse::<BirthDate>().unwrap().to_string(),
            "1979-00-00"
        );
        for wrong in [
            "1979-02-30",
            "28/03/1979",
            "1979-00-12",
            "1979-3-28",
            "",
            "0000-01-01",
            "1979-é-1",
        ] {
            assert_eq!(
                wrong.parse::<BirthDate>(),
                Err(PatientError::BirthDate),
                "{wrong}"
            );
        }
    }

    #[test]
    fn the_latest_day_an_unknown_birth_date_may_be() {
        let latest = |text: &str| text.parse::<BirthDate>().unwrap().latest();
        assert_eq!(latest("2008-00-00"), Some(jiff::civil::date(2008, 12, 31)));
        assert_eq!(latest("2008-02-00"), Some(jiff::civil::date(2008, 2, 29)));
        assert_eq!(latest("2008-02-03"), Some(jiff::civil::date(2008, 2, 3)));
    }

    #[test]
    fn age_in_days() {
        let born: BirthDate = "2026-11-20".parse().unwrap();
        assert_eq!(born.age_days(jiff::civil::date(2026, 11, 23)), Some(3));
        assert_eq!(born.age_days(jiff::civil::date(2026, 11, 19)), None);
    }
}
