//! Points and intervals of time (HL7 V3 data types R1: QTY, TS, IVXB_TS, IVL_TS).

use super::super::super::context::{attr, children, elements};
use super::super::super::{Findings, Node};
use super::{not_null_among_known, others, wrong};

pub(super) fn quantity(node: Node<'_>, findings: &mut Findings<'_>) {
    not_null_among_known(node, findings);
    let (value, unit) = (attr(node, "value"), attr(node, "unit"));
    let same = |other: Node<'_>| attr(other, "value") == value && attr(other, "unit") == unit;
    if value.is_some() && unit.is_some() && others(node).any(same) {
        wrong(node, "la même quantité deux fois", findings);
    }
}

pub(super) fn point(node: Node<'_>, findings: &mut Findings<'_>) {
    quantity(node, findings);
    let (null, value) = (attr(node, "nullFlavor"), attr(node, "value"));
    if null.is_some() && value.is_some() {
        wrong(node, "une date connue et un nullFlavor", findings);
    }
    if null.is_none() && value.is_none() && elements(node).next().is_none() {
        findings.error(
            "time-empty",
            node,
            format!("{} n'a pas de date.", node.tag_name().name()),
            "Renseigner value, ou nullFlavor si la date est inconnue.",
        );
    }
    shape(node, findings);
}

/// `value`, if any, is a timestamp; with a time of day it has its zone (cr-bio §11.16).
pub(super) fn shape(node: Node<'_>, findings: &mut Findings<'_>) {
    if let Some(value) = attr(node, "value")
        && !is_timestamp(value)
    {
        findings.error(
            "timestamp",
            node,
            format!("« {value} » n'est pas une date HL7."),
            "Écrire AAAAMMJJ, ou AAAAMMJJhhmmss suivi du fuseau (+0100).",
        );
    }
}

pub(super) fn bound(node: Node<'_>, findings: &mut Findings<'_>) {
    point(node, findings);
    if attr(node, "nullFlavor").is_some()
        && attr(node, "inclusive").is_some_and(|value| value != "true")
    {
        wrong(node, "inclusive à côté d'un nullFlavor", findings);
    }
}

pub(super) fn interval(node: Node<'_>, findings: &mut Findings<'_>) {
    point(node, findings);
    if attr(node, "nullFlavor").is_some()
        && attr(node, "operator").is_some_and(|value| value != "I")
    {
        wrong(node, "operator à côté d'un nullFlavor", findings);
    }
    let has = |name| children(node, name).next().is_some();
    let (low, center, high, width) = (has("low"), has("center"), has("high"), has("width"));
    let any = low || center || high || width;
    if attr(node, "value").is_some() && elements(node).next().is_some() {
        wrong(node, "value et des bornes : l'un ou l'autre", findings);
    }
    if attr(node, "nullFlavor").is_some() && any {
        wrong(node, "nullFlavor et des bornes : l'un ou l'autre", findings);
    }
    if center && (low || high || width) || width && low && high {
        wrong(node, "low et high, ou center seul", findings);
    }
    for one in elements(node).filter(|one| attr(*one, "updateMode").is_some()) {
        wrong(one, "updateMode n'est pas permis ici", findings);
    }
    for (name, infinite) in [("low", "PINF"), ("high", "NINF")] {
        if children(node, name).any(|one| attr(one, "nullFlavor") == Some(infinite)) {
            wrong(node, "borne basse au-dessus de la borne haute", findings);
        }
    }
    for one in children(node, "width") {
        let unit = attr(one, "unit");
        let known = ["us", "ms", "s", "min", "h", "d", "wk", "mo", "a", ""];
        if unit.is_some_and(|unit| !known.contains(&unit) || attr(one, "value").is_none()) {
            wrong(one, "durée sans valeur ou d'unité inconnue", findings);
        }
    }
    for name in ["low", "center", "high"] {
        if children(node, name).count() > 1 {
            // Two make the official schematron stop (cr-bio §11.13).
            wrong(node, &format!("deux {name}"), findings);
        }
        children(node, name).for_each(|one| shape(one, findings));
    }
    ordered(node, findings);
}

fn ordered(node: Node<'_>, findings: &mut Findings<'_>) {
    let value = |name| children(node, name).find_map(|one| attr(one, "value"));
    let (Some(low), Some(high)) = (value("low"), value("high")) else {
        return;
    };
    let after = match (seconds(low), seconds(high)) {
        (Some(low), Some(high)) => low > high,
        _ => false,
    };
    if low == high || after {
        findings.error(
            "interval-order",
            node,
            "La borne basse n'est pas avant la borne haute.",
            "Corriger les dates de low et high.",
        );
    }
}

/// Whether a text is a timestamp of HL7 with real components: whole pairs of digits, a zone of four digits at most.
pub(in super::super) fn is_timestamp(text: &str) -> bool {
    seconds(text).is_some()
}

/// Seconds since year 0, in universal time; a date that names no zone is taken as universal.
pub(in super::super) fn seconds(text: &str) -> Option<i64> {
    let sign = text.find(['+', '-']);
    let (base, zone) = text.split_at_checked(sign.unwrap_or(text.len()))?;
    let (whole, fraction) = base.split_once('.').unwrap_or((base, "0"));
    let digits = |text: &str| !text.is_empty() && text.bytes().all(|one| one.is_ascii_digit());
    if !digits(whole)
        || !digits(fraction)
        || whole.len() > 14
        || whole.len() % 2 != 0
        || (base.contains('.') && whole.len() != 14)
    {
        return None;
    }
    let field = |from: usize, size: usize, default: i64| match whole.get(from..from + size) {
        Some(part) => part.parse::<i64>().ok(),
        None => Some(default),
    };
    let year = if whole.len() < 4 {
        whole.parse::<i64>().ok()? * 100
    } else {
        field(0, 4, 0)?
    };
    let (month, day) = (field(4, 2, 1)?, field(6, 2, 1)?);
    let (hour, minute, second) = (field(8, 2, 0)?, field(10, 2, 0)?, field(12, 2, 0)?);
    let leap = year % 4 == 0 && (year % 100 != 0 || year % 400 == 0);
    let days = match month {
        2 if leap => 29,
        2 => 28,
        4 | 6 | 9 | 11 => 30,
        1..=12 => 31,
        _ => return None,
    };
    let midnight = hour == 24 && minute == 0 && second == 0;
    if !(1..=days).contains(&day) || (hour > 23 && !midnight) || minute > 59 || second > 59 {
        return None;
    }
    let days = days_before(year, month) + day;
    Some(((days * 24 + hour) * 60 + minute) * 60 + second - offset(zone)?)
}

/// Days before a month, after the civil calendar.
fn days_before(year: i64, month: i64) -> i64 {
    let (year, month) = if month > 2 {
        (year, month - 3)
    } else {
        (year - 1, month + 9)
    };
    year * 365 + year.div_euclid(4) - year.div_euclid(100)
        + year.div_euclid(400)
        + (month * 306 + 5) / 10
}

/// Seconds of a zone such as `+0100`.
fn offset(zone: &str) -> Option<i64> {
    if zone.is_empty() {
        return Some(0);
    }
    let (sign, digits) = zone.split_at_checked(1)?;
    if digits.is_empty() || digits.len() > 4 || !digits.bytes().all(|one| one.is_ascii_digit()) {
        return None;
    }
    let padded = format!("{digits:0<4}");
    let (hours, minutes) = padded.split_at_checked(2)?;
    let (hours, minutes) = (hours.parse::<i64>().ok()?, minutes.parse::<i64>().ok()?);
    if hours > 14 || minutes > 59 || (hours == 14 && minutes > 0) {
        return None;
    }
    let seconds = (hours * 60 + minutes) * 60;
    Some(if sign == "-" { -seconds } else { seconds })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn timestamps() {
        for good in [
            "2026",
            "202611",
            "20261102",
            "202611020810+0100",
            "20261102081000.25-0930",
            "20261102081000+01",
        ] {
            assert!(is_timestamp(good), "{good}");
        }
        for bad in [
            "",
            "2026110",
            "20261301",
            "20260230",
            "20261102250000",
            "20261102081000+01000",
            "2026-11-02",
            "x",
        ] {
            assert!(!is_timestamp(bad), "{bad}");
        }
        assert!(seconds("20261102101500+0200") == seconds("20261102081500"));
        assert!(seconds("20260301") > seconds("20260228235959"));
    }
}
