//! The task that interprets what ingest has stored: each capture once, whatever the number of hubs.

use std::time::Duration;

use lisiere_driver::{Interpretation, Severity};
use lisiere_model::{CaptureId, ObservationId, ObservationKind, QueueEntryId, UtcMicros};
use serde_json::json;

use super::{Error, Laboratory, Result, Trace, clocks, commit, matching, progress, reading};
use crate::app::{App, Shutdown};
use crate::review::{Actor, State};
use crate::store::capture::{self, Interpretation as Reached, StoredCapture};
use crate::store::control::{self, ControlRow};
use crate::store::interpretation::{self, RunRow};
use crate::store::observation::{Read, Recorded};
use crate::store::queue::{self, Cause, QueueRow};
use crate::store::{Tx, columnar, observation, work_state};
use crate::worklist::told;
use crate::{clock, events};

/// Captures read in one transaction: few, so that two hubs wait little for each other.
const BATCH: i64 = 16;
/// The database remembers what waits; this only bounds how late a missed ring is noticed.
const ROUND: Duration = Duration::from_millis(500);
/// Pause after a failure of the database.
const PAUSE: Duration = Duration::from_secs(2);
/// Failures in a row after which the first waiting capture is set aside, if the database can write at all.
const STUBBORN: u32 = 5;
/// Confidence from which a driver is used without being named: nine in ten, and far ahead of the next.
const SURE: u16 = 900;
const AHEAD: u16 = 200;
/// A time of the analyzer further from that of the message than this is a wrong clock, not a measurement.
const CLOCK_AHEAD: i64 = 10 * 60 * 1_000_000;
const CLOCK_BEHIND: i64 = 14 * 86_400 * 1_000_000;
/// A message that seems older than this came from an appliance that had lost its clock.
const LONGEST_OUTAGE: i64 = 60 * 86_400 * 1_000_000;

/// Interprets captures as they come, until the hub is asked to stop.
pub async fn run(app: App, mut shutdown: Shutdown) {
    let laboratory = match Laboratory::of(&app) {
        Ok(laboratory) => laboratory,
        Err(error) => {
            events::task_failed("interpretation", error);
            shutdown.wanted().await;
            return;
        }
    };
    let mut failures = 0;
    while !shutdown.is_wanted() {
        let pause = match process(&laboratory, app.clock.now()).await {
            Ok(done) => {
                if failures > 0 {
                    events::interpretation_resumed(failures);
                    failures = 0;
                }
                if done > 0 {
                    continue;
                }
                ROUND
            }
            Err(error) => {
                // Nothing is lost: the captures wait in the database. One line for an outage, not one for each attempt.
                failures = failures.saturating_add(1);
                if failures == 1 {
                    events::interpretation_paused(&error);
                }
                // A database that takes the note about a capture, but not what was read from it, is not away.
                if failures % STUBBORN == 0
                    && set_aside(&laboratory, &error, app.clock.now())
                        .await
                        .is_ok()
                {
                    events::capture_set_aside(error);
                }
                PAUSE
            }
        };
        tokio::select! {
            () = app.captured.notified() => {}
            () = tokio::time::sleep(pause) => {}
            () = shutdown.wanted() => {}
        }
    }
}

/// Interprets one batch of what waits, and looks again at results whose tube has become known. Says how many captures were
/// read.
pub async fn process(laboratory: &Laboratory, now: UtcMicros) -> Result<usize> {
    match batch(laboratory, BATCH, now).await {
        Ok(0) => {
            matching_sweep(laboratory, now).await?;
            Ok(0)
        }
        Ok(done) => Ok(done),
        // One capture of the batch cannot be written: read them one by one, so that only that one waits.
        Err(_) => match batch(laboratory, 1, now).await {
            Ok(done) => Ok(done),
            Err(error @ Error::Store(crate::store::Error::Statement(_))) => Err(error),
            Err(error) => {
                set_aside(laboratory, &error, now).await?;
                Ok(1)
            }
        },
    }
}

async fn batch(laboratory: &Laboratory, limit: i64, now: UtcMicros) -> Result<usize> {
    let mut tx = laboratory.store.begin().await?;
    let captures = capture::claim_uninterpreted(&mut tx, limit).await?;
    if captures.is_empty() {
        tx.rollback().await?;
        return Ok(0);
    }
    let mut traces = Vec::new();
    for stored in &captures {
        interpret(laboratory, &mut tx, stored, None, now, &mut traces).await?;
    }
    commit(tx, traces, &Actor::rule("interprétation"), now).await?;
    Ok(captures.len())
}

/// The first waiting capture cannot be dealt with: it is marked, kept, and a person is told.
async fn set_aside(laboratory: &Laboratory, error: &Error, now: UtcMicros) -> Result<()> {
    let mut tx = laboratory.store.begin().await?;
    for stored in capture::claim_uninterpreted(&mut tx, 1).await? {
        let sentence = format!("Le message est conservé mais n'a pu être traité : {error}");
        put_aside(&mut tx, &stored, Cause::Unreadable, sentence, now).await?;
    }
    tx.commit().await?;
    Ok(())
}

/// Reads a capture again, with its own driver or the one named. The new readings are new observations; those that say the
/// same as before have no effect, those that differ are held.
pub async fn reinterpret(
    laboratory: &Laboratory,
    id: CaptureId,
    driver: Option<&str>,
    actor: &Actor,
    now: UtcMicros,
) -> Result<()> {
    let mut tx = laboratory.store.begin().await?;
    let mut traces = Vec::new();
    read_again(laboratory, &mut tx, id, driver, now, &mut traces).await?;
    commit(tx, traces, actor, now).await
}

/// The same inside a transaction.
pub(super) async fn read_again(
    laboratory: &Laboratory,
    tx: &mut Tx,
    id: CaptureId,
    driver: Option<&str>,
    now: UtcMicros,
    traces: &mut Vec<Trace>,
) -> Result<()> {
    let stored = capture::find(tx, id)
        .await?
        .ok_or(Error::NotFound("message"))?;
    interpret(laboratory, tx, &stored, driver, now, traces).await
}

/// Which driver reads a capture, or why none does.
fn choose<'a>(
    laboratory: &'a Laboratory,
    stored: &StoredCapture,
    named: Option<&str>,
) -> Result<&'a lisiere_driver::Driver, String> {
    let hint = named.unwrap_or(&stored.driver).trim();
    if !hint.is_empty() && hint != "auto" {
        return laboratory.library.get(hint).ok_or_else(|| {
            format!(
                "Le pilote « {hint} » réglé sur le port {} n'existe pas",
                stored.port
            )
        });
    }
    let found = laboratory.library.recognise(&stored.bytes);
    let next = found.get(1).map_or(0, |second| second.per_mille);
    match found.first() {
        Some(best) if best.per_mille >= SURE && best.per_mille.saturating_sub(next) >= AHEAD => {
            laboratory
                .library
                .get(&best.driver)
                .ok_or_else(|| "pilote disparu".to_owned())
        }
        Some(best)
            if laboratory
                .library
                .get(&best.driver)
                .is_some_and(|driver| driver.profile().generic) =>
        {
            Err(format!(
                "Automate inconnu : choisissez le pilote {} pour lire ses messages en attendant le sien",
                best.driver
            ))
        }
        Some(best) => Err(format!(
            "Automate non reconnu avec certitude : {} à {} %",
            best.driver,
            best.per_mille / 10
        )),
        None => Err("Automate non reconnu : aucun pilote ne correspond à ce message".to_owned()),
    }
}

async fn interpret(
    laboratory: &Laboratory,
    tx: &mut Tx,
    stored: &StoredCapture,
    named: Option<&str>,
    now: UtcMicros,
    traces: &mut Vec<Trace>,
) -> Result<()> {
    let run = interpretation::latest_run(tx, stored.id)
        .await?
        .saturating_add(1);
    if stored.link == lisiere_wire::ORDER_EVENT_LINK {
        // What an appliance says of orders: no analyzer's bytes, so no driver reads it.
        return match told::take(laboratory, tx, stored).await? {
            Ok(()) => Ok(capture::mark(tx, stored.id, Reached::Done, None).await?),
            Err(sentence) => put_aside(tx, stored, Cause::Unreadable, sentence, now).await,
        };
    }
    let driver = match choose(laboratory, stored, named) {
        Ok(driver) => driver,
        Err(sentence) => {
            put_aside(tx, stored, Cause::UnknownAnalyzer, sentence, now).await?;
            return record_run(tx, stored, run, None, now, traces).await;
        }
    };
    // What the analyzer's clock says is measured against the moment at which the message came.
    let context = lisiere_driver::Context {
        received: Some(reception(stored).to_timestamp()),
        ..lisiere_driver::Context::default()
    };
    let read = driver.interpret_in(&stored.bytes, &context);
    if let Some(problem) = read.unreadable() {
        let sentence = format!("Message illisible par {} : {problem}", read.driver);
        wait(tx, stored, Cause::Unreadable, sentence.clone(), now).await?;
        let reached = if read.readings.is_empty() {
            Reached::Unreadable
        } else {
            Reached::Done
        };
        capture::mark(tx, stored.id, reached, Some(&columnar(&sentence))).await?;
    } else {
        capture::mark(tx, stored.id, Reached::Done, None).await?;
    }
    report_leftovers(tx, stored, &read, now).await?;
    let mut touched = std::collections::BTreeSet::new();
    for (position, one) in (0..).zip(&read.readings) {
        let kept = reading::kept(one, &read.version);
        let observed_at = plausible(reading::measured_at(one), stored);
        let row = Shell {
            stored,
            run,
            position,
            driver: &read.driver,
            observed_at,
        };
        // Two rules that disagree on whose value it is: it may be a patient's, so it must not vanish among the controls.
        let disputed = kept
            .doubts
            .iter()
            .any(|(word, _)| word == lisiere_driver::Cause::KindDisagreement.word());
        if kept.kind == ObservationKind::Patient || disputed {
            let order = matching::admit(laboratory, tx, row.observation(kept), now, traces).await?;
            touched.extend(order);
        } else {
            control::insert(tx, &row.control(kept)).await?;
        }
    }
    for order in touched {
        progress::refresh(tx, order, now).await?;
        work_state::resulted(tx, order, now.0).await?;
    }
    clocks::note(tx, stored, &read).await?;
    record_run(tx, stored, run, Some(&read), now, traces).await
}

/// A message that cannot be read at all: kept, marked, and a person is told.
async fn put_aside(
    tx: &mut Tx,
    stored: &StoredCapture,
    cause: Cause,
    sentence: String,
    now: UtcMicros,
) -> Result<()> {
    let problem = columnar(&sentence);
    wait(tx, stored, cause, sentence, now).await?;
    Ok(capture::mark(tx, stored.id, Reached::Unreadable, Some(&problem)).await?)
}

/// What every row made of a reading has in common.
struct Shell<'a> {
    stored: &'a StoredCapture,
    run: i64,
    position: i64,
    driver: &'a str,
    observed_at: UtcMicros,
}

impl Shell<'_> {
    fn observation(&self, read: Read) -> Recorded {
        Recorded {
            id: ObservationId::from_uuid(clock::fresh_uuid()),
            capture: self.stored.id,
            run: self.run,
            position: self.position,
            appliance: self.stored.appliance.clone(),
            port: self.stored.port.clone(),
            driver: self.driver.to_owned(),
            patient: None,
            order: None,
            specimen: None,
            code: None,
            state: State::Received,
            current: false,
            generation: 0,
            superseded_by: None,
            interpretation: None,
            observed_at: self.observed_at,
            received_at: reception(self.stored),
            body: observation::ObservationBody::of(read),
            version: 1,
        }
    }

    fn control(&self, read: Read) -> ControlRow {
        ControlRow {
            id: clock::fresh_uuid(),
            capture: self.stored.id,
            run: self.run,
            position: self.position,
            kind: match read.kind {
                ObservationKind::Qc => "qc",
                ObservationKind::Calibration => "calibration",
                ObservationKind::Patient | ObservationKind::Other => "other",
            }
            .to_owned(),
            appliance: self.stored.appliance.clone(),
            port: self.stored.port.clone(),
            driver: self.driver.to_owned(),
            material: read.specimen.clone().unwrap_or_default(),
            code: read.test.as_ref().map(|code| code.as_str().to_owned()),
            observed_at: self.observed_at,
            read,
        }
    }
}

/// When the message came: by the appliance's clock, unless that clock cannot have been right when the hub stored it.
fn reception(stored: &StoredCapture) -> UtcMicros {
    let possible = stored.received_at <= stored.stored_at.saturating_add(CLOCK_AHEAD)
        && stored.received_at >= stored.stored_at.saturating_sub(LONGEST_OUTAGE);
    UtcMicros(if possible {
        stored.received_at
    } else {
        stored.stored_at
    })
}

/// The analyzer's time when its clock can be right, else the time at which the message came. Behind an appliance whose
/// clock nothing vouches for, the analyzer's may be ahead of it up to the moment at which the hub stored the message.
fn plausible(measured: Option<UtcMicros>, stored: &StoredCapture) -> UtcMicros {
    let received = reception(stored);
    let latest = if stored.clock == "unsynchronised" {
        received.0.max(stored.stored_at)
    } else {
        received.0
    };
    measured
        .filter(|at| {
            at.0 <= latest.saturating_add(CLOCK_AHEAD)
                && at.0 >= received.0.saturating_sub(CLOCK_BEHIND)
        })
        .unwrap_or(received)
}

/// Records nobody knows are for a person; the readings beside them go on.
async fn report_leftovers(
    tx: &mut Tx,
    stored: &StoredCapture,
    read: &Interpretation,
    now: UtcMicros,
) -> Result<()> {
    for aside in &read.unknown {
        let sentence = format!(
            "Enregistrement {} non lu : {}",
            aside.letter, aside.why.reason
        );
        wait(tx, stored, Cause::Unreadable, sentence, now).await?;
    }
    for problem in read
        .problems
        .iter()
        .filter(|p| p.severity == Severity::Warning)
    {
        wait(tx, stored, Cause::Unreadable, problem.to_string(), now).await?;
    }
    Ok(())
}

async fn wait(
    tx: &mut Tx,
    stored: &StoredCapture,
    cause: Cause,
    sentence: String,
    now: UtcMicros,
) -> Result<()> {
    let entry = QueueRow {
        id: QueueEntryId::from_uuid(clock::fresh_uuid()),
        cause,
        capture: Some(stored.id),
        observation: None,
        order: None,
        subject: format!("{} / {}", stored.appliance, stored.port),
        sentence,
        opened_at: now,
        closed: None,
    };
    Ok(queue::insert(tx, &entry).await?)
}

async fn record_run(
    tx: &mut Tx,
    stored: &StoredCapture,
    run: i64,
    read: Option<&Interpretation>,
    now: UtcMicros,
    traces: &mut Vec<Trace>,
) -> Result<()> {
    let outcome = match read {
        Some(read) if read.is_clear() => "read",
        Some(read) if read.unreadable().is_none() => "partly",
        _ => "unreadable",
    };
    let texts = |problems: &[lisiere_driver::Problem]| -> Vec<String> {
        problems.iter().map(ToString::to_string).collect()
    };
    let body = json!({
        "problems": read.map(|read| texts(&read.problems)),
        "ignored": read.map(|read| read.ignored.len()),
    });
    let row = RunRow {
        capture: stored.id,
        run,
        driver: read.map(|read| read.driver.clone()).unwrap_or_default(),
        driver_version: read.map(|read| read.version.clone()).unwrap_or_default(),
        outcome: outcome.to_owned(),
        readings: read.map_or(0, |read| {
            i64::try_from(read.readings.len()).unwrap_or(i64::MAX)
        }),
        body: body.to_string(),
        done_at: now.0,
    };
    interpretation::insert(tx, &row).await?;
    traces.push(Trace::new(
        "capture.interpreted",
        "capture",
        stored.id,
        json!({ "run": run, "driver": row.driver, "outcome": outcome, "readings": row.readings }),
    ));
    Ok(())
}

/// Results that came just before their order, on another hub: the order did not see them, so they look for it.
async fn matching_sweep(laboratory: &Laboratory, now: UtcMicros) -> Result<()> {
    let mut reader = laboratory.store.read().await?;
    let late = observation::unmatched_but_known(&mut reader).await?;
    drop(reader);
    for id in late {
        let mut tx = laboratory.store.begin().await?;
        let Some(mut row) = observation::get(&mut tx, id)
            .await?
            .filter(|row| !row.is_matched())
        else {
            continue;
        };
        let actor = Actor::rule(matching::RULE);
        let mut traces = Vec::new();
        let order =
            matching::retry(laboratory, &mut tx, &mut row, &actor, now, &mut traces).await?;
        if let Some(order) = order {
            progress::refresh(&mut tx, order, now).await?;
        }
        commit(tx, traces, &actor, now).await?;
    }
    Ok(())
}
