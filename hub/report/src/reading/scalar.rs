//! Codes, identifiers, moments and numbers of CDA as the model's.

use jiff::civil::{Date, DateTime};
use jiff::tz::{Offset, TimeZone};
use lisiere_model::report::{Coded, Identifier, Moment, Oid};
use rust_decimal::Decimal;

use super::reader::Reader;
use super::words;
use crate::gate::context::{Node, attr, child};

/// The clocks of a document that forgets to say so.
const ZONE: &str = "Europe/Paris";

/// An OID, or the UUID that may stand for one.
pub(super) fn oid(text: &str) -> Option<Oid> {
    text.trim().parse().ok()
}

/// The same as a true OID: a UUID becomes the one it owns below 2.25 (X.667 §7).
pub(super) fn numbers(text: &str) -> Option<Oid> {
    let found = oid(text)?;
    if !found.is_uuid() {
        return Some(found);
    }
    let hex: String = text.chars().filter(char::is_ascii_hexdigit).collect();
    let number = u128::from_str_radix(&hex, 16).ok()?;
    format!("2.25.{number}").parse().ok()
}

impl<'d> Reader<'_, 'd> {
    /// An identifier. `None` for a null one; one whose root cannot be read is listed as unread.
    pub(super) fn identifier(&self, node: Node<'d>) -> Option<Identifier> {
        self.take(node);
        let root = attr(node, "root")?;
        let Some(root) = oid(root) else {
            self.unread(node);
            return None;
        };
        Some(Identifier::new(
            root,
            attr(node, "extension").unwrap_or_default().trim(),
        ))
    }

    /// The identifier in the first `id` child.
    pub(super) fn id_of(&self, node: Node<'d>) -> Option<Identifier> {
        self.identifier(child(node, "id")?)
    }

    /// A code of any system. `None` without a code; a code without a system that can be read is listed as unread.
    pub(super) fn coded(&self, node: Node<'d>) -> Option<Coded> {
        self.take(node);
        let code = attr(node, "code")
            .map(str::trim)
            .filter(|code| !code.is_empty())?;
        let Some(system) = attr(node, "codeSystem").and_then(oid) else {
            self.unread(node);
            return None;
        };
        Some(Coded {
            code: code.to_owned(),
            display: self.display(node, code),
            system,
        })
    }

    /// The words for a code: its own, else those it refers to, else the code itself.
    pub(super) fn display(&self, node: Node<'d>, code: &str) -> String {
        attr(node, "displayName")
            .map(words::squeeze)
            .filter(|words| !words.is_empty())
            .or_else(|| words::original(self.context, node).map(|words| words::squeeze(&words)))
            .unwrap_or_else(|| code.to_owned())
    }

    /// The moment that `value` says, or `high`, `low` or `center` inside.
    pub(super) fn moment(&self, node: Node<'d>) -> Option<Moment> {
        self.take(node);
        if let Some(text) = attr(node, "value") {
            return self.stamp(node, text);
        }
        ["high", "low", "center"]
            .into_iter()
            .filter_map(|name| child(node, name))
            .find_map(|inner| {
                let text = self.taken(inner, "value")?;
                self.stamp(inner, text)
            })
    }

    /// The moment in the child of that name.
    pub(super) fn moment_of(&self, node: Node<'d>, name: &str) -> Option<Moment> {
        self.moment(child(node, name)?)
    }

    /// `YYYYMMDD[hhmm[ss[.f]]][+ZZzz]` (HL7 TS).
    fn stamp(&self, node: Node<'d>, text: &str) -> Option<Moment> {
        let Some((moment, complete)) = stamp(text) else {
            self.unread(node);
            return None;
        };
        if !complete {
            self.remark(
                "reading-time",
                node,
                "Date sans heure ou sans fuseau : complétée à l'heure de Paris.",
            );
        }
        Some(moment)
    }

    /// A decimal number; its last zero counts.
    pub(super) fn number(&self, node: Node<'d>, name: &str) -> Option<Decimal> {
        decimal(self.taken(node, name)?)
    }
}

/// A number as XML writes it, `1.5e3` included.
pub(super) fn decimal(text: &str) -> Option<Decimal> {
    let text = text.trim();
    let plain = text.strip_prefix('+').unwrap_or(text);
    if plain.is_empty() || plain.contains(['+', '_']) && !plain.contains(['e', 'E']) {
        return None;
    }
    Decimal::from_str_exact(plain)
        .ok()
        .or_else(|| Decimal::from_scientific(plain).ok())
}

/// The day of a time stamp.
pub(super) fn day(text: &str) -> Option<Date> {
    let digits = text.trim().get(..8)?;
    Date::strptime("%Y%m%d", digits).ok()
}

/// A moment, and whether the stamp said all of it.
pub(super) fn stamp(text: &str) -> Option<(Moment, bool)> {
    let text = text.trim();
    let split = text.find(['+', '-', 'Z']).unwrap_or(text.len());
    let (digits, zone) = text.split_at_checked(split)?;
    let digits = digits.split('.').next().unwrap_or(digits);
    if !digits.bytes().all(|byte| byte.is_ascii_digit()) {
        return None;
    }
    let part = |from: usize, to: usize| -> Option<i16> { digits.get(from..to)?.parse().ok() };
    let small =
        |from: usize, to: usize| part(from, to).and_then(|number| i8::try_from(number).ok());
    let (month, dayed, timed) = match digits.len() {
        4 => (1, 1, false),
        6 => (small(4, 6)?, 1, false),
        8 => (small(4, 6)?, small(6, 8)?, false),
        10 | 12 | 14 => (small(4, 6)?, small(6, 8)?, true),
        _ => return None,
    };
    let (hour, minute, second) = if timed {
        let second = small(12, 14).unwrap_or(0).min(59);
        (small(8, 10)?, small(10, 12).unwrap_or(0), second)
    } else {
        (0, 0, 0)
    };
    let civil = DateTime::new(part(0, 4)?, month, dayed, hour, minute, second, 0).ok()?;
    if let Some(offset) = offset(zone) {
        let timestamp = offset.to_timestamp(civil).ok()?;
        return Some((Moment::new(timestamp, offset), timed));
    }
    if !zone.is_empty() {
        return None;
    }
    let zoned = TimeZone::get(ZONE)
        .ok()?
        .to_ambiguous_zoned(civil)
        .compatible()
        .ok()?;
    Some((Moment::new(zoned.timestamp(), zoned.offset()), false))
}

/// `+0100`, `-0330`, `+01`, `+01:00`, `Z`.
fn offset(text: &str) -> Option<Offset> {
    if text == "Z" {
        return Some(Offset::UTC);
    }
    let sign = match text.bytes().next()? {
        b'+' => 1,
        b'-' => -1,
        _ => return None,
    };
    let digits: String = text.get(1..)?.chars().filter(|one| *one != ':').collect();
    if !digits.bytes().all(|byte| byte.is_ascii_digit()) || !matches!(digits.len(), 2 | 4) {
        return None;
    }
    let hours: i32 = digits.get(..2)?.parse().ok()?;
    let minutes: i32 = digits.get(2..).unwrap_or_default().parse().unwrap_or(0);
    Offset::from_seconds(sign * (hours * 3600 + minutes * 60)).ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn stamps() {
        for (text, moment, complete) in [
            ("20140402145521+0200", "2014-04-02T14:55:21+02:00", true),
            ("202101040735+0100", "2021-01-04T07:35:00+01:00", true),
            ("2021010407+0100", "2021-01-04T07:00:00+01:00", true),
            ("20210104073501.123-0330", "2021-01-04T07:35:01-03:30", true),
            ("20210104073501Z", "2021-01-04T07:35:01+00:00", true),
            ("20210704073501", "2021-07-04T07:35:01+02:00", false),
            ("20210704", "2021-07-04T00:00:00+02:00", false),
            ("2021", "2021-01-01T00:00:00+01:00", false),
        ] {
            let (read, all) = stamp(text).unwrap();
            assert_eq!(
                (read.to_string().as_str(), all),
                (moment, complete),
                "{text}"
            );
        }
        for text in [
            "",
            "hier",
            "20211304",
            "20210104073501+9999",
            "2021010407350112",
            "2021010é",
            "+0100",
            "20210104+",
        ] {
            assert!(stamp(text).is_none(), "{text}");
        }
    }

    #[test]
    fn numbers_keep_their_zeros() {
        for (text, number) in [
            ("1.950", "1.950"),
            ("0.0", "0.0"),
            ("-3", "-3"),
            ("+2.0", "2.0"),
            ("1e3", "1000"),
            ("7.5E-2", "0.075"),
        ] {
            assert_eq!(decimal(text).unwrap().to_string(), number);
        }
        for text in ["", "1,5", "x", "1_000", "NaN", "1e999"] {
            assert!(decimal(text).is_none(), "{text}");
        }
        let uuid = numbers("00000000-0000-0000-0000-0000000000FF").unwrap();
        assert_eq!(uuid.as_str(), "2.25.255");
    }
}
