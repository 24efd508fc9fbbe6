//! The first page's head (letterhead, patient, request), the remarks, and the signature that closes the report.

use super::canvas::{Kind, Role, Tone};
use super::figure;
use super::flow::{ACROSS, Flow, LEFT, RIGHT};
use super::font::Style;
use crate::display::{Fact, Sheet};

const GAP: f32 = 12.0;
const HALF: f32 = (ACROSS - GAP) / 2.0;
const PAD: f32 = 8.0;
/// Where facts begin, after their names.
const INDENT: f32 = 70.0;

/// Everything before the first chapter.
pub(crate) fn write(flow: &mut Flow<'_>, sheet: &Sheet) {
    letterhead(flow, sheet);
    title(flow, sheet);
    let top = flow.y;
    let name = Style::bold(11.5);
    let named = flow.height(&sheet.patient.name, name, HALF - 2.0 * PAD) + 3.0;
    let left = named + block_height(flow, &sheet.patient.facts);
    let right = block_height(flow, &sheet.request);
    let height = left.max(right) + 2.0 * PAD - 2.0;
    flow.fill(LEFT, top, HALF, height, Tone::Band);
    flow.fill(LEFT, top, 2.5, height, Tone::Accent);
    flow.fill(LEFT + HALF + GAP, top, HALF, height, Tone::Band);
    flow.y = top + PAD - 1.0;
    let role = Role::Block(flow.next_block(), Kind::Paragraph);
    let (x, width) = (LEFT + PAD + 2.0, HALF - 2.0 * PAD);
    flow.wrapped(x, width, name, Tone::Ink, &sheet.patient.name, role);
    flow.y += 3.0;
    facts(flow, &sheet.patient.facts, x);
    flow.y = top + PAD - 1.0;
    facts(flow, &sheet.request, LEFT + HALF + GAP + PAD);
    flow.y = top + height + 8.0;
    for remark in &sheet.remarks {
        flow.reserve(40.0);
        let (head, body) = (Style::bold(9.5), Style::regular(9.0));
        flow.paragraph(LEFT, ACROSS, head, Tone::Accent, &remark.title);
        flow.paragraph(LEFT, ACROSS, body, Tone::Ink, &remark.text);
        flow.y += 5.0;
    }
}

/// What stands beside the results.
pub(crate) fn annexes(flow: &mut Flow<'_>, sheet: &Sheet) {
    flow.repeat(None);
    for annex in &sheet.annexes {
        flow.y += 4.0;
        flow.reserve(46.0);
        let role = Role::Block(flow.next_block(), Kind::Heading);
        let head = Style::bold(10.5);
        flow.wrapped(LEFT, ACROSS, head, Tone::Accent, &annex.title, role);
        let y = flow.y + 1.0;
        flow.rule(y, 0.8, Tone::Accent);
        flow.y += 5.0;
        for text in &annex.lines {
            flow.paragraph(LEFT, ACROSS, Style::regular(9.0), Tone::Ink, text);
        }
        flow.y += 4.0;
    }
}

fn letterhead(flow: &mut Flow<'_>, sheet: &Sheet) {
    let head = &sheet.laboratory;
    let top = flow.y;
    let (mut x, mut wide, mut side) = (LEFT, 280.0, 225.0);
    let mut below = top;
    if let Some(logo) = &head.logo
        && let Some((width, height, ready)) = figure::fitted(&logo.picture, 130.0, 52.0)
    {
        let role = flow.figure(logo.title.clone());
        flow.picture(role, (LEFT, top + 2.0, width, height), ready);
        x += width + 12.0;
        (wide, side) = (325.0 - (x - LEFT), 182.0);
        below = top + height + 4.0;
    }
    flow.paragraph(x, wide, Style::bold(15.0), Tone::Accent, &head.name);
    if let Some(subtitle) = &head.subtitle {
        flow.paragraph(x, wide, Style::regular(9.5), Tone::Ink, subtitle);
    }
    flow.y += 1.0;
    for line in &head.lines {
        flow.paragraph(x, wide, Style::regular(8.0), Tone::Soft, line);
    }
    let below = flow.y.max(below);
    flow.y = top + 4.0;
    let style = Style::regular(8.0);
    for line in &head.side {
        let role = Role::Block(flow.next_block(), Kind::Paragraph);
        for piece in flow.faces.wrap(line, style, side) {
            flow.reserve(style.leading());
            let baseline = flow.y + style.size;
            flow.text_right(RIGHT, baseline, style, Tone::Soft, piece, role);
            flow.y += style.leading();
        }
    }
    flow.y = flow.y.max(below) + 4.0;
    let y = flow.y;
    flow.rule(y, 1.4, Tone::Accent);
    flow.y += 7.0;
}

fn title(flow: &mut Flow<'_>, sheet: &Sheet) {
    let style = Style::bold(13.5);
    flow.reserve(style.leading());
    let baseline = flow.y + style.size;
    let role = Role::Block(flow.next_block(), Kind::Title);
    flow.text_at(LEFT, baseline, style, Tone::Ink, &sheet.title, role);
    let role = Role::Block(flow.next_block(), Kind::Paragraph);
    let status = Style::bold(9.5);
    flow.text_right(RIGHT, baseline, status, Tone::Accent, &sheet.status, role);
    flow.y += style.leading() + 4.0;
    for notice in &sheet.notices {
        let style = Style::bold(8.5);
        let width = ACROSS - 2.0 * PAD;
        let height = flow.height(notice, style, width) + 6.0;
        flow.reserve(height);
        let y = flow.y;
        flow.fill(LEFT, y, ACROSS, height, Tone::Notice);
        flow.y += 2.5;
        flow.paragraph(LEFT + PAD, width, style, Tone::Ink, notice);
        flow.y = flow.y.max(y + height - 3.5) + 7.0;
    }
    flow.y += 1.0;
}

const NAME: Style = Style::regular(7.5);
const FACT: Style = Style::regular(8.8);

const FACT_WIDTH: f32 = HALF - 2.0 * PAD - INDENT;

fn block_height(flow: &Flow<'_>, facts: &[Fact]) -> f32 {
    facts
        .iter()
        .flat_map(|fact| &fact.lines)
        .map(|line| flow.height(line, FACT, FACT_WIDTH) + 0.6)
        .sum()
}

fn facts(flow: &mut Flow<'_>, facts: &[Fact], x: f32) {
    for fact in facts {
        let role = Role::Block(flow.next_block(), Kind::Paragraph);
        flow.reserve(FACT.leading());
        let baseline = flow.y + FACT.size;
        flow.text_at(x, baseline, NAME, Tone::Soft, fact.name, role);
        for line in &fact.lines {
            flow.wrapped(x + INDENT, FACT_WIDTH, FACT, Tone::Ink, line, role);
            flow.y += 0.6;
        }
    }
}

const SIGNED: Style = Style::regular(8.8);
const LEGEND: Style = Style::regular(7.5);

/// How tall the signature is.
fn signature(flow: &Flow<'_>, sheet: &Sheet) -> f32 {
    let lines = sheet.signature.iter();
    let signed: f32 = lines
        .map(|line| flow.height(line, SIGNED, HALF - 2.0 * PAD))
        .sum();
    signed + LEGEND.leading() + 10.0
}

/// What the end of the report needs: nobody signs a page that says nothing.
pub(crate) fn closing(flow: &Flow<'_>, sheet: &Sheet) -> f32 {
    let lines = sheet.legend.iter();
    let legend: f32 = lines.map(|line| flow.height(line, LEGEND, HALF)).sum();
    signature(flow, sheet).max(legend) + 4.0
}

/// The signature, kept together, and what the marks mean beside it.
pub(crate) fn close(flow: &mut Flow<'_>, sheet: &Sheet) {
    flow.repeat(None);
    flow.y += 4.0;
    flow.reserve(closing(flow, sheet) - 4.0);
    let height = signature(flow, sheet);
    let top = flow.y;
    for line in &sheet.legend {
        flow.paragraph(LEFT, HALF, LEGEND, Tone::Soft, line);
    }
    if flow.has_unshown() {
        let note = "\u{fffd}\u{a0}: caractère que cette police ne peut pas imprimer\u{a0}; il figure dans le document structuré.";
        flow.paragraph(LEFT, HALF, LEGEND, Tone::Soft, note);
    }
    let below = flow.y;
    let x = LEFT + HALF + GAP;
    flow.y = top;
    flow.reserve(height);
    let y = flow.y;
    flow.fill(x, y, HALF, height, Tone::Band);
    flow.fill(x, y, 2.5, height, Tone::Accent);
    flow.y += 4.0;
    let inside = x + PAD + 2.0;
    flow.paragraph(inside, HALF, LEGEND, Tone::Soft, "Biologiste signataire");
    for (place, line) in sheet.signature.iter().enumerate() {
        let style = if place == 0 {
            Style::bold(SIGNED.size)
        } else {
            SIGNED
        };
        flow.paragraph(inside, HALF - 2.0 * PAD, style, Tone::Ink, line);
    }
    flow.y = (y + height).max(below) + 6.0;
}
