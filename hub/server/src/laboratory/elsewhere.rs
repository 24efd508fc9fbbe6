//! Earlier results of other laboratories as a report prints them: in the unit of today only, each with where it comes from.

use lisiere_driver::catalogue::Test;
use lisiere_model::report::{Moment, Previous, Unit, Value};
use lisiere_model::{UcumUnit, UtcMicros};

use super::Laboratory;
use super::incoming::TakenResult;
use crate::store::observation::Recorded;
use crate::store::{Connection, Result, incoming};

/// The results of other laboratories that may stand before this one.
pub(super) async fn earlier(
    laboratory: &Laboratory,
    connection: &mut Connection,
    shown: &Recorded,
    limit: usize,
) -> Result<Vec<TakenResult>> {
    let loinc = shown
        .code
        .as_ref()
        .and_then(|code| laboratory.catalogue.get(code)?.loinc.clone());
    let (Some(patient), Some(loinc)) = (shown.patient, loinc) else {
        return Ok(Vec::new());
    };
    let limit = i64::try_from(limit).unwrap_or(i64::MAX);
    incoming::history(
        connection,
        patient,
        &loinc.to_string(),
        shown.observed_at,
        limit,
    )
    .await
}

/// As they are printed. Another unit is another column: such a result stays on the screen and off the paper.
pub(super) fn printed(
    laboratory: &Laboratory,
    test: &Test,
    unit: Option<&UcumUnit>,
    taken: &[TakenResult],
) -> Vec<Previous> {
    taken
        .iter()
        .filter_map(|one| {
            let Value::Quantity {
                comparator,
                number,
                unit: theirs,
            } = &one.result.value
            else {
                return None;
            };
            if unit != Some(&theirs.ucum) {
                return None;
            }
            let value = Value::Quantity {
                comparator: *comparator,
                number: *number,
                unit: Unit {
                    ucum: theirs.ucum.clone(),
                    printed: test.unit.clone(),
                },
            };
            let UtcMicros(at) = one.at;
            let mut earlier = Previous::new(Moment::in_zone(at, &laboratory.zone)?, value);
            earlier.interpretation = one.result.interpretation;
            earlier.origin = Some(one.origin.clone()).filter(|name| !name.is_empty());
            earlier.caution = Some("autre laboratoire".to_owned());
            Some(earlier)
        })
        .collect()
}
