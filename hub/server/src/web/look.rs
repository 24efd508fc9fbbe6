//! Every look at patient data is in the audit trail (promise P8).
//!
//! A page a person opens makes one entry that names all orders shown. A page that refreshes itself makes an entry only for
//! orders that were not on it before.

use std::collections::{HashMap, HashSet};
use std::sync::{Arc, Mutex, PoisonError};

use lisiere_model::OrderId;
use serde_json::json;

use super::Site;
use super::door::Who;
use super::problem::Problem;
use crate::store::audit;

/// Pages remembered at most; beyond that the memory starts anew and refreshed pages are recorded once more.
const MOST: usize = 4096;

/// A session and a page opened in it.
type Opened = (String, String);

/// What each open page has shown already. Cheap to clone.
#[derive(Debug, Clone, Default)]
pub(super) struct Shown(Arc<Mutex<HashMap<Opened, HashSet<OrderId>>>>);

impl Shown {
    /// The orders that this look shows for the first time.
    fn fresh(&self, who: &Who, page: &str, orders: &[OrderId]) -> Vec<OrderId> {
        let mut pages = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if pages.len() > MOST {
            pages.clear();
        }
        let known = pages
            .entry((who.signed_in.digest.clone(), page.to_owned()))
            .or_default();
        if !who.passive {
            known.clear();
        }
        orders
            .iter()
            .copied()
            .filter(|order| known.insert(*order))
            .collect()
    }
}

/// Records that a person saw these orders in a list. `page` is the path, never with a name in it.
pub(super) async fn at_list(
    site: &Site,
    who: &Who,
    page: &str,
    orders: &[OrderId],
) -> Result<(), Problem> {
    record(site, who, ("page", page), page, orders).await
}

/// Records that a person opened an order.
pub(super) async fn at_order(
    site: &Site,
    who: &Who,
    page: &str,
    order: OrderId,
) -> Result<(), Problem> {
    let id = order.to_string();
    record(site, who, ("order", &id), &format!("{page}/{id}"), &[order]).await
}

async fn record(
    site: &Site,
    who: &Who,
    subject: (&str, &str),
    page: &str,
    orders: &[OrderId],
) -> Result<(), Problem> {
    let fresh = site.shown.fresh(who, page, orders);
    if fresh.is_empty() {
        return Ok(());
    }
    let detail = if subject.0 == "order" {
        json!({ "page": page.split('/').nth(1) })
    } else {
        json!({ "orders": fresh.iter().map(ToString::to_string).collect::<Vec<_>>() })
    };
    let mut tx = site.app.store.begin().await?;
    let entry = audit::Entry {
        who: &who.trail(),
        action: "looked",
        subject_kind: subject.0,
        subject_id: subject.1,
        detail,
        at: site.app.clock.now_micros(),
    };
    audit::append(&mut tx, entry).await?;
    tx.commit().await?;
    Ok(())
}
