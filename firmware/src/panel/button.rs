//! One button, debounced: what is a press, a short one, a long one. Reads no clock and no pin.

use lisiere_protocol::Tick;

/// A contact that has not moved for so long has come to rest.
const REST: u64 = 40;
/// Held so long, it is a long press: told while the finger is still on it, so that the lamps can answer.
pub(super) const LONG: u64 = 3000;

/// What a finger did.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Press {
    /// Pressed and let go before [`LONG`].
    Short,
    /// Held for [`LONG`].
    Long,
}

/// A button as it is sampled, at any rhythm.
#[derive(Clone, Copy, Debug, Default)]
pub struct Button {
    /// What the contact said last, and since when it says so.
    raw: (bool, Tick),
    /// Since when the button is down; the long press of this hold was told.
    down: Option<(Tick, bool)>,
    /// It was seen up once: a button that is stuck from the start never presses.
    armed: bool,
}

impl Button {
    /// Takes one reading of the contact.
    pub fn sample(&mut self, now: Tick, pressed: bool) -> Option<Press> {
        if pressed != self.raw.0 {
            self.raw = (pressed, now);
        }
        self.armed |= !pressed;
        let rested = now.0.saturating_sub(self.raw.1.0) >= REST;
        if !rested {
            return None;
        }
        match (self.raw.0, self.down) {
            (true, None) if self.armed => {
                self.down = Some((self.raw.1, false));
                None
            }
            (true, Some((since, false))) if now.0.saturating_sub(since.0) >= LONG => {
                self.down = Some((since, true));
                Some(Press::Long)
            }
            (false, Some((_, long))) => {
                self.down = None;
                (!long).then_some(Press::Short)
            }
            _ => None,
        }
    }

    /// For how long the button has been held, in milliseconds; 0 when it is up.
    pub fn held(&self, now: Tick) -> u64 {
        self.down
            .map_or(0, |(since, _)| now.0.saturating_sub(since.0))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Samples every 5 ms what the contact says as (until this moment, level).
    fn presses(contact: &[(u64, bool)]) -> Vec<(u64, Press)> {
        let mut button = Button::default();
        let mut told = Vec::new();
        let mut now = 0;
        for (until, level) in contact {
            while now < *until {
                told.extend(button.sample(Tick(now), *level).map(|press| (now, press)));
                now += 5;
            }
        }
        told
    }

    #[test]
    fn a_bouncing_contact_is_one_short_press() {
        let mut contact = vec![(100, false)];
        // 30 ms of bouncing either way.
        for at in (105..135).step_by(10) {
            contact.extend([(at, true), (at + 5, false)]);
        }
        contact.push((400, true));
        for at in (405..435).step_by(10) {
            contact.extend([(at, false), (at + 5, true)]);
        }
        contact.push((1000, false));
        let told = presses(&contact);
        assert_eq!(told.len(), 1, "{told:?}");
        assert_eq!(told[0].1, Press::Short);
    }

    #[test]
    fn a_spike_is_no_press() {
        assert_eq!(presses(&[(100, false), (120, true), (500, false)]), []);
    }

    #[test]
    fn a_long_press_is_told_once_and_while_it_is_held() {
        let told = presses(&[(100, false), (9000, true), (9500, false)]);
        assert_eq!(told, [(3100, Press::Long)]);
    }

    #[test]
    fn a_button_that_is_stuck_from_the_start_never_presses() {
        assert_eq!(presses(&[(20_000, true)]), []);
        let told = presses(&[
            (20_000, true),
            (20_100, false),
            (20_300, true),
            (21_000, false),
        ]);
        assert_eq!(told.len(), 1, "once it is free it works: {told:?}");
    }
}
