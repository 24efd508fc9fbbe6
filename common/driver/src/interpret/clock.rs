//! From the analyzer's time text to a moment with a zone. No clock is read here.

use crate::{profile::Clock, reading::ReadingTime};
use jiff::{
    Timestamp,
    civil::DateTime,
    tz::{AmbiguousOffset, Offset, TimeZone},
};

/// Reads a time text; a text that means "no time" gives nothing.
pub(crate) fn read(text: &str, clock: &Clock, zone: &TimeZone) -> Option<ReadingTime> {
    let plain = text.trim();
    if plain.is_empty() || clock.none.iter().any(|none| none.0.is_match(plain)) {
        return None;
    }
    let mut time = ReadingTime {
        text: text.to_owned(),
        moment: None,
        ambiguous: false,
    };
    let (body, offset) = split_offset(plain);
    let whole = without_fraction(body);
    let civil = clock
        .formats
        .iter()
        .find_map(|format| civil(body, format).or_else(|| civil(whole, format)));
    let Some(civil) = civil.filter(|civil| civil.year() >= clock.earliest_year) else {
        return Some(time);
    };
    if let Some(offset) = offset {
        time.moment = offset
            .to_timestamp(civil)
            .ok()
            .map(|stamp| stamp.to_zoned(TimeZone::fixed(offset)));
        return Some(time);
    }
    let ambiguous = zone.to_ambiguous_zoned(civil);
    match ambiguous.offset() {
        AmbiguousOffset::Unambiguous { .. } => time.moment = ambiguous.unambiguous().ok(),
        // The hour that comes twice: the first one, and marked, so that the order of the captures decides.
        AmbiguousOffset::Fold { .. } => {
            time.moment = ambiguous.earlier().ok();
            time.ambiguous = true;
        }
        // The hour that never was: the clock was not set forward yet, so the winter offset holds.
        AmbiguousOffset::Gap { .. } => time.moment = ambiguous.later().ok(),
    }
    Some(time)
}

/// Why a time is doubted beside the moment its message arrived, if it is.
pub(crate) fn doubt(time: &ReadingTime, clock: &Clock, received: Timestamp) -> Option<String> {
    let made = time.timestamp()?;
    let seconds = received.as_second().saturating_sub(made.as_second());
    let shown = time.text.trim();
    let old = clock.oldest_days.map(|days| i64::from(days) * 86_400);
    if old.is_some_and(|limit| seconds > limit) {
        let days = seconds / 86_400;
        return Some(format!(
            "l'heure « {shown} » a {days} jours de retard sur la réception : réglez l'horloge de l'analyseur"
        ));
    }
    let ahead = clock.future_minutes.map(|minutes| i64::from(minutes) * 60);
    if ahead.is_some_and(|limit| -seconds > limit) {
        let minutes = -seconds / 60;
        return Some(format!(
            "l'heure « {shown} » a {minutes} minutes d'avance sur la réception : réglez l'horloge de l'analyseur"
        ));
    }
    None
}

/// `20230511164516.31` → the part before the fraction of a second.
fn without_fraction(text: &str) -> &str {
    match text.rsplit_once('.') {
        Some((whole, fraction))
            if !fraction.is_empty() && fraction.bytes().all(|byte| byte.is_ascii_digit()) =>
        {
            whole
        }
        _ => text,
    }
}

/// `20240723172452+0200` → the digits and the offset.
fn split_offset(text: &str) -> (&str, Option<Offset>) {
    let split = text
        .len()
        .checked_sub(5)
        .and_then(|at| text.split_at_checked(at));
    let Some((body, tail)) = split else {
        return (text, None);
    };
    let sign = match tail.as_bytes().first() {
        Some(b'+') => 1,
        Some(b'-') => -1,
        _ => return (text, None),
    };
    let digits = tail.get(1..).unwrap_or_default();
    let number = |part: Option<&str>| part.and_then(|part| part.parse::<i32>().ok());
    match (number(digits.get(..2)), number(digits.get(2..))) {
        (Some(hours), Some(minutes)) if minutes < 60 => {
            let seconds = sign * (hours * 3600 + minutes * 60);
            match Offset::from_seconds(seconds) {
                Ok(offset) => (body, Some(offset)),
                Err(_) => (text, None),
            }
        }
        _ => (text, None),
    }
}

/// Reads digits along a pattern. A time of day is needed: a date alone is no moment.
fn civil(text: &str, format: &str) -> Option<DateTime> {
    let (mut year, mut month, mut day) = (0_i16, 0_i8, 0_i8);
    let (mut hour, mut minute, mut second) = (None::<i8>, 0_i8, 0_i8);
    let mut rest = text.chars();
    for sign in format.chars() {
        let found = rest.next()?;
        let digit = found
            .to_digit(10)
            .and_then(|digit| i8::try_from(digit).ok());
        let grow = |value: i8, digit: i8| value.checked_mul(10)?.checked_add(digit);
        match sign {
            'Y' => year = year.checked_mul(10)?.checked_add(i16::from(digit?))?,
            'M' => month = grow(month, digit?)?,
            'D' => day = grow(day, digit?)?,
            'h' => hour = Some(grow(hour.unwrap_or(0), digit?)?),
            'm' => minute = grow(minute, digit?)?,
            's' => second = grow(second, digit?)?,
            other if other == found => {}
            _ => return None,
        }
    }
    if rest.next().is_some() {
        return None;
    }
    if format.matches('Y').count() == 2 {
        // No analyzer of the last century is still sending.
        year = year.checked_add(2000)?;
    }
    DateTime::new(year, month, day, hour?, minute, second, 0).ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(text: &str) -> Option<(Option<String>, bool)> {
        let clock: Clock = toml::from_str(
            "zone = \"Europe/Paris\"\nformats = [\"YYYYMMDDhhmmss\", \"YYYYMMDDhhmm\", \"YYYYMMDD\", \
             \"YYYYMMDD hh:mm.ss\"]\nnone = ['^0+$']",
        )
        .unwrap();
        let zone = jiff::tz::TimeZoneDatabase::bundled()
            .get(&clock.zone)
            .unwrap();
        read(text, &clock, &zone).map(|time| {
            let moment = time
                .moment
                .map(|moment| moment.strftime("%Y-%m-%dT%H:%M:%S%:z").to_string());
            (moment, time.ambiguous)
        })
    }

    fn moment(text: &str) -> Option<String> {
        check(text).and_then(|(moment, _)| moment)
    }

    #[test]
    fn formats_zones_and_unset_clocks() {
        assert_eq!(
            moment("20240723172452").as_deref(),
            Some("2024-07-23T17:24:52+02:00")
        );
        assert_eq!(
            moment("202401151030").as_deref(),
            Some("2024-01-15T10:30:00+01:00")
        );
        assert_eq!(
            moment("20240831 16:35.16").as_deref(),
            Some("2024-08-31T16:35:16+02:00")
        );
        assert_eq!(
            moment("20240723172452+0530").as_deref(),
            Some("2024-07-23T17:24:52+05:30")
        );
        assert_eq!(
            moment("20230511164516.31+0530").as_deref(),
            Some("2023-05-11T16:45:16+05:30")
        );
        assert_eq!(check("00000000000000"), None);
        assert_eq!(check("   "), None);
        for unset in [
            "18991230000000",
            "20240230000000",
            "20240723",
            "demain",
            "2024072317245é",
        ] {
            assert_eq!(check(unset), Some((None, false)), "{unset}");
        }
    }

    #[test]
    fn both_nights_of_the_clock_change() {
        // 31 March 2024: 02:00 becomes 03:00. 27 October 2024: 03:00 becomes 02:00.
        assert_eq!(
            moment("20240331015959").as_deref(),
            Some("2024-03-31T01:59:59+01:00")
        );
        assert_eq!(
            moment("20240331023000").as_deref(),
            Some("2024-03-31T03:30:00+02:00")
        );
        let first = Some((Some("2024-10-27T02:30:00+02:00".to_owned()), true));
        assert_eq!(check("20241027023000"), first);
        assert_eq!(
            moment("20241027033000").as_deref(),
            Some("2024-10-27T03:30:00+01:00")
        );
    }
}
