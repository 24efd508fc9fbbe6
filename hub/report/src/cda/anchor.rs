//! Names of the narrative's elements that entries point at: unique in the document, an NCName each, the same every time.

use sha2::{Digest, Sha256};

/// A part of the report; the names of its elements begin with it.
#[derive(Clone, Copy)]
pub(crate) struct Place {
    chapter: usize,
    part: usize,
}

/// A result, or the heading of a panel or an isolate, inside a part.
#[derive(Clone, Copy)]
pub(crate) struct Row {
    place: Place,
    item: usize,
    /// Zero for the item itself, else the place of what stands in it.
    inner: usize,
    /// Zero, or the place of a result in a panel that itself stands in an isolate.
    deeper: usize,
}

impl Place {
    /// The part at these places.
    pub(crate) fn new(chapter: usize, part: usize) -> Self {
        Self {
            chapter: chapter + 1,
            part: part + 1,
        }
    }

    fn prefix(self) -> String {
        format!("c{}p{}", self.chapter, self.part)
    }

    /// How a specimen was taken.
    pub(crate) fn act(self, specimen: usize) -> String {
        format!("{}s{}", self.prefix(), specimen + 1)
    }

    /// What a specimen is.
    pub(crate) fn kind(self, specimen: usize) -> String {
        format!("{}s{}n", self.prefix(), specimen + 1)
    }

    /// A fact about the part.
    pub(crate) fn fact(self, place: usize) -> String {
        format!("{}f{}", self.prefix(), place + 1)
    }

    /// A remark on the part.
    pub(crate) fn comment(self, place: usize) -> String {
        format!("{}k{}", self.prefix(), place + 1)
    }

    /// An item.
    pub(crate) fn row(self, item: usize) -> Row {
        Row {
            place: self,
            item: item + 1,
            inner: 0,
            deeper: 0,
        }
    }
}

impl Row {
    /// What stands at this place in it.
    pub(crate) fn inner(self, place: usize) -> Self {
        if self.inner == 0 {
            Self {
                inner: place + 1,
                ..self
            }
        } else {
            Self {
                deeper: place + 1,
                ..self
            }
        }
    }

    /// The name of the test.
    pub(crate) fn label(self) -> String {
        let item = format!("{}r{}", self.place.prefix(), self.item);
        match (self.inner, self.deeper) {
            (0, _) => item,
            (inner, 0) => format!("{item}.{inner}"),
            (inner, deeper) => format!("{item}.{inner}.{deeper}"),
        }
    }

    /// A picture, by its title.
    pub(crate) fn image(self, place: usize) -> String {
        format!("{}i{}", self.label(), place + 1)
    }

    /// A picture itself.
    pub(crate) fn media(self, place: usize) -> String {
        format!("{}m", self.image(place))
    }

    /// The value.
    pub(crate) fn value(self) -> String {
        format!("{}v", self.label())
    }

    /// An earlier result.
    pub(crate) fn previous(self, place: usize) -> String {
        format!("{}h{}", self.label(), place + 1)
    }

    /// A note.
    pub(crate) fn note(self, place: usize) -> String {
        format!("{}n{}", self.label(), place + 1)
    }
}

/// A line beside the results.
pub(crate) fn annex(place: usize, line: usize) -> String {
    format!("a{}l{}", place + 1, line + 1)
}

/// The title of something beside the results.
pub(crate) fn annex_title(place: usize) -> String {
    format!("a{}t", place + 1)
}

/// A document attached to something beside the results.
pub(crate) fn attachment(place: usize) -> String {
    format!("a{}d", place + 1)
}

/// An identifier for a section or an act of the document `id`: a UUID made from its name (RFC 9562 §5.8), so that the same
/// report always gives the same bytes.
pub(crate) fn uuid(id: &str, name: &str) -> String {
    let digest = Sha256::new()
        .chain_update(id)
        .chain_update([0])
        .chain_update(name)
        .finalize();
    let mut bytes = [0_u8; 16];
    for (target, source) in bytes.iter_mut().zip(digest) {
        *target = source;
    }
    let mut number = u128::from_be_bytes(bytes);
    number &= !(0xf000_u128 << 64) & !(0xc000_u128 << 48);
    number |= (0x8000_u128 << 64) | (0x8000_u128 << 48);
    let hex = format!("{number:032X}");
    let mut shown = String::with_capacity(36);
    for (place, digit) in hex.chars().enumerate() {
        if matches!(place, 8 | 12 | 16 | 20) {
            shown.push('-');
        }
        shown.push(digit);
    }
    shown
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_differ() {
        let place = Place::new(0, 0);
        let row = place.row(11);
        assert_eq!(row.label(), "c1p1r12");
        assert_eq!(row.inner(0).label(), "c1p1r12.1");
        assert_eq!(row.inner(0).inner(2).label(), "c1p1r12.1.3");
        assert_ne!(row.inner(1).image(0), row.image(1));
        assert_ne!(place.row(0).inner(1).label(), place.row(1).label());
        assert_ne!(
            Place::new(0, 10).row(0).label(),
            Place::new(0, 0).row(0).label()
        );
    }

    #[test]
    fn a_uuid_has_its_version_and_variant() {
        let made = uuid("1.2.3", "pdf");
        assert_eq!(made.len(), 36);
        assert_eq!(made.as_bytes()[14], b'8');
        assert!(matches!(made.as_bytes()[19], b'8' | b'9' | b'A' | b'B'));
        assert_eq!(made, uuid("1.2.3", "pdf"));
        assert_ne!(made, uuid("1.2.3", "copy"));
    }
}
