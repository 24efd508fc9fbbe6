//! Fills page after page: knows how much room is left, repeats the heads of what goes on, closes each page with its foot.

use std::sync::Arc;

use super::canvas::{HEIGHT, Kind, Mark, Page, Pages, Role, Tone, WIDTH};
use super::font::{Faces, Style};
use super::picture::Ready;
use crate::display::Sheet;
use crate::text::{NBSP, UNSHOWABLE};

/// Left edge of the text.
pub(crate) const LEFT: f32 = 40.0;
/// Right edge of the text.
pub(crate) const RIGHT: f32 = WIDTH - 40.0;
/// From edge to edge.
pub(crate) const ACROSS: f32 = RIGHT - LEFT;
/// Nothing of the body stands below.
pub(crate) const BOTTOM: f32 = HEIGHT - 54.0;
/// The first line of a page that goes on stands below.
pub(crate) const TOP: f32 = 74.0;

/// What is repeated at the top of a page when a table goes on.
pub(crate) trait Repeat {
    /// Writes it.
    fn again(&self, flow: &mut Flow<'_>);
}

/// The pages so far, and where the next line goes.
pub(crate) struct Flow<'a> {
    pub(crate) faces: &'a Faces,
    sheet: &'a Sheet,
    pages: Vec<Page>,
    page: Page,
    figures: Vec<(u32, String)>,
    /// Where the next line may begin.
    pub(crate) y: f32,
    repeat: Option<Arc<dyn Repeat + 'a>>,
    block: u32,
    unshown: bool,
}

impl<'a> Flow<'a> {
    /// An empty first page.
    pub(crate) fn new(faces: &'a Faces, sheet: &'a Sheet) -> Self {
        Self {
            faces,
            sheet,
            pages: Vec::new(),
            page: Page::default(),
            figures: Vec::new(),
            y: 36.0,
            repeat: None,
            block: 0,
            unshown: false,
        }
    }

    /// What the next pages begin with, until told otherwise.
    pub(crate) fn repeat(&mut self, repeat: Option<Arc<dyn Repeat + 'a>>) {
        self.repeat = repeat;
    }

    /// A number for the next block or table.
    pub(crate) fn next_block(&mut self) -> u32 {
        self.block += 1;
        self.block
    }

    /// How many pages are full.
    pub(crate) fn turned(&self) -> usize {
        self.pages.len()
    }

    /// Whether something could not be shown so far.
    pub(crate) fn has_unshown(&self) -> bool {
        self.unshown
    }

    /// Goes to a new page unless `height` is left on this one.
    pub(crate) fn reserve(&mut self, height: f32) {
        // What is taller than a page goes on the next one only if this one is mostly full.
        let wanted = height.min((BOTTOM - TOP) / 2.0);
        if self.y + wanted > BOTTOM {
            self.new_page();
        }
    }

    fn new_page(&mut self) {
        let full = std::mem::take(&mut self.page);
        self.pages.push(full);
        let sheet = self.sheet;
        let role = Role::Artifact;
        let name = Style::bold(9.5);
        self.repeated(40.0, name, Tone::Accent, &sheet.laboratory.name, 320.0);
        let what = format!("{} (suite)", sheet.title);
        self.text_right(RIGHT, 40.0, Style::regular(8.0), Tone::Soft, &what, role);
        let identity = Style::bold(8.5);
        self.repeated(54.0, identity, Tone::Ink, &sheet.patient.running, ACROSS);
        self.rule(60.0, 0.8, Tone::Accent);
        self.y = TOP;
        if let Some(repeat) = self.repeat.clone() {
            repeat.again(self);
        }
    }

    /// One line of text.
    pub(crate) fn text_at(
        &mut self,
        x: f32,
        y: f32,
        style: Style,
        tone: Tone,
        text: &str,
        role: Role,
    ) {
        if text.is_empty() {
            return;
        }
        let text = self.faces.showable(text, style).into_owned();
        self.unshown |= text.contains(UNSHOWABLE);
        self.page.marks.push(Mark::Text {
            x,
            y,
            style,
            tone,
            text,
            role,
        });
    }

    /// One line of text that ends at `x`.
    pub(crate) fn text_right(
        &mut self,
        x: f32,
        y: f32,
        style: Style,
        tone: Tone,
        text: &str,
        role: Role,
    ) {
        let width = self.faces.width(text, style);
        self.text_at(x - width, y, style, tone, text, role);
    }

    /// One line that repeats what stands in full elsewhere, cut where there is no more room.
    fn repeated(&mut self, y: f32, style: Style, tone: Tone, text: &str, width: f32) {
        let text = self.faces.clipped(text, style, width);
        self.text_at(LEFT, y, style, tone, &text, Role::Artifact);
    }

    /// A filled rectangle.
    pub(crate) fn fill(&mut self, x: f32, y: f32, width: f32, height: f32, tone: Tone) {
        // What is behind texts that go on over pages ends with the page.
        let height = height.min(HEIGHT - 20.0 - y);
        self.fill_as(Role::Artifact, (x, y, width, height), tone);
    }

    /// A filled rectangle that belongs to something.
    pub(crate) fn fill_as(
        &mut self,
        role: Role,
        (x, y, width, height): (f32, f32, f32, f32),
        tone: Tone,
    ) {
        self.page.marks.push(Mark::Box {
            x,
            y,
            width,
            height,
            tone,
            role,
        });
    }

    /// A line through points.
    pub(crate) fn line(&mut self, role: Role, points: Vec<(f32, f32)>, thickness: f32, tone: Tone) {
        self.page.marks.push(Mark::Line {
            points,
            thickness,
            tone,
            role,
        });
    }

    /// A picture.
    pub(crate) fn picture(
        &mut self,
        role: Role,
        (x, y, width, height): (f32, f32, f32, f32),
        picture: Arc<Ready>,
    ) {
        self.page.marks.push(Mark::Picture {
            x,
            y,
            width,
            height,
            picture,
            role,
        });
    }

    /// A role for a figure that says `words` to whoever cannot see it.
    pub(crate) fn figure(&mut self, words: String) -> Role {
        let block = self.next_block();
        self.figures.push((block, words));
        Role::Block(block, Kind::Figure)
    }

    /// A line across the page.
    pub(crate) fn rule(&mut self, y: f32, thickness: f32, tone: Tone) {
        self.fill(LEFT, y, ACROSS, thickness, tone);
    }

    /// Wrapped text across a width, line by line over as many pages as it takes.
    pub(crate) fn paragraph(&mut self, x: f32, width: f32, style: Style, tone: Tone, text: &str) {
        let role = Role::Block(self.next_block(), Kind::Paragraph);
        self.wrapped(x, width, style, tone, text, role);
    }

    /// The same, with a role of its own.
    pub(crate) fn wrapped(
        &mut self,
        x: f32,
        width: f32,
        style: Style,
        tone: Tone,
        text: &str,
        role: Role,
    ) {
        let faces = self.faces;
        for line in faces.wrap(text, style, width) {
            self.reserve(style.leading());
            let baseline = self.y + style.size;
            self.text_at(x, baseline, style, tone, line, role);
            self.y += style.leading();
        }
    }

    /// How tall a text is across a width.
    pub(crate) fn height(&self, text: &str, style: Style, width: f32) -> f32 {
        self.faces.count(text, style, width) * style.leading()
    }

    /// The pages, each with its foot.
    pub(crate) fn finish(mut self) -> Pages {
        let last = std::mem::take(&mut self.page);
        self.pages.push(last);
        let mut pages = std::mem::take(&mut self.pages);
        let count = pages.len();
        let foot = self.sheet.laboratory.footer.join(" – ");
        for (place, page) in pages.iter_mut().enumerate() {
            self.page = std::mem::take(page);
            self.foot(
                &format!("Page{NBSP}{}{NBSP}/{NBSP}{count}", place + 1),
                &foot,
            );
            *page = std::mem::take(&mut self.page);
        }
        Pages {
            pages,
            figures: self.figures,
        }
    }

    fn foot(&mut self, number: &str, foot: &str) {
        let sheet = self.sheet;
        let role = Role::Artifact;
        self.rule(HEIGHT - 50.0, 0.5, Tone::Hairline);
        let (line, style) = (HEIGHT - 39.0, Style::regular(7.5));
        self.repeated(line, style, Tone::Ink, &sheet.patient.running, 440.0);
        self.text_right(RIGHT, line, Style::bold(8.0), Tone::Ink, number, role);
        let small = Style::regular(6.5);
        self.repeated(HEIGHT - 29.0, small, Tone::Soft, &sheet.reference, ACROSS);
        self.repeated(HEIGHT - 20.5, small, Tone::Soft, foot, ACROSS);
    }
}
