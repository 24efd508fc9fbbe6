//! Takes the marks out of what a serial port gives: with PARMRK set, a damaged byte comes as FF 00 and itself, a break as
//! FF 00 00, and an FF that was sent as FF FF (POSIX general terminal interface, "Input modes").

/// What a port gave, without its marks.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Given<'a> {
    /// Bytes in good order.
    Bytes(&'a [u8]),
    /// A byte that came with a parity or framing error.
    Damaged(u8),
    /// A break, or a byte of zeros without its stop bit: the driver cannot tell them apart.
    Break,
}

/// Where in a mark the last read was cut.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) enum Marks {
    #[default]
    Outside,
    /// After FF.
    Announced,
    /// After FF 00.
    Opened,
}

const MARK: u8 = 0xFF;

impl Marks {
    /// Gives out what the bytes hold, in order.
    pub(crate) fn read<'b>(&mut self, bytes: &'b [u8], mut give: impl FnMut(Given<'b>)) {
        let mut rest = bytes;
        while let Some((&first, after)) = rest.split_first() {
            rest = after;
            *self = match (*self, first) {
                (Self::Outside, MARK) => Self::Announced,
                (Self::Outside, _) => {
                    let plain = bytes.len() - after.len() - 1;
                    let length = after.iter().take_while(|byte| **byte != MARK).count();
                    give(Given::Bytes(
                        bytes.get(plain..=plain + length).unwrap_or_default(),
                    ));
                    rest = after.get(length..).unwrap_or_default();
                    Self::Outside
                }
                (Self::Announced, 0) => Self::Opened,
                (Self::Announced, MARK) => {
                    give(Given::Bytes(&[MARK]));
                    Self::Outside
                }
                // Not a mark that is known: nothing is swallowed.
                (Self::Announced, _) => {
                    give(Given::Bytes(&[MARK]));
                    let at = bytes.len() - after.len() - 1;
                    give(Given::Bytes(bytes.get(at..=at).unwrap_or_default()));
                    Self::Outside
                }
                (Self::Opened, 0) => {
                    give(Given::Break);
                    Self::Outside
                }
                (Self::Opened, byte) => {
                    give(Given::Damaged(byte));
                    Self::Outside
                }
            };
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    /// One word for each thing given; bytes one by one, so that cuts do not show.
    fn read(reads: &[&[u8]]) -> Vec<(char, u8)> {
        let (mut marks, mut found) = (Marks::default(), Vec::new());
        for bytes in reads {
            marks.read(bytes, |given| match given {
                Given::Bytes(bytes) => found.extend(bytes.iter().map(|byte| ('=', *byte))),
                Given::Damaged(byte) => found.push(('!', byte)),
                Given::Break => found.push(('b', 0)),
            });
        }
        found
    }

    #[test]
    fn marks_are_told_from_bytes() {
        let found = read(&[b"a\xff\xffb\xff\0\x05c\xff\0\0d"]);
        let expected = [
            ('=', b'a'),
            ('=', 0xff),
            ('=', b'b'),
            ('!', 5),
            ('=', b'c'),
            ('b', 0),
            ('=', b'd'),
        ];
        assert_eq!(found, expected);
    }

    proptest! {
        #[test]
        fn where_reads_are_cut_does_not_matter(bytes in proptest::collection::vec(prop_oneof![Just(0xff), Just(0), any::<u8>()], 0..40), cut in 0usize..40) {
            let cut = cut.min(bytes.len());
            let (one, two) = bytes.split_at(cut);
            prop_assert_eq!(read(&[one, two]), read(&[&bytes]));
        }

        #[test]
        fn bytes_that_were_marked_come_back(sent in proptest::collection::vec(any::<u8>(), 0..40)) {
            let marked: Vec<u8> = sent.iter().flat_map(|byte| vec![*byte; if *byte == MARK { 2 } else { 1 }]).collect();
            let plain: Vec<_> = sent.iter().map(|byte| ('=', *byte)).collect();
            prop_assert_eq!(read(&[&marked]), plain);
        }
    }
}
