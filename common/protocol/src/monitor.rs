//! Spells what goes over a line for a person: control characters by name, a verdict on each checksum, text in clear or
//! masked so that nothing of a patient shows.
//!
//! It judges nothing that an engine decides; it only helps to see. Where reads are cut does not matter.

mod whole;

use crate::link::LinkKind;
use crate::lis1a::checksum;
use whole::Whole;

/// Whether people may read the text.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Privacy {
    /// As it is.
    Clear,
    /// Letters become `x`, digits `9`; marks of structure stay, and what kind of record begins where.
    Masked,
}

/// A piece of a line as it is shown.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Span {
    /// A control character by its name, or a byte without one by its hexadecimal digits.
    Control(String),
    /// Characters to be read.
    Text(String),
    /// The checksum that just ended is right.
    Good,
    /// It is wrong: what the frame says, and what its bytes add up to, in hexadecimal.
    Wrong {
        /// As sent.
        said: String,
        /// As it should be.
        sum: String,
    },
    /// A row ends here.
    Break,
}

/// One direction of one line.
#[derive(Debug, Clone)]
pub struct Monitor {
    kind: Option<LinkKind>,
    privacy: Privacy,
    check: Check,
    whole: Whole,
    place: Place,
    column: usize,
    /// The frame before ended in the middle of a record.
    continues: bool,
}

/// How far the checksum of a frame has got.
#[derive(Debug, Clone, PartialEq, Eq)]
enum Check {
    Outside,
    Inside { sum: u8, xor: u8 },
    Digits { sum: u8, said: Vec<u8> },
    Character { xor: u8 },
}

/// Where in a record the next byte stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Place {
    /// The number of a frame comes next.
    Number,
    /// A record begins.
    Start,
    /// Inside a record.
    Within,
}

const STX: u8 = 0x02;
const ETX: u8 = 0x03;
const EOT: u8 = 0x04;
const ENQ: u8 = 0x05;
const ETB: u8 = 0x17;
const VT: u8 = 0x0b;
const FS: u8 = 0x1c;
const GS: u8 = 0x1d;

/// Names of the control characters (ISO 646).
const NAMES: [&str; 32] = [
    "NUL", "SOH", "STX", "ETX", "EOT", "ENQ", "ACK", "BEL", "BS", "HT", "LF", "VT", "FF", "CR",
    "SO", "SI", "DLE", "DC1", "DC2", "DC3", "DC4", "NAK", "SYN", "ETB", "CAN", "EM", "SUB", "ESC",
    "FS", "GS", "RS", "US",
];

/// The name of a control character; its hexadecimal digits when it has none.
pub fn name(byte: u8) -> String {
    match NAMES.get(usize::from(byte)) {
        Some(name) => (*name).to_owned(),
        None if byte == 0x7f => "DEL".to_owned(),
        None => format!("{byte:02X}"),
    }
}

impl Monitor {
    /// Begins to look at one direction; the link is the word of [`LinkKind::word`], and an unknown one has no checksums.
    pub fn new(link: &str, privacy: Privacy) -> Self {
        let kind = link.parse().ok();
        Self {
            kind,
            privacy,
            check: Check::Outside,
            whole: Whole::new(kind),
            place: Place::Within,
            column: 0,
            continues: false,
        }
    }

    /// Takes the next bytes.
    pub fn feed(&mut self, bytes: &[u8]) -> Vec<Span> {
        let mut row = Row::default();
        for (place, &byte) in bytes.iter().enumerate() {
            let next = bytes.get(place.saturating_add(1)).copied();
            self.byte(byte, next, &mut row);
        }
        row.finish()
    }

    fn byte(&mut self, byte: u8, next: Option<u8>, row: &mut Row) {
        let whole = self.whole.push(byte);
        match core::mem::replace(&mut self.check, Check::Outside) {
            Check::Digits { sum, mut said } if said.len() < 2 && byte > 0x20 => {
                row.text(char::from(byte & 0x7f));
                said.push(byte);
                if said.len() < 2 {
                    self.check = Check::Digits { sum, said };
                } else {
                    row.push(verdict(&said, sum));
                    self.place = Place::Within;
                }
                return;
            }
            // One raw byte, which may be any: it is read by where it stands.
            Check::Character { xor } => {
                row.push(Span::Control(format!("BCC {byte:02X}")));
                row.push(if byte == xor {
                    Span::Good
                } else {
                    Span::Wrong {
                        said: format!("{byte:02X}"),
                        sum: format!("{xor:02X}"),
                    }
                });
                row.push(Span::Break);
                return;
            }
            Check::Inside { sum, xor } => {
                self.check = Check::Inside {
                    sum: sum.wrapping_add(byte),
                    xor: xor ^ byte,
                };
            }
            Check::Outside | Check::Digits { .. } => {}
        }
        if byte.is_ascii_control() || byte >= 0x80 {
            self.control(byte, next, row);
        } else {
            row.text(self.shown(byte, next));
        }
        if let Some(verdict) = whole {
            row.push(verdict);
        }
    }

    fn control(&mut self, byte: u8, next: Option<u8>, row: &mut Row) {
        let framed = matches!(
            self.kind,
            Some(LinkKind::Lis1a | LinkKind::Bci | LinkKind::Tosoh)
        );
        match byte {
            STX | ENQ | VT => {
                row.push(Span::Break);
                if byte == STX && framed {
                    self.check = Check::Inside { sum: 0, xor: 0 };
                }
                self.place = match byte {
                    STX if self.kind == Some(LinkKind::Lis1a) => Place::Number,
                    STX | VT => Place::Start,
                    _ => Place::Within,
                };
                self.continues &= byte == STX;
            }
            _ => {}
        }
        if byte >= 0x80 && self.privacy == Privacy::Masked {
            row.text('x');
        } else {
            row.push(Span::Control(name(byte)));
        }
        match (byte, self.kind) {
            (ETX | ETB, Some(LinkKind::Lis1a)) | (GS, Some(LinkKind::Bci)) => {
                if let Check::Inside { sum, .. } = self.check {
                    self.check = Check::Digits {
                        sum,
                        said: Vec::new(),
                    };
                }
                // A record that was just ended does not go on in the next frame.
                self.continues = byte == ETB && self.place != Place::Start;
            }
            (ETX, Some(LinkKind::Tosoh)) => {
                if let Check::Inside { xor, .. } = self.check {
                    self.check = Check::Character { xor };
                }
            }
            (b'\r', _) => {
                self.begin_record();
                if next != Some(b'\n') {
                    row.push(Span::Break);
                }
            }
            (b'\n', _) => row.push(Span::Break),
            (EOT | FS, _) => {
                self.continues = false;
                if byte == EOT {
                    row.push(Span::Break);
                }
            }
            _ => {}
        }
    }

    fn begin_record(&mut self) {
        if matches!(self.check, Check::Inside { .. }) || !self.is_numbered() {
            self.place = Place::Start;
            self.column = 0;
            self.continues = false;
        }
    }

    fn is_numbered(&self) -> bool {
        self.kind == Some(LinkKind::Lis1a)
    }

    /// A character as it is shown.
    fn shown(&mut self, byte: u8, next: Option<u8>) -> char {
        let character = char::from(byte);
        let place = self.place;
        if place == Place::Number {
            self.column = 0;
            self.place = if self.continues {
                Place::Within
            } else {
                Place::Start
            };
            return if byte.is_ascii_digit() || self.privacy == Privacy::Clear {
                character
            } else {
                masked(byte)
            };
        }
        self.column = self.column.saturating_add(1);
        if self.privacy == Privacy::Clear {
            return character;
        }
        let longest = match self.kind {
            Some(LinkKind::Lis1a | LinkKind::Records) => 1,
            Some(LinkKind::Mllp | LinkKind::Hllp) => 3,
            _ => 0,
        };
        // What kind of record it is, and nothing more: `P`, `OBX`.
        let names_a_record = place == Place::Start
            && self.column <= longest
            && (byte.is_ascii_uppercase() || (self.column > 1 && byte.is_ascii_digit()));
        if !names_a_record
            || (longest == 1 && next.is_some_and(|next| next.is_ascii_alphanumeric()))
        {
            self.place = Place::Within;
            return masked(byte);
        }
        character
    }
}

fn masked(byte: u8) -> char {
    match byte {
        b'0'..=b'9' => '9',
        byte if byte.is_ascii_alphabetic() => 'x',
        byte => char::from(byte),
    }
}

fn verdict(said: &[u8], sum: u8) -> Span {
    if checksum::parse(said) == Some(sum) {
        Span::Good
    } else {
        Span::Wrong {
            said: String::from_utf8_lossy(said).into_owned(),
            sum: format!("{sum:02X}"),
        }
    }
}

/// Pieces being put together.
#[derive(Default)]
struct Row(Vec<Span>);

impl Row {
    fn text(&mut self, character: char) {
        if let Some(Span::Text(text)) = self.0.last_mut() {
            text.push(character);
        } else {
            self.0.push(Span::Text(character.to_string()));
        }
    }

    fn push(&mut self, span: Span) {
        // Two breaks are one, and nothing begins with one.
        if span != Span::Break || !matches!(self.0.last(), None | Some(Span::Break)) {
            self.0.push(span);
        }
    }

    fn finish(mut self) -> Vec<Span> {
        if self.0.last() == Some(&Span::Break) {
            self.0.pop();
        }
        self.0
    }
}

/// The pieces as one text, as a terminal shows it: names in angle brackets, a mark for each verdict, one row a line.
pub fn plain(spans: &[Span]) -> String {
    let mut text = String::new();
    for span in spans {
        match span {
            Span::Control(name) => text.extend(["<", name, ">"]),
            Span::Text(characters) => text.push_str(characters),
            Span::Good => text.push_str(" ✓"),
            Span::Wrong { said, sum } => text.extend([" ✗", said, "≠", sum]),
            Span::Break => text.push('\n'),
        }
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::lis1a::frame::{self, FrameEnd};
    use proptest::prelude::*;

    fn seen(link: &str, privacy: Privacy, bytes: &[u8]) -> String {
        plain(&Monitor::new(link, privacy).feed(bytes))
    }

    #[test]
    fn frames_are_spelled_and_judged() {
        let mut session = vec![ENQ];
        session.extend(frame::encode(1, b"H|\\^&\r", FrameEnd::Intermediate));
        session.extend(frame::encode(2, b"L|1|N\r", FrameEnd::Last));
        session.push(EOT);
        let text = seen("lis1a", Privacy::Clear, &session);
        let rows: Vec<_> = text.lines().collect();
        assert_eq!(rows[0], "<ENQ>");
        assert_eq!(rows[1], "<STX>1H|\\^&<CR>");
        assert!(
            rows[2].starts_with("<ETB>") && rows[2].contains(" ✓<CR><LF>"),
            "{text}"
        );
        assert_eq!(rows[3], "<STX>2L|1|N<CR>");
        assert_eq!(text.matches('✓').count(), 2);
        let bad = session
            .iter()
            .map(|byte| if *byte == b'N' { b'M' } else { *byte });
        let text = seen("lis1a", Privacy::Clear, &bad.collect::<Vec<_>>());
        assert_eq!(
            (text.matches('✓').count(), text.matches('✗').count()),
            (1, 1),
            "{text}"
        );
    }

    #[test]
    fn nothing_of_a_patient_shows_when_masked() {
        let record = b"P|1||12345||DUPONT^JEAN||19790328|M\rO|1|T-778\r";
        let mut frames = frame::encode(1, &record[..20], FrameEnd::Intermediate);
        frames.extend(frame::encode(2, &record[20..], FrameEnd::Last));
        let text = seen("lis1a", Privacy::Masked, &frames);
        for secret in ["DU", "PON", "JEAN", "123", "1979", "778", "T-"] {
            assert!(!text.contains(secret), "{secret} in {text}");
        }
        assert!(text.contains("<STX>1P|9||99999||"), "{text}");
        assert!(text.contains("O|9|x-999<CR>"), "{text}");
        let hl7 = b"\x0bMSH|^~\\&|A|B\rPID|1||9^^^X||MARTIN^ZO\xc9\rOBX|1|NM|GLU\r\x1c\r";
        let text = seen("mllp", Privacy::Masked, hl7);
        assert!(text.contains("PID|9||9^^^x||xxxxxx^xxx"), "{text}");
        assert!(text.contains("OBX|9|xx|xxx<CR>"), "{text}");
        let print = seen(
            "listen-text",
            Privacy::Masked,
            b"DUPONT JEAN 7.35\r\nMARTIN\r\n",
        );
        assert_eq!(print, "xxxxxx xxxx 9.99<CR><LF>\nxxxxxx<CR><LF>");
    }

    #[test]
    fn makers_checksums_are_judged_too() {
        let mut bci = vec![STX, 0x1e];
        bci.extend(b"mtrsl|");
        bci.push(GS);
        let sum = checksum::sum(&bci[1..]);
        bci.extend(checksum::digits(sum));
        bci.push(ETX);
        assert!(seen("bci", Privacy::Clear, &bci).contains('✓'));
        let mut tosoh = vec![STX];
        tosoh.extend(b"3 12345");
        tosoh.push(ETX);
        tosoh.push(tosoh[1..].iter().fold(0, |xor, byte| xor ^ byte));
        assert!(seen("tosoh", Privacy::Clear, &tosoh).contains('✓'));
        *tosoh.last_mut().unwrap() ^= 1;
        assert!(seen("tosoh", Privacy::Clear, &tosoh).contains('✗'));
    }

    proptest! {
        #[test]
        fn cuts_do_not_change_verdicts_and_masks_hold(
            bytes in proptest::collection::vec(any::<u8>(), 0..200),
            cut in 0usize..200,
            link in prop::sample::select(vec!["lis1a", "mllp", "hllp", "bci", "tosoh", "kx", "?"]),
        ) {
            let cut = cut.min(bytes.len());
            let mut monitor = Monitor::new(link, Privacy::Clear);
            let mut cut_up = monitor.feed(&bytes[..cut]);
            cut_up.extend(monitor.feed(&bytes[cut..]));
            let whole = Monitor::new(link, Privacy::Clear).feed(&bytes);
            let verdicts = |spans: &[Span]| spans.iter().filter(|span| matches!(span, Span::Good | Span::Wrong { .. })).cloned().collect::<Vec<_>>();
            prop_assert_eq!(verdicts(&cut_up), verdicts(&whole));
            let mut secret = b"\x021P|1|".to_vec();
            secret.extend(bytes.iter().map(|byte| if byte.is_ascii_alphabetic() { b'q' } else { *byte & 0x1f | 0x40 }).map(|byte| if byte < 0x20 { b'q' } else { byte }));
            let masked = plain(&Monitor::new("lis1a", Privacy::Masked).feed(&secret));
            prop_assert!(!masked.contains('q'));
        }
    }
}
