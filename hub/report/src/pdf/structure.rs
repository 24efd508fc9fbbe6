//! The tree of what the page says (ISO 32000 §14.7, §14.8): titles, paragraphs, tables with their rows and cells, figures.

use std::collections::BTreeMap;

use pdf_writer::{Finish, Name, Pdf, Ref, TextStr};

use super::canvas::{Kind, Role};
use super::content::Piece;

/// Columns of a table of results.
pub(crate) const COLUMNS: u8 = 6;

/// Content on pages: page and number there.
type Leaves = Vec<(usize, i32)>;

struct Element {
    tag: &'static [u8],
    parent: usize,
    kids: Vec<usize>,
    leaves: Leaves,
    /// A cell of a row that has no others.
    spans: bool,
    words: Option<String>,
}

/// The tree, before it is written.
pub(crate) struct Structure {
    elements: Vec<Element>,
}

impl Structure {
    /// Puts the pieces in the order of reading. `figures` says in words what figures show.
    pub(crate) fn new(pieces: &[Piece], figures: &[(u32, String)]) -> Self {
        let mut sorted: BTreeMap<(u32, u32, u8), (Role, Leaves)> = BTreeMap::new();
        for (role, page, number) in pieces {
            let key = match *role {
                Role::Artifact => continue,
                Role::Block(block, _) => (block, 0, 0),
                Role::Cell(table, row, column) => (table, row, column),
            };
            let entry = sorted.entry(key).or_insert_with(|| (*role, Vec::new()));
            entry.1.push((*page, *number));
        }
        let mut tree = Self {
            elements: Vec::with_capacity(sorted.len() * 2),
        };
        tree.add(b"Document", 0);
        // The open table and row: their numbers, and where they stand in the tree.
        let (mut table, mut row) = (None, None);
        for ((block, line, column), (role, leaves)) in sorted {
            let place = match role {
                Role::Artifact => continue,
                Role::Block(_, kind) => tree.add(tag(kind), 0),
                Role::Cell(..) => {
                    let table = match table {
                        Some((open, place)) if open == block => place,
                        _ => {
                            let place = tree.add(b"Table", 0);
                            table = Some((block, place));
                            place
                        }
                    };
                    let row = match row {
                        Some((open, place)) if open == (block, line) => place,
                        _ => {
                            let place = tree.add(b"TR", table);
                            row = Some(((block, line), place));
                            place
                        }
                    };
                    tree.fill_up(row, column);
                    tree.add(if line == 0 { b"TH" } else { b"TD" }, row)
                }
            };
            let words = match role {
                Role::Block(block, Kind::Figure) => figures
                    .iter()
                    .find(|(of, _)| *of == block)
                    .map(|(_, words)| words.clone()),
                _ => None,
            };
            if let Some(element) = tree.elements.get_mut(place) {
                element.leaves = leaves;
                element.words = words;
            }
        }
        tree.close_rows();
        tree
    }

    fn add(&mut self, tag: &'static [u8], parent: usize) -> usize {
        let place = self.elements.len();
        if place > 0
            && let Some(up) = self.elements.get_mut(parent)
        {
            up.kids.push(place);
        }
        self.elements.push(Element {
            tag,
            parent,
            kids: Vec::new(),
            leaves: Vec::new(),
            spans: false,
            words: None,
        });
        place
    }

    /// Cells without content before this column, so that what comes is heard in its own.
    fn fill_up(&mut self, row: usize, column: u8) {
        let count = |tree: &Self| tree.elements.get(row).map_or(0, |one| one.kids.len());
        while count(self) < usize::from(column) {
            self.add(b"TD", row);
        }
    }

    /// A row with one cell only is a line across the table; others are filled up.
    fn close_rows(&mut self) {
        for place in 0..self.elements.len() {
            let Some(row) = self.elements.get(place).filter(|one| one.tag == b"TR") else {
                continue;
            };
            if let [only] = row.kids[..] {
                if let Some(cell) = self.elements.get_mut(only) {
                    cell.spans = true;
                }
            } else {
                self.fill_up(place, COLUMNS);
            }
        }
    }

    /// Writes the tree from `first` on and gives the next free number. `parents` is where pages find their way back.
    pub(crate) fn write(
        &self,
        pdf: &mut Pdf,
        root: Ref,
        parents: Ref,
        first: Ref,
        pages: &[Ref],
    ) -> Ref {
        let id = |place: usize| Ref::new(first.get() + i32::try_from(place).unwrap_or_default());
        let mut back: Vec<BTreeMap<i32, Ref>> = vec![BTreeMap::new(); pages.len()];
        for (place, element) in self.elements.iter().enumerate() {
            for (page, number) in &element.leaves {
                if let Some(back) = back.get_mut(*page) {
                    back.insert(*number, id(place));
                }
            }
            let up = if place == 0 { root } else { id(element.parent) };
            element.write(pdf, id(place), up, id, pages);
        }
        let mut tree = pdf.indirect(root).dict();
        tree.pair(Name(b"Type"), Name(b"StructTreeRoot"));
        tree.pair(Name(b"K"), first);
        tree.pair(Name(b"ParentTree"), parents);
        tree.pair(
            Name(b"ParentTreeNextKey"),
            i32::try_from(pages.len()).unwrap_or_default(),
        );
        tree.finish();
        let mut numbers = pdf.indirect(parents).dict();
        let mut list = numbers.insert(Name(b"Nums")).array();
        for (page, back) in (0..).zip(&back) {
            list.item(page);
            list.push().array().items(back.values().copied());
        }
        list.finish();
        numbers.finish();
        id(self.elements.len())
    }
}

impl Element {
    fn write(&self, pdf: &mut Pdf, own: Ref, up: Ref, id: impl Fn(usize) -> Ref, pages: &[Ref]) {
        let mut dict = pdf.indirect(own).dict();
        dict.pair(Name(b"S"), Name(self.tag));
        dict.pair(Name(b"P"), up);
        if let Some(words) = &self.words {
            dict.pair(Name(b"Alt"), TextStr(words));
        }
        if self.spans {
            let mut attributes = dict.insert(Name(b"A")).dict();
            attributes.pair(Name(b"O"), Name(b"Table"));
            attributes.pair(Name(b"ColSpan"), i32::from(COLUMNS));
        }
        match (&self.kids[..], &self.leaves[..]) {
            ([], []) => {}
            ([], [(page, number)]) => {
                dict.pair(Name(b"K"), *number);
                if let Some(page) = pages.get(*page) {
                    dict.pair(Name(b"Pg"), *page);
                }
            }
            ([], leaves) => {
                let home = leaves.first().map(|(page, _)| *page);
                if let Some(page) = home.and_then(|home| pages.get(home)) {
                    dict.pair(Name(b"Pg"), *page);
                }
                let mut list = dict.insert(Name(b"K")).array();
                for (page, number) in leaves {
                    if Some(*page) == home {
                        list.item(*number);
                    } else if let Some(page) = pages.get(*page) {
                        let mut content = list.push().dict();
                        content.pair(Name(b"Type"), Name(b"MCR"));
                        content.pair(Name(b"Pg"), *page);
                        content.pair(Name(b"MCID"), *number);
                    }
                }
            }
            (kids, _) => {
                let mut list = dict.insert(Name(b"K")).array();
                list.items(kids.iter().map(|kid| id(*kid)));
            }
        }
    }
}

const fn tag(kind: Kind) -> &'static [u8] {
    match kind {
        Kind::Paragraph => b"P",
        Kind::Title => b"H1",
        Kind::Heading => b"H2",
        Kind::Subheading => b"H3",
        Kind::Figure => b"Figure",
    }
}
