//! The wish to stop, as every task hears it.

use std::time::Duration;
use tokio::{sync::watch, time};

/// Hears whether the appliance is to stop.
#[derive(Clone, Debug)]
pub struct Stop(watch::Receiver<bool>);

/// Tells every task to stop.
#[derive(Debug)]
pub struct Stopper(watch::Sender<bool>);

/// A wish not yet uttered, and those who will hear it.
pub fn pair() -> (Stopper, Stop) {
    let (stopper, stop) = watch::channel(false);
    (Stopper(stopper), Stop(stop))
}

impl Stopper {
    /// Utters it.
    pub fn stop(&self) {
        self.0.send_replace(true);
    }
}

impl Stop {
    /// Returns when the appliance is to stop.
    pub async fn wanted(&mut self) {
        // A sender that is gone means that the appliance is ending too.
        let _ = self.0.wait_for(|stop| *stop).await;
    }

    /// Waits, or returns early (true) when the appliance is to stop.
    pub async fn wanted_within(&mut self, span: Duration) -> bool {
        time::timeout(span, self.wanted()).await.is_ok()
    }
}
