//! Speeds and framings of serial lines, and the order in which they are tried.

use core::fmt;

/// Parity of a serial line.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Parity {
    /// No parity bit.
    None,
    /// An even number of ones.
    Even,
    /// An odd number of ones.
    Odd,
}

/// How a character is framed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct Framing {
    /// 7 or 8.
    pub data_bits: u8,
    /// The parity bit.
    pub parity: Parity,
    /// 1 or 2.
    pub stop_bits: u8,
}

impl Framing {
    const fn new(data_bits: u8, parity: Parity, stop_bits: u8) -> Self {
        Self {
            data_bits,
            parity,
            stop_bits,
        }
    }

    /// Eight bits, no parity, one stop bit.
    pub const EIGHT_NONE: Self = Self::new(8, Parity::None, 1);
    /// Seven bits, even parity, one stop bit.
    pub const SEVEN_EVEN: Self = Self::new(7, Parity::Even, 1);
    /// Seven bits, odd parity, one stop bit.
    pub const SEVEN_ODD: Self = Self::new(7, Parity::Odd, 1);
    /// Eight bits, even parity, one stop bit.
    pub const EIGHT_EVEN: Self = Self::new(8, Parity::Even, 1);
    /// Eight bits, no parity, two stop bits.
    pub const EIGHT_TWO: Self = Self::new(8, Parity::None, 2);
}

impl fmt::Display for Framing {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let parity = match self.parity {
            Parity::None => 'N',
            Parity::Even => 'E',
            Parity::Odd => 'O',
        };
        write!(formatter, "{}{parity}{}", self.data_bits, self.stop_bits)
    }
}

/// How a serial line is read.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct Setting {
    /// Bits a second.
    pub baud: u32,
    /// How a character is framed.
    pub framing: Framing,
}

impl fmt::Display for Setting {
    /// As technicians write it: `9600 8N1`.
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "{} {}", self.baud, self.framing)
    }
}

/// Speeds in the order of how often analyzers use them.
const SPEEDS: [u32; 7] = [9600, 19200, 4800, 38400, 115_200, 2400, 1200];

/// What is tried, the likeliest first: all speeds with one framing, then all with the next. 8N1 comes first because 7E1 and
/// 8N2 can be read with it.
pub fn plan() -> Vec<Setting> {
    let framings = [
        Framing::EIGHT_NONE,
        Framing::EIGHT_EVEN,
        Framing::SEVEN_EVEN,
        Framing::EIGHT_TWO,
    ];
    let all = framings
        .into_iter()
        .flat_map(|framing| SPEEDS.map(|baud| Setting { baud, framing }));
    all.collect()
}
