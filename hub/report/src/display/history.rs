//! A result and the earlier ones as a curve over time: where each point stands, and the same in words.

use lisiere_model::ReferenceRange;
use lisiere_model::report::{Moment, Report, TestResult, Value};
use rust_decimal::Decimal;
use rust_decimal::prelude::ToPrimitive;

use super::{HistoryBlock, HistoryBound, HistoryPoint, value};
use crate::text::{NBSP, line};

/// More would stand on each other.
const POINTS: usize = 12;
/// Room above the highest value and below the lowest, as a part of what lies between them.
const MARGIN: i64 = 8;

/// The curve of a result with an earlier one in the same unit; `None` if there is nothing to draw.
pub(super) fn of(report: &Report, result: &TestResult) -> Option<HistoryBlock> {
    let (number, unit) = exact(&result.value)?;
    let now = taken(report, result);
    let mut found: Vec<(Moment, Decimal)> = result
        .previous
        .iter()
        .filter_map(|earlier| {
            let (number, other) = exact(&earlier.value)?;
            (other == unit && earlier.at < now).then_some((earlier.at, number))
        })
        .collect();
    found.sort_by_key(|(at, _)| *at);
    let surplus = (found.len() + 1).saturating_sub(POINTS);
    found.drain(..surplus);
    let oldest = found.first()?.0;
    found.push((now, number));
    let bounds = result.reference.as_ref();
    let (low, high) = (
        bounds.and_then(ReferenceRange::low),
        bounds.and_then(ReferenceRange::high),
    );
    let scale = Scale::over(
        found
            .iter()
            .map(|(_, number)| *number)
            .chain(low)
            .chain(high),
    )?;
    let span = days(oldest, now).max(1);
    let points: Vec<HistoryPoint> = found
        .iter()
        .map(|(at, number)| HistoryPoint {
            date: value::date(at.date()),
            value: value::number(*number),
            across: i32::try_from(days(oldest, *at) * 1000 / span).unwrap_or_default(),
            up: scale.place(*number),
        })
        .collect();
    let bound = |bound: Decimal| HistoryBound {
        shown: value::number(bound),
        up: scale.place(bound),
    };
    let label = line(&result.label);
    let shown = result.value.unit().map(value::unit).unwrap_or_default();
    let of = if shown.is_empty() {
        label
    } else {
        format!("{label} ({shown})")
    };
    let all: Vec<String> = points
        .iter()
        .map(|point| format!("{} le {}", point.value, point.date))
        .collect();
    let range =
        bounds.map(|range| format!(". Valeurs de référence{NBSP}: {}", value::range(range)));
    Some(HistoryBlock {
        title: format!("Évolution{NBSP}: {of}"),
        words: format!(
            "Évolution de {of}{NBSP}: {}{}.",
            all.join("\u{a0}; "),
            range.unwrap_or_default()
        ),
        points,
        low: low.map(bound),
        high: high.map(bound),
    })
}

/// A number that can be drawn, and its unit: nothing that is only known to be above or below.
fn exact(value: &Value) -> Option<(Decimal, Option<&str>)> {
    let number = match value {
        Value::Quantity {
            number,
            comparator: None,
            ..
        } => *number,
        Value::Integer { number } => Decimal::from(*number),
        _ => return None,
    };
    Some((number, value.unit().map(|unit| unit.ucum.as_str())))
}

/// When the specimen was taken, or else when it was measured, or when the request came.
fn taken(report: &Report, result: &TestResult) -> Moment {
    let own = result
        .specimens
        .iter()
        .filter_map(|accession| report.specimen(accession)?.collected_at)
        .min();
    let all = report.specimens.iter().filter_map(|one| one.collected_at);
    own.or(result.measured_at)
        .or_else(|| all.min())
        .unwrap_or(report.received_at)
}

fn days(from: Moment, to: Moment) -> i64 {
    from.date()
        .until(to.date())
        .map_or(0, |span| i64::from(span.get_days()))
}

struct Scale {
    least: Decimal,
    wide: Decimal,
}

impl Scale {
    fn over(values: impl Iterator<Item = Decimal> + Clone) -> Option<Self> {
        let (least, most) = (values.clone().min()?, values.max()?);
        let wide = most.checked_sub(least)?;
        // A flat line stands in the middle.
        let margin = if wide.is_zero() {
            Decimal::ONE
        } else {
            wide.checked_div(Decimal::from(MARGIN))?
        };
        Some(Self {
            least: least.checked_sub(margin)?,
            wide: wide.checked_add(margin)?.checked_add(margin)?,
        })
    }

    fn place(&self, value: Decimal) -> i32 {
        let place = value
            .checked_sub(self.least)
            .and_then(|above| above.checked_mul(Decimal::ONE_THOUSAND))
            .and_then(|above| above.checked_div(self.wide))
            .and_then(|place| place.round().to_i32());
        place.unwrap_or_default().clamp(0, 1000)
    }
}
