//! Results of controls: kept apart from patients', listed by analyzer, test and material.

use super::{Laboratory, Result};
use crate::store::control;
pub use crate::store::control::{ControlFilter, ControlRow};

/// Control results, newest first.
pub async fn list(
    laboratory: &Laboratory,
    filter: &ControlFilter,
    offset: i64,
    limit: i64,
) -> Result<Vec<ControlRow>> {
    let mut reader = laboratory.store.read().await?;
    Ok(control::list(&mut reader, filter, offset, limit).await?)
}
