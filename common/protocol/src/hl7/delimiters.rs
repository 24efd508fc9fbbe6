//! The five delimiters of an HL7 message, as MSH-1 and MSH-2 declare them (HL7 v2.5.1 §2.5.4).

pub use crate::lis2a2::delimiters::Declaration;

/// Field, component, repeat, escape and subcomponent delimiter.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct Delimiters {
    /// Between fields.
    pub field: u8,
    /// Between components.
    pub component: u8,
    /// Between repeats of a field.
    pub repeat: u8,
    /// Around escape sequences.
    pub escape: u8,
    /// Between subcomponents.
    pub subcomponent: u8,
}

impl Default for Delimiters {
    fn default() -> Self {
        Self {
            field: b'|',
            component: b'^',
            repeat: b'~',
            escape: b'\\',
            subcomponent: b'&',
        }
    }
}

impl Delimiters {
    /// Reads the declaration of a header segment. Never fails: what cannot be read is replaced by the usual delimiters.
    ///
    /// ```
    /// use lisiere_protocol::hl7::Delimiters;
    ///
    /// let (delimiters, _) = Delimiters::declared_by(b"MSH$%~\\&$Analyzer");
    /// assert_eq!((delimiters.field, delimiters.component), (b'$', b'%'));
    /// ```
    pub fn declared_by(header: &[u8]) -> (Self, Declaration) {
        let usual = Self::default();
        let Some(&field) = header.get(3) else {
            return (usual, Declaration::Short);
        };
        let rest = header.get(4..).unwrap_or_default();
        let end = rest
            .iter()
            .position(|byte| *byte == field)
            .unwrap_or(rest.len());
        let declared = rest.get(..end).unwrap_or_default();
        let read = |component, repeat, escape, subcomponent| Self {
            field,
            component,
            repeat,
            escape,
            subcomponent,
        };
        let (read, declaration) = match *declared {
            // A program on the way escaped the backslash.
            [component, repeat, first, second, last, ..] if first == second => {
                (read(component, repeat, first, last), Declaration::Doubled)
            }
            [a, b, c, d] if c == d => (read(a, b, c, usual.subcomponent), Declaration::Doubled),
            // A fifth one marks truncated fields since v2.7 (§2.5.5.2).
            [a, b, c, d, ..] => (read(a, b, c, d), Declaration::Complete),
            [a, b, c] => (read(a, b, c, usual.subcomponent), Declaration::Short),
            [a, b] => (
                read(a, b, usual.escape, usual.subcomponent),
                Declaration::Short,
            ),
            [a] => (
                read(a, usual.repeat, usual.escape, usual.subcomponent),
                Declaration::Short,
            ),
            [] => (Self { field, ..usual }, Declaration::Short),
        };
        if read.is_distinct() {
            (read, declaration)
        } else {
            (Self { field, ..usual }.or_usual(), Declaration::Ambiguous)
        }
    }

    /// Whether all five differ.
    pub fn is_distinct(&self) -> bool {
        let all = self.all();
        all.iter()
            .enumerate()
            .all(|(at, byte)| !all.iter().skip(at + 1).any(|other| other == byte))
    }

    /// Whether a byte is one of them.
    pub fn contains(&self, byte: u8) -> bool {
        self.all().contains(&byte)
    }

    fn all(self) -> [u8; 5] {
        [
            self.field,
            self.component,
            self.repeat,
            self.escape,
            self.subcomponent,
        ]
    }

    fn or_usual(self) -> Self {
        if self.is_distinct() {
            self
        } else {
            Self::default()
        }
    }
}

#[cfg(test)]
mod tests {
    use super::{Declaration, Delimiters};

    fn check(header: &[u8], expected: [u8; 5], declaration: Declaration) {
        let (read, found) = Delimiters::declared_by(header);
        assert_eq!(read.all(), expected, "{header:?}");
        assert_eq!(found, declaration, "{header:?}");
    }

    #[test]
    fn declarations_seen_in_the_field() {
        check(b"MSH|^~\\&|A", *b"|^~\\&", Declaration::Complete);
        check(b"MSH|^~\\&#|A", *b"|^~\\&", Declaration::Complete);
        check(b"MSH|^~\\\\&|A", *b"|^~\\&", Declaration::Doubled);
        check(b"MSH|^~\\|A", *b"|^~\\&", Declaration::Short);
        check(b"MSH|^|A", *b"|^~\\&", Declaration::Short);
        check(b"MSH|", *b"|^~\\&", Declaration::Short);
        check(b"MSH", *b"|^~\\&", Declaration::Short);
        check(b"MSH^~|\\&^A", *b"^~|\\&", Declaration::Complete);
        check(b"MSH|^^\\&|A", *b"|^~\\&", Declaration::Ambiguous);
        check(b"MSH&^~\\&&A", *b"|^~\\&", Declaration::Ambiguous);
    }
}
