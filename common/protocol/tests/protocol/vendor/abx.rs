//! What ABX blocks have beside the others: a heading before them, and a checksum line inside.

use lisiere_protocol::block::{Check, format::encode};
use lisiere_protocol::lis1a::ChecksumPolicy;
use lisiere_protocol::{LinkKind, LinkSettings, Notice};

use super::bench::Bench;

fn plain(text: &[u8]) -> Vec<u8> {
    encode(text, true, Check::None)
}

#[test]
fn a_heading_opens_a_session_and_is_not_answered() {
    let mut abx = LinkSettings::standard(LinkKind::Abx);
    abx.acknowledge = Some(true);
    let mut bench = Bench::new(&abx);
    assert_eq!(bench.feed(b"\x01"), "");
    assert_eq!(bench.feed(plain(b"RESULT\r! 7.2\r")), "KEEP");
    assert_eq!(bench.store(), "ACK");
    assert_eq!(bench.feed(b"\x04"), "");
    assert!(bench.notices.contains(&Notice::SessionClosed));
    assert_eq!(bench.counters().noise_bytes, 0);
}

#[test]
fn a_checksum_line_is_looked_at_and_enforced_only_where_the_setting_says_so() {
    let text = b"RESULT\r! 7.2\r";
    let sum = text.iter().fold(0_u16, |sum, byte| sum + u16::from(*byte));
    let line = |sum: u16| [text.as_slice(), format!("\u{fd} {sum:04X}\r").as_bytes()].concat();
    let latin = |text: Vec<u8>| -> Vec<u8> {
        // U+00FD is two bytes in UTF-8 and one on the line.
        let at = text
            .windows(2)
            .position(|pair| pair == [0xc3, 0xbd])
            .unwrap();
        [&text[..at], &[0xfd], &text[at + 2..]].concat()
    };
    let mut abx = LinkSettings::standard(LinkKind::Abx);
    abx.acknowledge = Some(true);
    let mut bench = Bench::new(&abx);
    assert_eq!(bench.feed(plain(&latin(line(sum + 1)))), "KEEP");
    assert_eq!(bench.counters().checksum_ignored, 1);
    abx.checksum = Some(ChecksumPolicy::Required);
    let mut bench = Bench::new(&abx);
    assert_eq!(bench.feed(plain(&latin(line(sum + 1)))), "NAK");
    assert_eq!(bench.feed(plain(&latin(line(sum)))), "KEEP");
}
