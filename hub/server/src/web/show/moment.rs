//! Moments as a laboratory writes them: `23/11/2026 14:05`, ages as `3 j`, `5 mois`, `47 ans`.

use jiff::Zoned;
use jiff::civil::Date;
use jiff::tz::TimeZone;
use lisiere_model::{BirthDate, UtcMicros};

fn local(moment: UtcMicros) -> Zoned {
    let zone = TimeZone::get("Europe/Paris").unwrap_or(TimeZone::UTC);
    moment.to_timestamp().to_zoned(zone)
}

/// `23/11/2026 14:05`.
pub(in crate::web) fn date_time(moment: UtcMicros) -> String {
    local(moment).strftime("%d/%m/%Y %H:%M").to_string()
}

/// `23/11/2026`.
pub(in crate::web) fn date(moment: UtcMicros) -> String {
    local(moment).strftime("%d/%m/%Y").to_string()
}

/// The time alone when the moment is today, the date and time otherwise.
pub(in crate::web) fn time_or_date(moment: UtcMicros, now: UtcMicros) -> String {
    let (then, today) = (local(moment), local(now));
    if then.date() == today.date() {
        then.strftime("%H:%M").to_string()
    } else {
        then.strftime("%d/%m %H:%M").to_string()
    }
}

/// `14:05:12.345`, for a line as it is spoken.
pub(in crate::web) fn clock_time(moment: UtcMicros) -> String {
    local(moment).strftime("%H:%M:%S.%3f").to_string()
}

/// How far one clock is ahead of another: `+12 ms`, `−3 min`.
pub(in crate::web) fn offset(ahead: i64) -> String {
    let sign = if ahead < 0 { '−' } else { '+' };
    let (number, unit) = match ahead.unsigned_abs() {
        size @ 0..10_000_000 => (size / 1000, "ms"),
        size @ 10_000_000..120_000_000 => (size / 1_000_000, "s"),
        size @ 120_000_000..7_200_000_000 => (size / 60_000_000, "min"),
        size @ 7_200_000_000..172_800_000_000 => (size / 3_600_000_000, "h"),
        size => (size / 86_400_000_000, "j"),
    };
    format!("{sign}{number}\u{a0}{unit}")
}

/// `23/11/2026`; the unknown parts of a birth date are shown as zeros, as they are kept.
pub(in crate::web) fn birth_date(date: BirthDate) -> String {
    let text = date.to_string();
    let mut parts = text.splitn(3, '-');
    match (parts.next(), parts.next(), parts.next()) {
        (Some(year), Some(month), Some(day)) => format!("{day}/{month}/{year}"),
        _ => text,
    }
}

/// The age a person had at a moment: days up to a month, months up to two years, then years.
pub(in crate::web) fn age(born: BirthDate, at: UtcMicros) -> String {
    let today: Date = local(at).date();
    let Some(birth) = born.to_date().filter(|birth| *birth <= today) else {
        return String::new();
    };
    let Ok(span) = birth.until((jiff::Unit::Year, today)) else {
        return String::new();
    };
    let months = i32::from(span.get_years())
        .saturating_mul(12)
        .saturating_add(span.get_months());
    if months < 1 {
        return format!("{}\u{a0}j", span.get_days());
    }
    if months < 24 {
        return format!("{months}\u{a0}mois");
    }
    format!("{}\u{a0}ans", span.get_years())
}

/// How long something has waited: `4 min`, `3 h`, `2 j`.
pub(in crate::web) fn waited(since: UtcMicros, now: UtcMicros) -> String {
    let minutes = now.0.saturating_sub(since.0).max(0) / 60_000_000;
    match minutes {
        0..60 => format!("{minutes}\u{a0}min"),
        60..2880 => format!("{}\u{a0}h", minutes / 60),
        _ => format!("{}\u{a0}j", minutes / 1440),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use jiff::Timestamp;

    fn at(text: &str) -> UtcMicros {
        text.parse::<Timestamp>().unwrap().into()
    }

    #[test]
    fn moments_are_local() {
        assert_eq!(date_time(at("2026-11-23T13:05:00Z")), "23/11/2026 14:05");
        assert_eq!(date_time(at("2026-07-14T22:30:00Z")), "15/07/2026 00:30");
        assert_eq!(
            time_or_date(at("2026-11-23T13:05:00Z"), at("2026-11-23T20:00:00Z")),
            "14:05"
        );
        assert_eq!(birth_date("1979-00-00".parse().unwrap()), "00/00/1979");
    }

    #[test]
    fn ages_as_laboratories_say_them() {
        let now = at("2026-11-23T12:00:00Z");
        for (born, age_text) in [
            ("2026-11-20", "3 j"),
            ("2026-06-20", "5 mois"),
            ("1979-03-28", "47 ans"),
            ("2024-11-24", "23 mois"),
            ("2024-11-23", "2 ans"),
        ] {
            assert_eq!(
                age(born.parse().unwrap(), now).replace('\u{a0}', " "),
                age_text,
                "{born}"
            );
        }
        assert_eq!(age("2027-01-01".parse().unwrap(), now), "");
    }
}
