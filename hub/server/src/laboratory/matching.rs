//! Hanging readings on their orders, with the rules applied; what has no certain place waits for a person.

use lisiere_model::{
    AccessionNumber, LocalCode, ObservationId, OrderId, QueueEntryId, Specimen, UtcMicros,
};
use serde_json::json;

use super::placing::{Match, Placement, Waiting, place};
use super::repeats;
use super::rules::{Facts, evaluate};
use super::{Laboratory, Result, Trace, progress};
use crate::clock;
use crate::review::act::{record, write};
use crate::review::state::transition;
use crate::review::{Act, Actor};
use crate::store::observation::{self, Previous, Recorded};
use crate::store::order;
use crate::store::queue::{self, Closed, QueueRow};
use crate::store::{Error as StoreError, Tx, patient};

/// The name under which the hub signs what matching does.
pub(super) const RULE: &str = "rapprochement";

/// Adds a new reading where it belongs, or to the queue. Says which order it touched.
pub(super) async fn admit(
    laboratory: &Laboratory,
    tx: &mut Tx,
    mut row: Recorded,
    now: UtcMicros,
    traces: &mut Vec<Trace>,
) -> Result<Option<OrderId>> {
    let actor = Actor::rule(RULE);
    match place(laboratory, tx, &row).await? {
        Placement::Matched(found) => {
            let order = found.order.id;
            order::lock(tx, order).await?;
            let replaced = settle(laboratory, tx, &mut row, *found).await?;
            observation::insert(tx, &row).await?;
            record(
                tx,
                &row,
                "observation.received",
                first_hold(&row),
                &actor,
                now,
            )
            .await?;
            supersede(tx, replaced, row.id, &actor, now, traces).await?;
            Ok(Some(order))
        }
        Placement::Waits(waiting) => {
            observation::insert(tx, &row).await?;
            record(
                tx,
                &row,
                "observation.received",
                Some(waiting.sentence.clone()),
                &actor,
                now,
            )
            .await?;
            open(tx, &row, waiting, now).await?;
            Ok(None)
        }
    }
}

/// Looks again for the place of a reading that waits; says which order took it.
pub(super) async fn retry(
    laboratory: &Laboratory,
    tx: &mut Tx,
    row: &mut Recorded,
    actor: &Actor,
    now: UtcMicros,
    traces: &mut Vec<Trace>,
) -> Result<Option<OrderId>> {
    let closed = |resolution: String| Closed {
        at: now,
        by: actor.name().to_owned(),
        resolution,
    };
    match place(laboratory, tx, row).await? {
        Placement::Matched(found) => {
            let order = found.order.id;
            let number = found.order.number.clone();
            order::lock(tx, order).await?;
            let replaced = settle(laboratory, tx, row, *found).await?;
            write(tx, row, now).await?;
            record(tx, row, "observation.matched", first_hold(row), actor, now).await?;
            supersede(tx, replaced, row.id, actor, now, traces).await?;
            let resolution = format!("rattaché au dossier {number}");
            queue::close_of_observation(tx, row.id, &closed(resolution)).await?;
            traces.push(Trace::new(
                "observation.matched",
                "observation",
                row.id,
                json!({ "order": order.to_string(), "version": row.version }),
            ));
            Ok(Some(order))
        }
        Placement::Waits(waiting) => {
            let open_now = queue::open_of_observation(tx, row.id).await?;
            let same = open_now
                .iter()
                .any(|entry| entry.cause == waiting.cause && entry.sentence == waiting.sentence);
            if !same {
                let resolution =
                    format!("attend pour une autre raison : {}", waiting.cause.french());
                queue::close_of_observation(tx, row.id, &closed(resolution)).await?;
                open(tx, row, waiting, now).await?;
            }
            Ok(None)
        }
    }
}

/// Looks again at everything that waits for this specimen number.
pub(super) async fn rematch_accession(
    laboratory: &Laboratory,
    tx: &mut Tx,
    accession: &AccessionNumber,
    now: UtcMicros,
    traces: &mut Vec<Trace>,
) -> Result<()> {
    let actor = Actor::rule(RULE);
    for mut row in observation::unmatched(tx, accession.as_str()).await? {
        if let Some(order) = retry(laboratory, tx, &mut row, &actor, now, traces).await? {
            progress::refresh(tx, order, now).await?;
        }
    }
    Ok(())
}

async fn open(tx: &mut Tx, row: &Recorded, waiting: Waiting, now: UtcMicros) -> Result<()> {
    let entry = QueueRow {
        id: QueueEntryId::from_uuid(clock::fresh_uuid()),
        cause: waiting.cause,
        capture: Some(row.capture),
        observation: Some(row.id),
        order: None,
        subject: waiting.subject,
        sentence: waiting.sentence,
        opened_at: now,
        closed: None,
    };
    Ok(queue::insert(tx, &entry).await?)
}

fn first_hold(row: &Recorded) -> Option<String> {
    row.body.holds.first().map(|hold| hold.sentence.clone())
}

/// Hangs a reading on its test: rules, earlier results of the same test, state. Returns the row whose place it takes.
async fn settle(
    laboratory: &Laboratory,
    tx: &mut Tx,
    row: &mut Recorded,
    found: Match,
) -> Result<Option<Recorded>> {
    let Match {
        specimen,
        order,
        test,
        outcome,
    } = found;
    let patient = patient::get(tx, order.patient)
        .await?
        .ok_or_else(|| StoreError::stored("lab_order", "patient_id", "no such patient"))?
        .patient;
    let of_test: Vec<Recorded> = observation::of_order(tx, order.id)
        .await?
        .into_iter()
        .filter(|other| {
            other.id != row.id
                && other.specimen == Some(specimen.id)
                && other.code.as_ref() == Some(&test.code)
        })
        .collect();
    let previous = latest_before(tx, row, &patient.id, &test.code, &specimen).await?;
    let verdict = evaluate(&Facts {
        test: &test,
        patient: &patient,
        specimen: &specimen,
        read: &row.body.read,
        outcome: &outcome,
        previous: previous.as_ref(),
        observed_at: row.observed_at,
        received_at: row.received_at,
        zone: &laboratory.zone,
    });
    row.patient = Some(patient.id);
    row.order = Some(order.id);
    row.specimen = Some(specimen.id);
    row.code = Some(test.code.clone());
    row.interpretation = verdict.interpretation;
    row.body.outcome = Some(outcome);
    row.body.reference = verdict.reference;
    row.body.previous = previous;
    row.body.holds = verdict.holds;
    let before = of_test
        .iter()
        .map(|other| other.generation)
        .max()
        .unwrap_or(0);
    row.generation = before.saturating_add(1);
    row.current = true;
    let replaced = of_test.iter().find(|other| other.current);
    // Without one, what a signed report still shows: its correction must be seen as one.
    if let Some(earlier) = replaced.or_else(|| repeats::standing(&of_test)) {
        if repeats::says_the_same(earlier, row) {
            // Sent twice, or read again with the same outcome: kept, and of no further effect.
            row.current = false;
            row.superseded_by = Some(earlier.id);
            row.body.holds.clear();
            row.body.reason = Some("transmission répétée à l'identique".into());
            return Ok(None);
        }
        row.body.holds.extend(repeats::repeat_hold(earlier, row));
    }
    row.body
        .holds
        .extend(repeats::stale_hold(laboratory, tx, &of_test, row).await?);
    if let Some(hold) = row.body.holds.first() {
        let act = Act::Hold {
            reason: hold.sentence.clone(),
        };
        row.state = transition(row.state, &act, &Actor::rule(RULE))?.0;
    }
    Ok(replaced.cloned())
}

async fn latest_before(
    tx: &mut Tx,
    row: &Recorded,
    patient: &lisiere_model::PatientId,
    code: &LocalCode,
    specimen: &Specimen,
) -> Result<Option<Previous>> {
    let earlier = observation::earlier(tx, *patient, code, row.observed_at, 3).await?;
    let before = earlier
        .into_iter()
        .find(|other| other.id != row.id && other.specimen != Some(specimen.id));
    Ok(before.and_then(|other| {
        let outcome = other.body.outcome?;
        Some(Previous {
            observation: other.id,
            value: outcome.value,
            unit: outcome.unit,
            at: other.observed_at,
            driver: other.driver,
        })
    }))
}

/// Marks the row whose place was taken; its state stays as it was, and it stays readable.
async fn supersede(
    tx: &mut Tx,
    replaced: Option<Recorded>,
    by: ObservationId,
    actor: &Actor,
    now: UtcMicros,
    traces: &mut Vec<Trace>,
) -> Result<()> {
    let Some(mut earlier) = replaced else {
        return Ok(());
    };
    earlier.current = false;
    earlier.superseded_by = Some(by);
    write(tx, &mut earlier, now).await?;
    record(tx, &earlier, "observation.superseded", None, actor, now).await?;
    traces.push(Trace::new(
        "observation.superseded",
        "observation",
        earlier.id,
        json!({ "by": by.to_string(), "version": earlier.version }),
    ));
    Ok(())
}
