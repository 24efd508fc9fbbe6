//! One result in its table: the value on the decimal comma, its mark, a bar that shows where it lies, what stands under it.

use std::borrow::Cow;

use super::canvas::Tone;
use super::figure;
use super::flow::{Flow, RIGHT};
use super::font::Style;
use super::table::{
    BAR, BAR_WIDTH, COMMA, DATE, EARLIER, Earlier, INDENT, LABEL, LABEL_END, MARK_END, PREVIOUS,
    REFERENCE, REFERENCE_END, SMALL, STRONG, Table, UNIT, UNIT_END, VALUE, earlier_end,
};
use crate::display::{Note, NoteKind, PreviousLine, ResultLine};

const ROW: Style = Style::regular(9.0);
const MARK: Style = Style::bold(7.8);
/// Leading of the lines under a result.
const UNDER: f32 = 9.9;

/// The columns of one result, each as its lines.
struct Cells<'r> {
    label: Vec<&'r str>,
    value: Vec<&'r str>,
    style: Style,
    unit: Vec<&'r str>,
    reference: Vec<&'r str>,
    /// Lines of the notes under it, each with the note's place.
    notes: Vec<(u32, Tone, &'r str)>,
    /// Lines that label, value, unit and reference take.
    main: usize,
    /// Lines that everything takes, earlier results included.
    lines: usize,
}

impl Cells<'_> {
    /// Of everything but the graph.
    fn height(&self) -> f32 {
        self.tall(self.lines - self.main)
    }

    /// Of what stands left of the earlier results.
    fn said(&self) -> f32 {
        self.tall(self.notes.len())
    }

    fn tall(&self, under: usize) -> f32 {
        let count = |lines: usize| f32::from(u16::try_from(lines).unwrap_or(u16::MAX));
        count(self.main) * ROW.leading() + count(under) * UNDER
    }
}

/// Words, and numbers too wide for their column, take the unit's room as well.
fn flowing(result: &ResultLine) -> Cow<'_, str> {
    if result.unit.is_empty() {
        Cow::Borrowed(&result.value)
    } else {
        format!("{} {}", result.value, result.unit).into()
    }
}

fn cells<'r>(
    flow: &Flow<'_>,
    table: &Table,
    result: &'r ResultLine,
    (flowing, gathered): (&'r str, &'r [(Tone, Cow<'r, str>)]),
    indent: f32,
) -> Cells<'r> {
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
        (vec![result.value.as_str()], unit)
    } else {
        let end = match (&table.earlier, reference.is_empty()) {
            (_, false) => UNIT_END,
            (Earlier::None, true) => RIGHT,
            (_, true) => PREVIOUS - 6.0,
        };
        (faces.wrap(flowing, style, end - VALUE), Vec::new())
    };
    let main = [label.len(), value.len(), unit.len(), reference.len(), 1]
        .into_iter()
        .max()
        .unwrap_or(1);
    let listed = match table.earlier {
        Earlier::Listed => result.previous.len(),
        _ => 0,
    };
    // Earlier results go on beside the notes.
    let end = if listed > main { PREVIOUS - 8.0 } else { RIGHT };
    let mut notes = Vec::new();
    for (place, (tone, text)) in (1..).zip(gathered) {
        let lines = faces.wrap(text, SMALL, end - LABEL - indent - INDENT);
        notes.extend(lines.into_iter().map(|line| (place, *tone, line)));
    }
    let lines = listed.max(main + notes.len());
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
fn gathered<'n>(notes: &'n [Note], known: Option<&str>) -> Vec<(Tone, Cow<'n, str>)> {
    let shares = |note: &Note| {
        let kind = note.kind;
        matches!(
            kind,
            NoteKind::Reference | NoteKind::Method | NoteKind::Conversion
        )
    };
    let mut gathered: Vec<(Tone, Cow<'n, str>)> = Vec::new();
    let mut open = false;
    for note in unsaid(notes, known) {
        match gathered.last_mut() {
            Some((_, text)) if open && shares(note) => {
                let text = text.to_mut();
                text.push_str(" – ");
                text.push_str(&note.text);
            }
            _ => gathered.push((tone(note), Cow::Borrowed(&note.text))),
        }
        open = shares(note);
    }
    gathered
}

/// The notes but for a method that is said above them.
pub(crate) fn unsaid<'n>(notes: &'n [Note], known: Option<&str>) -> impl Iterator<Item = &'n Note> {
    notes
        .iter()
        .filter(move |note| note.kind != NoteKind::Method || known != Some(note.text.as_str()))
}

/// The tone of a note.
pub(crate) fn tone(note: &Note) -> Tone {
    if note.kind == NoteKind::Comment {
        Tone::Ink
    } else {
        Tone::Soft
    }
}

/// A result; its graph, if it has one, stands beside the list of earlier results.
pub(crate) fn result(flow: &mut Flow<'_>, table: &mut Table, result: &ResultLine, indent: f32) {
    let (flowing, under) = (
        flowing(result),
        gathered(&result.notes, table.method.as_deref()),
    );
    let cells = cells(flow, table, result, (&flowing, &under), indent);
    let drawn = result.history.as_ref().map_or(0.0, |_| figure::GRAPH);
    let tall = cells.height().max(cells.said() + drawn);
    flow.reserve(tall + 3.0 + table.tail);
    let alarming = result.strong && !result.mark.is_empty();
    let tone = if alarming { Tone::Alert } else { Tone::Ink };
    let row = table.row;
    let mut graph_end = None;
    for line in 0..=cells.lines {
        if line == cells.main + cells.notes.len()
            && let Some(history) = &result.history
        {
            flow.reserve(drawn);
            figure::graph(flow, history, LABEL + indent);
            graph_end = Some((flow.turned(), flow.y + drawn));
        }
        if line == cells.lines {
            break;
        }
        let leading = if line < cells.main {
            ROW.leading()
        } else {
            UNDER
        };
        flow.reserve(leading);
        table.row = row;
        let baseline = flow.y + ROW.size;
        if line == 0 {
            let role = table.cell(1);
            flow.text_right(MARK_END, baseline, MARK, tone, result.mark, role);
        }
        if line < cells.main {
            main_line(flow, table, result, &cells, (line, baseline, indent, tone));
        } else if let Some((place, tone, text)) = cells.notes.get(line - cells.main) {
            table.row = row + place;
            let x = LABEL + indent + INDENT;
            flow.text_at(x, baseline - 1.0, SMALL, *tone, text, table.cell(0));
            table.row = row;
        }
        if line == 0 {
            bar(flow, result, tone);
        }
        earlier(flow, table, &result.previous, line, baseline);
        flow.y += leading;
    }
    table.row = row + 1 + cells.notes.last().map_or(0, |(place, ..)| *place);
    if let Some((turned, end)) = graph_end
        && turned == flow.turned()
    {
        flow.y = flow.y.max(end);
    }
    flow.y += 1.2;
    let y = flow.y;
    flow.rule(y, 0.4, Tone::Faint);
    flow.y += 1.6;
}

fn main_line(
    flow: &mut Flow<'_>,
    table: &Table,
    result: &ResultLine,
    cells: &Cells<'_>,
    (line, baseline, indent, tone): (usize, f32, f32, Tone),
) {
    let style = cells.style;
    if let Some(label) = cells.label.get(line) {
        let x = LABEL + indent;
        flow.text_at(x, baseline, style, Tone::Ink, label, table.cell(0));
    }
    if let Some(value) = cells.value.get(line) {
        let x = if result.numeric {
            aligned(flow, value, style, COMMA, VALUE)
        } else {
            VALUE
        };
        flow.text_at(x, baseline, style, tone, value, table.cell(1));
    }
    if let Some(unit) = cells.unit.get(line) {
        flow.text_at(UNIT, baseline, ROW, Tone::Ink, unit, table.cell(2));
    }
    if let Some(reference) = cells.reference.get(line) {
        let role = table.cell(3);
        flow.text_at(REFERENCE, baseline, ROW, Tone::Ink, reference, role);
    }
}

/// What was found before, in its column or line by line.
fn earlier(
    flow: &mut Flow<'_>,
    table: &Table,
    previous: &[PreviousLine],
    line: usize,
    baseline: f32,
) {
    match &table.earlier {
        Earlier::Columns(dates) if line == 0 => {
            for (column, (number, date)) in (4..).zip(dates).enumerate() {
                if let Some(one) = previous.iter().find(|one| &one.date == date) {
                    let (end, role) = (earlier_end(column, dates.len()), table.cell(number));
                    flow.text_right(end, baseline, EARLIER, Tone::Ink, &one.value, role);
                }
            }
        }
        Earlier::None | Earlier::Columns(_) => {}
        Earlier::Listed => {
            if let Some(one) = previous.get(line) {
                let role = table.cell(4);
                flow.text_at(PREVIOUS, baseline, DATE, Tone::Soft, &one.date, role);
                flow.text_right(RIGHT, baseline, EARLIER, Tone::Ink, &one.value, role);
            }
        }
    }
}

/// Where a number begins so that its comma stands at `comma`, but never left of `least`.
pub(crate) fn aligned(flow: &Flow<'_>, value: &str, style: Style, comma: f32, least: f32) -> f32 {
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
    let (inside, wide) = (BAR + BAR_WIDTH * 0.25, BAR_WIDTH * 0.5);
    flow.fill(inside, y - 1.1, wide, 2.9, Tone::Hairline);
    // -1000 to 2000 would be three ranges wide; the bar shows two, and holds the rest at its ends.
    let along = (f32::from(position) / 2000.0 + 0.25).clamp(0.0, 1.0);
    flow.fill(BAR + along * (BAR_WIDTH - 1.6), y - 2.8, 1.6, 6.3, tone);
}

/// Lines under a panel.
pub(crate) fn notes(flow: &mut Flow<'_>, table: &mut Table, notes: &[Note], indent: f32) {
    for note in notes {
        let x = LABEL + indent + INDENT;
        let role = table.cell(0);
        flow.wrapped(x, RIGHT - x, SMALL, tone(note), &note.text, role);
        table.row += 1;
    }
}
