//! Fills page after page: knows how much room is left, repeats the heads of what goes on, closes each page with its foot.

use super::canvas::{HEIGHT, Kind, Mark, Page, Role, Tone, WIDTH};
use super::font::{Faces, Style};
use crate::display::Sheet;
use crate::text::{NBSP, UNSHOWABLE};

/// Left edge of the text.
pub(crate) const LEFT: f32 = 40.0;
/// Right edge of the text.
pub(crate) const RIGHT: f32 = WIDTH - 40.0;
/// Nothing of the body stands below.
const BOTTOM: f32 = HEIGHT - 58.0;
/// The first line of a page that goes on stands below.
const TOP: f32 = 74.0;

/// What is repeated at the top of a page when a table goes on.
pub(crate) type Repeat = fn(&mut Flow<'_>, &str);

/// The pages so far, and where the next line goes.
pub(crate) struct Flow<'a> {
    pub(crate) faces: &'a Faces,
    sheet: &'a Sheet,
    pages: Vec<Page>,
    page: Page,
    /// Where the next line may begin.
    pub(crate) y: f32,
    repeat: Option<(Repeat, String)>,
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
            y: 38.0,
            repeat: None,
            block: 0,
            unshown: false,
        }
    }

    /// What the next pages begin with, until told otherwise.
    pub(crate) fn repeat(&mut self, repeat: Option<(Repeat, String)>) {
        self.repeat = repeat;
    }

    /// A number for the next block or table.
    pub(crate) fn next_block(&mut self) -> u32 {
        self.block += 1;
        self.block
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
        self.repeated(
            40.0,
            Style::bold(9.5),
            Tone::Accent,
            &sheet.laboratory.name,
            320.0,
        );
        let what = format!("{} (suite)", sheet.title);
        self.text_right(RIGHT, 40.0, Style::regular(8.0), Tone::Soft, &what, role);
        self.repeated(
            54.0,
            Style::bold(8.5),
            Tone::Ink,
            &sheet.patient.running,
            RIGHT - LEFT,
        );
        self.rule(60.0, 0.8, Tone::Accent);
        self.y = TOP;
        if let Some((repeat, title)) = self.repeat.clone() {
            repeat(self, &title);
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
        let text = self.faces.showable(text, style);
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
        let width = self.faces.width(&self.faces.showable(text, style), style);
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
        self.page.marks.push(Mark::Box {
            x,
            y,
            width,
            height,
            tone,
        });
    }

    /// A line across the page.
    pub(crate) fn rule(&mut self, y: f32, thickness: f32, tone: Tone) {
        self.fill(LEFT, y, RIGHT - LEFT, thickness, tone);
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
        for line in self.faces.wrap(text, style, width) {
            self.reserve(style.leading());
            let baseline = self.y + style.size;
            self.text_at(x, baseline, style, tone, &line, role);
            self.y += style.leading();
        }
    }

    /// How tall a text is across a width.
    pub(crate) fn height(&self, text: &str, style: Style, width: f32) -> f32 {
        let lines = u16::try_from(self.faces.wrap(text, style, width).len()).unwrap_or(u16::MAX);
        f32::from(lines) * style.leading()
    }

    /// The pages, each with its foot.
    pub(crate) fn finish(mut self) -> Vec<Page> {
        let last = std::mem::take(&mut self.page);
        self.pages.push(last);
        let mut pages = std::mem::take(&mut self.pages);
        let count = pages.len();
        let sheet = self.sheet;
        for (place, page) in pages.iter_mut().enumerate() {
            self.page = std::mem::take(page);
            let role = Role::Artifact;
            self.rule(HEIGHT - 50.0, 0.5, Tone::Hairline);
            let soft = Style::regular(7.5);
            self.repeated(
                HEIGHT - 39.0,
                soft,
                Tone::Ink,
                &sheet.patient.running,
                440.0,
            );
            let number = format!("Page{NBSP}{}{NBSP}/{NBSP}{count}", place + 1);
            self.text_right(
                RIGHT,
                HEIGHT - 39.0,
                Style::bold(8.0),
                Tone::Ink,
                &number,
                role,
            );
            let small = Style::regular(6.5);
            self.repeated(
                HEIGHT - 29.0,
                small,
                Tone::Soft,
                &sheet.reference,
                RIGHT - LEFT,
            );
            let foot = sheet.laboratory.footer.join(" – ");
            self.repeated(HEIGHT - 20.5, small, Tone::Soft, &foot, RIGHT - LEFT);
            *page = std::mem::take(&mut self.page);
        }
        pages
    }
}
