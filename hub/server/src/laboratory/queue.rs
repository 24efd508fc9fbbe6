//! What no rule may decide: listing it, and settling it by a named person's decision (P10).

use std::collections::BTreeSet;

use lisiere_model::{LocalCode, OrderId, QueueEntryId, SpecimenId, UcumUnit, UtcMicros};
use serde_json::json;

use super::{Error, Laboratory, Result, Trace, commit, matching, placing, progress, worker};
use crate::review::act::apply;
use crate::review::{Act, Actor, Person};
use crate::store::observation::{self, Recorded};
pub use crate::store::queue::{Cause, Closed, QueueRow};
use crate::store::{Tx, laboratory as decisions, order, queue};

/// An entry with the result it is about.
#[derive(Debug, Clone)]
pub struct QueueItem {
    /// The entry.
    pub entry: QueueRow,
    /// The result, where it is about one.
    pub observation: Option<Recorded>,
}

/// A page of open entries, oldest first, or of settled ones, newest first.
pub async fn list(
    laboratory: &Laboratory,
    cause: Option<Cause>,
    open: bool,
    offset: i64,
    limit: i64,
) -> Result<Vec<QueueItem>> {
    let mut reader = laboratory.store.read().await?;
    let mut items = Vec::new();
    for entry in queue::list(&mut reader, cause, open, offset, limit).await? {
        let observation = match entry.observation {
            Some(id) => observation::get(&mut reader, id).await?,
            None => None,
        };
        items.push(QueueItem { entry, observation });
    }
    Ok(items)
}

/// How many open entries of each cause there are.
pub async fn counts(laboratory: &Laboratory) -> Result<Vec<(Cause, i64)>> {
    let mut reader = laboratory.store.read().await?;
    Ok(queue::count_open(&mut reader).await?)
}

/// The entry with this id.
pub async fn get(laboratory: &Laboratory, id: QueueEntryId) -> Result<QueueItem> {
    let mut reader = laboratory.store.read().await?;
    let entry = queue::get(&mut reader, id)
        .await?
        .ok_or(Error::NotFound("entrée"))?;
    let observation = match entry.observation {
        Some(id) => observation::get(&mut reader, id).await?,
        None => None,
    };
    Ok(QueueItem { entry, observation })
}

/// A decision being carried out.
struct Decision {
    tx: Tx,
    entry: QueueRow,
    actor: Actor,
    traces: Vec<Trace>,
    touched: BTreeSet<OrderId>,
    now: UtcMicros,
}

impl Decision {
    async fn open(
        laboratory: &Laboratory,
        id: QueueEntryId,
        who: &Person,
        now: UtcMicros,
    ) -> Result<Self> {
        if !who.role.may_review_technically() {
            return Err(Error::not_for_role(
                who,
                "ne décide pas de ce qui est en quarantaine",
            ));
        }
        let mut tx = laboratory.store.begin().await?;
        let entry = queue::get(&mut tx, id)
            .await?
            .ok_or(Error::NotFound("entrée"))?;
        if let Some(closed) = &entry.closed {
            return Err(Error::Stale(format!(
                "déjà réglé par {} : {}",
                closed.by, closed.resolution
            )));
        }
        Ok(Self {
            tx,
            entry,
            actor: Actor::from(who),
            traces: Vec::new(),
            touched: BTreeSet::new(),
            now,
        })
    }

    async fn observation(&mut self) -> Result<Recorded> {
        let id = self.entry.observation.ok_or_else(|| {
            Error::Refused(
                "cette entrée ne concerne pas un résultat : la lire et la classer".into(),
            )
        })?;
        let row = observation::get(&mut self.tx, id)
            .await?
            .ok_or(Error::NotFound("résultat"))?;
        if row.is_matched() {
            return Err(Error::Stale(
                "ce résultat est déjà rattaché à un dossier".into(),
            ));
        }
        Ok(row)
    }

    /// A decision answers one question: a form made by hand must not answer another.
    fn about(&self, cause: Cause) -> Result<()> {
        if self.entry.cause == cause {
            return Ok(());
        }
        Err(Error::Refused(format!(
            "cette décision ne répond pas à « {} »",
            self.entry.cause.french()
        )))
    }

    async fn retry(&mut self, laboratory: &Laboratory, row: &mut Recorded) -> Result<()> {
        let order = matching::retry(
            laboratory,
            &mut self.tx,
            row,
            &self.actor,
            self.now,
            &mut self.traces,
        )
        .await?;
        self.touched.extend(order);
        Ok(())
    }

    fn note(&mut self, action: &str, detail: serde_json::Value) {
        self.traces
            .push(Trace::new(action, "queue", self.entry.id, detail));
    }

    /// Says how many results found their order.
    async fn finish(mut self) -> Result<usize> {
        let matched = self
            .traces
            .iter()
            .filter(|trace| trace.action == "observation.matched")
            .count();
        for order in &self.touched {
            progress::refresh(&mut self.tx, *order, self.now).await?;
        }
        commit(self.tx, self.traces, &self.actor, self.now).await?;
        Ok(matched)
    }
}

/// Attaches a result to a tube that the person chose, and with it the other waiting results of the same tube in the same
/// message. Says how many found their test; those that did not wait for their next reason.
pub async fn attach(
    laboratory: &Laboratory,
    id: QueueEntryId,
    order: OrderId,
    specimen: SpecimenId,
    who: &Person,
    now: UtcMicros,
) -> Result<usize> {
    let mut decision = Decision::open(laboratory, id, who, now).await?;
    let first = decision.observation().await?;
    let chosen = order::specimens(&mut decision.tx, order)
        .await?
        .into_iter()
        .find(|candidate| candidate.id == specimen)
        .ok_or(Error::NotFound("tube"))?;
    let siblings = observation::of_capture(&mut decision.tx, first.capture).await?;
    let together = siblings.into_iter().filter(|row| {
        row.run == first.run
            && !row.is_matched()
            && row.superseded_by.is_none()
            && row.state == first.state
            && row.body.read.specimen == first.body.read.specimen
            // Without any number only the result that was pointed at is meant: the others may be of other tubes.
            && (row.id == first.id || row.body.read.specimen.is_some())
    });
    for mut row in together.collect::<Vec<_>>() {
        row.specimen = Some(chosen.id);
        row.body.chosen_order = Some(order);
        crate::review::act::write(&mut decision.tx, &mut row, now).await?;
        let reason = Some(format!("tube {} choisi", chosen.accession));
        crate::review::act::record(
            &mut decision.tx,
            &row,
            "observation.attached",
            reason,
            &decision.actor,
            now,
        )
        .await?;
        decision.retry(laboratory, &mut row).await?;
    }
    decision.note(
        "queue.attached",
        json!({ "order": order.to_string(), "specimen": chosen.accession.as_str() }),
    );
    decision.finish().await
}

/// Says which local test an analyzer's code means, from now on, and matches everything that waited for it.
pub async fn map_code(
    laboratory: &Laboratory,
    id: QueueEntryId,
    code: &LocalCode,
    who: &Person,
    now: UtcMicros,
) -> Result<usize> {
    let test = laboratory
        .catalogue
        .get(code)
        .ok_or(Error::NotFound("analyse du catalogue"))?;
    let mut decision = Decision::open(laboratory, id, who, now).await?;
    decision.about(Cause::UnknownTest)?;
    let row = decision.observation().await?;
    if let (Some(mine), Some(sent)) = (&test.loinc, &row.body.read.loinc)
        && mine != sent
    {
        return Err(Error::Refused(format!(
            "{code} est codé {mine} et l'automate annonce {sent} : ce n'est pas la même mesure"
        )));
    }
    decisions::map_code(
        &mut decision.tx,
        &row.driver,
        &row.body.read.code,
        code.as_str(),
        &who.name,
        now.0,
    )
    .await?;
    let waiting =
        observation::unmatched_of_code(&mut decision.tx, &row.driver, &row.body.read.code).await?;
    for mut other in waiting {
        decision.retry(laboratory, &mut other).await?;
    }
    decision.note(
        "queue.code_mapped",
        json!({ "driver": row.driver, "code": row.body.read.code, "test": code.as_str() }),
    );
    decision.finish().await
}

/// Says which UCUM unit an analyzer's unit text means, from now on, and matches everything that waited for it.
pub async fn map_unit(
    laboratory: &Laboratory,
    id: QueueEntryId,
    unit: &UcumUnit,
    who: &Person,
    now: UtcMicros,
) -> Result<usize> {
    if octofhir_ucum::validate(unit.as_str()).is_err() {
        return Err(Error::field(
            "unité",
            format!("« {unit} » n'est pas une unité UCUM"),
        ));
    }
    let mut decision = Decision::open(laboratory, id, who, now).await?;
    decision.about(Cause::UnknownUnit)?;
    let row = decision.observation().await?;
    if let Some(known) = &row.body.read.unit {
        return Err(Error::Refused(format!(
            "le pilote connaît cette unité ({known}) : elle ne mesure pas cette analyse, et ne peut en vouloir dire une autre"
        )));
    }
    let text = row
        .body
        .read
        .unit_text
        .clone()
        .map(|text| text.trim().to_owned())
        .unwrap_or_default();
    if text.is_empty() {
        return Err(Error::Refused(
            "l'automate n'a transmis aucune unité : corriger le pilote, ou rejeter le résultat"
                .into(),
        ));
    }
    decisions::map_unit(
        &mut decision.tx,
        &row.driver,
        &text,
        unit.as_str(),
        &who.name,
        now.0,
    )
    .await?;
    let waiting =
        observation::unmatched_of_code(&mut decision.tx, &row.driver, &row.body.read.code).await?;
    for mut other in waiting {
        decision.retry(laboratory, &mut other).await?;
    }
    decision.note(
        "queue.unit_mapped",
        json!({ "driver": row.driver, "unit": text, "ucum": unit.as_str() }),
    );
    decision.finish().await
}

/// Adds the test that nobody asked for to the order, with the result.
pub async fn add_test(
    laboratory: &Laboratory,
    id: QueueEntryId,
    who: &Person,
    now: UtcMicros,
) -> Result<usize> {
    let mut decision = Decision::open(laboratory, id, who, now).await?;
    decision.about(Cause::UnorderedTest)?;
    let mut row = decision.observation().await?;
    let (specimen, code) = placing::unordered(laboratory, &mut decision.tx, &row).await?;
    progress::add_test(&mut decision.tx, &specimen, &code).await?;
    decision.touched.insert(specimen.order);
    decision.retry(laboratory, &mut row).await?;
    decision.note(
        "queue.test_added",
        json!({ "order": specimen.order.to_string(), "test": code.as_str() }),
    );
    decision.finish().await
}

/// Takes a result as a patient's although the driver has doubts; it is held at the bench, with the doubt in words.
pub async fn accept_doubt(
    laboratory: &Laboratory,
    id: QueueEntryId,
    reason: &str,
    who: &Person,
    now: UtcMicros,
) -> Result<usize> {
    let reason = needed(reason)?;
    let mut decision = Decision::open(laboratory, id, who, now).await?;
    decision.about(Cause::DriverDoubt)?;
    let mut row = decision.observation().await?;
    row.body.doubts_cleared = true;
    row.body.reason = Some(reason.clone());
    crate::review::act::write(&mut decision.tx, &mut row, now).await?;
    crate::review::act::record(
        &mut decision.tx,
        &row,
        "observation.doubt_accepted",
        Some(reason.clone()),
        &decision.actor,
        now,
    )
    .await?;
    decision.retry(laboratory, &mut row).await?;
    decision.note("queue.doubt_accepted", json!({ "reason": reason }));
    decision.finish().await
}

/// Sets a waiting result aside for good, with the reason; it stays readable. With `whole_tube`, so are the others of the
/// same message and number.
pub async fn reject(
    laboratory: &Laboratory,
    id: QueueEntryId,
    reason: &str,
    whole_tube: bool,
    who: &Person,
    now: UtcMicros,
) -> Result<usize> {
    let reason = needed(reason)?;
    let mut decision = Decision::open(laboratory, id, who, now).await?;
    let first = decision.observation().await?;
    let mut rows = vec![first.clone()];
    if whole_tube && first.body.read.specimen.is_some() {
        let siblings = observation::of_capture(&mut decision.tx, first.capture).await?;
        rows.extend(siblings.into_iter().filter(|row| {
            row.id != first.id
                && row.run == first.run
                && !row.is_matched()
                && row.state == first.state
                && row.superseded_by.is_none()
                && row.body.read.specimen == first.body.read.specimen
        }));
    }
    let count = rows.len();
    let closed = Closed {
        at: now,
        by: who.name.clone(),
        resolution: format!("rejeté : {reason}"),
    };
    for mut row in rows {
        let act = Act::Reject {
            reason: reason.clone(),
        };
        apply(
            &mut decision.tx,
            &mut row,
            &act,
            &decision.actor,
            now,
            &mut decision.traces,
        )
        .await?;
        queue::close_of_observation(&mut decision.tx, row.id, &closed).await?;
    }
    decision.note(
        "queue.rejected",
        json!({ "reason": reason, "results": count }),
    );
    decision.finish().await?;
    Ok(count)
}

/// Files an entry about a message or a report as seen, with what was done about it.
pub async fn dismiss(
    laboratory: &Laboratory,
    id: QueueEntryId,
    reason: &str,
    who: &Person,
    now: UtcMicros,
) -> Result<()> {
    let reason = needed(reason)?;
    let mut decision = Decision::open(laboratory, id, who, now).await?;
    if decision.entry.observation.is_some() {
        return Err(Error::Refused(
            "un résultat se rattache ou se rejette, il ne se classe pas".into(),
        ));
    }
    let closed = Closed {
        at: now,
        by: who.name.clone(),
        resolution: format!("classé : {reason}"),
    };
    queue::close(&mut decision.tx, id, &closed).await?;
    decision.note("queue.dismissed", json!({ "reason": reason }));
    decision.finish().await?;
    Ok(())
}

/// Reads the message of an entry with the driver that the person names.
pub async fn read_with(
    laboratory: &Laboratory,
    id: QueueEntryId,
    driver: &str,
    who: &Person,
    now: UtcMicros,
) -> Result<()> {
    if laboratory.library.get(driver).is_none() {
        return Err(Error::field(
            "pilote",
            format!("le pilote « {driver} » n'existe pas"),
        ));
    }
    let mut decision = Decision::open(laboratory, id, who, now).await?;
    if decision.entry.observation.is_some() {
        return Err(Error::Refused(
            "cette entrée concerne un résultat déjà lu : le rattacher ou le rejeter".into(),
        ));
    }
    let capture = decision.entry.capture.ok_or(Error::NotFound("message"))?;
    let closed = Closed {
        at: now,
        by: who.name.clone(),
        resolution: format!("relu avec {driver}"),
    };
    queue::close(&mut decision.tx, id, &closed).await?;
    // With the reading itself, so that an entry is never closed over a message that was not read.
    worker::read_again(
        laboratory,
        &mut decision.tx,
        capture,
        Some(driver),
        now,
        &mut decision.traces,
    )
    .await?;
    decision.note("queue.read_again", json!({ "driver": driver }));
    decision.finish().await?;
    Ok(())
}

fn needed(reason: &str) -> Result<String> {
    let reason = reason.trim();
    if reason.is_empty() {
        return Err(Error::field("motif", "un motif est nécessaire"));
    }
    Ok(reason.to_owned())
}
