//! Biological review: does the whole picture of this patient make sense, and who answers for it?

use std::collections::BTreeSet;

use lisiere_model::UtcMicros;

use super::act::{Shown, apply, as_shown, reviewable};
use super::technical::{finish, single};
use super::{Act, Actor, Person};
use crate::laboratory::{Error, Laboratory, Result};

/// Takes responsibility for results without signing the report yet; all or none.
pub async fn accept(
    laboratory: &Laboratory,
    shown: &[Shown],
    who: &Person,
    now: UtcMicros,
) -> Result<usize> {
    if shown.is_empty() {
        return Err(Error::Refused("aucun résultat n'est choisi".into()));
    }
    let actor = Actor::from(who);
    let mut tx = laboratory.store.begin().await?;
    let mut traces = Vec::new();
    let mut touched = BTreeSet::new();
    for item in shown {
        let mut row = as_shown(&mut tx, *item).await?;
        reviewable(&row)?;
        apply(
            &mut tx,
            &mut row,
            &Act::ReviewBiologically,
            &actor,
            now,
            &mut traces,
        )
        .await?;
        touched.extend(row.order);
    }
    finish(tx, touched, traces, &actor, now).await?;
    Ok(shown.len())
}

/// Gives a result back to the bench with what is to be looked at.
pub async fn send_back(
    laboratory: &Laboratory,
    shown: Shown,
    reason: &str,
    who: &Person,
    now: UtcMicros,
) -> Result<()> {
    single(
        laboratory,
        shown,
        &Act::SendBack {
            reason: reason.trim().to_owned(),
        },
        who,
        now,
    )
    .await
}

/// Withdraws a result that was reported: the next version of the report tells so.
pub async fn cancel(
    laboratory: &Laboratory,
    shown: Shown,
    reason: &str,
    who: &Person,
    now: UtcMicros,
) -> Result<()> {
    single(
        laboratory,
        shown,
        &Act::Cancel {
            reason: reason.trim().to_owned(),
        },
        who,
        now,
    )
    .await
}
