//! The tables of results: columns, values aligned on the decimal comma, a bar that shows where a value lies.

use super::canvas::{Kind, Role, Tone};
use super::flow::{Flow, LEFT, RIGHT};
use super::font::Style;
use crate::display::{
    ChapterBlock, ItemBlock, Note, NoteKind, PartBlock, ResultLine, SpecimenLine,
};

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
const REMARK: Style = Style::regular(8.4);
const INDENT: f32 = 8.0;
/// Leading of the lines under a result.
const UNDER: f32 = 9.9;

/// A table being written: its number, and the row that comes next.
struct Table {
    block: u32,
    row: u32,
    /// What must stay on the page of the next row: nobody's name goes to a page of its own.
    tail: f32,
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
    flow.wrapped(
        LEFT,
        RIGHT - LEFT,
        style,
        Tone::Accent,
        &chapter.title.to_uppercase(),
        role,
    );
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
    let mut table = Table {
        block: flow.next_block(),
        row: 0,
        tail: 0.0,
    };
    heads(flow, &table);
    table.row += 1;
    let name = part.title.as_ref().unwrap_or(&chapter.title);
    let short = flow
        .faces
        .clipped(name, Style::bold(9.5), RIGHT - LEFT - 50.0);
    flow.repeat(Some((resume, format!("{short} (suite)"))));
    let after = tail(flow, part);
    for (place, item) in part.items.iter().enumerate() {
        let last = if place + 1 == part.items.len() {
            after
        } else {
            0.0
        };
        self::item(flow, &mut table, item, last);
    }
    flow.repeat(None);
    flow.y += 2.0;
    for text in part.subcontractor.iter().chain(&part.comments) {
        flow.paragraph(LEFT, RIGHT - LEFT, REMARK, Tone::Ink, text);
    }
    flow.paragraph(LEFT, RIGHT - LEFT, SMALL, Tone::Soft, &part.validated);
    flow.y += 5.0;
}

/// What follows the last row of a part, if it is short enough to be kept with it.
fn tail(flow: &Flow<'_>, part: &PartBlock) -> f32 {
    let words: f32 = part
        .subcontractor
        .iter()
        .chain(&part.comments)
        .map(|text| flow.height(text, REMARK, RIGHT - LEFT))
        .sum();
    (words + SMALL.leading() + 2.0).min(120.0)
}

fn item(flow: &mut Flow<'_>, table: &mut Table, item: &ItemBlock, after: f32) {
    match item {
        ItemBlock::Result(one) => {
            table.tail = after;
            result(flow, table, one, 0.0);
        }
        ItemBlock::Panel {
            label,
            results,
            notes,
        } => {
            table.tail = 0.0;
            flow.reserve(STRONG.leading() * 3.0);
            flow.y += 2.0;
            let role = table.cell(0);
            flow.wrapped(LABEL, RIGHT - LEFT, STRONG, Tone::Accent, label, role);
            table.row += 1;
            for (place, one) in results.iter().enumerate() {
                if place + 1 == results.len() {
                    let width = RIGHT - LABEL - INDENT;
                    let under: f32 = notes
                        .iter()
                        .map(|note| flow.height(&note.text, SMALL, width))
                        .sum();
                    table.tail = after + under.min(120.0);
                }
                result(flow, table, one, INDENT);
            }
            self::notes(flow, table, notes, 0.0);
        }
    }
}

fn specimen(specimen: &SpecimenLine) -> String {
    let mut text = format!(
        "{}\u{a0}: {}, tube {}",
        specimen.act, specimen.kind, specimen.accession
    );
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
    let title = flow.faces.clipped(title, Style::bold(9.5), RIGHT - LEFT);
    flow.text_at(
        LEFT,
        baseline,
        Style::bold(9.5),
        Tone::Accent,
        &title,
        Role::Artifact,
    );
    flow.y += 14.0;
    head_texts(flow, |_| Role::Artifact);
}

fn heads(flow: &mut Flow<'_>, table: &Table) {
    head_texts(flow, |column| table.cell(column));
}

fn head_texts(flow: &mut Flow<'_>, role: impl Fn(u8) -> Role) {
    let baseline = flow.y + HEAD.size;
    flow.text_at(LABEL, baseline, HEAD, Tone::Soft, "Examen", role(0));
    flow.text_right(UNIT - 8.0, baseline, HEAD, Tone::Soft, "Résultat", role(2));
    flow.text_at(UNIT, baseline, HEAD, Tone::Soft, "Unité", role(3));
    flow.text_at(
        REFERENCE,
        baseline,
        HEAD,
        Tone::Soft,
        "Valeurs de référence",
        role(4),
    );
    flow.text_at(
        PREVIOUS,
        baseline,
        HEAD,
        Tone::Soft,
        "Antériorités",
        role(5),
    );
    flow.y += HEAD.leading() + 1.0;
    let y = flow.y;
    flow.rule(y, 0.6, Tone::Hairline);
    flow.y += 2.0;
}

/// The columns of one result, each as its lines.
struct Cells {
    label: Vec<String>,
    value: Vec<String>,
    style: Style,
    unit: Vec<String>,
    reference: Vec<String>,
    /// Lines of the notes under it, each with the note's place.
    notes: Vec<(u32, Tone, String)>,
    /// Lines that label, value, unit and reference take.
    main: usize,
    /// Lines that everything takes, earlier results included.
    lines: usize,
}

impl Cells {
    fn height(&self) -> f32 {
        let count = |lines: usize| f32::from(u16::try_from(lines).unwrap_or(u16::MAX));
        count(self.main) * ROW.leading() + count(self.lines - self.main) * UNDER
    }
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
        let end = if reference.is_empty() {
            PREVIOUS - 6.0
        } else {
            UNIT_END
        };
        (faces.wrap(text.trim_end(), style, end - VALUE), Vec::new())
    };
    let main = [label.len(), value.len(), unit.len(), reference.len(), 1]
        .into_iter()
        .max()
        .unwrap_or(1);
    // Earlier results go on beside the notes.
    let end = if result.previous.len() > main {
        PREVIOUS - 8.0
    } else {
        RIGHT
    };
    let mut notes = Vec::new();
    for (place, (tone, text)) in (1..).zip(gathered(&result.notes)) {
        let lines = faces.wrap(&text, SMALL, end - LABEL - indent - INDENT);
        notes.extend(lines.into_iter().map(|line| (place, tone, line)));
    }
    let lines = result.previous.len().max(main + notes.len());
    Cells {
        label,
        value,
        style,
        unit,
        reference,
        notes,
        main,
        lines,
    }
}

/// For whom the reference values hold and how the result was measured share a line: both are short, both stand under
/// nearly every result, and a page read in one glance is worth more than a list.
fn gathered(notes: &[Note]) -> Vec<(Tone, String)> {
    let shares = |note: &Note| matches!(note.kind, NoteKind::Reference | NoteKind::Method);
    let mut gathered: Vec<(Tone, String)> = Vec::new();
    let mut open = false;
    for note in notes {
        match gathered.last_mut() {
            Some((_, text)) if open && shares(note) => {
                text.push_str(" – ");
                text.push_str(&note.text);
            }
            _ => gathered.push((tone(note), note.text.clone())),
        }
        open = shares(note);
    }
    gathered
}

fn tone(note: &Note) -> Tone {
    if note.kind == NoteKind::Comment {
        Tone::Ink
    } else {
        Tone::Soft
    }
}

fn result(flow: &mut Flow<'_>, table: &mut Table, result: &ResultLine, indent: f32) {
    let cells = cells(flow, result, indent);
    flow.reserve(cells.height() + 3.0 + table.tail);
    let alarming = result.strong && !result.mark.is_empty();
    let tone = if alarming { Tone::Alert } else { Tone::Ink };
    let row = table.row;
    for line in 0..cells.lines {
        let leading = if line < cells.main {
            ROW.leading()
        } else {
            UNDER
        };
        flow.reserve(leading);
        table.row = row;
        let baseline = flow.y + ROW.size;
        if line == 0 {
            let mark = Style::bold(7.8);
            flow.text_right(MARK_END, baseline, mark, tone, result.mark, table.cell(1));
            bar(flow, result, tone);
        }
        if line < cells.main {
            main_line(flow, table, result, &cells, (line, baseline, indent, tone));
        } else if let Some((place, tone, text)) = cells.notes.get(line - cells.main) {
            table.row = row + place;
            let x = LABEL + indent + INDENT;
            flow.text_at(x, baseline - 1.0, SMALL, *tone, text, table.cell(0));
            table.row = row;
        }
        if let Some(previous) = result.previous.get(line) {
            let role = table.cell(5);
            flow.text_at(
                PREVIOUS,
                baseline,
                Style::regular(7.0),
                Tone::Soft,
                &previous.date,
                role,
            );
            flow.text_right(
                RIGHT,
                baseline,
                Style::regular(8.6),
                Tone::Ink,
                &previous.value,
                role,
            );
        }
        flow.y += leading;
    }
    table.row = row + 1 + cells.notes.last().map_or(0, |(place, ..)| *place);
    flow.y += 1.4;
    let y = flow.y;
    flow.rule(y, 0.4, Tone::Faint);
    flow.y += 1.8;
}

fn main_line(
    flow: &mut Flow<'_>,
    table: &Table,
    result: &ResultLine,
    cells: &Cells,
    (line, baseline, indent, tone): (usize, f32, f32, Tone),
) {
    let at = |texts: &[String]| texts.get(line).cloned().unwrap_or_default();
    let style = cells.style;
    let label = at(&cells.label);
    flow.text_at(
        LABEL + indent,
        baseline,
        style,
        Tone::Ink,
        &label,
        table.cell(0),
    );
    let value = at(&cells.value);
    let x = if result.numeric {
        aligned(flow, &value, style, COMMA, VALUE)
    } else {
        VALUE
    };
    flow.text_at(x, baseline, style, tone, &value, table.cell(2));
    flow.text_at(
        UNIT,
        baseline,
        ROW,
        Tone::Ink,
        &at(&cells.unit),
        table.cell(3),
    );
    flow.text_at(
        REFERENCE,
        baseline,
        ROW,
        Tone::Ink,
        &at(&cells.reference),
        table.cell(4),
    );
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
fn bar(flow: &mut Flow<'_>, result: &ResultLine, tone: Tone) {
    let Some(position) = result
        .position
        .and_then(|position| i16::try_from(position).ok())
    else {
        return;
    };
    let y = flow.y + ROW.size * 0.62;
    flow.fill(BAR, y, BAR_WIDTH, 0.7, Tone::Hairline);
    flow.fill(
        BAR + BAR_WIDTH * 0.25,
        y - 0.8,
        BAR_WIDTH * 0.5,
        2.3,
        Tone::Hairline,
    );
    // -1000 to 2000 would be three ranges wide; the bar shows two, and holds the rest at its ends.
    let along = (f32::from(position) / 2000.0 + 0.25).clamp(0.0, 1.0);
    flow.fill(BAR + along * (BAR_WIDTH - 1.6), y - 2.6, 1.6, 5.9, tone);
}

fn notes(flow: &mut Flow<'_>, table: &mut Table, notes: &[Note], indent: f32) {
    for note in notes {
        let x = LABEL + indent + INDENT;
        flow.wrapped(x, RIGHT - x, SMALL, tone(note), &note.text, table.cell(0));
        table.row += 1;
    }
}
