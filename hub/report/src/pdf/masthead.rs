//! The first page's head (letterhead, patient, request), the remarks, and the signature that closes the report.

use super::canvas::{Kind, Role, Tone};
use super::flow::{Flow, LEFT, RIGHT};
use super::font::Style;
use crate::display::{Fact, Sheet};

const GAP: f32 = 12.0;
const HALF: f32 = (RIGHT - LEFT - GAP) / 2.0;
const PAD: f32 = 8.0;

/// Everything before the first chapter.
pub(crate) fn write(flow: &mut Flow<'_>, sheet: &Sheet) {
    letterhead(flow, sheet);
    title(flow, sheet);
    let top = flow.y;
    let left = block_height(flow, &sheet.patient.facts, 72.0) + 20.0;
    let right = block_height(flow, &sheet.request, 76.0);
    let height = left.max(right) + 2.0 * PAD;
    flow.fill(LEFT, top, HALF, height, Tone::Band);
    flow.fill(LEFT, top, 2.5, height, Tone::Accent);
    flow.fill(LEFT + HALF + GAP, top, HALF, height, Tone::Band);
    flow.y = top + PAD;
    let name = Style::bold(11.5);
    let role = Role::Block(flow.next_block(), Kind::Paragraph);
    flow.wrapped(
        LEFT + PAD + 2.0,
        HALF - 2.0 * PAD,
        name,
        Tone::Ink,
        &sheet.patient.name,
        role,
    );
    flow.y += 3.0;
    facts(flow, &sheet.patient.facts, LEFT + PAD + 2.0, 72.0);
    flow.y = top + PAD;
    facts(flow, &sheet.request, LEFT + HALF + GAP + PAD, 76.0);
    flow.y = top + height + 10.0;
    for remark in &sheet.remarks {
        flow.reserve(40.0);
        flow.paragraph(
            LEFT,
            RIGHT - LEFT,
            Style::bold(9.5),
            Tone::Accent,
            &remark.title,
        );
        flow.paragraph(
            LEFT,
            RIGHT - LEFT,
            Style::regular(9.0),
            Tone::Ink,
            &remark.text,
        );
        flow.y += 5.0;
    }
}

fn letterhead(flow: &mut Flow<'_>, sheet: &Sheet) {
    let head = &sheet.laboratory;
    let top = flow.y;
    let wide = 280.0;
    flow.paragraph(LEFT, wide, Style::bold(15.0), Tone::Accent, &head.name);
    if let Some(subtitle) = &head.subtitle {
        flow.paragraph(LEFT, wide, Style::regular(9.5), Tone::Ink, subtitle);
    }
    flow.y += 2.0;
    for line in &head.lines {
        flow.paragraph(LEFT, wide, Style::regular(8.0), Tone::Soft, line);
    }
    let below = flow.y;
    flow.y = top + 4.0;
    let style = Style::regular(8.0);
    for line in &head.side {
        let role = Role::Block(flow.next_block(), Kind::Paragraph);
        for piece in flow.faces.wrap(line, style, 225.0) {
            flow.reserve(style.leading());
            let baseline = flow.y + style.size;
            flow.text_right(RIGHT, baseline, style, Tone::Soft, &piece, role);
            flow.y += style.leading();
        }
    }
    flow.y = flow.y.max(below) + 5.0;
    let y = flow.y;
    flow.rule(y, 1.4, Tone::Accent);
    flow.y += 9.0;
}

fn title(flow: &mut Flow<'_>, sheet: &Sheet) {
    let style = Style::bold(13.5);
    flow.reserve(style.leading());
    let baseline = flow.y + style.size;
    let role = Role::Block(flow.next_block(), Kind::Title);
    flow.text_at(LEFT, baseline, style, Tone::Ink, &sheet.title, role);
    let role = Role::Block(flow.next_block(), Kind::Paragraph);
    flow.text_right(
        RIGHT,
        baseline,
        Style::bold(9.5),
        Tone::Accent,
        &sheet.status,
        role,
    );
    flow.y += style.leading() + 5.0;
    for notice in &sheet.notices {
        let style = Style::bold(8.5);
        let width = RIGHT - LEFT - 2.0 * PAD;
        let height = flow.height(notice, style, width) + 6.0;
        let y = flow.y;
        flow.fill(LEFT, y, RIGHT - LEFT, height, Tone::Notice);
        flow.y += 2.5;
        flow.paragraph(LEFT + PAD, width, style, Tone::Ink, notice);
        flow.y = y + height + 4.0;
    }
    flow.y += 2.0;
}

const NAME: Style = Style::regular(7.5);
const FACT: Style = Style::regular(8.8);

fn fact_width(indent: f32) -> f32 {
    HALF - 2.0 * PAD - indent
}

fn block_height(flow: &Flow<'_>, facts: &[Fact], indent: f32) -> f32 {
    facts
        .iter()
        .flat_map(|fact| &fact.lines)
        .map(|line| flow.height(line, FACT, fact_width(indent)) + 1.0)
        .sum()
}

fn facts(flow: &mut Flow<'_>, facts: &[Fact], x: f32, indent: f32) {
    for fact in facts {
        let role = Role::Block(flow.next_block(), Kind::Paragraph);
        flow.reserve(FACT.leading());
        let baseline = flow.y + FACT.size;
        flow.text_at(x, baseline, NAME, Tone::Soft, fact.name, role);
        for line in &fact.lines {
            flow.wrapped(x + indent, fact_width(indent), FACT, Tone::Ink, line, role);
            flow.y += 1.0;
        }
    }
}

/// The signature, kept together, and what the marks mean.
pub(crate) fn close(flow: &mut Flow<'_>, sheet: &Sheet) {
    flow.repeat(None);
    flow.y += 8.0;
    let style = Style::regular(8.8);
    let lines = u8::try_from(sheet.signature.len()).unwrap_or(u8::MAX);
    let height = f32::from(lines) * style.leading() + 26.0;
    flow.reserve(height + 4.0);
    let (x, y) = (LEFT + HALF + GAP, flow.y);
    flow.fill(x, y, HALF, height, Tone::Band);
    flow.fill(x, y, 2.5, height, Tone::Accent);
    flow.y += 6.0;
    flow.paragraph(
        x + PAD + 2.0,
        HALF,
        Style::regular(7.5),
        Tone::Soft,
        "Biologiste signataire",
    );
    for (place, line) in sheet.signature.iter().enumerate() {
        let style = if place == 0 {
            Style::bold(style.size)
        } else {
            style
        };
        flow.paragraph(x + PAD + 2.0, HALF - 2.0 * PAD, style, Tone::Ink, line);
    }
    flow.y = y + height + 8.0;
    for line in &sheet.legend {
        flow.paragraph(LEFT, RIGHT - LEFT, Style::regular(7.5), Tone::Soft, line);
    }
    if flow.has_unshown() {
        let note = "\u{fffd}\u{a0}: caractère que cette police ne peut pas imprimer ; il figure dans le document structuré.";
        flow.paragraph(LEFT, RIGHT - LEFT, Style::regular(7.5), Tone::Soft, note);
    }
}
