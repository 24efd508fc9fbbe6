//! The inbox of results (*paillasse*): what waits for a technician, by order and by analyzer.

use lisiere_driver::catalogue::Test;
use lisiere_model::Patient;

use super::{Laboratory, Result};
use crate::store::observation::{self, Recorded};
use crate::store::order::{self, OrderRow};
use crate::store::patient;
use crate::store::worklist;
pub use crate::store::worklist::BenchFilter;

/// A result that waits for a technician.
#[derive(Debug, Clone)]
pub struct BenchLine {
    /// The result.
    pub row: Recorded,
    /// Its order.
    pub order: OrderRow,
    /// Whose.
    pub patient: Patient,
    /// Its tube's number.
    pub accession: String,
    /// The catalogue's test.
    pub test: Option<Test>,
}

/// How much waits at an analyzer.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AnalyzerLoad {
    /// The appliance.
    pub appliance: String,
    /// Its port.
    pub port: String,
    /// The driver.
    pub driver: String,
    /// Results that wait.
    pub waiting: i64,
    /// Of which held.
    pub held: i64,
}

/// A page of what waits, held results first, and how many wait in all.
pub async fn list(
    laboratory: &Laboratory,
    filter: &BenchFilter,
    offset: i64,
    limit: i64,
) -> Result<(Vec<BenchLine>, i64)> {
    let mut reader = laboratory.store.read().await?;
    let rows = worklist::bench(&mut reader, filter, offset, limit).await?;
    let count = worklist::count_bench(&mut reader, filter).await?;
    let mut lines: Vec<BenchLine> = Vec::with_capacity(rows.len());
    for row in rows {
        let Some(id) = row.order else { continue };
        let known = lines.iter().rev().find(|line| line.order.id == id);
        let (order, patient) = if let Some(line) = known {
            (line.order.clone(), line.patient.clone())
        } else {
            let Some(order) = order::get(&mut reader, id).await? else {
                continue;
            };
            let Some(row) = patient::get(&mut reader, order.patient).await? else {
                continue;
            };
            (order, row.patient)
        };
        let accession = row.body.read.specimen.clone().unwrap_or_default();
        let test = row
            .code
            .as_ref()
            .and_then(|code| laboratory.catalogue.get(code))
            .cloned();
        lines.push(BenchLine {
            row,
            order,
            patient,
            accession,
            test,
        });
    }
    Ok((lines, count))
}

/// How much waits at each analyzer.
pub async fn by_analyzer(laboratory: &Laboratory) -> Result<Vec<AnalyzerLoad>> {
    let mut reader = laboratory.store.read().await?;
    Ok(worklist::bench_by_analyzer(&mut reader).await?)
}

/// Observations with these ids, as they stand now: for a form that came back with an error.
pub async fn one(
    laboratory: &Laboratory,
    id: lisiere_model::ObservationId,
) -> Result<Option<Recorded>> {
    let mut reader = laboratory.store.read().await?;
    Ok(observation::get(&mut reader, id).await?)
}
