//! The four delimiters of a message, as its header record declares them (LIS02-A2 §5).

/// Field, repeat, component and escape delimiter.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct Delimiters {
    /// Between fields.
    pub field: u8,
    /// Between repeats of a field.
    pub repeat: u8,
    /// Between components.
    pub component: u8,
    /// Around escape sequences.
    pub escape: u8,
}

/// How well a header record declared its delimiters.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, thiserror::Error)]
pub enum Declaration {
    /// All four are there.
    #[error("delimiters declared")]
    Complete,
    /// A program on the way doubled one of them, as when a backslash was escaped.
    #[error(
        "a delimiter is doubled in the header record: a program between analyzer and appliance rewrites the text"
    )]
    Doubled,
    /// Some are missing; the usual ones stand in.
    #[error("the header record declares too few delimiters; the usual ones stand in")]
    Short,
    /// Two delimiters are the same character.
    #[error("the header record declares one delimiter twice; the usual ones stand in")]
    Ambiguous,
}

impl Default for Delimiters {
    fn default() -> Self {
        Self {
            field: b'|',
            repeat: b'\\',
            component: b'^',
            escape: b'&',
        }
    }
}

impl Delimiters {
    /// Reads the declaration of a header record. Never fails: what cannot be read is replaced by the usual delimiters.
    ///
    /// ```
    /// use lisiere_protocol::lis2a2::Delimiters;
    ///
    /// let (delimiters, _) = Delimiters::declared_by(b"H|@^\\|1234||Analyzer");
    /// assert_eq!((delimiters.repeat, delimiters.component, delimiters.escape), (b'@', b'^', b'\\'));
    /// ```
    pub fn declared_by(header: &[u8]) -> (Self, Declaration) {
        let usual = Self::default();
        let Some(&field) = header.get(1) else {
            return (usual, Declaration::Short);
        };
        let rest = header.get(2..).unwrap_or_default();
        let end = rest
            .iter()
            .position(|byte| *byte == field)
            .unwrap_or(rest.len());
        let declared = rest.get(..end).unwrap_or_default();
        let (repeat, component, escape, declaration) = match *declared {
            [a, b, component, escape, ..] if a == b => (a, component, escape, Declaration::Doubled),
            // More than three: the standard names three, the others are a maker's own.
            [repeat, component, escape, ..] => (repeat, component, escape, Declaration::Complete),
            [repeat, component] => (repeat, component, usual.escape, Declaration::Short),
            [repeat] => (repeat, usual.component, usual.escape, Declaration::Short),
            [] => (
                usual.repeat,
                usual.component,
                usual.escape,
                Declaration::Short,
            ),
        };
        let read = Self {
            field,
            repeat,
            component,
            escape,
        };
        if read.is_distinct() {
            (read, declaration)
        } else {
            (Self { field, ..usual }.or_usual(), Declaration::Ambiguous)
        }
    }

    /// Whether all four differ.
    pub fn is_distinct(&self) -> bool {
        let Self {
            field,
            repeat,
            component,
            escape,
        } = *self;
        field != repeat
            && field != component
            && field != escape
            && repeat != component
            && repeat != escape
            && component != escape
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

    fn check(header: &[u8], expected: [u8; 4], declaration: Declaration) {
        let (read, found) = Delimiters::declared_by(header);
        assert_eq!(
            [read.field, read.repeat, read.component, read.escape],
            expected,
            "{header:?}"
        );
        assert_eq!(found, declaration, "{header:?}");
    }

    #[test]
    fn declarations_seen_in_the_field() {
        check(b"H|\\^&|||A", *b"|\\^&", Declaration::Complete);
        check(b"H|`^&||||||||||P|", *b"|`^&", Declaration::Complete);
        check(b"H|@^\\|URM", *b"|@^\\", Declaration::Complete);
        check(b"h|\\^&", *b"|\\^&", Declaration::Complete);
        check(b"H|\\\\^&|||H550", *b"|\\^&", Declaration::Doubled);
        check(b"H|\\^|x", *b"|\\^&", Declaration::Short);
        check(b"H|", *b"|\\^&", Declaration::Short);
        check(b"H", *b"|\\^&", Declaration::Short);
        check(b"H|^^^|x", *b"|\\^&", Declaration::Ambiguous);
        check(b"H^\\^&^x", *b"|\\^&", Declaration::Ambiguous);
    }
}
