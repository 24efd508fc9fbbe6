//! The report as the words on the page: the one source of every string that PDF, HTML and CDA narrative show.
//!
//! Whoever writes a page takes its texts from here and formats nothing, so that the three forms cannot disagree.

mod annex;
mod build;
mod frame;
mod history;
mod legend;
pub mod value;
pub mod words;

use lisiere_model::report::Picture;

pub use build::{draft, sheet};

/// All words of a report, in the order of reading.
#[derive(Clone, PartialEq, Eq)]
pub struct Sheet {
    /// What this document is.
    pub title: String,
    /// How complete it is.
    pub status: String,
    /// What must be seen first: a correction, missing results, a fictitious patient.
    pub notices: Vec<String>,
    /// The laboratory.
    pub laboratory: Letterhead,
    /// The patient.
    pub patient: PatientBlock,
    /// Prescriber, dates and the other facts about the request, each with its name.
    pub request: Vec<Fact>,
    /// Remarks on the whole.
    pub remarks: Vec<RemarkBlock>,
    /// The results.
    pub chapters: Vec<ChapterBlock>,
    /// What stands beside the results.
    pub annexes: Vec<AnnexBlock>,
    /// Who signed, and when.
    pub signature: Vec<String>,
    /// What the marks mean.
    pub legend: Vec<String>,
    /// Version and identifier of the document.
    pub reference: String,
}

/// A named fact.
#[derive(Clone, PartialEq, Eq)]
pub struct Fact {
    /// Its name.
    pub name: &'static str,
    /// What it is, one entry a line.
    pub lines: Vec<String>,
}

/// The top of the page.
#[derive(Clone, PartialEq, Eq)]
pub struct Letterhead {
    /// The laboratory's sign.
    pub logo: Option<ImageBlock>,
    /// The laboratory's name.
    pub name: String,
    /// A line under it.
    pub subtitle: Option<String>,
    /// Address and how to reach it.
    pub lines: Vec<String>,
    /// Accreditation and biologists.
    pub side: Vec<String>,
    /// Foot of the page.
    pub footer: Vec<String>,
}

/// Who the results are about.
#[derive(Clone, PartialEq, Eq)]
pub struct PatientBlock {
    /// `NOM DE NAISSANCE Prénom`.
    pub name: String,
    /// The other traits.
    pub facts: Vec<Fact>,
    /// The identity in one line, for every page.
    pub running: String,
}

/// A remark on the whole.
#[derive(Clone, PartialEq, Eq)]
pub struct RemarkBlock {
    /// Its title.
    pub title: String,
    /// Its text; may hold line breaks.
    pub text: String,
}

/// A chapter.
#[derive(Clone, PartialEq, Eq)]
pub struct ChapterBlock {
    /// Its title.
    pub title: String,
    /// Its parts.
    pub parts: Vec<PartBlock>,
}

/// A part of a chapter.
#[derive(Clone, PartialEq, Eq)]
pub struct PartBlock {
    /// Title of a sub-chapter.
    pub title: Option<String>,
    /// The specimens.
    pub specimens: Vec<SpecimenLine>,
    /// What was examined if no human specimen, when, on which analyzer: one line each.
    pub facts: Vec<String>,
    /// The results.
    pub items: Vec<ItemBlock>,
    /// Remarks on all of them; may hold line breaks.
    pub comments: Vec<String>,
    /// The laboratory that made them, if another.
    pub subcontractor: Option<String>,
    /// Who validated them, and when; empty if nobody is named.
    pub validated: String,
}

/// Something beside the results: a report of another laboratory, a reason, vaccinations.
#[derive(Clone, PartialEq, Eq)]
pub struct AnnexBlock {
    /// What it is.
    pub kind: AnnexKind,
    /// Its title.
    pub title: String,
    /// Its lines; each may hold line breaks.
    pub lines: Vec<String>,
}

/// What stands beside the results.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum AnnexKind {
    /// A report of another laboratory: its place in the model's list.
    SecondLine(usize),
    /// Why the tests were recommended: the text, then a line for each coded fact.
    Recommendation,
    /// A line for each vaccination.
    Vaccinations,
}

/// A specimen.
#[derive(Clone, PartialEq, Eq)]
pub struct SpecimenLine {
    /// How it was taken.
    pub act: String,
    /// Its nature.
    pub kind: String,
    /// The number on its label.
    pub accession: String,
    /// When it was taken, or nothing.
    pub collected: String,
    /// When it was received, or nothing.
    pub received: String,
}

/// A panel or a single result.
#[derive(Clone, PartialEq, Eq)]
pub enum ItemBlock {
    /// Results under one name.
    Panel(PanelBlock),
    /// A result.
    Result(ResultLine),
    /// A germ with its antibiograms.
    Isolate(Box<IsolateBlock>),
    /// A picture.
    Image(ImageBlock),
}

/// Results under one name.
#[derive(Clone, PartialEq, Eq)]
pub struct PanelBlock {
    /// The name.
    pub label: String,
    /// Whether the results are antibiotics, each with S, I or R as its mark.
    pub antibiogram: bool,
    /// The results.
    pub results: Vec<ResultLine>,
    /// Pictures that go with them.
    pub images: Vec<ImageBlock>,
    /// What stands under them.
    pub notes: Vec<Note>,
}

/// A germ.
#[derive(Clone, PartialEq, Eq)]
pub struct IsolateBlock {
    /// Its name.
    pub label: String,
    /// Results about it: its count, a resistance mechanism.
    pub results: Vec<ResultLine>,
    /// Its antibiograms: the mark of each line is S, I or R.
    pub panels: Vec<PanelBlock>,
    /// Pictures.
    pub images: Vec<ImageBlock>,
    /// What stands under them.
    pub notes: Vec<Note>,
}

/// A picture.
#[derive(Clone, PartialEq, Eq)]
pub struct ImageBlock {
    /// What it shows.
    pub title: String,
    /// The picture.
    pub picture: Picture,
}

/// A result.
#[derive(Clone, PartialEq, Eq)]
pub struct ResultLine {
    /// What was measured.
    pub label: String,
    /// What was found, without its unit; may hold line breaks when it is words.
    pub value: String,
    /// Whether the value is a number, to be aligned on the decimal comma.
    pub numeric: bool,
    /// The unit.
    pub unit: String,
    /// The sign beside an unusual value.
    pub mark: &'static str,
    /// Whether the value stands in bold.
    pub strong: bool,
    /// The reference range.
    pub reference: String,
    /// Where the value lies: 0 at the low bound of the range, 1000 at the high one.
    pub position: Option<i32>,
    /// Earlier results.
    pub previous: Vec<PreviousLine>,
    /// The same as a curve, when that was asked for.
    pub history: Option<Box<HistoryBlock>>,
    /// What stands under it.
    pub notes: Vec<Note>,
}

/// A result and the earlier ones as a curve. Places are thousandths of the drawing.
#[derive(Clone, PartialEq, Eq)]
pub struct HistoryBlock {
    /// What is drawn.
    pub title: String,
    /// All that is drawn, in words, for whoever cannot see it.
    pub words: String,
    /// The results, the oldest first.
    pub points: Vec<HistoryPoint>,
    /// The low bound of the reference range.
    pub low: Option<HistoryBound>,
    /// The high bound.
    pub high: Option<HistoryBound>,
}

/// One result of a curve.
#[derive(Clone, PartialEq, Eq)]
pub struct HistoryPoint {
    /// Of when.
    pub date: String,
    /// What was found.
    pub value: String,
    /// From the oldest (0) to today's (1000).
    pub across: i32,
    /// From the lowest value drawn (0) to the highest (1000).
    pub up: i32,
}

/// A bound of a curve.
#[derive(Clone, PartialEq, Eq)]
pub struct HistoryBound {
    /// The bound.
    pub shown: String,
    /// From the lowest value drawn (0) to the highest (1000).
    pub up: i32,
}

/// An earlier result.
#[derive(Clone, PartialEq, Eq)]
pub struct PreviousLine {
    /// Of when.
    pub date: String,
    /// What was found, in the unit of today.
    pub value: String,
    /// What hampers a comparison.
    pub caution: Option<String>,
}

/// A line under a result or a panel.
#[derive(Clone, PartialEq, Eq)]
pub struct Note {
    /// What it speaks of.
    pub kind: NoteKind,
    /// Its words; a comment may hold line breaks.
    pub text: String,
}

/// What a note speaks of.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum NoteKind {
    /// Reference values in words.
    Reference,
    /// How it was measured.
    Method,
    /// What hampers a comparison with an earlier result.
    Caution,
    /// The same quantity in another unit.
    Conversion,
    /// The specimen, when the part names others.
    Specimen,
    /// The analyzer, what was examined, who answers for it.
    Circumstance,
    /// The laboratory that made it.
    Subcontractor,
    /// Who validated it.
    Validator,
    /// A remark.
    Comment,
}
