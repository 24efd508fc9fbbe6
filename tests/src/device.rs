//! A serial device of this machine as an analyzer's end of a real cable, for trials on site.

use std::{fs::File, io, path::Path};

use anyhow::{Context, Result};
use rustix::{
    fs::{Mode, OFlags, open},
    termios::{ControlModes, InputModes, OptionalActions, tcgetattr, tcsetattr},
};
use tokio::net::unix::pipe;

/// An open serial device: eight bits, no parity, one stop bit.
#[derive(Debug)]
pub struct Device {
    // The runtime's pipe ends serve any descriptor that can be polled; a terminal can.
    incoming: pipe::Receiver,
    outgoing: pipe::Sender,
}

impl Device {
    /// Opens it at so many bits a second.
    pub fn open(path: &Path, baud: u32) -> Result<Self> {
        let flags = OFlags::RDWR | OFlags::NOCTTY | OFlags::CLOEXEC | OFlags::NONBLOCK;
        let line = open(path, flags, Mode::empty())
            .with_context(|| format!("opening {}", path.display()))?;
        let mut settings = tcgetattr(&line).context("reading the line settings")?;
        settings.make_raw();
        settings
            .input_modes
            .remove(InputModes::IXON | InputModes::IXOFF);
        settings
            .control_modes
            .insert(ControlModes::CLOCAL | ControlModes::CREAD);
        settings
            .control_modes
            .remove(ControlModes::CSTOPB | ControlModes::PARENB);
        settings
            .set_speed(baud)
            .with_context(|| format!("setting {baud} bits a second"))?;
        tcsetattr(&line, OptionalActions::Now, &settings).context("setting the line")?;
        Self::over(File::from(line))
    }

    /// Over a terminal that is set up and does not block.
    pub(crate) fn over(terminal: File) -> Result<Self> {
        let second = terminal.try_clone().context("sharing the terminal")?;
        let incoming = pipe::Receiver::from_file_unchecked(terminal);
        let outgoing = pipe::Sender::from_file_unchecked(second);
        Ok(Self {
            incoming: incoming.context("registering the terminal")?,
            outgoing: outgoing.context("registering the terminal")?,
        })
    }

    /// Reads what the other end sent.
    pub async fn read(&self, buffer: &mut [u8]) -> io::Result<usize> {
        loop {
            self.incoming.readable().await?;
            match self.incoming.try_read(buffer) {
                Err(error) if error.kind() == io::ErrorKind::WouldBlock => {}
                outcome => return outcome,
            }
        }
    }

    /// Writes all of `bytes`.
    pub async fn write_all(&self, mut bytes: &[u8]) -> io::Result<()> {
        while !bytes.is_empty() {
            self.outgoing.writable().await?;
            match self.outgoing.try_write(bytes) {
                Ok(written) => bytes = bytes.get(written..).unwrap_or_default(),
                Err(error) if error.kind() == io::ErrorKind::WouldBlock => {}
                Err(error) => return Err(error),
            }
        }
        Ok(())
    }
}
