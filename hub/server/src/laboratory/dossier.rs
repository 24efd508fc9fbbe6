//! An order as one page shows it: patient, tubes, each test with its result, its earlier attempts and the patient's history.

use lisiere_driver::catalogue::Test;
use lisiere_model::{MeasuredValue, ObservationId, OrderId, Specimen, UcumUnit, UtcMicros};

use super::patients::{self, Lookalike};
use super::{Error, Laboratory, Result};
use crate::store::observation::{self, EventRow, Recorded};
use crate::store::order::{self, OrderRow, TestRow};
use crate::store::patient::{self, PatientRow};
use crate::store::report::{self, ReportRow};
use crate::store::work_state::{self, StateRow};

/// Earlier values shown beside a result.
const HISTORY: i64 = 10;

/// Everything about an order.
#[derive(Debug, Clone)]
pub struct Dossier {
    /// The order.
    pub order: OrderRow,
    /// For whom.
    pub patient: PatientRow,
    /// Other patients who may be taken for this one.
    pub lookalikes: Vec<Lookalike>,
    /// The tubes.
    pub specimens: Vec<Specimen>,
    /// The tests, in the order in which they were asked.
    pub lines: Vec<DossierLine>,
    /// Signed versions, the latest first.
    pub reports: Vec<ReportRow>,
}

/// A test of an order.
#[derive(Debug, Clone)]
pub struct DossierLine {
    /// What was asked.
    pub asked: TestRow,
    /// The catalogue's test; none if it was taken out since.
    pub test: Option<Test>,
    /// Where it stands at the analyzers, once one has asked for it.
    pub work: Option<StateRow>,
    /// The result that counts.
    pub current: Option<Recorded>,
    /// Results it replaced, rejected ones, repeated transmissions: the latest first.
    pub others: Vec<Recorded>,
    /// Reviewed results of the same patient and test before it, the latest first (*antériorités*).
    pub history: Vec<HistoryPoint>,
}

/// An earlier value.
#[derive(Debug, Clone)]
pub struct HistoryPoint {
    /// Which.
    pub observation: ObservationId,
    /// When.
    pub at: UtcMicros,
    /// The value.
    pub value: MeasuredValue,
    /// Its unit.
    pub unit: Option<UcumUnit>,
    /// The unit is not today's: no line joins the two.
    pub other_unit: bool,
    /// The analyzer model is not that of the next later value: a break in the line.
    pub method_break: bool,
}

/// The order with everything in it.
pub async fn view(laboratory: &Laboratory, id: OrderId) -> Result<Dossier> {
    let mut reader = laboratory.store.read().await?;
    let order = order::get(&mut reader, id)
        .await?
        .ok_or(Error::NotFound("dossier"))?;
    let patient = patient::get(&mut reader, order.patient)
        .await?
        .ok_or(Error::NotFound("patient"))?;
    let specimens = order::specimens(&mut reader, id).await?;
    let reports = report::of_order(&mut reader, id).await?;
    let tests = order::tests(&mut reader, id).await?;
    let all = observation::of_order(&mut reader, id).await?;
    let mut work = work_state::of_order(&mut reader, id).await?;
    let mut lines = Vec::with_capacity(tests.len());
    for asked in tests {
        let (mut current, mut others) = (None, Vec::new());
        for row in all.iter().filter(|row| {
            row.specimen == Some(asked.specimen) && row.code.as_ref() == Some(&asked.code)
        }) {
            if row.current {
                current = Some(row.clone());
            } else {
                others.push(row.clone());
            }
        }
        let (before, mine) = match &current {
            Some(row) => (row.observed_at, Some(row)),
            None => (UtcMicros(i64::MAX), None),
        };
        let earlier = observation::earlier(
            &mut reader,
            order.patient,
            &asked.code,
            before,
            HISTORY.saturating_add(2),
        )
        .await?;
        let history = points(earlier, mine, &asked);
        let test = laboratory.catalogue.get(&asked.code).cloned();
        let place = work.iter().position(|state| state.test == asked.id);
        lines.push(DossierLine {
            work: place.map(|place| work.swap_remove(place)),
            asked,
            test,
            current,
            others,
            history,
        });
    }
    drop(reader);
    let lookalikes = patients::lookalikes(laboratory, order.patient).await?;
    Ok(Dossier {
        order,
        patient,
        lookalikes,
        specimens,
        lines,
        reports,
    })
}

fn points(
    earlier: Vec<Recorded>,
    current: Option<&Recorded>,
    asked: &TestRow,
) -> Vec<HistoryPoint> {
    let unit_now = current
        .and_then(|row| row.body.outcome.as_ref())
        .and_then(|o| o.unit.clone());
    let mut driver = current.map(|row| row.driver.clone());
    let mut points = Vec::new();
    for row in earlier
        .into_iter()
        .filter(|row| row.specimen != Some(asked.specimen))
    {
        let Some(outcome) = row.body.outcome else {
            continue;
        };
        points.push(HistoryPoint {
            observation: row.id,
            at: row.observed_at,
            value: outcome.value,
            other_unit: unit_now.is_some() && outcome.unit != unit_now,
            unit: outcome.unit,
            method_break: driver.as_ref().is_some_and(|later| *later != row.driver),
        });
        driver = Some(row.driver);
    }
    points.truncate(usize::try_from(HISTORY).unwrap_or(usize::MAX));
    points
}

/// A result with everything that happened to it, and the bytes it was read from.
#[derive(Debug, Clone)]
pub struct ResultDetail {
    /// The result.
    pub row: Recorded,
    /// What happened to it, in order.
    pub events: Vec<EventRow>,
    /// The bytes of its record, as received.
    pub bytes: Vec<u8>,
}

/// A result in detail.
pub async fn result(laboratory: &Laboratory, id: ObservationId) -> Result<ResultDetail> {
    let mut reader = laboratory.store.read().await?;
    let row = observation::get(&mut reader, id)
        .await?
        .ok_or(Error::NotFound("résultat"))?;
    let events = observation::events(&mut reader, id).await?;
    let capture = crate::store::capture::find(&mut reader, row.capture).await?;
    let (from, to) = row.body.read.bytes;
    let span = usize::try_from(from).unwrap_or(0)..usize::try_from(to).unwrap_or(0);
    let bytes = capture
        .and_then(|c| c.bytes.get(span).map(<[u8]>::to_vec))
        .unwrap_or_default();
    Ok(ResultDetail { row, events, bytes })
}
