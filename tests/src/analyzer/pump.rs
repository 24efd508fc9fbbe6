//! Drives the sender engine over a line: its outputs to the wire, the wire's bytes and the time to it.

use std::{io, sync::Arc, time::Duration};

use lisiere_protocol::{
    Delivery, Output, Tick,
    link::{Link, Role},
};
use tokio::{sync::watch, time::sleep_until};

use super::{
    Manner,
    book::Book,
    line::{Line, Socket},
    reply,
};
use crate::{
    clock::{self, Stopwatch},
    faults::Faults,
    letter::Letter,
};

/// Works until it is dropped: opens the line, sends, and starts again when the line is lost.
pub(super) async fn work(
    socket: Socket,
    mut manner: Manner,
    faults: watch::Receiver<Faults>,
    book: Arc<Book>,
) {
    let rate = manner.pace.bytes_a_second();
    while let Ok(line) = socket.open().await {
        let mut pump = Pump {
            line,
            engine: manner.link.open(Role::Instrument, rate),
            manner: &mut manner,
            faults: &faults,
            watch: Stopwatch::start(),
            book: &book,
            counted: 0,
        };
        // A lost line is what the stories are about: the message stays in the book and goes out on the next line.
        if pump.run().await.is_err() {
            book.hung_up();
        }
    }
}

struct Pump<'s> {
    line: Line<'s>,
    engine: Box<dyn Link>,
    manner: &'s mut Manner,
    faults: &'s watch::Receiver<Faults>,
    watch: Stopwatch,
    book: &'s Book,
    counted: u64,
}

impl Pump<'_> {
    async fn run(&mut self) -> io::Result<()> {
        loop {
            let message = self.idle().await?;
            let now = self.now();
            if self.engine.submit(now, message.text).is_err() {
                return Err(io::ErrorKind::InvalidData.into());
            }
            while !self.settle().await? {
                self.step().await?;
            }
        }
    }

    /// Waits for something to send; what the other side says meanwhile goes to the engine.
    async fn idle(&mut self) -> io::Result<Letter> {
        loop {
            self.settle().await?;
            let book = self.book;
            tokio::select! {
                message = book.next() => return Ok(message),
                outcome = self.step() => outcome?,
            }
        }
    }

    /// One event: bytes came or a deadline passed.
    async fn step(&mut self) -> io::Result<()> {
        let mut buffer = [0; 256];
        let due = self.engine.deadline().map(|tick| self.moment(tick));
        let read = tokio::select! {
            read = self.line.read(&mut buffer) => Some(read?),
            () = async { match due {
                Some(due) => sleep_until(due).await,
                None => std::future::pending().await,
            } } => None,
        };
        let now = self.now();
        match read {
            Some(n) => {
                let bytes = buffer.get(..n).unwrap_or_default();
                let bytes = self.line.understood(bytes, self.manner.wire);
                self.engine.receive(now, &bytes);
            }
            None => self.engine.elapse(now),
        }
        Ok(())
    }

    /// Does what the engine wants done; true once the message has ended, one way or the other.
    async fn settle(&mut self) -> io::Result<bool> {
        let mut ended = false;
        while let Some(output) = self.engine.next() {
            match output {
                Output::Send(bytes) => self.send(&bytes).await?,
                Output::Deliver(Delivery::Sent { .. }) => {
                    self.book.accept();
                    ended = true;
                }
                Output::Deliver(Delivery::Aborted { .. }) => {
                    self.book.aborted();
                    ended = true;
                }
                Output::Keep { token, message } => {
                    let verdict = reply::verdict(&message.text);
                    self.book.hear(message.text);
                    let now = self.now();
                    self.engine.confirm(now, token, verdict);
                }
                Output::Notice(_) => {}
            }
        }
        let counters = self.engine.counters();
        let refusals = counters.naks_received + counters.busy_received;
        self.book.refused(refusals.saturating_sub(self.counted));
        self.counted = refusals;
        Ok(ended)
    }

    async fn send(&mut self, bytes: &[u8]) -> io::Result<()> {
        let faults = *self.faults.borrow();
        let bytes = self.manner.mischief.distort(bytes, faults);
        self.book.struck(self.manner.mischief.done());
        for chunk in bytes.chunks(self.manner.pace.chunk()) {
            self.manner.pace.carry(chunk.len()).await;
            let chunk = self.line.garbled(chunk, self.manner.wire);
            self.line.write_all(&chunk).await?;
        }
        Ok(())
    }

    fn now(&self) -> Tick {
        Tick(self.watch.millis().saturating_mul(self.manner.haste))
    }

    /// When the engine's `tick` comes on the real clock.
    fn moment(&self, tick: Tick) -> tokio::time::Instant {
        let wait = tick.since(self.now()).as_millis();
        let haste = u128::from(self.manner.haste.max(1));
        let millis = u64::try_from(wait.div_ceil(haste)).unwrap_or(u64::MAX);
        clock::instant() + Duration::from_millis(millis)
    }
}
