//! The unsettled messages of each port by digest: those whose ACK the analyzer may not have heard, and may therefore repeat.

use lisiere_model::UtcMicros;
use std::collections::{BTreeSet, HashMap, VecDeque};

/// How many unsettled messages of a port are remembered.
pub(super) const REMEMBERED: usize = 64;
const MICROS_PER_HOUR: i64 = 3_600_000_000;

/// One message remembered.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Seen {
    pub(super) seq: u64,
    pub(super) digest: [u8; 32],
    pub(super) at: UtcMicros,
}

impl Seen {
    /// As the table keeps it.
    pub(super) fn to_bytes(self) -> [u8; 40] {
        let mut bytes = [0; 40];
        let (digest, at) = bytes.split_at_mut(32);
        digest.copy_from_slice(&self.digest);
        at.copy_from_slice(&self.at.0.to_le_bytes());
        bytes
    }

    /// From the table.
    pub(super) fn from_bytes(seq: u64, bytes: &[u8]) -> Option<Self> {
        let (digest, at) = bytes.split_first_chunk::<32>()?;
        let at: [u8; 8] = at.try_into().ok()?;
        Some(Self {
            seq,
            digest: *digest,
            at: UtcMicros(i64::from_le_bytes(at)),
        })
    }
}

/// What each port has brought since its analyzer last showed that it had heard all answers.
#[derive(Clone, Debug, Default)]
pub(super) struct Recent {
    ports: HashMap<String, VecDeque<Seen>>,
}

impl Recent {
    /// The earlier message with the same text, if it is recent enough and not one of those `apart`. The wall clock may
    /// have been set in between, so its distance counts in both directions.
    pub(super) fn find(
        &self,
        port: &str,
        digest: &[u8; 32],
        at: UtcMicros,
        hours: u32,
        apart: &BTreeSet<u64>,
    ) -> Option<u64> {
        let window = i64::from(hours)
            .saturating_mul(MICROS_PER_HOUR)
            .unsigned_abs();
        let seen = self
            .ports
            .get(port)?
            .iter()
            .filter(|seen| seen.digest == *digest && seen.at.0.abs_diff(at.0) <= window)
            .find(|seen| !apart.contains(&seen.seq))?;
        Some(seen.seq)
    }

    /// Forgets the messages of a port, and gives their numbers.
    pub(super) fn settle(&mut self, port: &str) -> impl Iterator<Item = u64> + use<> {
        let ring = self.ports.remove(port).unwrap_or_default();
        ring.into_iter().map(|seen| seen.seq)
    }

    /// Whether a port has unsettled messages.
    pub(super) fn has(&self, port: &str) -> bool {
        self.ports.contains_key(port)
    }

    /// Remembers a message; gives the number of the one forgotten for it.
    pub(super) fn remember(&mut self, port: &str, seen: Seen) -> Option<u64> {
        if !self.ports.contains_key(port) {
            self.ports.insert(port.to_owned(), VecDeque::new());
        }
        let ring = self.ports.get_mut(port)?;
        ring.push_back(seen);
        if ring.len() > REMEMBERED {
            ring.pop_front().map(|oldest| oldest.seq)
        } else {
            None
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const HOUR: i64 = MICROS_PER_HOUR;

    fn seen(seq: u64, at: i64) -> Seen {
        Seen {
            seq,
            digest: [seq as u8; 32],
            at: UtcMicros(at),
        }
    }

    #[test]
    fn a_repeat_is_known_within_the_window_on_the_same_port() {
        let mut recent = Recent::default();
        recent.remember("a", seen(1, 0));
        let find =
            |port: &str, at| recent.find(port, &[1; 32], UtcMicros(at), 24, &BTreeSet::new());
        assert_eq!(find("a", 24 * HOUR), Some(1));
        assert_eq!(find("a", 24 * HOUR + 1), None);
        assert_eq!(find("a", -HOUR), Some(1));
        assert_eq!(find("b", 0), None);
    }

    fn find(recent: &Recent, digest: u8) -> Option<u64> {
        recent.find("a", &[digest; 32], UtcMicros(0), 24, &BTreeSet::new())
    }

    #[test]
    fn what_is_settled_is_no_longer_found() {
        let mut recent = Recent::default();
        recent.remember("a", seen(1, 0));
        recent.remember("a", seen(2, 0));
        recent.remember("b", seen(3, 0));
        assert!(recent.has("a"));
        assert_eq!(recent.settle("a").collect::<Vec<_>>(), [1, 2]);
        assert_eq!(find(&recent, 1), None);
        assert!(!recent.has("a") && recent.has("b"));
        assert_eq!(recent.settle("a").count(), 0);
    }

    #[test]
    fn the_oldest_is_forgotten_first() {
        let mut recent = Recent::default();
        for seq in 1..=64 {
            assert_eq!(recent.remember("a", seen(seq, 0)), None);
        }
        assert_eq!(recent.remember("a", seen(65, 0)), Some(1));
        assert_eq!(find(&recent, 1), None);
        assert_eq!(find(&recent, 2), Some(2));
    }

    #[test]
    fn what_is_remembered_survives_the_table() {
        let one = seen(7, -5);
        assert_eq!(Seen::from_bytes(7, &one.to_bytes()), Some(one));
        assert_eq!(Seen::from_bytes(7, &[0; 39]), None);
    }
}
