//! Conservation: every result received is somewhere, and the sum says so.

use std::collections::BTreeMap;

use serde::Serialize;

use super::{Laboratory, Result};
use crate::store::{control, queue, report, worklist};

/// Where everything is.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize)]
pub struct Conservation {
    /// Captures stored, and of which not interpreted yet, and not readable.
    pub captures: CaptureCounts,
    /// Patients' results read from them.
    pub received: i64,
    /// Not attached to an order: they wait in the queue for a person.
    pub waiting: i64,
    /// A later result of the same test took their place before they were reported, or they were sent twice.
    pub replaced: i64,
    /// By state of review: `received`, `held`, `repeat_requested`, `rejected`, `technically_reviewed`,
    /// `biologically_reviewed`, `reported`, `amended`, `cancelled`.
    pub states: BTreeMap<String, i64>,
    /// True when the parts add up to what was received.
    pub balanced: bool,
    /// Control and calibration results, and rows that are nobody's.
    pub controls: BTreeMap<String, i64>,
    /// Open queue entries by cause.
    pub queue: BTreeMap<String, i64>,
    /// Reports signed, all versions.
    pub reports: i64,
    /// Reports signed, current versions.
    pub reports_current: i64,
    /// Orders by place.
    pub orders: OrderPlaces,
}

/// Captures by how far they were read.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize)]
pub struct CaptureCounts {
    /// All.
    pub stored: i64,
    /// Not interpreted yet.
    pub waiting: i64,
    /// Not readable: each has an entry in the queue.
    pub unreadable: i64,
}

/// Orders by what they wait for; an order may wait at several places.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize)]
pub struct OrderPlaces {
    /// All.
    pub all: i64,
    /// For results.
    pub awaiting_results: i64,
    /// For a technician.
    pub bench: i64,
    /// For a biologist.
    pub biologist: i64,
    /// For nothing: everything is signed.
    pub done: i64,
}

/// Counts everything once.
pub async fn figures(laboratory: &Laboratory) -> Result<Conservation> {
    let mut reader = laboratory.store.read().await?;
    let mut found = Conservation {
        captures: worklist::count_captures(&mut reader).await?,
        received: worklist::count_observations(&mut reader).await?,
        orders: worklist::count_orders(&mut reader).await?,
        ..Conservation::default()
    };
    for (state, place, count) in worklist::count_places(&mut reader).await? {
        match place.as_str() {
            "waiting" => found.waiting = found.waiting.saturating_add(count),
            "replaced" => found.replaced = found.replaced.saturating_add(count),
            _ => *found.states.entry(state).or_default() += count,
        }
    }
    let parts = found.states.values().sum::<i64>();
    found.balanced = found.received
        == parts
            .saturating_add(found.waiting)
            .saturating_add(found.replaced);
    found.controls = control::count_by_kind(&mut reader)
        .await?
        .into_iter()
        .collect();
    for (cause, count) in queue::count_open(&mut reader).await? {
        found.queue.insert(cause.as_str().to_owned(), count);
    }
    (found.reports, found.reports_current) = report::count(&mut reader).await?;
    Ok(found)
}
