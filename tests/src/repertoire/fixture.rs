//! The drivers' own fixtures as whole messages, without the marks of their link.

use std::time::Duration;

use lisiere_protocol::{
    Output, Tick, Verdict,
    link::{LinkKind, LinkSettings, Role},
    lis2a2::{Message, ReadOptions, deframe, read},
};

/// One fixture of a driver, as the analyzer would put it on the line.
#[derive(Debug, Clone, Copy)]
pub struct Fixture {
    /// The driver's id.
    pub profile: &'static str,
    /// The fixture's name.
    pub name: &'static str,
    /// The bytes, framed as on the line.
    pub bytes: &'static [u8],
}

/// Every fixture of every driver.
pub static ALL: &[Fixture] = include!(concat!(env!("OUT_DIR"), "/fixtures.rs"));

const ENQ: u8 = 0x05;
const EOT: u8 = 0x04;
const STX: u8 = 0x02;
/// Longer than any silence that ends a message.
const LATER: Duration = Duration::from_hours(1);

/// The messages in a fixture, as our own link reads them. A fixture that is bare text is one message.
pub fn texts(link: &LinkSettings, bytes: &[u8]) -> Vec<Vec<u8>> {
    let mut found = heard(link, bytes);
    if found.is_empty() && link.kind == LinkKind::Lis1a && bytes.contains(&STX) {
        let session = [&[ENQ], bytes, &[EOT]].concat();
        found = heard(link, &session);
        if found.is_empty() {
            found.push(deframe(bytes).text);
        }
    }
    if found.is_empty() {
        found.push(bytes.to_vec());
    }
    match link.kind {
        LinkKind::Lis1a | LinkKind::Records => {
            let found = found.iter().flat_map(|text| apart(text));
            found.map(|text| with_cr(&text)).collect()
        }
        LinkKind::Mllp | LinkKind::Hllp => found.iter().flat_map(|text| blocks(text)).collect(),
        _ => found,
    }
}

/// Records end with CR on the line, whatever a file on a disk has (LIS2-A2 §6.2).
fn with_cr(text: &[u8]) -> Vec<u8> {
    let mut fixed = Vec::with_capacity(text.len());
    for &byte in text {
        match byte {
            b'\n' if fixed.last() == Some(&b'\r') => {}
            b'\n' => fixed.push(b'\r'),
            other => fixed.push(other),
        }
    }
    fixed
}

/// The HL7 messages of a text: each begins with its header segment.
fn blocks(text: &[u8]) -> Vec<Vec<u8>> {
    let mut found: Vec<Vec<u8>> = Vec::new();
    for segment in text.split_inclusive(|byte| matches!(byte, b'\r' | b'\n')) {
        match found.last_mut() {
            Some(last) if !segment.starts_with(b"MSH") => last.extend_from_slice(segment),
            _ => found.push(segment.to_vec()),
        }
    }
    found
}

/// The messages of a text: an analyzer may write several into one frame, and a link keeps each of them by itself.
fn apart(text: &[u8]) -> Vec<Vec<u8>> {
    let document = read(text, ReadOptions::default());
    let start = |message: &Message<'_>| message.records.first().map(|record| record.range().start);
    let mut starts: Vec<usize> = document.messages.iter().filter_map(start).collect();
    if let Some(first) = starts.first_mut() {
        *first = 0;
    }
    let ends = starts.iter().skip(1).copied().chain([text.len()]);
    let pieces = starts.iter().zip(ends);
    let pieces = pieces.filter_map(|(from, to)| text.get(*from..to));
    pieces.map(<[u8]>::to_vec).collect()
}

fn heard(settings: &LinkSettings, bytes: &[u8]) -> Vec<Vec<u8>> {
    let mut link = settings.open(Role::Computer, None);
    let mut found = Vec::new();
    let now = Tick(0);
    link.receive(now, bytes);
    for now in [now, now.after(LATER)] {
        link.elapse(now);
        while let Some(output) = link.next() {
            if let Output::Keep { token, message } = output {
                found.push(message.text);
                link.confirm(now, token, Verdict::Stored);
            }
        }
    }
    found
}
