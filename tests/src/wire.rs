//! A serial wire of a chosen speed, kept to the microsecond: what the pacing of the runtime's timers is too coarse for.

use std::{
    os::fd::OwnedFd,
    path::Path,
    thread,
    time::{Duration, Instant},
};

use anyhow::{Context, Result, bail};
use rustix::io::{Errno, read, write};

use crate::{clock, pty};

/// Sleeping is this coarse; the rest of a wait is spent looking at the clock.
const COARSE: Duration = Duration::from_micros(150);
/// A FIFO of an ordinary port hands over so many bytes at a time.
const FIFO: usize = 16;
/// A USB adapter hands over so many.
const PACKET: usize = 62;
/// Faster than this, ports are USB adapters.
const FIFO_BAUD: u32 = 115_200;
/// A word of the other side that takes longer never comes.
const ANSWER: Duration = Duration::from_secs(20);

/// The analyzer's end of a pseudo-terminal that carries bytes as fast as a wire would, and no faster.
#[derive(Debug)]
pub struct Wire {
    controller: OwnedFd,
    _held: OwnedFd,
    baud: u32,
    /// When the wire is free for the next byte.
    free: Instant,
}

impl Wire {
    /// A wire that the other side opens as `link`.
    pub fn create(link: &Path, baud: u32) -> Result<Self> {
        let (controller, held) = pty::pair(link)?;
        Ok(Self {
            controller,
            _held: held,
            baud,
            free: clock::moment(),
        })
    }

    /// The time that so many bytes take: start bit, eight data bits, stop bit.
    pub fn time(&self, bytes: usize) -> Duration {
        line_time(bytes, self.baud)
    }

    /// Sends bytes, each as late as the wire delivers it.
    pub fn send(&mut self, bytes: &[u8]) -> Result<()> {
        let chunk = if self.baud > FIFO_BAUD { PACKET } else { FIFO };
        self.free = self.free.max(clock::moment());
        for part in bytes.chunks(chunk) {
            self.free += self.time(part.len());
            wait_until(self.free);
            let mut rest = part;
            while !rest.is_empty() {
                match write(&self.controller, rest) {
                    Ok(written) => rest = rest.get(written..).unwrap_or_default(),
                    Err(Errno::AGAIN | Errno::INTR) => thread::yield_now(),
                    Err(error) => return Err(error).context("writing to the line"),
                }
            }
        }
        Ok(())
    }

    /// The other side's next byte, at the moment the wire has carried it.
    pub fn hear(&mut self) -> Result<u8> {
        let since = clock::moment();
        let mut byte = [0];
        loop {
            match read(&self.controller, &mut byte[..]) {
                Ok(1) => break,
                Ok(_) => bail!("the line is gone"),
                Err(Errno::AGAIN | Errno::INTR | Errno::IO) => {}
                Err(error) => return Err(error).context("reading from the line"),
            }
            if clock::moment() > since + ANSWER {
                bail!("no answer in {} s", ANSWER.as_secs());
            }
            std::hint::spin_loop();
        }
        self.free = clock::moment() + self.time(1);
        wait_until(self.free);
        let [byte] = byte;
        Ok(byte)
    }
}

/// The time that so many bytes take at a speed.
pub fn line_time(bytes: usize, baud: u32) -> Duration {
    let bits = u64::try_from(bytes).unwrap_or(u64::MAX).saturating_mul(10);
    let nanos = bits.saturating_mul(1_000_000_000);
    Duration::from_nanos(nanos.checked_div(u64::from(baud)).unwrap_or(0))
}

fn wait_until(moment: Instant) {
    let left = moment.saturating_duration_since(clock::moment());
    if let Some(coarse) = left.checked_sub(COARSE) {
        thread::park_timeout(coarse);
    }
    while clock::moment() < moment {
        std::hint::spin_loop();
    }
}
