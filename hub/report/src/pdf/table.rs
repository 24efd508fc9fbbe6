//! The tables of results: columns, values aligned on the decimal comma, a bar that shows where a value lies.

use super::canvas::{Kind, Role, Tone};
use super::flow::{Flow, LEFT, RIGHT};
use super::font::Style;
use crate::display::{ChapterBlock, ItemBlock, Note, NoteKind, PartBlock, ResultLine, SpecimenLine};

const LABEL: f32 = LEFT;
const LABEL_END: f32 = 212.0;
/// Marks end here, values begin just after.
const MARK_END: f32 = 250.0;
const VALUE: f32 = 253.0;
/// Where the decimal commas stand.
const COMMA: f32 = 284.0;
const UNIT: f32 = 314.0;
const UNIT_END: f32 = 366.0;
const REFERENCE: f32 = 370.0;
const REFERENCE_END: f32 = 440.0;
const BAR: f32 = 444.0;
const BAR_WIDTH: f32 = 34.0;
const PREVIOUS: f32 = 488.0;

const HEAD: Style = Style::regular(7.2);
const ROW: Style = Style::regular(9.0);
const STRONG: Style = Style::bold(9.0);
const SMALL: Style = Style::regular(7.6);
const INDENT: f32 = 8.0;

/// A table being written: its number, and the row that comes next.
struct Table {
    block: u32,
    row: u32,
}

impl Table {
    fn cell(&self, column: u8) -> Role {
        Role::Cell(self.block, self.row, column)
    }
}

/// A chapter with all its parts.
pub(crate) fn chapter(flow: &mut Flow<'_>, chapter: &ChapterBlock) {
    flow.repeat(None);
    flow.y += 4.0;
    flow.reserve(70.0);
    let role = Role::Block(flow.next_block(), Kind::Heading);
    let style = Style::bold(11.0);
    flow.wrapped(LEFT, RIGHT - LEFT, style, Tone::Accent, &chapter.title.to_uppercase(), role);
    flow.y += 1.0;
    let y = flow.y;
    flow.rule(y, 0.8, Tone::Accent);
    flow.y += 4.0;
    for part in &chapter.parts {
        self::part(flow, chapter, part);
    }
}

fn part(flow: &mut Flow<'_>, chapter: &ChapterBlock, part: &PartBlock) {
    if let Some(title) = &part.title {
        flow.reserve(60.0);
        let role = Role::Block(flow.next_block(), Kind::Subheading);
        flow.wrapped(LEFT, RIGHT - LEFT, Style::bold(9.8), Tone::Ink, title, role);
        flow.y += 1.0;
    }
    for specimen in &part.specimens {
        let text = self::specimen(specimen);
        flow.paragraph(LEFT, RIGHT - LEFT, SMALL, Tone::Soft, &text);
    }
    flow.y += 2.0;
    flow.reserve(40.0);
    let mut table = Table { block: flow.next_block(), row: 0 };
    heads(flow, &table);
    table.row += 1;
    let name = part.title.as_ref().unwrap_or(&chapter.title);
    flow.repeat(Some((resume, format!("{name} (suite)"))));
    for item in &part.items {
        match item {
            ItemBlock::Result(one) => result(flow, &mut table, one, 0.0),
            ItemBlock::Panel { label, results, notes } => {
                flow.reserve(STRONG.leading() * 3.0);
                flow.y += 2.0;
                let role = table.cell(0);
                flow.wrapped(LABEL, RIGHT - LEFT, STRONG, Tone::Accent, label, role);
                table.row += 1;
                for one in results {
                    result(flow, &mut table, one, INDENT);
                }
                self::notes(flow, &mut table, notes, 0.0);
            }
        }
    }
    flow.repeat(None);
    flow.y += 2.0;
    let after = part.subcontractor.iter().chain(&part.comments);
    for text in after {
        flow.paragraph(LEFT, RIGHT - LEFT, Style::regular(8.4), Tone::Ink, text);
    }
    flow.paragraph(LEFT, RIGHT - LEFT, SMALL, Tone::Soft, &part.validated);
    flow.y += 5.0;
}

fn specimen(specimen: &SpecimenLine) -> String {
    let mut text = format!("{}\u{a0}: {}, tube {}", specimen.act, specimen.kind, specimen.accession);
    if !specimen.collected.is_empty() {
        text = format!("{text}, prélevé le {}", specimen.collected);
    }
    if !specimen.received.is_empty() {
        text = format!("{text}, reçu le {}", specimen.received);
    }
    text
}

/// What a page begins with when a table goes on.
fn resume(flow: &mut Flow<'_>, title: &str) {
    let baseline = flow.y + 9.0;
    flow.text_at(LEFT, baseline, Style::bold(9.5), Tone::Accent, title, Role::Artifact);
    flow.y += 14.0;
    head_texts(flow, |_| Role::Artifact);
}

fn heads(flow: &mut Flow<'_>, table: &Table) {
    head_texts(flow, |column| table.cell(column));
}

fn head_texts(flow: &mut Flow<'_>, role: impl Fn(u8) -> Role) {
    let baseline = flow.y + HEAD.size;
    flow.text_at(LABEL, baseline, HEAD, Tone::Soft, "Examen", role(0));
    flow.text_at(VALUE, baseline, HEAD, Tone::Soft, "Résultat", role(2));
    flow.text_at(UNIT, baseline, HEAD, Tone::Soft, "Unité", role(3));
    flow.text_at(REFERENCE, baseline, HEAD, Tone::Soft, "Valeurs de référence", role(4));
    flow.text_at(PREVIOUS, baseline, HEAD, Tone::Soft, "Antériorités", role(5));
    flow.y += HEAD.leading() + 1.0;
    let y = flow.y;
    flow.rule(y, 0.6, Tone::Hairline);
    flow.y += 2.0;
}

/// The columns of one result, each as its lines.
struct Cells {
    label: Vec<String>,
    value: Vec<String>,
    value_style: Style,
    unit: Vec<String>,
    reference: Vec<String>,
    lines: usize,
}

fn cells(flow: &Flow<'_>, result: &ResultLine, indent: f32) -> Cells {
    let style = if result.strong { STRONG } else { ROW };
    let faces = flow.faces;
    let label = faces.wrap(&result.label, style, LABEL_END - LABEL - indent);
    let reference = if result.reference.is_empty() {
        Vec::new()
    } else {
        faces.wrap(&result.reference, ROW, REFERENCE_END - REFERENCE)
    };
    let fits = faces.width(&result.value, style) <= UNIT - VALUE - 4.0;
    let (value, unit) = if result.numeric && fits {
        let unit = faces.wrap(&result.unit, ROW, UNIT_END - UNIT);
        (vec![result.value.clone()], unit)
    } else {
        // Words, and numbers too wide for their column, take the unit's room as well.
        let text = [result.value.as_str(), &result.unit].join(" ");
        let end = if reference.is_empty() { PREVIOUS - 6.0 } else { UNIT_END };
        (faces.wrap(text.trim_end(), style, end - VALUE), Vec::new())
    };
    let lines = [label.len(), value.len(), unit.len(), reference.len(), result.previous.len()];
    let lines = lines.into_iter().max().unwrap_or(1);
    Cells { label, value, value_style: style, unit, reference, lines }
}

fn result(flow: &mut Flow<'_>, table: &mut Table, result: &ResultLine, indent: f32) {
    let cells = cells(flow, result, indent);
    let count = u16::try_from(cells.lines).unwrap_or(u16::MAX);
    let below = if result.notes.is_empty() { 0.0 } else { SMALL.leading() };
    flow.reserve(f32::from(count) * ROW.leading() + below + 3.0);
    let tone = if result.strong { Tone::Alert } else { Tone::Ink };
    for line in 0..cells.lines {
        flow.reserve(ROW.leading());
        let baseline = flow.y + ROW.size;
        let at = |texts: &[String]| texts.get(line).cloned().unwrap_or_default();
        flow.text_at(LABEL + indent, baseline, cells.value_style, Tone::Ink, &at(&cells.label), table.cell(0));
        if line == 0 {
            let mark = Style::bold(7.8);
            flow.text_right(MARK_END, baseline, mark, tone, result.mark, table.cell(1));
            bar(flow, result);
        }
        let role = table.cell(2);
        let value = at(&cells.value);
        let x = if result.numeric { aligned(flow, &value, cells.value_style, COMMA, VALUE) } else { VALUE };
        flow.text_at(x, baseline, cells.value_style, tone, &value, role);
        flow.text_at(UNIT, baseline, ROW, Tone::Ink, &at(&cells.unit), table.cell(3));
        flow.text_at(REFERENCE, baseline, ROW, Tone::Ink, &at(&cells.reference), table.cell(4));
        if let Some(previous) = result.previous.get(line) {
            let role = table.cell(5);
            flow.text_at(PREVIOUS, baseline, Style::regular(7.0), Tone::Soft, &previous.date, role);
            flow.text_right(RIGHT, baseline, Style::regular(8.6), Tone::Ink, &previous.value, role);
        }
        flow.y += ROW.leading();
    }
    table.row += 1;
    notes(flow, table, &result.notes, indent);
    flow.y += 1.2;
    let y = flow.y;
    flow.rule(y, 0.25, Tone::Hairline);
    flow.y += 1.6;
}

/// Where a number begins so that its comma stands at `comma`, but never left of `least`.
fn aligned(flow: &Flow<'_>, value: &str, style: Style, comma: f32, least: f32) -> f32 {
    if value.contains('–') {
        return least;
    }
    let whole = value.split(',').next().unwrap_or_default();
    (comma - flow.faces.width(whole, style)).max(least)
}

/// A thin bar: its middle half is the reference range, the notch is the value.
fn bar(flow: &mut Flow<'_>, result: &ResultLine) {
    let Some(position) = result.position.and_then(|position| i16::try_from(position).ok()) else {
        return;
    };
    let y = flow.y + ROW.size * 0.62;
    flow.fill(BAR, y, BAR_WIDTH, 0.7, Tone::Hairline);
    flow.fill(BAR + BAR_WIDTH * 0.25, y - 0.8, BAR_WIDTH * 0.5, 2.3, Tone::Hairline);
    // -1000 to 2000 would be three ranges wide; the bar shows two, and holds the rest at its ends.
    let along = (f32::from(position) / 2000.0 + 0.25).clamp(0.0, 1.0);
    let tone = if result.strong { Tone::Alert } else { Tone::Ink };
    flow.fill(BAR + along * (BAR_WIDTH - 1.6), y - 2.6, 1.6, 5.9, tone);
}

fn notes(flow: &mut Flow<'_>, table: &mut Table, notes: &[Note], indent: f32) {
    for note in notes {
        let tone = if note.kind == NoteKind::Comment { Tone::Ink } else { Tone::Soft };
        let x = LABEL + indent + INDENT;
        flow.wrapped(x, RIGHT - x, SMALL, tone, &note.text, table.cell(0));
        table.row += 1;
    }
}
