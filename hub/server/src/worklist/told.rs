//! Takes in what became of orders at the analyzers: events travel as captures do, exactly once and in order.

use std::collections::BTreeSet;

use lisiere_model::LocalCode;
use lisiere_wire::{OrderEvent, OrderEventState, OrderEventTube};

use super::codes;
use crate::clock;
use crate::laboratory::{Laboratory, Result};
use crate::store::Tx;
use crate::store::capture::StoredCapture;
use crate::store::order::{self, OrderStatus};
use crate::store::work_state::{self, EventRow, StateRow};

/// Tubes of one event that are looked at; an analyzer that asks for everything has no more on board.
const MOST_TUBES: usize = 5000;

/// Reads an event and writes what it says; the text says why it cannot be read.
pub(crate) async fn take(
    laboratory: &Laboratory,
    tx: &mut Tx,
    stored: &StoredCapture,
) -> Result<std::result::Result<(), String>> {
    let event: OrderEvent = match serde_json::from_slice(&stored.bytes) {
        Ok(event) => event,
        Err(error) => {
            return Ok(Err(format!(
                "Événement de demande illisible ({error}) : mettre le hub à jour"
            )));
        }
    };
    for tube in event.tubes.iter().take(MOST_TUBES) {
        work_state::insert_event(
            tx,
            &EventRow {
                id: clock::fresh_uuid(),
                capture: stored.id,
                appliance: stored.appliance.clone(),
                port: stored.port.clone(),
                driver: stored.driver.clone(),
                specimen: tube.specimen.clone(),
                state: event.state.word(),
                tests: tube.tests.clone(),
                reason: event.reason.clone(),
                version: i64::try_from(event.version).unwrap_or(i64::MAX),
                at: event.at.0,
            },
        )
        .await?;
        let known = !matches!(
            event.state,
            OrderEventState::Unknown | OrderEventState::Unreadable
        );
        if known {
            advance(laboratory, tx, stored, &event, tube).await?;
        }
    }
    Ok(Ok(()))
}

/// Writes where the tests of a tube stand now.
async fn advance(
    laboratory: &Laboratory,
    tx: &mut Tx,
    stored: &StoredCapture,
    event: &OrderEvent,
    tube: &OrderEventTube,
) -> Result<()> {
    let Ok(accession) = tube.specimen.parse() else {
        return Ok(());
    };
    let mut named: BTreeSet<LocalCode> = BTreeSet::new();
    for code in &tube.tests {
        named.extend(codes::meant(tx, &laboratory.library, &stored.driver, code).await?);
    }
    for specimen in order::specimens_by_accession(tx, &accession).await? {
        let Some(row) = order::get(tx, specimen.order).await? else {
            continue;
        };
        // A label used again: what was reported before is not what the analyzer was asked to do now.
        if row.status == OrderStatus::Reported {
            continue;
        }
        let tests = order::tests(tx, specimen.order).await?;
        for test in tests.into_iter().filter(|test| {
            test.specimen == specimen.id && test.cancelled.is_none() && named.contains(&test.code)
        }) {
            let state = StateRow {
                test: test.id,
                state: event.state.word().to_owned(),
                appliance: stored.appliance.clone(),
                port: stored.port.clone(),
                reason: event.reason.clone(),
                at: event.at.0,
            };
            work_state::set(tx, specimen.order, &state).await?;
        }
    }
    Ok(())
}
