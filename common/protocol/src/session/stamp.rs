//! Moments in session files: UTC to the microsecond, `2026-11-23T09:12:01.123456Z`.

const DAY: i64 = 86_400_000_000;

/// Writes microseconds since 1970. What lies outside the years 0 to 9999 becomes the nearest end.
pub fn moment(micros: i64) -> String {
    let micros = micros.clamp(-62_167_219_200_000_000, 253_402_300_799_999_999);
    let (days, of_day) = (micros.div_euclid(DAY), micros.rem_euclid(DAY));
    let (year, month, day) = civil(days);
    let second = of_day / 1_000_000;
    format!(
        "{year:04}-{month:02}-{day:02}T{:02}:{:02}:{:02}.{:06}Z",
        second / 3600,
        second / 60 % 60,
        second % 60,
        of_day % 1_000_000
    )
}

/// Reads what [`moment`] writes; fewer digits after the point, or none, will do.
pub fn parse_moment(text: &str) -> Option<i64> {
    let text = text.strip_suffix('Z')?;
    let (date, time) = text.split_once('T')?;
    let (year, rest) = date.split_once('-')?;
    let (month, day) = rest.split_once('-')?;
    let (hour, rest) = time.split_once(':')?;
    let (minute, second) = rest.split_once(':')?;
    let (second, fraction) = second.split_once('.').unwrap_or((second, "0"));
    let number = |text: &str, digits: usize, most: i64| {
        let right = text.len() == digits && text.bytes().all(|byte| byte.is_ascii_digit());
        right
            .then(|| text.parse::<i64>().ok())
            .flatten()
            .filter(|number| *number <= most)
    };
    let (year, month, day) = (
        number(year, 4, 9999)?,
        number(month, 2, 12)?,
        number(day, 2, 31)?,
    );
    let days = days(year, month, day);
    if civil(days) != (year, month, day) {
        return None;
    }
    let second = number(hour, 2, 23)? * 3600 + number(minute, 2, 59)? * 60 + number(second, 2, 59)?;
    if fraction.is_empty()
        || fraction.len() > 6
        || !fraction.bytes().all(|byte| byte.is_ascii_digit())
    {
        return None;
    }
    let micros: i64 = format!("{fraction:0<6}").parse().ok()?;
    Some(days * DAY + second * 1_000_000 + micros)
}

/// Days since 1970 of a date of the Gregorian calendar: years begin in March, eras have 400 years.
const fn days(year: i64, month: i64, day: i64) -> i64 {
    let year = if month <= 2 { year - 1 } else { year };
    let era = year.div_euclid(400);
    let of_era = year.rem_euclid(400);
    let of_year = (153 * ((month + 9) % 12) + 2) / 5 + day - 1;
    era * 146_097 + of_era * 365 + of_era / 4 - of_era / 100 + of_year - 719_468
}

/// The inverse of [`days`].
const fn civil(days: i64) -> (i64, i64, i64) {
    let days = days + 719_468;
    let era = days.div_euclid(146_097);
    let of_era = days.rem_euclid(146_097);
    let year = (of_era - of_era / 1460 + of_era / 36_524 - of_era / 146_096) / 365;
    let of_year = of_era - (365 * year + year / 4 - year / 100);
    let shifted = (5 * of_year + 2) / 153;
    let month = if shifted < 10 {
        shifted + 3
    } else {
        shifted - 9
    };
    let year = year + era * 400;
    (
        if month <= 2 { year + 1 } else { year },
        month,
        of_year - (153 * shifted + 2) / 5 + 1,
    )
}

#[cfg(test)]
mod tests {
    use super::{DAY, moment, parse_moment};

    #[test]
    fn moments_are_written_and_read_back() {
        assert_eq!(moment(0), "1970-01-01T00:00:00.000000Z");
        assert_eq!(moment(1_795_425_121_123_456), "2026-11-23T09:12:01.123456Z");
        assert_eq!(moment(-1), "1969-12-31T23:59:59.999999Z");
        assert_eq!(moment(i64::MAX), "9999-12-31T23:59:59.999999Z");
        let mut at = -62_167_219_200_000_000;
        while at < 253_402_300_799_999_999 {
            assert_eq!(parse_moment(&moment(at)), Some(at));
            at += 37 * DAY + 12_345_678_901;
        }
    }

    #[test]
    fn what_is_no_moment_is_refused() {
        assert_eq!(parse_moment("1970-01-01T00:00:01Z"), Some(1_000_000));
        assert_eq!(parse_moment("1970-01-01T00:00:01.5Z"), Some(1_500_000));
        for wrong in [
            "",
            "Z",
            "1970-01-01 00:00:00Z",
            "1970-02-30T00:00:00Z",
            "1970-01-01T24:00:00Z",
            "1970-01-01T00:00:00",
            "1970-1-01T00:00:00Z",
            "1970-00-10T00:00:00Z",
            "1970-01-01T00:00:00.Z",
            "1970-01-01T00:00:00.1234567Z",
            "+970-01-01T00:00:00Z",
        ] {
            assert_eq!(parse_moment(wrong), None, "{wrong}");
        }
    }
}
