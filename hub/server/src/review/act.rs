//! Carrying out an act: the transition, the row under its version, the event and the audit entry, all or nothing.

use lisiere_model::{ObservationId, UtcMicros};
use serde_json::json;

use super::state::{Act, transition};
use super::{Actor, State};
use crate::laboratory::{Error, Result, Trace};
use crate::store::observation::{self, EventRow, Hold, Recorded, Reviewed};
use crate::store::{Tx, order};

/// An observation as it was on someone's screen.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct Shown {
    /// Which.
    pub observation: ObservationId,
    /// The version that was shown.
    pub version: i64,
}

/// Reads an observation that must still be as it was shown. Its order is locked first, as a signature does: two hubs that
/// act on one order then wait for each other instead of blocking each other.
pub(crate) async fn as_shown(tx: &mut Tx, shown: Shown) -> Result<Recorded> {
    let mut row = observation::get(tx, shown.observation)
        .await?
        .ok_or(Error::NotFound("résultat"))?;
    if let Some(order) = row.order {
        order::lock(tx, order).await?;
        row = observation::get(tx, shown.observation)
            .await?
            .ok_or(Error::NotFound("résultat"))?;
    }
    if row.version != shown.version {
        return Err(Error::stale_observation(label(&row)));
    }
    Ok(row)
}

/// Applies an act and writes everything that goes with it.
pub(crate) async fn apply(
    tx: &mut Tx,
    row: &mut Recorded,
    act: &Act,
    actor: &Actor,
    now: UtcMicros,
    traces: &mut Vec<Trace>,
) -> Result<()> {
    let (to, entry) = transition(row.state, act, actor)?;
    row.state = to;
    reflect(row, act, actor, now);
    write(tx, row, now).await?;
    record(tx, row, act.name(), entry.reason.clone(), actor, now).await?;
    traces.push(Trace::new(
        act.name(),
        "observation",
        row.id,
        json!({ "from": entry.from.name(), "to": entry.to.name(), "version": row.version, "reason": entry.reason }),
    ));
    Ok(())
}

/// Writes a row back under its version and takes the new one.
pub(crate) async fn write(tx: &mut Tx, row: &mut Recorded, now: UtcMicros) -> Result<()> {
    if !observation::update(tx, row, now.0).await? {
        return Err(Error::stale_observation(label(row)));
    }
    row.version = row.version.saturating_add(1);
    Ok(())
}

/// Adds a line to the life of an observation.
pub(crate) async fn record(
    tx: &mut Tx,
    row: &Recorded,
    act: &str,
    reason: Option<String>,
    actor: &Actor,
    now: UtcMicros,
) -> Result<()> {
    let event = EventRow {
        version: row.version,
        act: act.to_owned(),
        state: row.state.name().to_owned(),
        reason,
        actor: actor.name().to_owned(),
        at: now,
    };
    Ok(observation::insert_event(tx, row.id, &event).await?)
}

/// What an act leaves on the row beside the state.
fn reflect(row: &mut Recorded, act: &Act, actor: &Actor, now: UtcMicros) {
    let body = &mut row.body;
    match act {
        Act::ReviewTechnically { despite } => {
            body.accepted_despite.clone_from(despite);
            body.technical = reviewed(actor, now);
        }
        Act::RequestRepeat { reason } | Act::Cancel { reason } => {
            body.reason = Some(reason.clone());
        }
        Act::Reject { reason } => {
            body.reason = Some(reason.clone());
            row.current = false;
        }
        // Whoever answered for it before no longer does.
        Act::Hold { reason } | Act::SendBack { reason } => {
            body.holds.push(by_hand(reason));
            body.technical = None;
            body.biological = None;
            body.accepted_despite = None;
        }
        Act::ReviewBiologically => body.biological = reviewed(actor, now),
        Act::Amend { .. } => row.current = false,
        Act::Report { .. } => {}
    }
}

fn by_hand(reason: &str) -> Hold {
    Hold {
        rule: "personne".into(),
        sentence: reason.to_owned(),
    }
}

fn reviewed(actor: &Actor, now: UtcMicros) -> Option<Reviewed> {
    match actor {
        Actor::Person(person) => Some(Reviewed {
            name: person.name.clone(),
            account: person.account,
            rpps: person.rpps.clone(),
            at: now,
        }),
        Actor::Rule { .. } => None,
    }
}

/// The word by which people know a result.
pub(crate) fn label(row: &Recorded) -> &str {
    row.code
        .as_ref()
        .map_or(row.body.read.code.as_str(), |code| code.as_str())
}

/// An observation that no order has taken cannot be reviewed, nor one that was replaced.
pub(crate) fn reviewable(row: &Recorded) -> Result<()> {
    if !row.is_matched() {
        return Err(Error::Refused(format!(
            "le résultat {} n'est rattaché à aucun dossier : le rattacher d'abord (quarantaine)",
            label(row)
        )));
    }
    if !row.current && !matches!(row.state, State::Reported { .. }) {
        return Err(Error::Refused(format!(
            "le résultat {} a été remplacé par un plus récent : relire la page",
            label(row)
        )));
    }
    Ok(())
}
