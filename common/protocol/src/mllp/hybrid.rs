//! The hybrid lower layer protocol (HL7 implementation guide, appendix C.2): VT `D` version CR data count checksum FS CR.

use super::{CR, FS, VT};
use crate::lis1a::ChecksumPolicy;

/// What stands before the data: type, version of two digits, CR.
const HEAD: usize = 4;
/// Five digits of count and three of checksum.
const TAIL: usize = 8;
/// A count that says "not counted".
const NO_COUNT: u32 = 99_999;
/// A checksum that says "not computed".
const NO_CHECKSUM: u32 = 999;
/// The largest block, VT to the last byte of data: the count has five digits.
pub(super) const LARGEST: usize = 99_998;

/// What is wrong with a block, in the words of the answer it gets.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Fault {
    /// The count does not match.
    Count {
        /// As received.
        found: u32,
        /// Counted over the bytes received.
        counted: u32,
    },
    /// The checksum does not match.
    Checksum {
        /// Computed over the bytes received.
        computed: u8,
        /// As sent.
        found: u8,
    },
    /// It is no block of this protocol.
    Shape,
    /// It is larger than can be taken.
    TooLong,
    /// The port reported an error inside it.
    Line,
}

/// The content of a block, between VT and FS.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Content<'a> {
    /// Data that can be trusted.
    Data {
        /// The message.
        text: &'a [u8],
        /// Whether count or checksum were not computed by the sender.
        unchecked: bool,
        /// Whether they are wrong and the profile says not to mind.
        ignored: bool,
    },
    /// The other side refuses the block we sent.
    Refusal,
    /// A damaged block.
    Damaged(Fault),
}

/// Whether content looks like this protocol: `D` or `N`, two digits, CR.
pub fn is_hybrid(content: &[u8]) -> bool {
    matches!(content, [b'D' | b'N', major, minor, CR, ..]
        if major.is_ascii_digit() && minor.is_ascii_digit())
}

/// Takes the content of a block apart and checks it.
pub fn open(content: &[u8], policy: ChecksumPolicy) -> Content<'_> {
    let shaped = is_hybrid(content) && content.len() >= HEAD + TAIL;
    let parts = content
        .split_at_checked(content.len().saturating_sub(TAIL))
        .filter(|_| shaped);
    let Some((covered, tail)) = parts else {
        return Content::Damaged(Fault::Shape);
    };
    let (Some(count), Some(checksum)) = (
        tail.get(..5).and_then(number),
        tail.get(5..).and_then(number),
    ) else {
        return Content::Damaged(Fault::Shape);
    };
    let fault = check(covered, count, checksum);
    if let (Some(fault), true) = (fault, policy != ChecksumPolicy::None) {
        return Content::Damaged(fault);
    }
    if covered.first() == Some(&b'N') {
        return Content::Refusal;
    }
    Content::Data {
        text: covered.get(HEAD..).unwrap_or_default(),
        unchecked: count == NO_COUNT || checksum == NO_CHECKSUM,
        ignored: fault.is_some(),
    }
}

/// Makers disagree whether the VT, or all that stands before the data, counts. Each reading is taken, but count and
/// checksum must agree on the same one.
fn check(covered: &[u8], count: u32, checksum: u32) -> Option<Fault> {
    let data = covered.get(HEAD..).unwrap_or_default();
    let spans = [(covered, 1, VT), (covered, 0, 0), (data, 0, 0)];
    let counted = |(bytes, more, _): &(&[u8], usize, u8)| {
        u32::try_from(bytes.len() + more).unwrap_or(u32::MAX)
    };
    let summed = |(bytes, _, start): &(&[u8], usize, u8)| exclusive_or(*start, bytes);
    let holds = |span: &(&[u8], usize, u8)| {
        (count == NO_COUNT || counted(span) == count)
            && (checksum == NO_CHECKSUM || u32::from(summed(span)) == checksum)
    };
    if spans.iter().any(holds) {
        return None;
    }
    let by_standard = spans.first()?;
    let found = u8::try_from(checksum).unwrap_or(u8::MAX);
    Some(match spans.iter().find(|span| counted(span) == count) {
        Some(span) => Fault::Checksum {
            computed: summed(span),
            found,
        },
        None => Fault::Count {
            found: count,
            counted: counted(by_standard),
        },
    })
}

/// A message in its block, or `None` when it is too large for a count of five digits.
pub fn seal(text: &[u8]) -> Option<Vec<u8>> {
    (text.len() + HEAD < LARGEST).then(|| wrap(b'D', text))
}

/// The block that says that a block came damaged.
pub fn refusal(fault: Fault) -> Vec<u8> {
    let code = match fault {
        Fault::Count { .. } => b'C',
        Fault::Checksum { .. } => b'X',
        Fault::TooLong => b'B',
        Fault::Shape | Fault::Line => b'G',
    };
    wrap(b'N', &[code])
}

fn wrap(kind: u8, data: &[u8]) -> Vec<u8> {
    let mut block = Vec::with_capacity(data.len() + HEAD + TAIL + 3);
    block.extend_from_slice(&[VT, kind, b'2', b'1', CR]);
    block.extend_from_slice(data);
    let checksum = exclusive_or(0, &block);
    let tail = format!("{:05}{checksum:03}", block.len());
    block.extend_from_slice(tail.as_bytes());
    block.extend_from_slice(&[FS, CR]);
    block
}

fn exclusive_or(start: u8, bytes: &[u8]) -> u8 {
    bytes.iter().fold(start, |sum, byte| sum ^ byte)
}

fn number(digits: &[u8]) -> Option<u32> {
    digits.iter().try_fold(0, |number: u32, digit| {
        let value = digit.is_ascii_digit().then(|| u32::from(digit - b'0'))?;
        Some(number * 10 + value)
    })
}

#[cfg(test)]
mod tests {
    use super::{Content, Fault, open, refusal, seal};
    use crate::lis1a::ChecksumPolicy;

    fn content(block: &[u8]) -> &[u8] {
        &block[1..block.len() - 2]
    }

    #[test]
    fn what_is_sealed_opens() {
        let block = seal(b"MSH|^~\\&\r").unwrap();
        assert!(block.starts_with(b"\x0BD21\rMSH|"));
        let text = &b"MSH|^~\\&\r"[..];
        let expected = Content::Data {
            text,
            unchecked: false,
            ignored: false,
        };
        assert_eq!(open(content(&block), ChecksumPolicy::Required), expected);
        assert!(seal(&vec![b'A'; 100_000]).is_none());
    }

    #[test]
    fn every_damaged_bit_shows() {
        let block = seal(b"MSH|^~\\&|A\rOBX|1|NM|K||4.1\r").unwrap();
        let whole = content(&block);
        for at in 0..whole.len() {
            for bit in 0..8 {
                let mut damaged = whole.to_vec();
                damaged[at] ^= 1 << bit;
                let opened = open(&damaged, ChecksumPolicy::Required);
                assert!(
                    !matches!(opened, Content::Data { .. }),
                    "byte {at}, bit {bit}"
                );
            }
            let mut shorter = whole.to_vec();
            shorter.remove(at);
            let opened = open(&shorter, ChecksumPolicy::Required);
            assert!(!matches!(opened, Content::Data { .. }), "without byte {at}");
        }
    }

    #[test]
    fn counts_of_other_makers_and_switched_off_ones_are_taken() {
        let text = b"MSH|^~\\&\r";
        let sum = |bytes: &[u8]| bytes.iter().fold(0, |sum, byte| sum ^ byte);
        let head = [&b"D23\r"[..], text].concat();
        for (count, checksum) in [
            (head.len(), u32::from(sum(&head))),
            (text.len(), u32::from(sum(text))),
            (99_999, 999),
        ] {
            let block = [&head[..], format!("{count:05}{checksum:03}").as_bytes()].concat();
            let opened = open(&block, ChecksumPolicy::Required);
            assert!(matches!(opened, Content::Data { .. }), "{count}");
        }
        let wrong = [&head[..], b"00001000"].concat();
        assert!(matches!(
            open(&wrong, ChecksumPolicy::Required),
            Content::Damaged(Fault::Count { found: 1, .. })
        ));
        assert!(matches!(
            open(&wrong, ChecksumPolicy::None),
            Content::Data { ignored: true, .. }
        ));
    }

    #[test]
    fn a_refusal_is_a_block_of_its_own() {
        let block = refusal(Fault::TooLong);
        assert!(block.starts_with(b"\x0BN21\rB"));
        assert_eq!(
            open(content(&block), ChecksumPolicy::Required),
            Content::Refusal
        );
    }
}
