//! The analyzer's end of its line: a serial cable that is always there, or a TCP connection that comes and goes.

use std::{io, net::SocketAddr, time::Duration};

use lisiere_protocol::recognise::{Setting, waveform::misread};
use tokio::{
    io::{AsyncReadExt as _, AsyncWriteExt as _},
    net::{TcpListener, TcpStream},
    time::interval,
};

use crate::{device::Device, pty::Pty};

/// Between two tries to connect.
const STEP: Duration = Duration::from_millis(20);

/// Where a line comes from.
pub(super) enum Socket {
    /// A serial cable.
    Serial(Pty),
    /// A serial device of this machine.
    Device(Device),
    /// The analyzer connects.
    Connecting(SocketAddr),
    /// The analyzer is connected to.
    Listening(TcpListener),
}

/// A line in use.
pub(super) enum Line<'s> {
    /// A serial cable.
    Serial(&'s Pty),
    /// A serial device.
    Device(&'s Device),
    /// A connection.
    Tcp(TcpStream),
}

impl Socket {
    /// Opens the line, as often as it takes.
    pub(super) async fn open(&self) -> anyhow::Result<Line<'_>> {
        match self {
            Self::Serial(pty) => Ok(Line::Serial(pty)),
            Self::Device(device) => Ok(Line::Device(device)),
            Self::Connecting(address) => {
                // An analyzer tries to reach its host as long as it is switched on.
                let mut tries = interval(STEP);
                loop {
                    tries.tick().await;
                    if let Ok(stream) = TcpStream::connect(address).await {
                        return Line::tcp(stream);
                    }
                }
            }
            Self::Listening(listener) => Line::tcp(listener.accept().await?.0),
        }
    }
}

impl Line<'_> {
    /// A connection that sends each byte at once: an end and an enquiry in a row must not wait for an acknowledgement.
    fn tcp(stream: TcpStream) -> anyhow::Result<Self> {
        stream.set_nodelay(true)?;
        Ok(Self::Tcp(stream))
    }

    /// What the other side reads of bytes when its port is set otherwise than ours.
    pub(super) fn garbled(&self, bytes: &[u8], ours: Option<Setting>) -> Vec<u8> {
        match (self.theirs(), ours) {
            (Some(theirs), Some(ours)) => over_wire(bytes, ours, theirs),
            _ => bytes.to_vec(),
        }
    }

    /// What we read of the other side's bytes.
    pub(super) fn understood(&self, bytes: &[u8], ours: Option<Setting>) -> Vec<u8> {
        match (self.theirs(), ours) {
            (Some(theirs), Some(ours)) => over_wire(bytes, theirs, ours),
            _ => bytes.to_vec(),
        }
    }

    /// How the other side's port is set; only a pseudo-terminal tells.
    fn theirs(&self) -> Option<Setting> {
        match self {
            Self::Serial(pty) => pty.setting(),
            Self::Device(_) | Self::Tcp(_) => None,
        }
    }

    /// Reads something; 0 bytes are an error, as the line is gone.
    pub(super) async fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let read = match self {
            Self::Serial(pty) => pty.read(buffer).await?,
            Self::Device(device) => device.read(buffer).await?,
            Self::Tcp(stream) => stream.read(buffer).await?,
        };
        if read == 0 {
            Err(io::ErrorKind::UnexpectedEof.into())
        } else {
            Ok(read)
        }
    }

    /// Writes all of it.
    pub(super) async fn write_all(&mut self, bytes: &[u8]) -> io::Result<()> {
        match self {
            Self::Serial(pty) => pty.write_all(bytes).await,
            Self::Device(device) => device.write_all(bytes).await,
            Self::Tcp(stream) => stream.write_all(bytes).await,
        }
    }
}

/// Bytes as a port set to `read` sees them; a pseudo-terminal has no way to say which of them are damaged.
fn over_wire(bytes: &[u8], sent: Setting, read: Setting) -> Vec<u8> {
    if sent == read {
        return bytes.to_vec();
    }
    let seen = misread(bytes, sent, read);
    seen.into_iter().map(|seen| seen.byte).collect()
}
