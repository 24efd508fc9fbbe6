//! Pictures and graphs among the results: scaled to the page, with their words beside them.

use std::sync::Arc;

use lisiere_model::report::Picture;

use super::canvas::{Role, Tone};
use super::flow::{ACROSS, Flow, LEFT};
use super::font::Style;
use super::picture::{self, Ready};
use super::table::{SMALL, Table};
use crate::display::{HistoryBlock, ImageBlock};

/// How much room a graph takes.
pub(crate) const GRAPH: f32 = 66.0;
const PLOT: f32 = 38.0;
const WIDE: f32 = 364.0;
/// Room for the bounds, left of the plot.
const AXIS: f32 = 34.0;
const TINY: Style = Style::regular(6.3);
const POINT: Style = Style::regular(7.4);

/// The picture with its size on paper: no wider and no higher than this, never enlarged beyond 96 dots an inch.
pub(crate) fn fitted(picture: &Picture, wide: f32, high: f32) -> Option<(f32, f32, Arc<Ready>)> {
    let ready = picture::ready(picture)?;
    let points = |dots: u32| f32::from(u16::try_from(dots).unwrap_or(u16::MAX)) * 0.75;
    let (width, height) = (points(ready.width), points(ready.height));
    let scale = (wide / width).min(high / height).min(1.0);
    Some((width * scale, height * scale, ready))
}

/// A picture among results, its title under it.
pub(crate) fn image(flow: &mut Flow<'_>, table: &mut Table, image: &ImageBlock) {
    let title = match fitted(&image.picture, ACROSS, 230.0) {
        Some((width, height, ready)) => {
            flow.reserve(height + SMALL.leading() + 8.0);
            flow.y += 3.0;
            let role = flow.figure(image.title.clone());
            let place = (LEFT + (ACROSS - width) / 2.0, flow.y, width, height);
            flow.picture(role, place, ready);
            flow.y += height + 2.0;
            image.title.clone()
        }
        None => format!("{} (image jointe au document électronique)", image.title),
    };
    let role = table.cell(0);
    let wide = flow.faces.width(&title, SMALL);
    // Under the middle of the picture, if it stays on one line.
    let x = LEFT + (ACROSS - wide).max(0.0) / 2.0;
    flow.wrapped(x, ACROSS, SMALL, Tone::Soft, &title, role);
    table.row += 1;
    flow.y += 3.0;
}

fn part(thousandths: i32) -> f32 {
    f32::from(i16::try_from(thousandths).unwrap_or_default()) / 1000.0
}

/// Earlier results and this one as a curve over time, the reference range as a band. It stands below the place reached,
/// and the place stays: other things stand beside it.
pub(crate) fn graph(flow: &mut Flow<'_>, history: &HistoryBlock, x: f32) {
    let role = flow.figure(history.words.clone());
    let top = flow.y + 1.0;
    let title = top + TINY.size;
    flow.text_at(x, title, TINY, Tone::Soft, &history.title, role);
    let (left, plot) = (x + AXIS, top + 15.0);
    let across = |one: i32| left + 14.0 + part(one) * (WIDE - 28.0);
    let up = |one: i32| plot + PLOT * (1.0 - part(one));
    let band = (
        history.high.as_ref().map_or(plot, |bound| up(bound.up)),
        history
            .low
            .as_ref()
            .map_or(plot + PLOT, |bound| up(bound.up)),
    );
    if history.low.is_some() || history.high.is_some() {
        flow.fill_as(role, (left, band.0, WIDE, band.1 - band.0), Tone::Band);
    }
    for bound in history.low.iter().chain(&history.high) {
        let y = up(bound.up);
        let ends = vec![(left, y), (left + WIDE, y)];
        flow.line(role, ends, 0.5, Tone::Faint);
        let baseline = y + TINY.size * 0.35;
        flow.text_right(left - 3.0, baseline, TINY, Tone::Soft, &bound.shown, role);
    }
    let curve: Vec<(f32, f32)> = history
        .points
        .iter()
        .map(|point| (across(point.across), up(point.up)))
        .collect();
    flow.line(role, curve.clone(), 1.0, Tone::Accent);
    points(flow, history, &curve, (role, plot + PLOT + 8.0));
}

fn points(
    flow: &mut Flow<'_>,
    history: &HistoryBlock,
    curve: &[(f32, f32)],
    (role, foot): (Role, f32),
) {
    let last = curve.len().saturating_sub(1);
    // From the latest back: where two would stand on each other, the later is the one to be read.
    let (mut value_from, mut date_from) = (f32::MAX, f32::MAX);
    for (place, (point, (x, y))) in history.points.iter().zip(curve).enumerate().rev() {
        let (half, tone, style) = if place == last {
            (2.4, Tone::Ink, Style::bold(POINT.size))
        } else {
            (1.7, Tone::Accent, POINT)
        };
        flow.fill_as(role, (x - half, y - half, 2.0 * half, 2.0 * half), tone);
        let wide = flow.faces.width(&point.value, style);
        if x + wide / 2.0 < value_from {
            let begin = x - wide / 2.0;
            flow.text_at(begin, y - 4.0, style, Tone::Ink, &point.value, role);
            value_from = begin - 2.0;
        }
        let wide = flow.faces.width(&point.date, TINY);
        if x + wide / 2.0 < date_from {
            let begin = x - wide / 2.0;
            flow.text_at(begin, foot, TINY, Tone::Soft, &point.date, role);
            date_from = begin - 3.0;
        }
    }
}
