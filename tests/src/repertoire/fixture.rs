//! The drivers' own fixtures as whole messages, without the marks of their link.

use std::time::Duration;

use lisiere_protocol::{
    Output, Tick, Verdict,
    link::{LinkKind, LinkSettings, Role},
    lis2a2::deframe,
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
    found
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
