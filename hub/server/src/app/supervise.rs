//! Keeps tasks alive: one that panics or fails is logged and started again; the others do not notice.

use std::future::Future;
use std::time::Duration;

use tokio::task::{JoinHandle, JoinSet};

use super::Shutdown;
use crate::events;

/// Wait before a task is started again.
const PAUSE: Duration = Duration::from_millis(500);
/// How long tasks may take to finish their work when the hub stops.
const FAREWELL: Duration = Duration::from_secs(10);

/// The tasks of the hub.
#[derive(Debug)]
pub struct Supervisor {
    shutdown: Shutdown,
    tasks: JoinSet<()>,
    endless: Vec<JoinHandle<()>>,
}

impl Supervisor {
    /// No task yet.
    pub fn new(shutdown: Shutdown) -> Self {
        Self {
            shutdown,
            tasks: JoinSet::new(),
            endless: Vec::new(),
        }
    }

    /// The wish that the hub stops.
    pub fn shutdown(&self) -> Shutdown {
        self.shutdown.clone()
    }

    /// Keeps a task alive that ends by itself when the hub should stop.
    pub fn keep<F, Running>(&mut self, name: &'static str, start: F)
    where
        F: Fn() -> Running + Send + 'static,
        Running: Future<Output = anyhow::Result<()>> + Send + 'static,
    {
        self.tasks.spawn(revive(name, start, self.shutdown.clone()));
    }

    /// Keeps a task alive that never ends by itself; it is cut off after the others have finished.
    pub fn endless<F, Running>(&mut self, name: &'static str, start: F)
    where
        F: Fn() -> Running + Send + 'static,
        Running: Future<Output = anyhow::Result<()>> + Send + 'static,
    {
        self.endless
            .push(tokio::spawn(revive(name, start, self.shutdown.clone())));
    }

    /// Waits, not for ever, until the tasks have finished.
    pub async fn finish(mut self) {
        let all = async { while self.tasks.join_next().await.is_some() {} };
        if tokio::time::timeout(FAREWELL, all).await.is_err() {
            events::task_failed(
                "stopping",
                "some tasks did not finish in time and are cut off",
            );
        }
        for task in self.endless {
            task.abort();
        }
    }
}

async fn revive<F, Running>(name: &'static str, start: F, mut shutdown: Shutdown)
where
    F: Fn() -> Running + Send + 'static,
    Running: Future<Output = anyhow::Result<()>> + Send + 'static,
{
    loop {
        // A task of its own: a panic ends it, not this loop.
        let mut running = tokio::spawn(start());
        let guard = running.abort_handle();
        let _cut_off = CutOff(guard);
        let outcome = (&mut running).await;
        if shutdown.is_wanted() {
            return;
        }
        match outcome {
            Ok(Ok(())) => events::task_restarted(name, "it ended"),
            Ok(Err(error)) => events::task_restarted(name, format!("{error:#}")),
            Err(panic) => events::task_restarted(name, panic),
        }
        tokio::select! {
            () = tokio::time::sleep(PAUSE) => {}
            () = shutdown.wanted() => return,
        }
    }
}

/// Ends the inner task together with the one that watches it.
struct CutOff(tokio::task::AbortHandle);

impl Drop for CutOff {
    fn drop(&mut self) {
        self.0.abort();
    }
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;
    use std::sync::atomic::{AtomicUsize, Ordering};

    use tokio::sync::Notify;

    use super::*;

    #[tokio::test]
    async fn a_task_that_panics_is_started_again() {
        let (stop, shutdown) = Shutdown::new();
        let mut tasks = Supervisor::new(shutdown.clone());
        let started = Arc::new(AtomicUsize::new(0));
        let third = Arc::new(Notify::new());
        let (count, reached) = (Arc::clone(&started), Arc::clone(&third));
        tasks.keep("test", move || {
            let (count, reached, mut shutdown) =
                (Arc::clone(&count), Arc::clone(&reached), shutdown.clone());
            async move {
                match count.fetch_add(1, Ordering::SeqCst) {
                    0 => panic!("first"),
                    1 => anyhow::bail!("second"),
                    _ => {
                        reached.notify_one();
                        shutdown.wanted().await;
                        Ok(())
                    }
                }
            }
        });
        third.notified().await;
        stop.send(true).expect("listened to");
        tasks.finish().await;
        assert_eq!(started.load(Ordering::SeqCst), 3);
    }
}
