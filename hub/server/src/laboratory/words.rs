//! Numbers, dates and ages as French laboratories write them.

use jiff::tz::TimeZone;
use lisiere_model::{MeasuredValue, ReferenceBand, ReferenceRange, Sex, UtcMicros};
use rust_decimal::Decimal;

use super::Laboratory;

/// A number with the decimal comma and a true minus sign.
pub fn number(value: Decimal) -> String {
    value.to_string().replace('.', ",").replace('-', "−")
}

/// A value with its comparator; words as they were sent.
pub fn value(value: &MeasuredValue) -> String {
    match (value.number, value.comparator) {
        (Some(exact), Some(comparator)) => format!("{comparator} {}", number(exact)),
        (Some(exact), None) => number(exact),
        (None, _) => value.text.clone(),
    }
}

/// `4,1 à 5,9`, `≤ 5` or `≥ 60`.
pub fn range(range: &ReferenceRange) -> String {
    match (range.low(), range.high()) {
        (Some(low), Some(high)) => format!("{} à {}", number(low), number(high)),
        (None, Some(high)) => format!("≤ {}", number(high)),
        (Some(low), None) => format!("≥ {}", number(low)),
        (None, None) => String::new(),
    }
}

/// For whom a reference band holds: « homme, 18 à 60 ans ».
pub fn band(band: &ReferenceBand) -> String {
    let sex = match band.sex {
        Some(Sex::Female) => "femme",
        Some(Sex::Male) => "homme",
        Some(Sex::Unknown) | None => "",
    };
    let age = match (band.age.from_days, band.age.to_days) {
        (0, None) => String::new(),
        (from, None) => format!("à partir de {}", age(from)),
        (0, Some(to)) => format!("moins de {}", age(to)),
        (from, Some(to)) => format!("{} à {}", age(from), age(to)),
    };
    match (sex.is_empty(), age.is_empty()) {
        (true, true) => String::new(),
        (false, true) => sex.to_owned(),
        (true, false) => age,
        (false, false) => format!("{sex}, {age}"),
    }
}

/// An age as laboratories say it: `3 j`, `5 mois`, `47 ans`.
pub fn age(days: u32) -> String {
    // 1461 days are four years; a month is a twelfth of one.
    let months = u64::from(days).saturating_mul(48) / 1461;
    match (days, months) {
        (0..=61, _) => format!("{days} j"),
        (_, 0..=23) => format!("{months} mois"),
        // A birthday is reached at 365,25 days a year, counted from above.
        _ => format!(
            "{} ans",
            u64::from(days).saturating_mul(4).saturating_add(2) / 1461
        ),
    }
}

/// A span as the bench says it: `40 min`, `24 h`, `5 j`.
pub fn span(micros: i64) -> String {
    let minutes = micros.unsigned_abs() / 60_000_000;
    match minutes {
        0..=119 => format!("{minutes} min"),
        120..=4319 => format!("{} h", minutes / 60),
        _ => format!("{} j", minutes / 1440),
    }
}

/// `23/11/2026 14:05`, in the laboratory's zone.
pub fn moment(at: UtcMicros, zone: &TimeZone) -> String {
    let local = at.to_timestamp().to_zoned(zone.clone());
    format!(
        "{:02}/{:02}/{:04} {:02}:{:02}",
        local.day(),
        local.month(),
        local.year(),
        local.hour(),
        local.minute()
    )
}

impl Laboratory {
    /// A moment as it is shown on pages: `23/11/2026 14:05`.
    pub fn shown(&self, at: UtcMicros) -> String {
        moment(at, &self.zone)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn as_the_bench_writes() {
        assert_eq!(number("-0.50".parse().unwrap()), "−0,50");
        assert_eq!([age(3), age(150), age(17_200)], ["3 j", "4 mois", "47 ans"]);
        assert_eq!(age(6574), "18 ans");
        assert_eq!(
            [span(40 * 60_000_000), span(24 * 3_600_000_000)],
            ["40 min", "24 h"]
        );
        assert_eq!(
            moment(UtcMicros(1_795_611_900_000_000), &TimeZone::UTC),
            "25/11/2026 13:05"
        );
    }
}
