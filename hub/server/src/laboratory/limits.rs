//! Comparing a value with its limits: strict rules, also for values below or above what a method can measure.

use lisiere_model::{Comparator, Interpretation, ReferenceRange};
use rust_decimal::Decimal;

/// Where a value stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Standing {
    /// Decided.
    Flag(Interpretation),
    /// A censored value that may lie on either side of a limit: for a person.
    Undecidable,
}

/// The flag of a value beside its reference range and its critical limits. A value equal to a limit is inside. For `< v`
/// and `> v` only what is certain is said.
pub fn standing(
    value: Decimal,
    comparator: Option<Comparator>,
    reference: Option<&ReferenceRange>,
    critical: Option<&ReferenceRange>,
) -> Standing {
    let (low, high) = bounds(reference);
    let (critical_low, critical_high) = bounds(critical);
    match comparator {
        None => Standing::Flag(if critical_high.is_some_and(|limit| value > limit) {
            Interpretation::CriticalHigh
        } else if critical_low.is_some_and(|limit| value < limit) {
            Interpretation::CriticalLow
        } else if high.is_some_and(|limit| value > limit) {
            Interpretation::High
        } else if low.is_some_and(|limit| value < limit) {
            Interpretation::Low
        } else {
            Interpretation::Normal
        }),
        Some(Comparator::Less | Comparator::LessOrEqual) => {
            if critical_low.is_some_and(|limit| value <= limit) {
                Standing::Flag(Interpretation::CriticalLow)
            } else if low.is_some_and(|limit| value <= limit) {
                Standing::Flag(Interpretation::Low)
            } else if low.is_none() && high.is_none_or(|limit| value <= limit) {
                Standing::Flag(Interpretation::Normal)
            } else {
                Standing::Undecidable
            }
        }
        Some(Comparator::Greater | Comparator::GreaterOrEqual) => {
            if critical_high.is_some_and(|limit| value >= limit) {
                Standing::Flag(Interpretation::CriticalHigh)
            } else if high.is_some_and(|limit| value >= limit) {
                Standing::Flag(Interpretation::High)
            } else if high.is_none() && low.is_none_or(|limit| value >= limit) {
                Standing::Flag(Interpretation::Normal)
            } else {
                Standing::Undecidable
            }
        }
    }
}

/// Whether a censored value may lie beyond a critical limit without certainly doing so: « < 20 » where 10 is critical.
pub fn hides_critical(
    value: Decimal,
    comparator: Option<Comparator>,
    critical: Option<&ReferenceRange>,
) -> bool {
    let (low, high) = bounds(critical);
    match comparator {
        None => false,
        Some(Comparator::Less | Comparator::LessOrEqual) => low.is_some_and(|limit| value > limit),
        Some(Comparator::Greater | Comparator::GreaterOrEqual) => {
            high.is_some_and(|limit| value < limit)
        }
    }
}

fn bounds(range: Option<&ReferenceRange>) -> (Option<Decimal>, Option<Decimal>) {
    range.map_or((None, None), |range| (range.low(), range.high()))
}

/// Percent change from one value to another; none from zero.
pub fn percent_change(previous: Decimal, current: Decimal) -> Option<Decimal> {
    let change = current.checked_sub(previous)?;
    let share = change
        .checked_mul(Decimal::ONE_HUNDRED)?
        .checked_div(previous)?;
    Some(share)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn range(low: &str, high: &str) -> Option<ReferenceRange> {
        let bound = |text: &str| (!text.is_empty()).then(|| text.parse().unwrap());
        ReferenceRange::new(bound(low), bound(high)).ok()
    }

    #[test]
    fn flags_follow_the_rule() {
        use Interpretation::{CriticalHigh, CriticalLow, High, Low, Normal};
        use Standing::{Flag, Undecidable};
        let cases = [
            ("5.1", None, ("3.5", "5.1"), ("2.8", "6.2"), Flag(Normal)),
            (
                "6.5",
                None,
                ("3.5", "5.1"),
                ("2.8", "6.2"),
                Flag(CriticalHigh),
            ),
            (
                "2.7",
                None,
                ("3.5", "5.1"),
                ("2.8", "6.2"),
                Flag(CriticalLow),
            ),
            ("5.2", None, ("3.5", "5.1"), ("", ""), Flag(High)),
            (
                "0.6",
                Some(Comparator::Less),
                ("", "5"),
                ("", ""),
                Flag(Normal),
            ),
            (
                "10",
                Some(Comparator::Less),
                ("4", "9"),
                ("", ""),
                Undecidable,
            ),
            (
                "5000",
                Some(Comparator::Greater),
                ("", "34"),
                ("", ""),
                Flag(High),
            ),
            (
                "3.0",
                Some(Comparator::Less),
                ("3.5", "5.1"),
                ("2.8", ""),
                Flag(Low),
            ),
            (
                "60",
                Some(Comparator::GreaterOrEqual),
                ("60", ""),
                ("", ""),
                Flag(Normal),
            ),
        ];
        for (value, comparator, (low, high), (critical_low, critical_high), expected) in cases {
            let found = standing(
                value.parse().unwrap(),
                comparator,
                range(low, high).as_ref(),
                range(critical_low, critical_high).as_ref(),
            );
            assert_eq!(found, expected, "{comparator:?} {value}");
        }
    }

    #[test]
    fn a_censored_value_may_hide_a_critical_one() {
        let critical = range("10", "600");
        let hides = |value: &str, comparator| {
            hides_critical(value.parse().unwrap(), comparator, critical.as_ref())
        };
        assert!(hides("20", Some(Comparator::Less)));
        assert!(!hides("10", Some(Comparator::Less)), "certain: flagged");
        assert!(hides("500", Some(Comparator::Greater)));
        assert!(!hides("600", Some(Comparator::Greater)), "certain: flagged");
        assert!(!hides("20", None));
    }

    #[test]
    fn change_from_zero_has_no_percentage() {
        assert_eq!(percent_change(Decimal::ZERO, Decimal::ONE), None);
        let change = percent_change("150".parse().unwrap(), "118".parse().unwrap()).unwrap();
        assert_eq!(change.round_dp(2).to_string(), "-21.33");
    }
}
