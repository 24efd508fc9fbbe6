//! An antibiogram: antibiotics in two columns, the minimal inhibitory concentration on its comma, S, I or R in a sign that
//! needs no colour.

use super::canvas::{Role, Tone};
use super::flow::{ACROSS, Flow, LEFT};
use super::font::Style;
use super::row::{aligned, tone, unsaid};
use super::table::{INDENT, SMALL, STRONG, Table, said_once};
use crate::display::{PanelBlock, ResultLine};

const ROW: Style = Style::regular(8.8);
const HEAD: Style = Style::regular(7.2);
const GAP: f32 = 18.0;
const HALF: f32 = (ACROSS - GAP) / 2.0;
/// From the left edge of a half.
const NAME_END: f32 = 126.0;
const VALUE: f32 = 130.0;
const COMMA: f32 = 158.0;
const UNIT: f32 = 182.0;
const SIGN: f32 = 222.0;
const SIGN_WIDTH: f32 = 22.0;
/// From so many on, there are two columns.
const SPLIT: usize = 6;

/// The table of one antibiogram.
pub(crate) fn write(flow: &mut Flow<'_>, table: &mut Table, panel: &PanelBlock, after: f32) {
    let known = table.method.clone();
    let known = known.as_deref();
    let heights: Vec<f32> = panel
        .results
        .iter()
        .map(|one| height(flow, one, known))
        .collect();
    let whole: f32 = heights.iter().sum();
    // Few stand in one column; so do those that would need more than half a page: they go on over pages.
    let first = if panel.results.len() < SPLIT || whole > 640.0 {
        panel.results.len()
    } else {
        half(&heights, whole / 2.0)
    };
    let (left, right) = panel
        .results
        .split_at_checked(first)
        .unwrap_or((&panel.results, &[]));
    let tall: f32 = heights.iter().take(first).sum();
    flow.reserve(tall + 34.0 + after);
    flow.y += 2.0;
    let role = table.cell(0);
    flow.wrapped(LEFT, ACROSS, STRONG, Tone::Accent, &panel.label, role);
    table.row += 1;
    said_once(flow, table);
    let top = flow.y;
    column(flow, left, LEFT, known);
    let below = flow.y;
    if !right.is_empty() && below > top {
        flow.y = top;
        column(flow, right, LEFT + HALF + GAP, known);
    }
    flow.y = flow.y.max(below) + 3.0;
    // What comes next is heard after both halves.
    table.block = flow.next_block();
    table.row = 1;
}

/// How many stand in the first column.
fn half(heights: &[f32], wanted: f32) -> usize {
    let mut sum = 0.0;
    for (place, height) in heights.iter().enumerate() {
        if sum >= wanted - 0.01 {
            return place;
        }
        sum += height;
    }
    heights.len()
}

fn height(flow: &Flow<'_>, one: &ResultLine, known: Option<&str>) -> f32 {
    let style = if one.strong { STRONG } else { ROW };
    let notes: f32 = unsaid(&one.notes, known)
        .map(|note| flow.height(&note.text, SMALL, HALF - INDENT))
        .sum();
    flow.height(&one.label, style, NAME_END)
        .max(flow.height(&found(flow, one), ROW, SIGN - VALUE))
        + notes
        + 2.6
}

/// Whether the number stands on its comma beside its unit.
fn fits(flow: &Flow<'_>, one: &ResultLine) -> bool {
    let style = if one.strong { STRONG } else { ROW };
    one.numeric && flow.faces.width(&one.value, style) <= UNIT - VALUE - 2.0
}

/// What was found, when it is too wide for its columns.
fn found(flow: &Flow<'_>, one: &ResultLine) -> String {
    if fits(flow, one) {
        String::new()
    } else {
        format!("{} {}", one.value, one.unit)
    }
}

fn column(flow: &mut Flow<'_>, results: &[ResultLine], x: f32, known: Option<&str>) {
    let block = flow.next_block();
    let head = |column| Role::Cell(block, 0, column);
    let baseline = flow.y + HEAD.size;
    flow.text_at(x, baseline, HEAD, Tone::Soft, "Antibiotique", head(0));
    flow.text_at(x + VALUE, baseline, HEAD, Tone::Soft, "Mesure", head(1));
    flow.text_at(x + UNIT, baseline, HEAD, Tone::Soft, "Unité", head(2));
    flow.text_at(x + SIGN, baseline, HEAD, Tone::Soft, "S / I / R", head(3));
    flow.y += HEAD.leading() + 1.0;
    let y = flow.y;
    flow.fill(x, y, HALF, 0.6, Tone::Hairline);
    flow.y += 2.0;
    let mut row = 1;
    for one in results {
        let height = height(flow, one, known);
        flow.reserve(height);
        let top = flow.y;
        let cell = |column| Role::Cell(block, row, column);
        let style = if one.strong { STRONG } else { ROW };
        let baseline = top + ROW.size;
        flow.wrapped(x, NAME_END, style, Tone::Ink, &one.label, cell(0));
        let below = flow.y;
        flow.y = top;
        if fits(flow, one) {
            let at = aligned(flow, &one.value, style, x + COMMA, x + VALUE);
            flow.text_at(at, baseline, style, Tone::Ink, &one.value, cell(1));
            flow.text_at(x + UNIT, baseline, ROW, Tone::Ink, &one.unit, cell(2));
            flow.y += ROW.leading();
        } else {
            flow.wrapped(
                x + VALUE,
                SIGN - VALUE,
                style,
                Tone::Ink,
                &found(flow, one),
                cell(1),
            );
        }
        sign(flow, one, (x + SIGN, top), cell(3));
        flow.y = flow.y.max(below);
        row += 1;
        for note in unsaid(&one.notes, known) {
            let role = Role::Cell(block, row, 0);
            let width = HALF - INDENT;
            flow.wrapped(x + INDENT, width, SMALL, tone(note), &note.text, role);
            row += 1;
        }
        flow.y += 0.8;
        let y = flow.y;
        flow.fill(x, y, HALF, 0.4, Tone::Faint);
        flow.y += 1.8;
    }
}

/// R in white on a dark ground, I in a frame, S bare: told apart in black and white.
fn sign(flow: &mut Flow<'_>, one: &ResultLine, (x, top): (f32, f32), role: Role) {
    if one.mark.is_empty() {
        return;
    }
    let style = Style::bold(8.6);
    let wide = flow.faces.width(one.mark, style);
    let width = SIGN_WIDTH.max(wide + 6.0);
    let (y, height) = (top + 0.6, ROW.leading() - 1.2);
    let resistant = matches!(one.mark, "R" | "NS" | "SYN-R");
    let tone = if resistant { Tone::White } else { Tone::Ink };
    if resistant {
        flow.fill(x, y, width, height, Tone::Alert);
    } else if one.mark != "S" && one.mark != "SYN-S" {
        let corners = [
            (x, y),
            (x + width, y),
            (x + width, y + height),
            (x, y + height),
            (x, y),
        ];
        flow.line(Role::Artifact, corners.to_vec(), 0.8, Tone::Ink);
    }
    let at = x + (width - wide) / 2.0;
    flow.text_at(at, top + ROW.size, style, tone, one.mark, role);
}
