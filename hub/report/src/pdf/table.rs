//! The chapters with their tables of results: titles, column heads that return on the next page, panels, isolates.

use std::collections::BTreeSet;
use std::sync::Arc;

use super::canvas::{Kind, Role, Tone};
use super::flow::{ACROSS, Flow, LEFT, RIGHT, Repeat};
use super::font::Style;
use super::{antibiogram, figure, row};
use crate::display::{
    ChapterBlock, ImageBlock, IsolateBlock, ItemBlock, NoteKind, PanelBlock, PartBlock, ResultLine,
    SpecimenLine,
};

pub(crate) const LABEL: f32 = LEFT;
pub(crate) const LABEL_END: f32 = 206.0;
/// Marks end here, values begin just after.
pub(crate) const MARK_END: f32 = 242.0;
pub(crate) const VALUE: f32 = 247.0;
/// Where the decimal commas stand.
pub(crate) const COMMA: f32 = 278.0;
pub(crate) const UNIT: f32 = 307.0;
pub(crate) const UNIT_END: f32 = 359.0;
pub(crate) const REFERENCE: f32 = 363.0;
pub(crate) const REFERENCE_END: f32 = 431.0;
pub(crate) const BAR: f32 = 435.0;
pub(crate) const BAR_WIDTH: f32 = 32.0;
pub(crate) const PREVIOUS: f32 = 475.0;
/// Where the first of two columns of earlier results ends, and how wide either is.
const FIRST_END: f32 = 514.0;
const EARLIER_WIDTH: f32 = 38.5;

const HEAD: Style = Style::regular(7.2);
pub(crate) const DATE: Style = Style::regular(7.0);
pub(crate) const EARLIER: Style = Style::regular(8.6);
pub(crate) const STRONG: Style = Style::bold(9.0);
pub(crate) const SMALL: Style = Style::regular(7.6);
const REMARK: Style = Style::regular(8.4);
pub(crate) const INDENT: f32 = 8.0;

/// How earlier results stand.
#[derive(Clone)]
pub(crate) enum Earlier {
    /// There are none.
    None,
    /// At most two dates, the same for all: a column each.
    Columns(Vec<String>),
    /// Each with its date, one under another.
    Listed,
}

/// A table being written: its number, and the row that comes next.
pub(crate) struct Table {
    pub(crate) block: u32,
    pub(crate) row: u32,
    /// What must stay on the page of the next row: nobody's name goes to a page of its own.
    pub(crate) tail: f32,
    pub(crate) earlier: Earlier,
    /// The method of every result of the panel, said once above them.
    pub(crate) method: Option<String>,
}

impl Table {
    pub(crate) fn cell(&self, column: u8) -> Role {
        Role::Cell(self.block, self.row, column)
    }
}

/// A chapter with all its parts; `closing` is what must stand on the page of its last row.
pub(crate) fn chapter(flow: &mut Flow<'_>, chapter: &ChapterBlock, closing: f32) {
    flow.repeat(None);
    flow.y += 3.0;
    flow.reserve(70.0);
    let role = Role::Block(flow.next_block(), Kind::Heading);
    let title = chapter.title.to_uppercase();
    flow.wrapped(LEFT, ACROSS, Style::bold(11.0), Tone::Accent, &title, role);
    flow.y += 1.0;
    let y = flow.y;
    flow.rule(y, 0.8, Tone::Accent);
    flow.y += 3.5;
    for (place, part) in chapter.parts.iter().enumerate() {
        let last = place + 1 == chapter.parts.len();
        self::part(flow, chapter, part, if last { closing } else { 0.0 });
    }
}

fn part(flow: &mut Flow<'_>, chapter: &ChapterBlock, part: &PartBlock, closing: f32) {
    if let Some(title) = &part.title {
        flow.reserve(60.0);
        let role = Role::Block(flow.next_block(), Kind::Subheading);
        flow.wrapped(LEFT, ACROSS, Style::bold(9.8), Tone::Ink, title, role);
        flow.y += 1.0;
    }
    if !part.facts.is_empty() {
        let facts = part.facts.join(" – ");
        flow.paragraph(LEFT, ACROSS, SMALL, Tone::Soft, &facts);
    }
    for specimen in &part.specimens {
        let text = self::specimen(specimen);
        flow.paragraph(LEFT, ACROSS, SMALL, Tone::Soft, &text);
    }
    flow.y += 1.5;
    flow.reserve(40.0);
    let mut table = Table {
        block: flow.next_block(),
        row: 0,
        tail: 0.0,
        earlier: earlier(flow, part),
        method: None,
    };
    let name = part.title.as_ref().unwrap_or(&chapter.title);
    let title = flow.faces.clipped(name, Style::bold(9.5), ACROSS - 50.0);
    let resume = Resume {
        title: format!("{title} (suite)"),
        heads: has_rows(part).then(|| table.earlier.clone()),
    };
    if has_rows(part) {
        heads(flow, &table.earlier, |column| table.cell(column));
    }
    table.row += 1;
    flow.repeat(Some(Arc::new(resume)));
    let after = tail(flow, part) + closing;
    for (place, item) in part.items.iter().enumerate() {
        let last = place + 1 == part.items.len();
        self::item(flow, &mut table, item, if last { after } else { 0.0 });
    }
    flow.repeat(None);
    flow.y += 1.0;
    for text in part.subcontractor.iter().chain(&part.comments) {
        flow.paragraph(LEFT, ACROSS, REMARK, Tone::Ink, text);
    }
    if !part.validated.is_empty() {
        flow.paragraph(LEFT, ACROSS, SMALL, Tone::Soft, &part.validated);
    }
    flow.y += 4.0;
}

/// What follows the last row of a part, if it is short enough to be kept with it.
fn tail(flow: &Flow<'_>, part: &PartBlock) -> f32 {
    let words: f32 = part
        .subcontractor
        .iter()
        .chain(&part.comments)
        .map(|text| flow.height(text, REMARK, ACROSS))
        .sum();
    (words + SMALL.leading() + 2.0).min(120.0)
}

/// Every line that stands in the columns of the table.
fn rows(part: &PartBlock) -> impl Iterator<Item = &ResultLine> {
    fn plain(panel: &PanelBlock) -> &[ResultLine] {
        if panel.antibiogram {
            &[]
        } else {
            &panel.results
        }
    }
    part.items.iter().flat_map(|item| {
        let (own, panels): (&[ResultLine], &[PanelBlock]) = match item {
            ItemBlock::Result(one) => (std::slice::from_ref(one), &[]),
            ItemBlock::Panel(panel) => (plain(panel), &[]),
            ItemBlock::Isolate(isolate) => (&isolate.results, &isolate.panels),
            ItemBlock::Image(_) => (&[], &[]),
        };
        own.iter().chain(panels.iter().flat_map(plain))
    })
}

fn has_rows(part: &PartBlock) -> bool {
    rows(part).next().is_some()
}

/// Laboratories print earlier results under their dates; that takes as many columns as there are dates.
fn earlier(flow: &Flow<'_>, part: &PartBlock) -> Earlier {
    // In the order of the first row that has them all: the latest first.
    let mut dates: Vec<&str> = Vec::new();
    let mut seen = BTreeSet::new();
    let mut fits = true;
    for previous in rows(part).flat_map(|line| &line.previous) {
        if seen.insert(previous.date.as_str()) {
            dates.push(&previous.date);
        }
        fits &= flow.faces.width(&previous.value, EARLIER) <= EARLIER_WIDTH;
    }
    // A result with an earlier date only may come first.
    dates.sort_by_key(|date| std::cmp::Reverse(day(date)));
    let once = rows(part).all(|line| {
        let own: BTreeSet<&str> = line.previous.iter().map(|one| one.date.as_str()).collect();
        own.len() == line.previous.len()
    });
    match dates.len() {
        0 => Earlier::None,
        1 | 2 if fits && once => Earlier::Columns(dates.into_iter().map(str::to_owned).collect()),
        _ => Earlier::Listed,
    }
}

/// `23/11/2026` as something that sorts.
fn day(date: &str) -> [&str; 3] {
    let mut parts = date.rsplit('/');
    [(); 3].map(|()| parts.next().unwrap_or_default())
}

/// Where a column of earlier results ends, of so many.
pub(crate) fn earlier_end(column: usize, count: usize) -> f32 {
    if column + 1 < count { FIRST_END } else { RIGHT }
}

fn item(flow: &mut Flow<'_>, table: &mut Table, item: &ItemBlock, after: f32) {
    match item {
        ItemBlock::Result(one) => {
            table.tail = after;
            row::result(flow, table, one, 0.0);
        }
        ItemBlock::Panel(panel) => self::panel(flow, table, panel, after),
        ItemBlock::Isolate(isolate) => self::isolate(flow, table, isolate, after),
        ItemBlock::Image(image) => figure::image(flow, table, image),
    }
}

fn heading(flow: &mut Flow<'_>, table: &mut Table, label: &str, tone: Tone) {
    flow.reserve(STRONG.leading() * 3.0);
    flow.y += 2.0;
    let role = table.cell(0);
    flow.wrapped(LABEL, ACROSS, STRONG, tone, label, role);
    table.row += 1;
}

/// The method of every result of a panel, if they have one and the same.
fn shared_method(panel: &PanelBlock) -> Option<&str> {
    let method = |one: &'_ ResultLine| {
        let mut methods = one
            .notes
            .iter()
            .filter(|note| note.kind == NoteKind::Method);
        let first = methods.next().map(|note| note.text.clone());
        first.filter(|_| methods.next().is_none())
    };
    let (first, rest) = panel.results.split_first()?;
    let common = method(first)?;
    let alike = !rest.is_empty() && rest.iter().all(|one| method(one).as_ref() == Some(&common));
    let note = first
        .notes
        .iter()
        .find(|note| note.kind == NoteKind::Method)?;
    alike.then_some(note.text.as_str())
}

fn panel(flow: &mut Flow<'_>, table: &mut Table, panel: &PanelBlock, after: f32) {
    table.tail = 0.0;
    table.method = shared_method(panel).map(str::to_owned);
    let width = ACROSS - INDENT;
    let under: f32 = panel
        .notes
        .iter()
        .map(|note| flow.height(&note.text, SMALL, width))
        .sum();
    let after = after + under.min(120.0);
    if panel.antibiogram {
        antibiogram::write(flow, table, panel, after);
    } else {
        heading(flow, table, &panel.label, Tone::Accent);
        said_once(flow, table);
        for (place, one) in panel.results.iter().enumerate() {
            if place + 1 == panel.results.len() {
                table.tail = after;
            }
            row::result(flow, table, one, INDENT);
        }
    }
    table.method = None;
    pictures(flow, table, &panel.images);
    row::notes(flow, table, &panel.notes, 0.0);
}

/// The method that all results of a panel share.
pub(crate) fn said_once(flow: &mut Flow<'_>, table: &mut Table) {
    if let Some(method) = table.method.clone() {
        let role = table.cell(0);
        flow.wrapped(LABEL, ACROSS, SMALL, Tone::Soft, &method, role);
        table.row += 1;
        flow.y += 1.0;
    }
}

fn isolate(flow: &mut Flow<'_>, table: &mut Table, isolate: &IsolateBlock, after: f32) {
    table.tail = 0.0;
    flow.reserve(STRONG.leading() * 5.0);
    let style = Style::bold(9.6);
    flow.y += 3.0;
    let height = flow.height(&isolate.label, style, ACROSS - 2.0 * INDENT) + 4.0;
    let y = flow.y;
    flow.fill(LEFT, y, ACROSS, height, Tone::Band);
    flow.fill(LEFT, y, 2.5, height, Tone::Accent);
    flow.y += 1.5;
    let role = table.cell(0);
    let (x, width) = (LEFT + INDENT, ACROSS - 2.0 * INDENT);
    flow.wrapped(x, width, style, Tone::Ink, &isolate.label, role);
    table.row += 1;
    flow.y += 4.0;
    for (place, one) in isolate.results.iter().enumerate() {
        let last = place + 1 == isolate.results.len() && isolate.panels.is_empty();
        table.tail = if last { after } else { 0.0 };
        row::result(flow, table, one, INDENT);
    }
    for (place, panel) in isolate.panels.iter().enumerate() {
        let last = place + 1 == isolate.panels.len();
        self::panel(flow, table, panel, if last { after } else { 0.0 });
    }
    pictures(flow, table, &isolate.images);
    row::notes(flow, table, &isolate.notes, 0.0);
}

fn pictures(flow: &mut Flow<'_>, table: &mut Table, images: &[ImageBlock]) {
    for image in images {
        figure::image(flow, table, image);
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
struct Resume {
    title: String,
    heads: Option<Earlier>,
}

impl Repeat for Resume {
    fn again(&self, flow: &mut Flow<'_>) {
        let baseline = flow.y + 9.0;
        let style = Style::bold(9.5);
        flow.text_at(
            LEFT,
            baseline,
            style,
            Tone::Accent,
            &self.title,
            Role::Artifact,
        );
        flow.y += 14.0;
        if let Some(earlier) = &self.heads {
            heads(flow, earlier, |_| Role::Artifact);
        }
    }
}

fn heads(flow: &mut Flow<'_>, earlier: &Earlier, role: impl Fn(u8) -> Role) {
    let baseline = flow.y + HEAD.size;
    flow.text_at(LABEL, baseline, HEAD, Tone::Soft, "Examen", role(0));
    flow.text_right(UNIT - 8.0, baseline, HEAD, Tone::Soft, "Résultat", role(1));
    flow.text_at(UNIT, baseline, HEAD, Tone::Soft, "Unité", role(2));
    let reference = "Valeurs de référence";
    flow.text_at(REFERENCE, baseline, HEAD, Tone::Soft, reference, role(3));
    match earlier {
        Earlier::None => {}
        Earlier::Columns(dates) => {
            for (column, (number, date)) in (4..).zip(dates).enumerate() {
                let end = earlier_end(column, dates.len());
                flow.text_right(end, baseline, DATE, Tone::Soft, date, role(number));
            }
        }
        Earlier::Listed => {
            flow.text_at(
                PREVIOUS,
                baseline,
                HEAD,
                Tone::Soft,
                "Antériorités",
                role(4),
            );
        }
    }
    flow.y += HEAD.leading() + 1.0;
    let y = flow.y;
    flow.rule(y, 0.6, Tone::Hairline);
    flow.y += 2.0;
}
