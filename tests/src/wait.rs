//! Waiting for a condition, always with a bound, never for a guessed time.

use std::time::Duration;

use anyhow::{Result, bail};
use tokio::time::{MissedTickBehavior, interval, timeout};

/// How often a condition is looked at.
const STEP: Duration = Duration::from_millis(20);

/// Looks at `condition` until it yields a value; an error of the condition ends the wait at once.
pub async fn until<T>(
    what: &str,
    bound: Duration,
    mut condition: impl AsyncFnMut() -> Result<Option<T>>,
) -> Result<T> {
    let mut ticks = interval(STEP);
    ticks.set_missed_tick_behavior(MissedTickBehavior::Delay);
    let attempts = async {
        loop {
            ticks.tick().await;
            if let Some(value) = condition().await? {
                return Ok(value);
            }
        }
    };
    match timeout(bound, attempts).await {
        Ok(outcome) => outcome,
        Err(_) => bail!("waited {} s in vain for {what}", bound.as_secs()),
    }
}

/// Looks at a plain question until the answer is yes.
pub async fn until_true(
    what: &str,
    bound: Duration,
    mut question: impl FnMut() -> bool,
) -> Result<()> {
    until(what, bound, async || Ok(question().then_some(()))).await
}
