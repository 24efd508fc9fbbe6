//! What waits at each place, counted for the left column, the bar and `/api/etat`.

use super::problem::Problem;
use super::Site;
use crate::store::order::{self, OrderFilter, OrderPlace};

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
}

impl Waiting {
    /// Counts.
    pub(super) async fn count(site: &Site) -> Result<Self, Problem> {
        let mut connection = site.app.store.read().await?;
        let at = |place| OrderFilter {
            place,
            ..OrderFilter::default()
        };
        Ok(Self {
            site: String::new(),
            bench: order::count(&mut connection, &at(OrderPlace::Bench)).await?,
            biologist: order::count(&mut connection, &at(OrderPlace::Biologist)).await?,
            quarantine: 0,
        })
    }

    /// What waits at the place with this path.
    pub(super) fn at(&self, path: &str) -> i64 {
        match path {
            "/paillasse" => self.bench,
            "/validation" => self.biologist,
            "/quarantaine" => self.quarantine,
            _ => 0,
        }
    }
}
