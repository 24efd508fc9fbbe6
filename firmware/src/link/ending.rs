//! The end of a line: what it brought last is kept, whether or not its end was heard.

use super::{Pump, STOP_PATIENCE};
use lisiere_protocol::Output;
use tokio::time;

impl Pump<'_> {
    /// No more bytes will come. What silence would have ended is a message all the same: its sender may have its answers,
    /// or never wait for any.
    fn hear_out(&mut self) -> usize {
        self.close_desk();
        if let Some(due) = self.link.deadline() {
            self.link.elapse(due.max(self.context.clock.tick()));
        }
        let mut kept = 0;
        while let Some(output) = self.link.next() {
            if let Output::Keep { token, message } = output {
                self.keep(token, message);
                kept += 1;
            }
        }
        kept
    }

    /// Ends in good order: what came last is with the journal before the line is opened again, or the appliance stops.
    pub(super) async fn finish(&mut self) {
        for _ in 0..self.hear_out() {
            let answered = time::timeout(STOP_PATIENCE, self.answers.recv()).await;
            if let Ok(Some((token, stored))) = answered {
                self.confirm(token, &stored);
            }
        }
    }
}

/// A connection that another one replaces is dropped in the middle: the last message it brought is kept as well.
impl Drop for Pump<'_> {
    fn drop(&mut self) {
        // After a panic the link is not to be trusted.
        if !std::thread::panicking() {
            self.hear_out();
        }
    }
}
