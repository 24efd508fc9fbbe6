//! An analyzer that asks for work: byte by byte on its line, with the time each answer took.
//!
//! It waits for nothing but the other side's bytes, so what it measures is the appliance and the line.

use std::{
    io::{Read as _, Write as _},
    net::{SocketAddr, TcpStream},
    time::Duration,
};

use anyhow::{Context, Result, bail, ensure};

use crate::{
    clock::Stopwatch,
    wire::Wire,
    wire_tap::{ACK, ENQ, EOT, frame},
};

const STX: u8 = 0x02;
const LF: u8 = 0x0A;
const VT: u8 = 0x0B;
const FS: u8 = 0x1C;
/// No analyzer waits longer for its answer.
const PATIENCE: Duration = Duration::from_secs(30);
/// How often a busy line is asked for.
const TRIES: usize = 20;

/// The analyzer's end of its line.
#[derive(Debug)]
pub enum Cable {
    /// A serial wire of a chosen speed.
    Wire(Wire),
    /// A connection.
    Tcp(TcpStream),
}

impl Cable {
    /// Connects to a port that listens, or will soon.
    pub fn connect(address: SocketAddr) -> Result<Self> {
        let since = Stopwatch::start();
        loop {
            match TcpStream::connect(address) {
                Ok(stream) => {
                    stream.set_nodelay(true)?;
                    stream.set_read_timeout(Some(PATIENCE))?;
                    return Ok(Self::Tcp(stream));
                }
                Err(error) if since.elapsed() > PATIENCE => {
                    return Err(error).with_context(|| format!("connecting to {address}"));
                }
                Err(_) => std::thread::yield_now(),
            }
        }
    }

    fn send(&mut self, bytes: &[u8]) -> Result<()> {
        match self {
            Self::Wire(wire) => wire.send(bytes),
            Self::Tcp(stream) => stream.write_all(bytes).context("writing to the port"),
        }
    }

    fn hear(&mut self) -> Result<u8> {
        match self {
            Self::Wire(wire) => wire.hear(),
            Self::Tcp(stream) => {
                let mut byte = [0];
                stream
                    .read_exact(&mut byte)
                    .context("waiting for the other side")?;
                let [byte] = byte;
                Ok(byte)
            }
        }
    }
}

/// An answer and when it came, counted from the last byte of the question's session.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Answer {
    /// The text between the marks of the link.
    pub text: String,
    /// Until the first sign of it: the enquiry, or the last byte of the reply.
    pub first: Duration,
    /// Until the order itself began: the first byte of the frame with the order record, or the last byte of the order's
    /// block. Absent when there is none.
    pub order: Option<Duration>,
}

/// Asks in a session of LIS1-A and takes the answer in the other side's own (LIS01-A2 §6.2).
pub fn ask_in_frames(cable: &mut Cable, question: &str) -> Result<Answer> {
    let mut tries = 0;
    loop {
        cable.send(&[ENQ])?;
        match cable.hear()? {
            ACK => break,
            other => {
                tries += 1;
                ensure!(tries < TRIES, "the enquiry is answered {other:#04x}");
            }
        }
    }
    cable.send(&frame(1, question.as_bytes(), true))?;
    let answer = cable.hear()?;
    ensure!(answer == ACK, "the question is answered {answer:#04x}");
    cable.send(&[EOT])?;
    let since = Stopwatch::start();
    let enquiry = cable.hear()?;
    ensure!(enquiry == ENQ, "{enquiry:#04x} instead of an enquiry");
    let first = since.elapsed();
    cable.send(&[ACK])?;
    let (mut text, mut order) = (Vec::new(), None);
    loop {
        match cable.hear()? {
            EOT => break,
            STX => {}
            other => bail!("{other:#04x} instead of a frame"),
        }
        let began = since.elapsed();
        let mut frame = Vec::new();
        while frame.last() != Some(&LF) {
            frame.push(cable.hear()?);
        }
        // Frame number before; ETX or ETB, checksum, CR and LF behind.
        let records = frame
            .get(1..frame.len().saturating_sub(5))
            .unwrap_or_default();
        if records.starts_with(b"O") {
            order.get_or_insert(began);
        }
        text.extend_from_slice(records);
        cable.send(&[ACK])?;
    }
    let text = String::from_utf8(text).context("the answer's characters")?;
    Ok(Answer { text, first, order })
}

/// Asks in a block of HL7 (MLLP), takes the reply in the same turn, and the orders that follow when the reply says that
/// there are some; accepts them.
pub fn ask_in_blocks(cable: &mut Cable, question: &str) -> Result<Answer> {
    cable.send(&block(question))?;
    let since = Stopwatch::start();
    let mut text = hear_block(cable)?;
    let first = since.elapsed();
    if !text.contains("|OK|") {
        let order = None;
        return Ok(Answer { text, first, order });
    }
    let orders = hear_block(cable)?;
    let order = Some(since.elapsed());
    let control = orders.split('|').nth(9).unwrap_or_default();
    let taken = format!(
        "MSH|^~\\&|BA400|Biosystems|Host||20261123101531||ORL^O34^ORL_O34|T{control}|P|2.5.1|||NE|NE\rMSA|AA|{control}\r"
    );
    cable.send(&block(&taken))?;
    text.push_str(&orders);
    Ok(Answer { text, first, order })
}

fn block(text: &str) -> Vec<u8> {
    [&[VT], text.as_bytes(), &[FS, b'\r']].concat()
}

fn hear_block(cable: &mut Cable) -> Result<String> {
    let begin = cable.hear()?;
    ensure!(begin == VT, "{begin:#04x} instead of a block");
    let mut text = Vec::new();
    loop {
        match cable.hear()? {
            FS => break,
            byte => text.push(byte),
        }
    }
    cable.hear()?;
    String::from_utf8(text).context("the block's characters")
}
