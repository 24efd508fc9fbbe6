//! Makes the list out of the open orders: what changed since the last time gets the next version.

use std::collections::{BTreeMap, BTreeSet};

use lisiere_wire::ListId;

use super::codes;
use crate::laboratory::{Laboratory, Result};
use crate::store::Tx;
use crate::store::work::{self, Body, Item, OpenTest};

/// Orders older than this are no longer offered to analyzers: their tubes are gone.
const OLDEST: i64 = 30 * 86_400 * 1_000_000;
/// How long a removal is remembered for appliances that were away; longer ones get the whole list.
const REMEMBERED: i64 = 3 * 86_400 * 1_000_000;

/// Orders registered before this moment are left out.
pub(super) fn oldest(now: i64) -> i64 {
    now.saturating_sub(OLDEST)
}

type Wanted = BTreeMap<(String, String), Body>;

/// Brings the list in the database up to date. Hubs that do this side by side take turns, and the second finds nothing
/// left to do.
pub(super) async fn refresh(laboratory: &Laboratory, fresh: ListId, now: i64) -> Result<()> {
    let mut tx = laboratory.store.begin().await?;
    let head = work::lock(&mut tx, fresh).await?;
    let mut wanted = wanted(laboratory, &mut tx, now).await?;
    let next = head.version.saturating_add(1);
    let mut changed = 0_u64;
    for item in work::items(&mut tx).await? {
        let body = wanted.remove(&(item.driver.clone(), item.specimen.clone()));
        if body != item.body {
            let item = Item { body, ..item };
            work::put(&mut tx, &item, next, now).await?;
            changed = changed.saturating_add(1);
        }
    }
    for ((driver, specimen), body) in wanted {
        let item = Item {
            driver,
            specimen,
            body: Some(body),
        };
        work::put(&mut tx, &item, next, now).await?;
        changed = changed.saturating_add(1);
    }
    if changed > 0 {
        work::set_version(&mut tx, next).await?;
        work::forget(&mut tx, now.saturating_sub(REMEMBERED)).await?;
    }
    tx.commit().await?;
    Ok(())
}

/// What should be on the list.
async fn wanted(laboratory: &Laboratory, tx: &mut Tx, now: i64) -> Result<Wanted> {
    let open = work::open_tests(tx, oldest(now)).await?;
    let doubtful = doubtful(&open);
    let mut wanted = Wanted::new();
    for driver in work::drivers(tx).await? {
        let codes = codes::orderable(tx, &laboratory.library, &driver).await?;
        if codes.is_empty() {
            continue;
        }
        for test in &open {
            let number = test.specimen.accession.as_str();
            let Some(code) = codes.get(&test.code).filter(|_| !doubtful.contains(number)) else {
                continue;
            };
            let body = wanted
                .entry((driver.clone(), number.to_owned()))
                .or_insert_with(|| Body {
                    kind: test.specimen.kind.clone(),
                    urgent: test.urgent,
                    tests: Vec::new(),
                });
            if !body.tests.contains(code) {
                body.tests.push(code.clone());
            }
        }
    }
    Ok(wanted)
}

/// Numbers on tubes of more than one order: no rule may choose between them.
fn doubtful(open: &[OpenTest]) -> BTreeSet<&str> {
    let mut orders = BTreeMap::new();
    let mut doubtful = BTreeSet::new();
    for test in open {
        let number = test.specimen.accession.as_str();
        if *orders.entry(number).or_insert(test.specimen.order) != test.specimen.order {
            doubtful.insert(number);
        }
    }
    doubtful
}
