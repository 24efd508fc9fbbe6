//! The line of a port: serial or TCP, as validated types.

use super::document::{Document, Section};
use std::{fmt, net::SocketAddr, path::PathBuf, str::FromStr};
use thiserror::Error;

/// Speeds that analyzers and adapters use; E1381 requires 1200 to 9600, the others are seen in the field.
const SPEEDS: [u32; 14] = [
    300, 600, 1200, 2400, 4800, 9600, 19200, 38400, 57600, 115_200, 230_400, 460_800, 921_600,
    1_000_000,
];

/// Name of a port: lower-case letters, digits and hyphens.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct PortName(String);

/// Why a text is not the name of a port.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
#[error(
    "`{0}` is not a port name: 1 to 32 lower-case letters, digits and hyphens, a letter or digit first"
)]
pub struct PortNameError(String);

impl PortName {
    /// The name as text.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl FromStr for PortName {
    type Err = PortNameError;
    fn from_str(text: &str) -> Result<Self, PortNameError> {
        let allowed = |byte: u8| byte.is_ascii_lowercase() || byte.is_ascii_digit() || byte == b'-';
        let right =
            (1..=32).contains(&text.len()) && text.bytes().all(allowed) && !text.starts_with('-');
        if right {
            Ok(Self(text.to_owned()))
        } else {
            Err(PortNameError(text.to_owned()))
        }
    }
}

impl fmt::Display for PortName {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(&self.0)
    }
}

/// Serial or TCP.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum LineSettings {
    /// An RS-232 line.
    Serial(SerialSettings),
    /// A TCP connection.
    Tcp(TcpSettings),
}

/// An RS-232 line.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SerialSettings {
    /// Stable name of the adapter, as under `/dev/serial/by-id`.
    pub device: PathBuf,
    /// Bits per second.
    pub baud: u32,
    /// Data bits.
    pub data_bits: tokio_serial::DataBits,
    /// Parity.
    pub parity: tokio_serial::Parity,
    /// Stop bits.
    pub stop_bits: tokio_serial::StopBits,
    /// Flow control.
    pub flow_control: tokio_serial::FlowControl,
    /// Whether DTR is raised: most analyzers send only while it is.
    pub dtr: bool,
    /// Whether RTS is raised; hardware flow control sets it by itself.
    pub rts: bool,
}

impl SerialSettings {
    /// 9600 8N1, the usual setting of analyzers.
    pub const fn standard(device: PathBuf) -> Self {
        Self {
            device,
            baud: 9600,
            data_bits: tokio_serial::DataBits::Eight,
            parity: tokio_serial::Parity::None,
            stop_bits: tokio_serial::StopBits::One,
            flow_control: tokio_serial::FlowControl::None,
            dtr: true,
            rts: true,
        }
    }
}

impl fmt::Display for SerialSettings {
    /// As technicians write it: `/dev/ttyUSB0 9600 8N1`.
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let parity = match self.parity {
            tokio_serial::Parity::None => 'N',
            tokio_serial::Parity::Even => 'E',
            tokio_serial::Parity::Odd => 'O',
        };
        write!(
            formatter,
            "{} {} {}{parity}{}",
            self.device.display(),
            self.baud,
            u8::from(self.data_bits),
            u8::from(self.stop_bits)
        )
    }
}

/// A TCP connection.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum TcpSettings {
    /// The analyzer connects to this address of the appliance.
    Listen(SocketAddr),
    /// The appliance connects to the analyzer.
    Connect(String),
}

impl LineSettings {
    /// The key it is written under.
    pub const fn word(&self) -> &'static str {
        match self {
            Self::Serial(_) => "serial",
            Self::Tcp(_) => "tcp",
        }
    }

    /// Whether two ports would fight for one line. Listening on port 0 takes any free one.
    pub(super) fn same_place(&self, other: &Self) -> bool {
        match (self, other) {
            (Self::Serial(one), Self::Serial(two)) => one.device == two.device,
            (Self::Tcp(TcpSettings::Listen(one)), Self::Tcp(TcpSettings::Listen(two))) => {
                one == two && one.port() != 0
            }
            _ => false,
        }
    }
}

impl fmt::Display for LineSettings {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Serial(serial) => serial.fmt(formatter),
            Self::Tcp(TcpSettings::Listen(address)) => write!(formatter, "tcp listen {address}"),
            Self::Tcp(TcpSettings::Connect(address)) => write!(formatter, "tcp connect {address}"),
        }
    }
}

/// Reads `serial = { … }` or `tcp = { … }` of a port. `propose` sets what holds for a serial line where nothing is written.
pub(super) fn read(
    document: &mut Document<'_>,
    port: &mut Section<'_, '_>,
    propose: impl Fn(&mut SerialSettings),
) -> Option<LineSettings> {
    let both = port.has("serial") && port.has("tcp");
    let neither = !port.has("serial") && !port.has("tcp");
    let serial = port.table(document, "serial");
    let tcp = port.table(document, "tcp");
    if both {
        let what = "a port has one line, not two".to_owned();
        port.wrong(document, "tcp", what, "keep either `serial` or `tcp`");
    }
    if neither {
        let remedy = "write serial = { device = \"/dev/serial/by-id/…\" } or tcp = { listen = \"0.0.0.0:5000\" }";
        port.wrong(
            document,
            "serial",
            "the port has no line".to_owned(),
            remedy,
        );
    }
    match (serial, tcp) {
        (Some(mut serial), _) => {
            read_serial(document, &mut serial, propose).map(LineSettings::Serial)
        }
        (None, Some(mut tcp)) => read_tcp(document, &mut tcp).map(LineSettings::Tcp),
        (None, None) => None,
    }
}

fn read_serial(
    document: &mut Document<'_>,
    section: &mut Section<'_, '_>,
    propose: impl Fn(&mut SerialSettings),
) -> Option<SerialSettings> {
    let remedy = "write the adapter's stable name, as listed under /dev/serial/by-id";
    let device = section
        .required_text(document, "device", remedy)
        .map(PathBuf::from);
    if let Some(device) = device.as_ref().filter(|device| !device.is_absolute()) {
        section.wrong(
            document,
            "device",
            format!("`{}` is not an absolute path", device.display()),
            remedy,
        );
    }
    let baud = section
        .integer(document, "baud", 0..=10_000_000)
        .and_then(|baud| u32::try_from(baud).ok());
    if let Some(baud) = baud.filter(|baud| !SPEEDS.contains(baud)) {
        let speeds: Vec<_> = SPEEDS.iter().map(ToString::to_string).collect();
        let remedy = format!("write one of {}", speeds.join(", "));
        let what = format!("{baud} is not a speed of serial lines");
        section.wrong(document, "baud", what, &remedy);
    }
    let data_bits = section.integer(document, "data_bits", 7..=8);
    let stop_bits = section.integer(document, "stop_bits", 1..=2);
    let parity = section.choice(
        document,
        "parity",
        &[
            ("none", tokio_serial::Parity::None),
            ("even", tokio_serial::Parity::Even),
            ("odd", tokio_serial::Parity::Odd),
        ],
    );
    let flow_control = section.choice(
        document,
        "flow_control",
        &[
            ("none", tokio_serial::FlowControl::None),
            ("hardware", tokio_serial::FlowControl::Hardware),
            ("software", tokio_serial::FlowControl::Software),
        ],
    );
    let dtr = section.boolean(document, "dtr");
    let rts = section.boolean(document, "rts");
    section.finish(document);
    let mut usual = SerialSettings::standard(device?);
    propose(&mut usual);
    Some(SerialSettings {
        baud: baud.unwrap_or(usual.baud),
        data_bits: match data_bits {
            Some(7) => tokio_serial::DataBits::Seven,
            Some(_) => tokio_serial::DataBits::Eight,
            None => usual.data_bits,
        },
        parity: parity.unwrap_or(usual.parity),
        stop_bits: match stop_bits {
            Some(2) => tokio_serial::StopBits::Two,
            Some(_) => tokio_serial::StopBits::One,
            None => usual.stop_bits,
        },
        flow_control: flow_control.unwrap_or(usual.flow_control),
        dtr: dtr.unwrap_or(usual.dtr),
        rts: rts.unwrap_or(usual.rts),
        ..usual
    })
}

fn read_tcp(document: &mut Document<'_>, section: &mut Section<'_, '_>) -> Option<TcpSettings> {
    let listen = section.text(document, "listen");
    let connect = section.text(document, "connect");
    section.finish(document);
    match (listen, connect) {
        (Some(address), None) => {
            let parsed = address.parse().ok();
            if parsed.is_none() {
                let what = format!("`{address}` is not an address with a port");
                section.wrong(
                    document,
                    "listen",
                    what,
                    "write for example \"0.0.0.0:5000\"",
                );
            }
            parsed.map(TcpSettings::Listen)
        }
        (None, Some(address)) => {
            let port = address.rsplit_once(':').and_then(|(host, port)| {
                (!host.is_empty()).then_some(())?;
                port.parse::<u16>().ok().filter(|port| *port != 0)
            });
            if port.is_none() {
                let what = format!("`{address}` is not a host with a port");
                section.wrong(
                    document,
                    "connect",
                    what,
                    "write for example \"192.168.1.20:5000\"",
                );
            }
            port.map(|_| TcpSettings::Connect(address))
        }
        (Some(_), Some(_)) => {
            let what = "both directions are set".to_owned();
            section.wrong(
                document,
                "connect",
                what,
                "keep either `listen` or `connect`",
            );
            None
        }
        (None, None) => {
            let what = "no address".to_owned();
            section.wrong(
                document,
                "listen",
                what,
                "write listen = \"0.0.0.0:5000\" or connect = \"host:port\"",
            );
            None
        }
    }
}
