//! How far an order has come, and the tests added to it or taken back.

use lisiere_model::{LocalCode, OrderId, Specimen, UtcMicros};
use serde_json::json;

use super::{Error, Laboratory, Result, Trace, commit};
use crate::clock;
use crate::review::{Actor, Person, State};
use crate::store::observation::Recorded;
use crate::store::order::{self, OrderCounts, OrderStatus, TestRow};
use crate::store::{Connection, Tx, observation};

/// Takes a test back (`Some(reason)`) or asks for it again (`None`). A test with a result is not taken back: its result is
/// rejected or cancelled.
pub async fn cancel_test(
    laboratory: &Laboratory,
    id: OrderId,
    test: uuid::Uuid,
    reason: Option<&str>,
    who: &Person,
    now: UtcMicros,
) -> Result<()> {
    if !who.role.may_register() {
        return Err(Error::not_for_role(who, "ne modifie pas de dossier"));
    }
    if reason.is_some_and(|reason| reason.trim().is_empty()) {
        return Err(Error::field("motif", "un motif est nécessaire"));
    }
    let mut tx = laboratory.store.begin().await?;
    order::lock(&mut tx, id).await?;
    let row = order::tests(&mut tx, id)
        .await?
        .into_iter()
        .find(|row| row.id == test)
        .ok_or(Error::NotFound("analyse"))?;
    let has_result = observation::of_order(&mut tx, id).await?.iter().any(|o| {
        o.current && o.code.as_ref() == Some(&row.code) && o.specimen == Some(row.specimen)
    });
    if has_result && reason.is_some() {
        return Err(Error::Refused(format!(
            "l'analyse {} a un résultat : le rejeter ou l'annuler d'abord",
            row.code
        )));
    }
    order::set_test_cancelled(&mut tx, test, reason).await?;
    refresh(&mut tx, id, now).await?;
    let action = if reason.is_some() {
        "order.test_cancelled"
    } else {
        "order.test_restored"
    };
    let detail = json!({ "code": row.code.as_str(), "reason": reason });
    commit(
        tx,
        vec![Trace::new(action, "order", id, detail)],
        &Actor::from(who),
        now,
    )
    .await
}

/// Adds a test to a tube of an order, inside a transaction.
pub(super) async fn add_test(tx: &mut Tx, specimen: &Specimen, code: &LocalCode) -> Result<()> {
    let tests = order::tests(tx, specimen.order).await?;
    if let Some(known) = tests
        .iter()
        .find(|t| t.specimen == specimen.id && t.code == *code)
    {
        if known.cancelled.is_some() {
            order::set_test_cancelled(tx, known.id, None).await?;
        }
        return Ok(());
    }
    let position = tests
        .iter()
        .map(|test| test.position)
        .max()
        .unwrap_or(0)
        .saturating_add(1);
    let row = TestRow {
        id: clock::fresh_uuid(),
        order: specimen.order,
        specimen: specimen.id,
        code: code.clone(),
        position,
        cancelled: None,
    };
    order::insert_test(tx, &row).await?;
    Ok(())
}

/// Counts anew how far an order has come, after anything in it changed.
pub(crate) async fn refresh(tx: &mut Tx, id: OrderId, now: UtcMicros) -> Result<OrderCounts> {
    // Two people at two hubs: the second counts when the first is done, or it would write what is no longer true.
    order::lock(tx, id).await?;
    let counts = count(tx, id).await?;
    let status = if counts.signed == 0 {
        OrderStatus::Open
    } else if counts.signed == counts.tests && counts.to_sign == 0 {
        OrderStatus::Reported
    } else {
        OrderStatus::PartlyReported
    };
    order::set_progress(tx, id, status, counts, now.0).await?;
    Ok(counts)
}

async fn count(connection: &mut Connection, id: OrderId) -> Result<OrderCounts> {
    let tests = order::tests(connection, id).await?;
    let observations = observation::of_order(connection, id).await?;
    let mut counts = OrderCounts::default();
    for test in tests.iter().filter(|test| test.cancelled.is_none()) {
        counts.tests += 1;
        let current = observations.iter().find(|o| {
            o.current && o.code.as_ref() == Some(&test.code) && o.specimen == Some(test.specimen)
        });
        // Replaced at the bench, not yet in a report: the report still shows it, or has to say that it was withdrawn.
        let standing = observations.iter().find(|o| {
            !o.current
                && o.code.as_ref() == Some(&test.code)
                && o.specimen == Some(test.specimen)
                && matches!(o.state, State::Reported { .. } | State::Cancelled { .. })
        });
        let untold = |o: &Recorded| o.state == State::Cancelled { told: None };
        if current.is_some() && standing.is_some_and(untold) {
            counts.to_sign += 1;
        }
        match current.or(standing).map(|o| o.state) {
            None | Some(State::RepeatRequested | State::Rejected | State::Amended { .. }) => {
                counts.missing += 1;
            }
            Some(State::Received) => counts.to_review += 1,
            Some(State::Held) => counts.held += 1,
            // A withdrawal must be told: it waits for the next version of the report.
            Some(
                State::TechnicallyReviewed
                | State::BiologicallyReviewed
                | State::Cancelled { told: None },
            ) => counts.to_sign += 1,
            Some(State::Reported { .. } | State::Cancelled { told: Some(_) }) => {
                counts.signed += 1;
            }
        }
    }
    Ok(counts)
}
