//! Technical review: is this measurement acceptable?

use std::collections::BTreeSet;

use lisiere_model::{OrderId, UtcMicros};

use super::act::{Shown, apply, as_shown, label, record, reviewable, write};
use super::{Act, Actor, Person};
use crate::laboratory::{Error, Laboratory, Result, Trace, commit, progress};
use crate::store::Tx;
use crate::store::observation::Recorded;
use serde_json::json;

/// One result to accept.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Acceptance {
    /// As it was on the screen.
    pub shown: Shown,
    /// Why it is accepted although it was held; needed exactly then.
    pub despite: Option<String>,
}

/// Accepts results, one or many, all or none. A held result needs its own reason.
pub async fn accept(
    laboratory: &Laboratory,
    items: &[Acceptance],
    who: &Person,
    now: UtcMicros,
) -> Result<usize> {
    if items.is_empty() {
        return Err(Error::Refused("aucun résultat n'est choisi".into()));
    }
    let actor = Actor::from(who);
    let mut tx = laboratory.store.begin().await?;
    let mut traces = Vec::new();
    let mut touched = BTreeSet::new();
    for item in items {
        let mut row = as_shown(&mut tx, item.shown).await?;
        reviewable(&row)?;
        let despite = item
            .despite
            .as_deref()
            .map(str::trim)
            .filter(|text| !text.is_empty());
        if !row.body.holds.is_empty() && despite.is_none() {
            return Err(Error::Refused(format!(
                "le résultat {} est retenu : dire pourquoi il est accepté",
                label(&row)
            )));
        }
        let act = Act::ReviewTechnically {
            despite: despite.map(str::to_owned),
        };
        apply(&mut tx, &mut row, &act, &actor, now, &mut traces).await?;
        touched.extend(row.order);
    }
    finish(tx, touched, traces, &actor, now).await?;
    Ok(items.len())
}

/// Holds a result for a reason that people will read.
pub async fn hold(
    laboratory: &Laboratory,
    shown: Shown,
    reason: &str,
    who: &Person,
    now: UtcMicros,
) -> Result<()> {
    single(
        laboratory,
        shown,
        &Act::Hold {
            reason: reason.trim().to_owned(),
        },
        who,
        now,
    )
    .await
}

/// Asks for the measurement to be made again.
pub async fn request_repeat(
    laboratory: &Laboratory,
    shown: Shown,
    reason: &str,
    who: &Person,
    now: UtcMicros,
) -> Result<()> {
    single(
        laboratory,
        shown,
        &Act::RequestRepeat {
            reason: reason.trim().to_owned(),
        },
        who,
        now,
    )
    .await
}

/// Sets a result aside for good; it stays readable with the reason.
pub async fn reject(
    laboratory: &Laboratory,
    shown: Shown,
    reason: &str,
    who: &Person,
    now: UtcMicros,
) -> Result<()> {
    single(
        laboratory,
        shown,
        &Act::Reject {
            reason: reason.trim().to_owned(),
        },
        who,
        now,
    )
    .await
}

/// Writes, changes or removes (empty text) the comment that goes to the report beside a result.
pub async fn comment(
    laboratory: &Laboratory,
    shown: Shown,
    text: &str,
    who: &Person,
    now: UtcMicros,
) -> Result<()> {
    if !who.role.may_review_technically() {
        return Err(Error::not_for_role(who, "ne commente pas de résultat"));
    }
    let actor = Actor::from(who);
    let mut tx = laboratory.store.begin().await?;
    let mut row = as_shown(&mut tx, shown).await?;
    reviewable(&row)?;
    if row.state.report_version().is_some() {
        return Err(Error::Refused(format!(
            "le résultat {} est déjà rendu : un commentaire passe par une nouvelle version",
            label(&row)
        )));
    }
    let text = text.trim();
    row.body.comment = (!text.is_empty()).then(|| text.to_owned());
    write(&mut tx, &mut row, now).await?;
    record(
        &mut tx,
        &row,
        "observation.comment",
        row.body.comment.clone(),
        &actor,
        now,
    )
    .await?;
    let trace = Trace::new(
        "observation.comment",
        "observation",
        row.id,
        json!({ "text": text }),
    );
    commit(tx, vec![trace], &actor, now).await
}

pub(super) async fn single(
    laboratory: &Laboratory,
    shown: Shown,
    act: &Act,
    who: &Person,
    now: UtcMicros,
) -> Result<()> {
    let actor = Actor::from(who);
    let mut tx = laboratory.store.begin().await?;
    let mut traces = Vec::new();
    let mut row: Recorded = as_shown(&mut tx, shown).await?;
    reviewable(&row)?;
    apply(&mut tx, &mut row, act, &actor, now, &mut traces).await?;
    finish(tx, row.order, traces, &actor, now).await
}

pub(super) async fn finish(
    mut tx: Tx,
    touched: impl IntoIterator<Item = OrderId>,
    traces: Vec<Trace>,
    actor: &Actor,
    now: UtcMicros,
) -> Result<()> {
    for order in touched {
        progress::refresh(&mut tx, order, now).await?;
    }
    commit(tx, traces, actor, now).await
}
