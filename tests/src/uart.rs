//! A serial line between two ports that may be set differently: levels over time, sampled by the receiver's own clock.
//!
//! Written apart from the product's model of the same thing, so that one can show a mistake of the other.

use std::collections::VecDeque;

use lisiere_protocol::recognise::{Parity, Setting};

const SECOND: u64 = 1_000_000_000;

/// What a receiver makes of one character.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Received {
    /// When it is complete, in nanoseconds.
    pub at: u64,
    /// Its data bits.
    pub byte: u8,
    /// Whether parity and stop bit are right.
    pub sound: bool,
}

/// One direction of a line; times are in nanoseconds.
#[derive(Debug)]
pub struct Uart {
    sender: Setting,
    /// Start and bits of each character on its way, in the order of time.
    characters: VecDeque<(u64, Vec<bool>)>,
    free: u64,
    reader: Setting,
    /// From when on the receiver looks for a start bit.
    from: u64,
}

impl Uart {
    /// A line at rest, both ends set alike.
    pub fn new(sender: Setting) -> Self {
        Self {
            sender,
            characters: VecDeque::new(),
            free: 0,
            reader: sender,
            from: 0,
        }
    }

    /// Sets the receiver, from `now` on.
    pub fn set_reader(&mut self, now: u64, setting: Setting) {
        self.reader = setting;
        self.from = self.from.max(now);
    }

    /// Sets the sender, for what it sends from now on.
    pub fn set_sender(&mut self, setting: Setting) {
        self.sender = setting;
    }

    /// Sends bytes one after the other, not before `now`; returns when the last is out.
    pub fn send(&mut self, now: u64, bytes: &[u8]) -> u64 {
        self.free = self.free.max(now);
        for byte in bytes {
            let bits = bits(*byte, self.sender);
            let time = span(bits.len(), self.sender.baud);
            self.characters.push_back((self.free, bits));
            self.free += time;
        }
        self.free
    }

    /// The next character that the receiver will complete; it stays on the line until it is taken.
    pub fn peek(&self) -> Option<Received> {
        self.scan().map(|(received, _)| received)
    }

    /// Takes the next character.
    pub fn take(&mut self) -> Option<Received> {
        let (received, from) = self.scan()?;
        self.from = from;
        while let Some((start, bits)) = self.characters.front() {
            if start + span(bits.len(), self.sender.baud) > self.from {
                break;
            }
            self.characters.pop_front();
        }
        Some(received)
    }

    fn scan(&self) -> Option<(Received, u64)> {
        let mut from = self.from;
        let half = span(1, self.reader.baud) / 2;
        loop {
            let start = self.edge(from)?;
            let sample = |bit: usize| self.level(start + span(bit, self.reader.baud) + half);
            if sample(0) {
                from = start + half;
                continue;
            }
            let framing = self.reader.framing;
            let data = usize::from(framing.data_bits);
            let mut byte = 0_u8;
            for bit in 0..data {
                byte |= u8::from(sample(bit + 1)) << bit;
            }
            let parity = wanted(framing.parity, byte);
            let right = parity.is_none_or(|parity| sample(data + 1) == parity);
            let stop = data + 1 + usize::from(parity.is_some());
            let at = start + span(stop, self.reader.baud) + half;
            let received = Received {
                at,
                byte,
                sound: right && sample(stop),
            };
            return Some((received, at));
        }
    }

    /// The line's level at a moment; it rests high.
    fn level(&self, at: u64) -> bool {
        let bit = |start: u64, bits: &[bool]| {
            let index = (at - start).saturating_mul(u64::from(self.sender.baud)) / SECOND;
            bits.get(usize::try_from(index).unwrap_or(usize::MAX))
                .copied()
                .unwrap_or(true)
        };
        let last = self.characters.iter().take_while(|(start, _)| *start <= at);
        last.last().is_none_or(|(start, bits)| bit(*start, bits))
    }

    /// The first fall of the line from a moment on.
    fn edge(&self, from: u64) -> Option<u64> {
        for (start, bits) in &self.characters {
            let end = start + span(bits.len(), self.sender.baud);
            if end <= from {
                continue;
            }
            let mut before = true;
            for (index, level) in bits.iter().enumerate() {
                let at = start + span(index, self.sender.baud);
                if before && !level && at >= from {
                    return Some(at);
                }
                before = *level;
            }
        }
        None
    }
}

/// The time of so many bits.
fn span(bits: usize, baud: u32) -> u64 {
    let bits = u64::try_from(bits).unwrap_or(u64::MAX);
    (bits.saturating_mul(SECOND)).div_ceil(u64::from(baud.max(1)))
}

fn bits(byte: u8, setting: Setting) -> Vec<bool> {
    let framing = setting.framing;
    let mut bits = vec![false];
    let data = (0..framing.data_bits).map(|bit| byte >> bit & 1 == 1);
    bits.extend(data);
    let kept = if framing.data_bits == 7 {
        byte & 0x7f
    } else {
        byte
    };
    bits.extend(wanted(framing.parity, kept));
    bits.extend((0..framing.stop_bits).map(|_| true));
    bits
}

fn wanted(parity: Parity, byte: u8) -> Option<bool> {
    let odd = byte.count_ones() % 2 == 1;
    match parity {
        Parity::None => None,
        Parity::Even => Some(odd),
        Parity::Odd => Some(!odd),
    }
}

#[cfg(test)]
mod tests {
    use lisiere_protocol::recognise::{Framing, plan, waveform::misread};

    use super::*;

    fn read(bytes: &[u8], sender: Setting, reader: Setting) -> Vec<(u8, bool)> {
        let mut uart = Uart::new(sender);
        uart.set_reader(0, reader);
        uart.send(1000, bytes);
        std::iter::from_fn(|| uart.take())
            .map(|received| (received.byte, received.sound))
            .collect()
    }

    #[test]
    fn both_models_of_a_line_agree() {
        let text = b"\x021H|\\^&|||c311^1|||||host\r\x03A4\r\n";
        for sender in plan() {
            // At half the speed and the like, every sample falls between two bits: there either level is right.
            let clear = |reader: &Setting| !sender.baud.is_multiple_of(2 * reader.baud);
            for reader in plan().into_iter().filter(clear) {
                let seen = misread(text, sender, reader);
                let seen: Vec<(u8, bool)> =
                    seen.iter().map(|seen| (seen.byte, seen.is_sound)).collect();
                assert_eq!(
                    read(text, sender, reader),
                    seen,
                    "{sender} read at {reader}"
                );
            }
        }
    }

    #[test]
    fn a_receiver_set_anew_in_mid_text_finds_its_feet() {
        let setting = Setting {
            baud: 9600,
            framing: Framing::EIGHT_NONE,
        };
        let other = Setting {
            baud: 38_400,
            ..setting
        };
        let mut uart = Uart::new(setting);
        uart.set_reader(0, other);
        let end = uart.send(0, &b"the quick brown fox; ".repeat(20));
        let first = uart.take().unwrap();
        uart.set_reader(first.at, setting);
        let rest: Vec<u8> = std::iter::from_fn(|| uart.take())
            .inspect(|received| assert!(received.at <= end))
            .map(|received| received.byte)
            .collect();
        assert!(rest.ends_with(b"quick brown fox; "));
    }
}
