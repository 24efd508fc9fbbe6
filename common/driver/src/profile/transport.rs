//! How the analyzer is connected, and how it is known from its messages.

use super::locator::{Locator, Pattern};
use serde::Deserialize;

/// One sign by which the analyzer is known.
#[derive(Clone, Debug, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields)]
pub struct Clue {
    /// Where to look; absent for the first bytes of the capture.
    pub at: Option<Locator>,
    /// What to find there.
    pub matches: Pattern,
    /// How much it says, in percent. Clues add up as independent evidence.
    pub weight: u8,
}

/// How the maker connects the analyzer: proposals for a port, whose own settings win. The device, the address and the
/// peers allowed belong to the port.
#[derive(Clone, Debug, Default, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields)]
pub struct Transport {
    /// Serial settings of the maker.
    pub serial: Option<Serial>,
    /// Network settings of the maker.
    pub tcp: Option<Tcp>,
    /// What this analyzer writes after its checksum. Reading takes all of them; simulators write this one.
    pub trailer: Option<Trailer>,
}

/// Serial settings.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields)]
pub struct Serial {
    /// Bits per second.
    pub baud: u32,
    /// Data bits.
    #[serde(default = "eight")]
    pub data_bits: u8,
    /// Parity.
    #[serde(default)]
    pub parity: Parity,
    /// Stop bits.
    #[serde(default = "one")]
    pub stop_bits: u8,
    /// Flow control.
    #[serde(default)]
    pub flow: Flow,
    /// Level of DTR while the port is open.
    #[serde(default = "yes")]
    pub dtr: bool,
    /// Level of RTS while the port is open.
    #[serde(default = "yes")]
    pub rts: bool,
}

const fn eight() -> u8 {
    8
}

const fn one() -> u8 {
    1
}

const fn yes() -> bool {
    true
}

/// Parity of a serial line.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "lowercase")]
pub enum Parity {
    /// None.
    #[default]
    None,
    /// Even.
    Even,
    /// Odd.
    Odd,
}

impl Parity {
    /// Its word in settings.
    pub const fn word(self) -> &'static str {
        match self {
            Self::None => "none",
            Self::Even => "even",
            Self::Odd => "odd",
        }
    }
}

/// Flow control of a serial line.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "kebab-case")]
pub enum Flow {
    /// None, as LIS01-A2 wants it.
    #[default]
    None,
    /// By characters.
    XonXoff,
    /// By the RTS and CTS lines.
    RtsCts,
}

/// Network settings.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields)]
pub struct Tcp {
    /// Who opens the connection.
    pub analyzer: TcpRole,
    /// The maker's usual port.
    pub port: Option<u16>,
    /// Seconds between signs of life on an idle connection.
    pub keepalive_seconds: Option<u32>,
    /// Whether the analyzer opens more than one connection.
    #[serde(default)]
    pub several_connections: bool,
}

/// What the analyzer is on the network.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "lowercase")]
pub enum TcpRole {
    /// It connects: the appliance listens.
    Client,
    /// It listens: the appliance connects.
    Server,
    /// Either, as it is set up.
    Either,
}

/// What stands after the checksum of a frame.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "kebab-case")]
pub enum Trailer {
    /// As in the standard.
    CrLf,
    /// Carriage return only.
    Cr,
    /// Line feed only.
    Lf,
    /// Nothing.
    None,
}
