//! What each lamp shows, from how the box is. The table of this file is the one in the technician's guide.

use super::{Gesture, button::LONG, pattern::Pattern};
use crate::health::Status;
use lisiere_protocol::Tick;
use std::{collections::BTreeSet, time::Duration};

/// A short press lights every lamp for so long: the box shows itself, and each lamp that it works.
const SHOW_YOURSELF: u64 = 3000;
/// Bytes heard within this time are traffic.
const TRAFFIC: u64 = 2000;
/// Messages that wait for so long while the way to the hub stands are not merely on their way.
const HELD_UP: u64 = 120_000;

/// The lamps, in the order in which they stand on the box.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Lamp {
    /// The program lives.
    Power,
    /// The way to the hub.
    Network,
    /// The lines to the analyzers.
    Line,
    /// Messages that the hub does not have yet.
    Queue,
    /// Something is wrong.
    Fault,
}

impl Lamp {
    /// All of them.
    pub const ALL: [Self; 5] = [
        Self::Power,
        Self::Network,
        Self::Line,
        Self::Queue,
        Self::Fault,
    ];

    /// Its word in settings and files.
    pub const fn word(self) -> &'static str {
        match self {
            Self::Power => "power",
            Self::Network => "network",
            Self::Line => "line",
            Self::Queue => "queue",
            Self::Fault => "fault",
        }
    }
}

/// What the lamps go by.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
#[expect(
    clippy::struct_excessive_bools,
    reason = "each is one question that a lamp answers"
)]
pub struct View {
    /// The box has a certificate.
    pub enrolled: bool,
    /// The way to the hub stands.
    pub connected: bool,
    /// The way stands, but something about it is wrong (no hub behind the broker).
    pub uplink_trouble: bool,
    /// Lines that are set up, and those of them that are open.
    pub ports: (usize, usize),
    /// Grows with every byte heard.
    pub heard: i64,
    /// A port is being recognised.
    pub recognising: bool,
    /// Messages that the hub does not have yet, and the last that it has.
    pub queue: u64,
    /// Everything up to this is with the hub.
    pub confirmed: u64,
    /// The journal takes nothing: analyzers are refused.
    pub refusing: bool,
    /// What is wrong, in words.
    pub alarms: BTreeSet<String>,
}

impl View {
    /// Taken from the state of the box.
    pub fn of(status: &Status, recognising: bool) -> Self {
        let open = status.ports.iter().filter(|port| port.open).count();
        Self {
            enrolled: status.uplink.enrolled,
            connected: status.uplink.connected,
            uplink_trouble: !status.uplink.trouble.is_empty(),
            ports: (status.ports.len(), open),
            heard: status
                .ports
                .iter()
                .filter_map(|port| port.last_heard)
                .map(|at| at.0)
                .max()
                .unwrap_or_default(),
            recognising,
            queue: status.queue,
            confirmed: status.confirmed,
            refusing: status.refusing,
            alarms: status.alarms.iter().cloned().collect(),
        }
    }
}

/// The patterns of all lamps. `traffic`: bytes were heard just now; `held_up`: messages wait although the way stands;
/// `acknowledged`: a person has seen these alarms.
pub fn lamps(view: &View, traffic: bool, held_up: bool, acknowledged: bool) -> [Pattern; 5] {
    let network = match (view.enrolled, view.connected, view.uplink_trouble) {
        (false, ..) => Pattern::Off,
        (true, false, _) => Pattern::Slow,
        (true, true, true) => Pattern::Double,
        (true, true, false) => Pattern::On,
    };
    let line = match view.ports {
        _ if view.recognising => Pattern::Double,
        (0, _) => Pattern::Off,
        (all, open) if open < all => Pattern::Slow,
        _ if traffic => Pattern::Fast,
        _ => Pattern::On,
    };
    let queue = match view.queue {
        _ if view.refusing => Pattern::Fast,
        0 => Pattern::Off,
        _ if held_up => Pattern::Slow,
        _ => Pattern::On,
    };
    let fault = match (view.alarms.is_empty(), acknowledged) {
        (true, _) => Pattern::Off,
        (false, false) => Pattern::Fast,
        (false, true) => Pattern::On,
    };
    [Pattern::Wink, network, line, queue, fault]
}

/// The lamps over time: it remembers when each pattern began, what was acknowledged, what was pressed.
#[derive(Clone, Debug, Default)]
pub struct Display {
    view: View,
    began: [(Pattern, Tick); 5],
    heard_at: Option<Tick>,
    confirmed_at: Tick,
    acknowledged: BTreeSet<String>,
    showing_until: Option<Tick>,
}

impl Display {
    /// Takes a look at the box.
    pub fn look(&mut self, now: Tick, view: View) {
        if view.heard > self.view.heard {
            self.heard_at = Some(now);
        }
        if view.confirmed != self.view.confirmed || view.queue == 0 {
            self.confirmed_at = now;
        }
        // An alarm that went away and comes back is a new one.
        self.acknowledged
            .retain(|alarm| view.alarms.contains(alarm));
        self.view = view;
    }

    /// A person pressed the button.
    pub fn press(&mut self, now: Tick, gesture: Gesture) {
        if gesture == Gesture::Acknowledge {
            self.acknowledged.clone_from(&self.view.alarms);
            self.showing_until = Some(Tick(now.0.saturating_add(SHOW_YOURSELF)));
        }
    }

    /// The patterns at this moment.
    pub fn patterns(&self, now: Tick) -> [Pattern; 5] {
        let traffic = self
            .heard_at
            .is_some_and(|at| now.0.saturating_sub(at.0) < TRAFFIC);
        let held_up = self.view.connected && now.0.saturating_sub(self.confirmed_at.0) >= HELD_UP;
        let acknowledged = self.view.alarms.is_subset(&self.acknowledged);
        lamps(&self.view, traffic, held_up, acknowledged)
    }

    /// Which lamps are lit. While the button is held, one lamp after the other lights up until the long press counts.
    pub fn lit(&mut self, now: Tick, held: u64) -> [bool; 5] {
        if (200..LONG).contains(&held) {
            let steps = LONG / 5;
            let reached = usize::try_from(held / steps).unwrap_or_default();
            return std::array::from_fn(|place| place <= reached);
        }
        if self.showing_until.is_some_and(|until| now < until) {
            return [true; 5];
        }
        let patterns = self.patterns(now);
        for (began, pattern) in self.began.iter_mut().zip(patterns) {
            if began.0 != pattern {
                *began = (pattern, now);
            }
        }
        self.began.map(|(pattern, since)| {
            pattern.lit(Duration::from_millis(now.0.saturating_sub(since.0)))
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn well() -> View {
        View {
            enrolled: true,
            connected: true,
            ports: (2, 2),
            ..View::default()
        }
    }

    fn shown(view: View) -> [Pattern; 5] {
        lamps(&view, false, false, false)
    }

    #[test]
    fn every_state_of_the_guide_has_its_lamps() {
        use Pattern::{Double, Fast, Off, On, Slow, Wink};
        assert_eq!(shown(well()), [Wink, On, On, Off, Off]);
        let new = View {
            ports: (0, 0),
            enrolled: false,
            connected: false,
            ..well()
        };
        assert_eq!(shown(new), [Wink, Off, Off, Off, Off]);
        let alone = View {
            connected: false,
            queue: 12,
            ..well()
        };
        assert_eq!(shown(alone), [Wink, Slow, On, On, Off]);
        let no_hub = View {
            uplink_trouble: true,
            ..well()
        };
        assert_eq!(shown(no_hub)[1], Double);
        let unplugged = View {
            ports: (2, 1),
            alarms: BTreeSet::from(["port a".to_owned()]),
            ..well()
        };
        assert_eq!(shown(unplugged), [Wink, On, Slow, Off, Fast]);
        let full = View {
            refusing: true,
            queue: 9,
            ..well()
        };
        assert_eq!(shown(full)[3], Fast);
        let searching = View {
            recognising: true,
            ports: (2, 1),
            ..well()
        };
        assert_eq!(shown(searching)[2], Double);
    }

    #[test]
    fn a_short_press_acknowledges_what_is_wrong_now_and_nothing_that_comes_later() {
        let wrong = |alarms: &[&str]| View {
            alarms: alarms.iter().map(|text| (*text).to_owned()).collect(),
            ..well()
        };
        let mut display = Display::default();
        let fault = |display: &Display, at| display.patterns(Tick(at))[4];
        display.look(Tick(0), wrong(&["disk"]));
        assert_eq!(fault(&display, 0), Pattern::Fast);
        display.press(Tick(10), Gesture::Acknowledge);
        assert_eq!(display.lit(Tick(20), 0), [true; 5], "it shows itself");
        assert_eq!(fault(&display, 5000), Pattern::On);
        display.look(Tick(6000), wrong(&["disk", "port a"]));
        assert_eq!(fault(&display, 6000), Pattern::Fast, "a new alarm");
        display.press(Tick(6100), Gesture::Acknowledge);
        display.look(Tick(7000), wrong(&["disk"]));
        display.look(Tick(8000), wrong(&["disk", "port a"]));
        assert_eq!(fault(&display, 8000), Pattern::Fast, "it came back");
        display.look(Tick(9000), wrong(&[]));
        assert_eq!(fault(&display, 9000), Pattern::Off);
    }

    #[test]
    fn traffic_flickers_and_messages_that_do_not_move_are_told() {
        let mut display = Display::default();
        display.look(Tick(0), View { heard: 5, ..well() });
        assert_eq!(display.patterns(Tick(100))[2], Pattern::Fast);
        assert_eq!(display.patterns(Tick(3000))[2], Pattern::On);
        let waiting = |confirmed| View {
            queue: 3,
            confirmed,
            heard: 5,
            ..well()
        };
        display.look(Tick(10_000), waiting(1));
        assert_eq!(display.patterns(Tick(20_000))[3], Pattern::On);
        display.look(Tick(120_000), waiting(2));
        assert_eq!(display.patterns(Tick(131_000))[3], Pattern::On, "it moves");
        display.look(Tick(240_000), waiting(2));
        assert_eq!(display.patterns(Tick(240_000))[3], Pattern::Slow);
    }

    #[test]
    fn a_held_button_counts_up_to_the_long_press() {
        let mut display = Display::default();
        display.look(Tick(0), well());
        let count = |display: &mut Display, held| {
            display
                .lit(Tick(1000), held)
                .iter()
                .filter(|lit| **lit)
                .count()
        };
        assert_eq!(count(&mut display, 300), 1);
        assert_eq!(count(&mut display, 1300), 3);
        assert_eq!(count(&mut display, 2900), 5);
    }
}
