//! What the pump does with bytes that came: damaged ones are told to the link, and whoever watches sees them.

use super::{Pump, marks::Given};
use lisiere_wire::TraceDirection;

impl Pump<'_> {
    pub(super) fn receive(&mut self, bytes: &[u8]) {
        let now = self.context.clock.tick();
        self.heard = now;
        let Some(mut marks) = self.marks.take() else {
            self.show(TraceDirection::Received, bytes, 0);
            self.link.receive(now, bytes);
            return;
        };
        let mut shown = self.context.tap.is_watched().then(Vec::new);
        let mut errors = 0;
        marks.read(bytes, |given| {
            if let Given::Damaged(_) | Given::Break = given {
                errors += 1;
                self.link.line_error();
            }
            let damaged;
            let bytes = match given {
                Given::Bytes(bytes) => bytes,
                Given::Damaged(byte) => {
                    damaged = [byte];
                    &damaged
                }
                Given::Break => &[],
            };
            if let Some(shown) = &mut shown {
                shown.extend_from_slice(bytes);
            }
            let harmless = |bytes: &[u8]| bytes.iter().all(|byte| !opens_or_ends(*byte));
            if matches!(given, Given::Bytes(_)) || harmless(bytes) {
                self.link.receive(now, bytes);
            }
        });
        self.marks = Some(marks);
        if let Some(shown) = shown {
            self.show(TraceDirection::Received, &shown, errors);
        }
    }

    pub(super) fn show(&self, direction: TraceDirection, bytes: &[u8], errors: u32) {
        let clock = self.context.clock;
        let tap = &self.context.tap;
        tap.show(|| clock.now(), direction, bytes, errors);
    }
}

/// What a byte that came damaged must not be taken for: it could open or end a session, or pass for an answer. Any other
/// is given to the link, so that the end of a spoiled frame is still seen.
const fn opens_or_ends(byte: u8) -> bool {
    matches!(byte, 0x00..=0x02 | 0x04..=0x08 | 0x0B | 0x10..=0x16)
}
