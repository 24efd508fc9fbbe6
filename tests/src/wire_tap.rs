//! A hand on the wire: sends any bytes to an appliance's TCP port and reads its one-character answers.

use std::{net::SocketAddr, time::Duration};

use anyhow::{Context, Result, bail, ensure};
use tokio::{
    io::{AsyncReadExt as _, AsyncWriteExt as _},
    net::TcpStream,
    time::timeout,
};

use crate::wait;

/// Enquiry: "I have data" (E1381 §6.2).
pub const ENQ: u8 = 0x05;
/// Yes.
pub const ACK: u8 = 0x06;
/// No.
pub const NAK: u8 = 0x15;
/// End of the session.
pub const EOT: u8 = 0x04;
const STX: u8 = 0x02;
const ETX: u8 = 0x03;
const ETB: u8 = 0x17;

/// Long enough for an answer on any machine, short enough to notice a dead line.
const ANSWER: Duration = Duration::from_secs(15);

/// A connection to one port.
#[derive(Debug)]
pub struct WireTap {
    stream: TcpStream,
}

impl WireTap {
    /// Connects as soon as the port listens.
    pub async fn connect(address: SocketAddr) -> Result<Self> {
        let stream = wait::until(
            "the appliance's port",
            Duration::from_secs(30),
            async || Ok(TcpStream::connect(address).await.ok()),
        );
        Ok(Self {
            stream: stream.await?,
        })
    }

    /// Sends bytes exactly as given.
    pub async fn say(&mut self, bytes: &[u8]) -> Result<()> {
        self.stream
            .write_all(bytes)
            .await
            .context("writing to the appliance")
    }

    /// The next character of the appliance.
    pub async fn hear(&mut self) -> Result<u8> {
        let mut byte = [0];
        match timeout(ANSWER, self.stream.read_exact(&mut byte)).await {
            Ok(read) => read.context("reading the appliance's answer")?,
            Err(_) => bail!("no answer in {} s", ANSWER.as_secs()),
        };
        Ok(byte[0])
    }

    /// Says something and insists on one answer.
    pub async fn ask(&mut self, what: &str, bytes: &[u8], answer: u8) -> Result<()> {
        self.say(bytes).await?;
        let heard = self.hear().await.with_context(|| what.to_owned())?;
        ensure!(
            heard == answer,
            "{what}: answered {heard:#04x}, not {answer:#04x}"
        );
        Ok(())
    }

    /// A whole session with one message in frames of 240 characters, each of which must be accepted.
    pub async fn deliver(&mut self, text: &[u8]) -> Result<()> {
        self.ask("enquiry", &[ENQ], ACK).await?;
        for frame in frames(text) {
            self.ask("frame", &frame, ACK).await?;
        }
        self.say(&[EOT]).await
    }
}

/// A message cut into frames of at most 240 characters (E1381 §6.3.1).
pub fn frames(text: &[u8]) -> Vec<Vec<u8>> {
    let pieces: Vec<&[u8]> = text.chunks(240).collect();
    let last = pieces.len();
    (1..)
        .zip(pieces)
        .map(|(number, piece)| frame(number, piece, number == last))
        .collect()
}

/// One frame with its number, end and checksum.
pub fn frame(number: usize, text: &[u8], last: bool) -> Vec<u8> {
    let digit = b'0' + u8::try_from(number % 8).unwrap_or(0);
    let mut body = vec![digit];
    body.extend_from_slice(text);
    body.push(if last { ETX } else { ETB });
    let sum = body.iter().fold(0_u8, |sum, byte| sum.wrapping_add(*byte));
    let mut frame = vec![STX];
    frame.extend(body);
    frame.extend(format!("{sum:02X}\r\n").bytes());
    frame
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_frame_carries_its_number_end_and_sum() {
        // '1' + 'A' + ETX = 0x31 + 0x41 + 0x03 = 0x75
        assert_eq!(frame(1, b"A", true), b"\x021A\x0375\r\n");
        assert_eq!(frames(&[b'x'; 500]).len(), 3);
    }
}
