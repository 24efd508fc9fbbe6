//! How a message text is cut into frames for sending.

use std::ops::Range;

use super::control::CR;
use super::dialect::{Dialect, Framing};
use super::frame::FrameEnd;

/// The piece of the text that begins at `from`, and how its frame ends; `None` at the end of the text.
pub(super) fn piece(
    text: &[u8],
    from: usize,
    dialect: &Dialect,
) -> Option<(Range<usize>, FrameEnd)> {
    let rest = text.get(from..).filter(|rest| !rest.is_empty())?;
    let most = dialect.limits.text_sent.max(1);
    let record = rest
        .iter()
        .position(|byte| *byte == CR)
        .map_or(rest.len(), |at| at + 1);
    let whole = match dialect.framing {
        Framing::Records | Framing::RecordsUntilEtx => record,
        Framing::Filled => rest.len(),
    };
    let length = whole.min(most);
    let is_last_piece = length == rest.len();
    let ends_record = length == whole && dialect.framing == Framing::Records;
    let end = if is_last_piece || ends_record {
        FrameEnd::Last
    } else {
        FrameEnd::Intermediate
    };
    Some((from..from + length, end))
}

#[cfg(test)]
mod tests {
    use super::piece;
    use crate::lis1a::frame::FrameEnd::{self, Intermediate, Last};
    use crate::lis1a::{Dialect, Framing};

    fn check(framing: Framing, text_sent: usize, expected: &[(&str, FrameEnd)]) {
        let mut dialect = Dialect {
            framing,
            ..Dialect::instrument()
        };
        dialect.limits.text_sent = text_sent;
        let text = b"H|\\^&\rP|12345\rL|1\r";
        let (mut from, mut found) = (0, Vec::new());
        while let Some((range, end)) = piece(text, from, &dialect) {
            from = range.end;
            found.push((std::str::from_utf8(&text[range]).unwrap(), end));
        }
        assert_eq!(found, expected, "{framing:?} {text_sent}");
    }

    #[test]
    fn frames_follow_records_or_fill_up() {
        let records = [("H|\\^&\r", Last), ("P|12345\r", Last), ("L|1\r", Last)];
        check(Framing::Records, 240, &records);
        let until = [
            ("H|\\^&\r", Intermediate),
            ("P|12345\r", Intermediate),
            ("L|1\r", Last),
        ];
        check(Framing::RecordsUntilEtx, 240, &until);
        let cut = [
            ("H|\\^&\r", Last),
            ("P|1234", Intermediate),
            ("5\r", Last),
            ("L|1\r", Last),
        ];
        check(Framing::Records, 6, &cut);
        check(Framing::Filled, 240, &[("H|\\^&\rP|12345\rL|1\r", Last)]);
        check(
            Framing::Filled,
            10,
            &[("H|\\^&\rP|12", Intermediate), ("345\rL|1\r", Last)],
        );
    }
}
