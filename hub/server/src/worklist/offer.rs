//! Sends each appliance what it lacks of the list: what changed since the version it holds, or all of it.

use lisiere_wire::{DownChannel, Topic, Worklist, WorklistEntry, WorklistKey, encode};

use crate::ingest::Post;
use crate::laboratory::Result;
use crate::store::work::{self, Head, Holder, Item};
use crate::store::{Store, Tx};

/// How long an offer may stay without the appliance's word before it is made again, microseconds.
const PATIENCE: i64 = 10_000_000;
/// Tubes in one part of a whole list: about 100 kB.
const PART: usize = 1000;

/// Offers it to all who are due.
pub(super) async fn all(store: &Store, post: &Post, now: i64) -> Result<()> {
    let mut reader = store.read().await?;
    let Some(head) = work::head(&mut reader).await? else {
        return Ok(());
    };
    let patience = now.saturating_sub(PATIENCE);
    let due = work::due(&mut reader, &head, patience).await?;
    drop(reader);
    for holder in due {
        offer(store, post, &holder, now).await?;
    }
    Ok(())
}

async fn offer(store: &Store, post: &Post, holder: &Holder, now: i64) -> Result<()> {
    let mut tx = store.begin().await?;
    // The lock keeps the items at the version that is named.
    let head = work::lock(&mut tx, super::fresh_list()).await?;
    let patience = now.saturating_sub(PATIENCE);
    if !work::claim(&mut tx, holder, &head, patience, now).await? {
        return Ok(());
    }
    let since = (holder.list == head.list.to_string()
        && holder.version >= head.floor.max(1)
        && holder.version <= head.version)
        .then_some(holder.version);
    let items = items(&mut tx, holder, since).await?;
    if since.is_some() && items.is_empty() {
        work::caught_up(&mut tx, &holder.appliance, head.version).await?;
        tx.commit().await?;
        return Ok(());
    }
    tx.commit().await?;
    let sent = topic(holder).is_some_and(|topic| {
        let payloads = payloads(&head, since, items);
        payloads
            .iter()
            .filter_map(|payload| encode(payload).ok())
            .all(|payload| post.send(&topic, payload))
    });
    if !sent {
        let mut tx = store.begin().await?;
        work::unoffered(&mut tx, &holder.appliance).await?;
        tx.commit().await?;
    }
    Ok(())
}

fn topic(holder: &Holder) -> Option<Topic> {
    let (site, name) = (holder.site.parse().ok()?, holder.appliance.parse().ok()?);
    Some(Topic::down(site, name, DownChannel::Worklist))
}

async fn items(tx: &mut Tx, holder: &Holder, since: Option<i64>) -> Result<Vec<Item>> {
    let mut items = Vec::new();
    for driver in &holder.drivers {
        items.extend(work::changes(tx, driver, since.unwrap_or(0)).await?);
    }
    if since.is_none() {
        items.retain(|item| item.body.is_some());
    }
    Ok(items)
}

/// A change in one payload; a whole list in as many as it takes, but at least one.
fn payloads(head: &Head, since: Option<i64>, items: Vec<Item>) -> Vec<Worklist> {
    let unsigned = |version: i64| u64::try_from(version).unwrap_or(0);
    let whole = |part: u16, parts: u16| Worklist {
        list: head.list,
        version: unsigned(head.version),
        since: since.map(unsigned),
        part,
        parts,
        entries: Vec::new(),
        removed: Vec::new(),
    };
    if since.is_some() {
        let mut change = whole(0, 1);
        for item in items {
            change.take(item);
        }
        return vec![change];
    }
    let parts = u16::try_from(items.len().div_ceil(PART).max(1)).unwrap_or(u16::MAX);
    let mut items = items.into_iter();
    (0..parts)
        .map(|part| {
            let mut payload = whole(part, parts);
            for item in items.by_ref().take(PART) {
                payload.take(item);
            }
            payload
        })
        .collect()
}

trait Take {
    fn take(&mut self, item: Item);
}

impl Take for Worklist {
    fn take(&mut self, item: Item) {
        let key = WorklistKey {
            driver: item.driver,
            specimen: item.specimen,
        };
        match item.body {
            Some(body) => self.entries.push(WorklistEntry {
                key,
                kind: body.kind,
                urgent: body.urgent,
                tests: body.tests,
            }),
            None => self.removed.push(key),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::store::work::Body;
    use lisiere_wire::ListId;

    fn item(number: usize) -> Item {
        Item {
            driver: "d".into(),
            specimen: number.to_string(),
            body: (!number.is_multiple_of(2)).then(|| Body {
                kind: "SER".into(),
                urgent: false,
                tests: vec!["1".into()],
            }),
        }
    }

    #[test]
    fn a_whole_list_comes_in_parts_and_a_change_in_one() {
        let head = Head {
            list: ListId([1; 16]),
            version: 7,
            floor: 0,
        };
        let change = payloads(&head, Some(5), (0..10).map(item).collect());
        assert_eq!(change.len(), 1);
        assert_eq!((change[0].entries.len(), change[0].removed.len()), (5, 5));
        assert_eq!((change[0].since, change[0].version), (Some(5), 7));
        let odd = |number: usize| item(number * 2 + 1);
        let whole = payloads(&head, None, (0..PART * 2 + 1).map(odd).collect());
        let parts: Vec<_> = whole.iter().map(|list| (list.part, list.parts)).collect();
        assert_eq!(parts, [(0, 3), (1, 3), (2, 3)]);
        assert_eq!(whole[2].entries.len(), 1);
        assert_eq!(
            payloads(&head, None, Vec::new()).len(),
            1,
            "an empty list is one too"
        );
    }
}
