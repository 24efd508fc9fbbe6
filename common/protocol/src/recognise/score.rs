//! What a burst of bytes says of the setting it was read at.

use super::finding::Tried;
use super::setting::{Framing, Parity, Setting};
use super::waveform::{Seen, Stretch};

const ENQ: u8 = 0x05;

/// One character as it came.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Heard {
    pub(super) byte: u8,
    pub(super) is_damaged: bool,
}

/// What a burst means.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Meaning {
    /// Enquiries and nothing else, read without error.
    Enquiry,
    /// It can be read.
    Readable,
    /// Too little to tell.
    Unclear,
    /// It can be read, but with seven data bits and this parity.
    SevenBits(Parity),
    /// The setting is wrong.
    Garbled,
}

/// Bytes that occur in messages: what prints, and the control characters that links and records use.
pub(super) const fn is_known(byte: u8) -> bool {
    matches!(byte, 0x20..=0x7e | 0x01..=0x06 | 0x09..=0x0d | 0x15 | 0x17 | 0x1c..=0x1e)
}

/// A stretch of bytes that goes on: whether it has already shown that the setting is wrong.
pub(super) fn is_hopeless(burst: &[Heard]) -> bool {
    // A long one is looked at now and then only.
    if burst.len() > 256 && !burst.len().is_multiple_of(4096) {
        return false;
    }
    let counted = burst;
    let all = counted.len();
    let damaged = counted.iter().filter(|heard| heard.is_damaged).count();
    let strange = counted.iter().filter(|heard| !is_known(heard.byte)).count();
    let senseless = all >= 24 && strange * 5 >= all * 2;
    (damaged >= 4 && damaged * 4 >= all)
        || (senseless && (damaged > 0 || seven_bits(counted).is_none()))
}

/// Judges a burst that has ended.
pub(super) fn judge(burst: &[Heard], setting: Option<Setting>) -> Meaning {
    let counted = burst;
    let all = counted.len();
    if all == 0 {
        return Meaning::Unclear;
    }
    let damaged = counted.iter().filter(|heard| heard.is_damaged).count();
    let known = counted.iter().filter(|heard| is_known(heard.byte)).count();
    if damaged == 0 && all <= 3 && counted.iter().all(|heard| heard.byte == ENQ) {
        return Meaning::Enquiry;
    }
    if setting.is_none() {
        // Nothing on a network can be garbled by a setting.
        return if all < 4 {
            Meaning::Unclear
        } else {
            Meaning::Readable
        };
    }
    if damaged == 0
        && setting.is_some_and(|setting| setting.framing.data_bits == 8)
        && let Some(parity) = seven_bits(counted)
    {
        return Meaning::SevenBits(parity);
    }
    // Of seven bits most make sense by chance.
    let seven = setting.is_some_and(|setting| setting.framing.data_bits == 7);
    let (least, enough) = if seven { (95, 98) } else { (70, 85) };
    if damaged * 8 > all || known * 100 < all * least {
        return Meaning::Garbled;
    }
    if damaged == 0 && all >= 12 && known * 100 >= all * enough {
        Meaning::Readable
    } else {
        Meaning::Unclear
    }
}

/// Seven data bits with a parity bit look like eight without; the parity then holds over all eight, in every byte.
fn seven_bits(burst: &[Heard]) -> Option<Parity> {
    let high = burst.iter().filter(|heard| heard.byte >= 0x80).count();
    let even = burst
        .iter()
        .filter(|heard| heard.byte.count_ones() % 2 == 0)
        .count();
    let masked = burst
        .iter()
        .filter(|heard| is_known(heard.byte & 0x7f))
        .count();
    let makes_sense = burst.len() >= 8 && high >= 2 && masked * 20 >= burst.len() * 19;
    match (makes_sense, even) {
        (true, count) if count == burst.len() => Some(Parity::Even),
        (true, 0) => Some(Parity::Odd),
        _ => None,
    }
}

/// The settings at which a short burst would have been an enquiry, or two, the likeliest first.
pub(super) fn enquiry_at(
    burst: &[Heard],
    read: Setting,
    shows_errors: bool,
    plan: &[Setting],
) -> Vec<Setting> {
    if burst.is_empty() || burst.len() > 12 {
        return Vec::new();
    }
    let fits = |sent: Setting, enquiries: &[u8]| {
        let mut stretch = Stretch::new(enquiries, sent);
        let mut rest = burst.iter();
        loop {
            match (stretch.next(read), rest.next()) {
                (None, None) => return true,
                (Some(seen), Some(heard)) if agrees(seen, *heard, shows_errors) => {}
                _ => return false,
            }
        }
    };
    let others = plan.iter().copied().filter(|sent| *sent != read);
    others
        .filter(|sent| fits(*sent, &[ENQ]) || fits(*sent, &[ENQ, ENQ]))
        .collect()
}

fn agrees(seen: Seen, heard: Heard, shows_errors: bool) -> bool {
    seen.byte == heard.byte && (!shows_errors || seen.is_sound != heard.is_damaged)
}

/// How messages begin that nobody asked for.
const OPENINGS: [&[u8]; 5] = [
    b"\x0bMSH|^~\\&|",
    b"\x0bD23\rMSH|^~",
    b"\x021H|\\^&|||",
    b"\x02D1U",
    b"H|\\^&|||",
];
/// Characters that must agree.
const AGREEING: usize = 3;

/// The settings at which a burst would have begun as a message begins, the likeliest first.
pub(super) fn opening_at(
    burst: &[Heard],
    read: Setting,
    shows_errors: bool,
    plan: &[Setting],
) -> Vec<Setting> {
    let fits = |sent: Setting, opening: &[u8]| {
        let mut stretch = Stretch::new(opening, sent);
        // The last two characters may have been completed by what followed.
        let mut ahead = [stretch.next(read), stretch.next(read)];
        let mut agreeing = 0;
        while let (Some(seen), Some(next)) = (ahead[0], stretch.next(read)) {
            let heard = burst.get(agreeing).copied();
            if !heard.is_some_and(|heard| agrees(seen, heard, shows_errors)) {
                return false;
            }
            agreeing += 1;
            ahead = [ahead[1], Some(next)];
        }
        agreeing >= AGREEING
    };
    let others = plan.iter().copied().filter(|sent| *sent != read);
    others
        .filter(|sent| OPENINGS.iter().any(|opening| fits(*sent, opening)))
        .collect()
}

impl Tried {
    pub(super) fn new(setting: Setting) -> Self {
        Self {
            setting,
            bytes: 0,
            known: 0,
            errors: 0,
            enquiries: 0,
            is_refuted: false,
        }
    }

    pub(super) fn count(&mut self, heard: Heard) {
        self.bytes += 1;
        self.known += u64::from(!heard.is_damaged && is_known(heard.byte));
        self.errors += u64::from(heard.is_damaged);
    }
}

impl Setting {
    /// The same speed with seven bits.
    pub(super) fn with_seven_bits(self, parity: Parity) -> Self {
        let framing = match parity {
            Parity::Odd => Framing::SEVEN_ODD,
            Parity::Even | Parity::None => Framing::SEVEN_EVEN,
        };
        Self { framing, ..self }
    }
}

#[cfg(test)]
mod tests {
    use super::super::setting::plan;
    use super::super::waveform::misread;
    use super::*;

    fn heard(bytes: &[u8], sent: Setting, read: Setting, shows_errors: bool) -> Vec<Heard> {
        let seen = misread(bytes, sent, read);
        let heard = |seen: &Seen| Heard {
            byte: seen.byte,
            is_damaged: shows_errors && !seen.is_sound,
        };
        seen.iter().map(heard).collect()
    }

    fn speeds() -> Vec<Setting> {
        plan().into_iter().take(7).collect()
    }

    const TEXT: &[u8] =
        b"\x021H|\\^&|||cobas^1.0|||||host|RSUPL^REAL|P|1|20261123\rP|1||PX\r\x03A4\r\n";

    #[test]
    fn text_is_readable_at_its_own_setting_only() {
        for sent in speeds() {
            for read in speeds() {
                for shows_errors in [true, false] {
                    let burst = heard(TEXT, sent, read, shows_errors);
                    let meaning = judge(&burst, Some(read));
                    if sent == read {
                        assert_eq!(meaning, Meaning::Readable, "{read}");
                    } else {
                        assert_ne!(
                            meaning,
                            Meaning::Readable,
                            "{sent} at {read}, {shows_errors}"
                        );
                        assert_ne!(meaning, Meaning::Enquiry);
                    }
                }
            }
        }
    }

    #[test]
    fn an_enquiry_read_at_the_wrong_speed_tells_the_right_one() {
        for sent in speeds() {
            for read in speeds().into_iter().filter(|read| *read != sent) {
                let burst = heard(&[ENQ], sent, read, true);
                if burst.is_empty() {
                    // Too short to be noticed at all: 115200 read at 1200.
                    assert!(sent.baud / read.baud > 12, "{sent} at {read}");
                    continue;
                }
                let candidates = enquiry_at(&burst, read, true, &plan());
                assert!(candidates.contains(&sent), "{sent} at {read}: {burst:?}");
            }
        }
    }

    #[test]
    fn seven_bits_are_known_by_their_parity() {
        let read = Setting {
            baud: 9600,
            framing: Framing::EIGHT_NONE,
        };
        for parity in [Parity::Even, Parity::Odd] {
            let burst = heard(TEXT, read.with_seven_bits(parity), read, true);
            assert_eq!(judge(&burst, Some(read)), Meaning::SevenBits(parity));
        }
        // Accents in eight bits are no parity.
        let accents: Vec<_> =
            "Prélèvement de sang veineux reçu le matin à l'accueil du laboratoire"
                .chars()
                .filter_map(|character| u8::try_from(character).ok())
                .map(|byte| Heard {
                    byte,
                    is_damaged: false,
                })
                .collect();
        assert_eq!(judge(&accents, Some(read)), Meaning::Readable);
    }
}
