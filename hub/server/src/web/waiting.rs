//! What waits at each place, and what is wrong: counted for the left column and the bar.

use std::sync::atomic::Ordering;

use super::Site;
use super::fleet;
use super::problem::Problem;
use crate::laboratory::{identity, queue};
use crate::store::order::{self, OrderFilter, OrderPlace};
use crate::store::{incoming, quarantine};

/// Counts of what waits.
#[derive(Debug, Clone, Default)]
pub(super) struct Waiting {
    /// The laboratory's name.
    pub(super) site: String,
    /// Orders with something for a technician.
    pub(super) bench: i64,
    /// Orders with something for a biologist.
    pub(super) biologist: i64,
    /// What no rule could settle.
    pub(super) quarantine: i64,
    /// Reports of other laboratories that nobody has attached yet.
    pub(super) incoming: i64,
    /// Appliances that need somebody, and what is wrong with the hub itself.
    pub(super) alarms: i64,
}

impl Waiting {
    /// Counts.
    pub(super) async fn count(site: &Site) -> Result<Self, Problem> {
        let at = |place| OrderFilter {
            place,
            ..OrderFilter::default()
        };
        let mut reader = site.app.store.read().await?;
        let bench = order::count(&mut reader, &at(OrderPlace::Bench)).await?;
        let biologist = order::count(&mut reader, &at(OrderPlace::Biologist)).await?;
        let payloads = quarantine::count(&mut reader).await?;
        let incoming = incoming::waiting(&mut reader).await?;
        drop(reader);
        let entries: i64 = queue::counts(&site.laboratory)
            .await?
            .iter()
            .map(|(_, count)| count)
            .sum();
        let appliances = fleet::lines(site)
            .await?
            .iter()
            .filter(|line| line.needs_somebody())
            .count();
        let alarms = appliances.saturating_add(hub_alarms(site).len());
        Ok(Self {
            site: identity::get(&site.app.store)
                .await?
                .map(|known| known.name)
                .unwrap_or_default(),
            bench,
            biologist,
            quarantine: entries.saturating_add(payloads),
            incoming,
            alarms: i64::try_from(alarms).unwrap_or(i64::MAX),
        })
    }

    /// What waits at the place with this path.
    pub(super) fn at(&self, path: &str) -> i64 {
        match path {
            "/paillasse" => self.bench,
            "/validation" => self.biologist,
            "/recus" => self.incoming,
            "/quarantaine" => self.quarantine,
            _ => 0,
        }
    }
}

/// What is wrong with the hub itself, each as a sentence.
pub(super) fn hub_alarms(site: &Site) -> Vec<&'static str> {
    let health = &site.app.health;
    let mut alarms = Vec::new();
    if health.ingest_stalled.load(Ordering::Relaxed) {
        alarms.push("La base refuse d'écrire : les messages attendent sur les boîtiers, rien n'est perdu. Vérifier le disque du serveur.");
    }
    if !health.broker_connected.load(Ordering::Relaxed) {
        alarms.push("Le concentrateur n'est pas relié à son serveur MQTT : les messages attendent sur les boîtiers, rien n'est perdu.");
    }
    alarms
}
