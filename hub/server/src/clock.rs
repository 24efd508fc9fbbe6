//! The only place of the hub that reads a clock, and the only one that makes identifiers (they carry their time).

use std::sync::Arc;
use std::sync::atomic::{AtomicI64, Ordering};
use std::time::{Duration, Instant, SystemTime, UNIX_EPOCH};

use lisiere_model::UtcMicros;
use uuid::Uuid;

/// Tells the time: the system's, or one that a test sets.
#[derive(Debug, Clone, Default)]
pub struct Clock {
    fixed: Option<Arc<AtomicI64>>,
}

impl Clock {
    /// The system's clock.
    pub fn system() -> Self {
        Self::default()
    }

    /// A clock that stands still until it is set; the handle moves it.
    pub fn fixed(micros: i64) -> (Self, Arc<AtomicI64>) {
        let handle = Arc::new(AtomicI64::new(micros));
        (
            Self {
                fixed: Some(Arc::clone(&handle)),
            },
            handle,
        )
    }

    /// Now, in microseconds since 1970 (UTC): the form in which the store keeps times.
    pub fn now_micros(&self) -> i64 {
        if let Some(fixed) = &self.fixed {
            return fixed.load(Ordering::Relaxed);
        }
        SystemTime::now()
            .duration_since(UNIX_EPOCH)
            .ok()
            .and_then(|since| i64::try_from(since.as_micros()).ok())
            .unwrap_or_default()
    }

    /// Now, as the model's type.
    pub fn now(&self) -> UtcMicros {
        UtcMicros(self.now_micros())
    }
}

/// A new identifier; those made later sort later.
pub fn fresh_uuid() -> Uuid {
    Uuid::now_v7()
}

/// Measures how long something takes.
#[derive(Debug, Clone, Copy)]
pub struct Stopwatch(Instant);

impl Stopwatch {
    /// Starts measuring.
    pub fn start() -> Self {
        Self(Instant::now())
    }

    /// Time since the start.
    pub fn elapsed(self) -> Duration {
        self.0.elapsed()
    }
}

/// Time since the first call in this process: for what only needs to measure, never to date.
pub fn uptime() -> Duration {
    static START: std::sync::OnceLock<Instant> = std::sync::OnceLock::new();
    START.get_or_init(Instant::now).elapsed()
}
