//! Orders in a list: number, tubes, patient, what waits in them and since when.

use std::collections::HashMap;

use lisiere_model::{OrderId, Patient, PatientId, Priority};

use super::Site;
use super::patient::{self, Person};
use super::problem::Problem;
use super::show;
use crate::store::order::{self, OrderCounts, OrderRow, OrderStatus};
use crate::store::patient as patients;

/// Orders of one page.
pub(super) const PAGE: i64 = 100;

/// One order in a list.
#[derive(Debug, Clone)]
pub(super) struct OrderItem {
    pub(super) id: String,
    pub(super) number: String,
    pub(super) tubes: String,
    pub(super) person: Person,
    pub(super) counts: OrderCounts,
    pub(super) urgent: bool,
    pub(super) status: &'static str,
    pub(super) status_class: &'static str,
    pub(super) registered: String,
    pub(super) waited: String,
    pub(super) current: bool,
}

/// The orders with their patients and tubes. `current` is the one that is open beside the list.
pub(super) async fn items(
    site: &Site,
    orders: &[OrderRow],
    current: Option<OrderId>,
) -> Result<Vec<OrderItem>, Problem> {
    let now = site.now();
    let mut reader = site.app.store.read().await?;
    let mut known: HashMap<PatientId, Patient> = HashMap::new();
    for order in orders {
        if !known.contains_key(&order.patient)
            && let Some(row) = patients::get(&mut reader, order.patient).await?
        {
            known.insert(order.patient, row.patient);
        }
    }
    let near = patient::near_names(&known);
    let mut items = Vec::with_capacity(orders.len());
    for order in orders {
        let tubes: Vec<String> = order::specimens(&mut reader, order.id)
            .await?
            .iter()
            .map(|specimen| specimen.accession.to_string())
            .collect();
        let mut person = known
            .get(&order.patient)
            .map(|patient| Person::new(patient, now))
            .unwrap_or_default();
        person.near = near.contains(&order.patient);
        items.push(OrderItem {
            id: order.id.to_string(),
            number: order.number.clone(),
            tubes: tubes.join(" · "),
            person,
            counts: order.counts,
            urgent: order.body.priority == Priority::Urgent,
            status: order.status.french(),
            status_class: match order.status {
                OrderStatus::Open => "plain",
                OrderStatus::PartlyReported => "accent",
                OrderStatus::Reported => "good",
            },
            registered: show::date_time(order.registered_at),
            waited: show::waited(order.registered_at, now),
            current: current == Some(order.id),
        });
    }
    Ok(items)
}

/// The identifiers of a page of orders, for the audit trail.
pub(super) fn ids(orders: &[OrderRow]) -> Vec<OrderId> {
    orders.iter().map(|order| order.id).collect()
}
