//! The sparkline of earlier values, with the places where the method changed.

use std::fmt::Write;

use lisiere_model::ReferenceRange;
use rust_decimal::Decimal;
use rust_decimal::prelude::ToPrimitive;

/// Most points drawn: ten earlier values and today's.
const MOST: usize = 11;
const WIDTH: f64 = 72.0;
const HEIGHT: f64 = 20.0;
const EDGE: f64 = 3.0;

/// One value of the line, oldest first.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(in crate::web) struct Point {
    /// The value.
    pub(in crate::web) value: Decimal,
    /// Measured by another method than the one before.
    pub(in crate::web) method_changed: bool,
}

/// The line as SVG, the reference interval shaded behind it; nothing for fewer than two values. Floating point is
/// for pixels here, never for a result.
pub(in crate::web) fn spark(points: &[Point], range: Option<&ReferenceRange>) -> String {
    let points = points
        .get(points.len().saturating_sub(MOST)..)
        .unwrap_or(points);
    let values: Vec<f64> = points
        .iter()
        .filter_map(|point| point.value.to_f64())
        .collect();
    if values.len() < 2 || values.len() != points.len() {
        return String::new();
    }
    let bounds: Vec<f64> = range
        .into_iter()
        .flat_map(|range| [range.low(), range.high()])
        .flatten()
        .filter_map(|bound| bound.to_f64())
        .collect();
    let inside = if bounds.len() == 2 {
        bounds.as_slice()
    } else {
        &[]
    };
    let low = values
        .iter()
        .chain(inside)
        .copied()
        .fold(f64::INFINITY, f64::min);
    let high = values
        .iter()
        .chain(inside)
        .copied()
        .fold(f64::NEG_INFINITY, f64::max);
    let span = if high > low { high - low } else { 1.0 };
    let y = |value: f64| {
        (HEIGHT - EDGE - (value - low) / span * (HEIGHT - 2.0 * EDGE)).clamp(0.0, HEIGHT)
    };
    let step = (WIDTH - 2.0 * EDGE)
        / f64::from(u32::try_from(values.len().saturating_sub(1)).unwrap_or(1)).max(1.0);
    let mut line = String::new();
    let mut breaks = String::new();
    let mut x = EDGE;
    let mut last = (EDGE, EDGE);
    for (point, value) in points.iter().zip(&values) {
        last = (x, y(*value));
        let _ = write!(line, "{:.1},{:.1} ", last.0, last.1);
        if point.method_changed {
            let between = x - step / 2.0;
            let _ = write!(
                breaks,
                r#"<line class="break" x1="{between:.1}" y1="0" x2="{between:.1}" y2="{HEIGHT}"/>"#
            );
        }
        x += step;
    }
    let band = match (bounds.first(), bounds.get(1)) {
        (Some(first), Some(second)) => {
            let (top, bottom) = (y(*second), y(*first));
            format!(
                r#"<rect class="band" x="0" y="{top:.1}" width="{WIDTH}" height="{:.1}"/>"#,
                (bottom - top).max(0.0)
            )
        }
        _ => String::new(),
    };
    format!(
        r#"<svg class="spark" width="{WIDTH}" height="{HEIGHT}" viewBox="0 0 {WIDTH} {HEIGHT}" aria-hidden="true">{band}{breaks}<polyline points="{}"/><circle class="last" cx="{:.1}" cy="{:.1}" r="2.2"/></svg>"#,
        line.trim_end(),
        last.0,
        last.1
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn needs_two_values_and_marks_a_change_of_method() {
        let point = |value: i64, method_changed| Point {
            value: Decimal::from(value),
            method_changed,
        };
        assert_eq!(spark(&[point(5, false)], None), "");
        let drawn = spark(&[point(5, false), point(7, true), point(6, false)], None);
        assert!(
            drawn.contains("<polyline") && drawn.matches("class=\"break\"").count() == 1,
            "{drawn}"
        );
    }
}
