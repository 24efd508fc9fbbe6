//! The reference interval in words, and the thin bar that shows where the value lies.

use lisiere_model::ReferenceRange;
use rust_decimal::Decimal;
use rust_decimal::prelude::ToPrimitive;

use super::number::decimal;

/// Where the interval begins and ends on the bar.
const LEFT: i64 = 22;
const RIGHT: i64 = 50;
/// The bar's ends.
const START: i64 = 3;
const END: i64 = 69;

/// The interval as it is printed: `3,5 – 5,1`, `< 5,0`, `> 90`.
pub(in crate::web) fn interval(range: &ReferenceRange) -> String {
    match (range.low(), range.high()) {
        (Some(low), Some(high)) => format!("{}\u{a0}–\u{a0}{}", decimal(low), decimal(high)),
        (None, Some(high)) => format!("<\u{a0}{}", decimal(high)),
        (Some(low), None) => format!(">\u{a0}{}", decimal(low)),
        (None, None) => String::new(),
    }
}

/// The bar, as SVG. Its meaning stands beside it in words, so it is hidden from screen readers.
pub(in crate::web) fn bar(
    range: &ReferenceRange,
    value: Option<Decimal>,
    critical: bool,
) -> String {
    let (inside_from, inside_to) = match (range.low(), range.high()) {
        (Some(_), Some(_)) => (LEFT, RIGHT),
        (None, _) => (START, RIGHT),
        (_, None) => (LEFT, END),
    };
    let mark = value
        .and_then(|value| place(range, value))
        .map_or_else(String::new, |x| {
            let below = value
                .zip(range.low())
                .is_some_and(|(value, low)| value < low);
            let above = value
                .zip(range.high())
                .is_some_and(|(value, high)| value > high);
            let class = match (critical, below, above) {
                (true, ..) => "mark crit",
                (_, true, _) => "mark under",
                (_, _, true) => "mark out",
                _ => "mark",
            };
            let left = x.saturating_sub(1);
            format!(r#"<rect class="{class}" x="{left}" y="1" width="3" height="12" rx="1"/>"#)
        });
    format!(
        r#"<svg class="rangebar" width="72" height="14" viewBox="0 0 72 14" aria-hidden="true"><line class="track" x1="{START}" y1="7" x2="{END}" y2="7"/><line class="inside" x1="{inside_from}" y1="7" x2="{inside_to}" y2="7"/>{mark}</svg>"#
    )
}

/// Where the value stands on the bar, in its units; values far outside stand at its end.
fn place(range: &ReferenceRange, value: Decimal) -> Option<i64> {
    let (low, high) = match (range.low(), range.high()) {
        (Some(low), Some(high)) if high > low => (low, high),
        (None, Some(high)) if high > Decimal::ZERO => (Decimal::ZERO, high),
        // With only a low bound, twice the bound is where the bar's middle part ends.
        (Some(low), None) if low > Decimal::ZERO => (low, low.checked_mul(Decimal::TWO)?),
        _ => return None,
    };
    let (from, to) = if range.low().is_none() {
        (START, RIGHT)
    } else {
        (LEFT, RIGHT)
    };
    let share = value
        .checked_sub(low)?
        .checked_div(high.checked_sub(low)?)?;
    let x = share
        .checked_mul(Decimal::from(to.checked_sub(from)?))?
        .checked_add(Decimal::from(from))?;
    Some(
        x.clamp(Decimal::from(START), Decimal::from(END))
            .round()
            .to_i64()
            .unwrap_or(START),
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    fn range(low: Option<&str>, high: Option<&str>) -> ReferenceRange {
        let read = |text: &str| text.parse().unwrap();
        ReferenceRange::new(low.map(read), high.map(read)).unwrap()
    }

    #[test]
    fn words() {
        assert_eq!(
            interval(&range(Some("3.5"), Some("5.1"))),
            "3,5\u{a0}–\u{a0}5,1"
        );
        assert_eq!(interval(&range(None, Some("5.0"))), "<\u{a0}5,0");
        assert_eq!(interval(&range(Some("90"), None)), ">\u{a0}90");
    }

    #[test]
    fn the_mark_stands_where_the_value_lies_and_never_leaves_the_bar() {
        let potassium = range(Some("3.5"), Some("5.1"));
        assert_eq!(place(&potassium, "3.5".parse().unwrap()), Some(LEFT));
        assert_eq!(place(&potassium, "5.1".parse().unwrap()), Some(RIGHT));
        assert_eq!(place(&potassium, "60".parse().unwrap()), Some(END));
        assert_eq!(place(&potassium, "-60".parse().unwrap()), Some(START));
        assert!(bar(&potassium, "6.9".parse().ok(), true).contains("mark crit"));
    }
}
