//! Finding single bytes eight at a time: what every reader of separators does most.

const LOW: u64 = 0x0101_0101_0101_0101;
const HIGH: u64 = 0x8080_8080_8080_8080;

/// Where the first of `needles` stands.
#[inline]
pub(crate) fn find<const N: usize>(bytes: &[u8], needles: [u8; N]) -> Option<usize> {
    let (words, rest) = bytes.as_chunks::<8>();
    for (index, word) in words.iter().enumerate() {
        let word = u64::from_le_bytes(*word);
        let hits = needles
            .iter()
            .fold(0, |hits, needle| hits | equal(word, *needle));
        if hits != 0 {
            return Some(index * 8 + place(hits));
        }
    }
    let in_rest = rest.iter().position(|byte| needles.contains(byte))?;
    Some(words.len() * 8 + in_rest)
}

/// Where the control characters stand, in order.
#[inline]
pub(crate) fn controls(bytes: &[u8]) -> impl Iterator<Item = usize> {
    let mut from = 0;
    std::iter::from_fn(move || {
        let at = from + first_control(bytes.get(from..)?)?;
        from = at + 1;
        Some(at)
    })
}

#[inline]
fn first_control(bytes: &[u8]) -> Option<usize> {
    let (words, rest) = bytes.as_chunks::<8>();
    for (index, word) in words.iter().enumerate() {
        let word = u64::from_le_bytes(*word);
        // The lowest bit set is exact; those above it may be borrowed from it.
        let hits = word.wrapping_sub(LOW.wrapping_mul(0x20)) & !word & HIGH;
        if hits != 0 {
            return Some(index * 8 + place(hits));
        }
    }
    let in_rest = rest.iter().position(|byte| *byte < 0x20)?;
    Some(words.len() * 8 + in_rest)
}

/// Notes where a byte stands: the first places go into the slots, in order; slots left over stay as they are.
#[inline]
pub(crate) fn places<const N: usize>(bytes: &[u8], needle: u8, slots: &mut [usize; N]) {
    let mut slots = slots.iter_mut();
    let (words, rest) = bytes.as_chunks::<8>();
    for (index, word) in words.iter().enumerate() {
        let mut hits = equal(u64::from_le_bytes(*word), needle);
        while hits != 0 {
            let Some(slot) = slots.next() else { return };
            *slot = index * 8 + place(hits);
            hits &= hits - 1;
        }
    }
    let start = words.len() * 8;
    let in_rest = rest.iter().enumerate().filter(|(_, byte)| **byte == needle);
    for (slot, (at, _)) in slots.zip(in_rest) {
        *slot = start + at;
    }
}

/// The high bit of each byte that is the needle, and nothing else.
#[inline]
fn equal(word: u64, needle: u8) -> u64 {
    let differs = word ^ LOW.wrapping_mul(u64::from(needle));
    !((differs & !HIGH).wrapping_add(!HIGH) | differs) & HIGH
}

#[inline]
fn place(hits: u64) -> usize {
    (hits.trailing_zeros() / 8) as usize
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::{controls, find, places};

    proptest! {
        #[test]
        fn nothing_is_missed_and_nothing_is_made_up(
            bytes in prop::collection::vec(prop::sample::select(b"|\x7B\x7D\x00\xFC^a\r\x1F\x20\x80\x9F".as_slice()), 0..60),
        ) {
            let expected = bytes.iter().position(|byte| matches!(*byte, b'|' | b'\r'));
            prop_assert_eq!(find(&bytes, [b'|', b'\r']), expected);
            let expected = bytes.iter().enumerate().filter(|(_, byte)| **byte < 0x20);
            let expected: Vec<_> = expected.map(|(at, _)| at).collect();
            prop_assert_eq!(controls(&bytes).collect::<Vec<_>>(), expected);
            let mut slots = [usize::MAX; 5];
            places(&bytes, b'|', &mut slots);
            let mut expected = [usize::MAX; 5];
            let found = bytes.iter().enumerate().filter(|(_, byte)| **byte == b'|');
            for (slot, (at, _)) in expected.iter_mut().zip(found) {
                *slot = at;
            }
            prop_assert_eq!(slots, expected);
        }
    }
}
