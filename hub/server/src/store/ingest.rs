//! Ingest's transaction: captures exactly once, and how far each journal got (promise P3).
//!
//! The row of a journal is locked first, so two hubs that took messages of the same journal write one after the other
//! and each computes the mark from what both have committed.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::{Arc, LazyLock};

use bytes::Bytes;
use lisiere_model::ClockQuality;
use lisiere_wire::{Absence, Capture, JournalId, Label};
use sqlx::{AssertSqlSafe, Row};

use super::absence::{self, Reason};
use super::journal::{Journal, JournalKey, Progress, RANGES, advance, is_known, lock, signed};
use super::quarantine::{self, Aside, Number};
use super::{Dialect, Result, Store, Tx, gaps};

/// A capture that arrived, with what it came on.
#[derive(Debug, Clone)]
pub struct Arrival {
    /// Topic it came on.
    pub topic: String,
    /// Site named by the topic.
    pub site: Label,
    /// Appliance named by the topic.
    pub appliance: Label,
    /// What it says.
    pub capture: Capture,
    /// The payload as received.
    pub payload: Bytes,
}

/// What an appliance said about numbers the hub will not get.
#[derive(Debug, Clone)]
pub struct Missing {
    /// Topic it came on.
    pub topic: String,
    /// Site named by the topic.
    pub site: Label,
    /// Appliance named by the topic.
    pub appliance: Label,
    /// What it says.
    pub absence: Absence,
    /// The payload as received.
    pub payload: Bytes,
}

/// What is written in one transaction.
#[derive(Debug, Clone, Copy, Default)]
pub struct Intake<'a> {
    /// Captures.
    pub arrivals: &'a [Arrival],
    /// Payloads for a person.
    pub aside: &'a [Aside],
    /// Numbers that will not come.
    pub missing: &'a [Missing],
}

/// What came of a batch.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Applied {
    /// Captures that are new in the database.
    pub stored: u64,
    /// Captures that were there already.
    pub duplicates: u64,
    /// Payloads that were set aside for a person, with the reason.
    pub aside: Vec<(String, String)>,
    /// How far each journal of the batch got.
    pub progress: Vec<Progress>,
}

/// Writes captures and what is set aside in one transaction. After `Ok` all of it is on disk.
pub async fn apply(
    store: &Store,
    arrivals: &[Arrival],
    aside: &[Aside],
    now: i64,
) -> Result<Applied> {
    let intake = Intake {
        arrivals,
        aside,
        missing: &[],
    };
    take_in(store, intake, now).await
}

/// Writes a batch in one transaction. After `Ok` all of it is on disk.
pub async fn take_in(store: &Store, intake: Intake<'_>, now: i64) -> Result<Applied> {
    let mut tx = store.begin().await?;
    let mut applied = Applied::default();
    let mut set_aside = intake.aside.to_vec();
    let mut sites = Sites::default();
    let sorted = sort(&mut tx, intake.arrivals, &mut sites, &mut set_aside).await?;
    let mut journals = lock_all(&mut tx, &sorted, intake, &mut sites, now).await?;
    let all: Vec<&Arrival> = sorted.values().copied().collect();
    insert_all(
        &mut tx,
        &all,
        now,
        &mut applied,
        &mut set_aside,
        &mut journals,
    )
    .await?;
    for (appliance, journal, seq) in sorted.keys() {
        if let Some(journal) = journals.get_mut(&(appliance.clone(), journal.clone())) {
            journal.mark.insert(*seq);
        }
    }
    for number in intake.aside.iter().filter_map(|one| one.number.as_ref()) {
        account_for(&mut tx, number, &mut journals, now).await?;
    }
    let mut told = Vec::new();
    for missing in intake.missing {
        if let Some(journal) = journals.get_mut(&missing.key()) {
            told.extend(gaps::fill(&mut tx, missing, &mut journal.mark, now).await?);
        }
    }
    for (key, journal) in &mut journals {
        advance(&mut tx, key, journal, now).await?;
    }
    set_aside.extend(told.iter().map(gaps::Told::aside));
    for one in &set_aside {
        quarantine::keep(&mut tx, one, now).await?;
    }
    for one in &told {
        gaps::audit(&mut tx, one, now).await?;
    }
    tx.commit().await?;
    applied.duplicates = applied
        .duplicates
        .saturating_add(repeated(intake.arrivals, &sorted));
    applied.aside = set_aside
        .into_iter()
        .map(|one| (one.topic, one.reason))
        .collect();
    applied.progress = progress(&journals, &sites);
    Ok(applied)
}

/// Locks every journal that the batch touches, in the order of the keys: two hubs never wait for each other crosswise.
/// What says only that something is missing or damaged makes no journal known.
async fn lock_all(
    tx: &mut Tx,
    sorted: &Sorted<'_>,
    intake: Intake<'_>,
    sites: &mut Sites,
    now: i64,
) -> Result<BTreeMap<JournalKey, Journal>> {
    let keys = sorted
        .keys()
        .map(|(appliance, journal, _)| (appliance.clone(), journal.clone()));
    let mut keys: BTreeSet<JournalKey> = keys.collect();
    let said = intake
        .missing
        .iter()
        .map(|one| (&one.site, &one.appliance, one.absence.journal, false));
    let numbered = intake.aside.iter().filter_map(|one| one.number.as_ref());
    let numbered = numbered.map(|one| (&one.site, &one.appliance, one.journal, one.certain));
    for (site, appliance, journal, certain) in said.chain(numbered) {
        let key = (appliance.to_string(), journal.to_string());
        if sites.of(tx, appliance.as_str()).await? == Some(site.as_str())
            && (certain || is_known(tx, &key).await?)
        {
            keys.insert(key);
        }
    }
    let mut journals = BTreeMap::new();
    for key in keys {
        let journal = lock(tx, &key, now).await?;
        journals.insert(key, journal);
    }
    Ok(journals)
}

/// How far above the highest known number one from a damaged payload is still believed: appliances send no further
/// ahead.
const AHEAD: u64 = 4096;

/// Marks the number of a payload that is set aside: the hub need not wait for it, its appliance need not send it again.
async fn account_for(
    tx: &mut Tx,
    number: &Number,
    journals: &mut BTreeMap<JournalKey, Journal>,
    now: i64,
) -> Result<()> {
    let key = (number.appliance.to_string(), number.journal.to_string());
    let Some(journal) = journals.get_mut(&key) else {
        return Ok(());
    };
    let known = journal.mark.highest().saturating_add(AHEAD);
    if (number.certain || number.seq <= known) && journal.mark.insert(number.seq) {
        let range = (number.seq, number.seq);
        absence::record(tx, &key, range, Reason::SetAside, now).await?;
    }
    Ok(())
}

/// Tells whether the tables of ingest take a row, without leaving one: if they do and a batch fails all the same, the
/// batch is to blame.
pub async fn try_out(store: &Store, now: i64) -> Result<()> {
    let mut tx = store.begin().await?;
    let key = (String::new(), String::new());
    let mut journal = lock(&mut tx, &key, now).await?;
    advance(&mut tx, &key, &mut journal, now).await?;
    sqlx::query(
        "INSERT INTO captures (id, appliance, journal, seq, boot, site, port, link, driver, received_at, clock, \
         stored_at, digest, counters, bytes) VALUES ($1, '', '', 0, 0, '', '', '', '', 0, '', 0, $2, '', $2)",
    )
    .bind(crate::clock::fresh_uuid().to_string())
    .bind(Vec::<u8>::new())
    .execute(&mut *tx)
    .await?;
    absence::record(&mut tx, &key, (0, 0), Reason::SetAside, now).await?;
    let aside = Aside {
        topic: String::new(),
        appliance: None,
        reason: String::new(),
        payload: Vec::new(),
        number: None,
        newest_only: false,
    };
    quarantine::keep(&mut tx, &aside, now).await?;
    tx.rollback().await
}

type Sorted<'a> = BTreeMap<(String, String, u64), &'a Arrival>;

/// Puts the arrivals in order, each once; sets aside what comes from no enrolled appliance, and what contradicts
/// another arrival with the same number.
async fn sort<'a>(
    tx: &mut Tx,
    arrivals: &'a [Arrival],
    sites: &mut Sites,
    aside: &mut Vec<Aside>,
) -> Result<Sorted<'a>> {
    let mut sorted = Sorted::new();
    for arrival in arrivals {
        let name = arrival.appliance.as_str();
        match sites.of(tx, name).await? {
            Some(site) if site == arrival.site.as_str() => {}
            Some(_) => {
                aside.push(arrival.aside("the appliance belongs to another site"));
                continue;
            }
            None => {
                aside.push(arrival.aside("no enrolled appliance has this name"));
                continue;
            }
        }
        let journal = arrival.capture.journal.to_string();
        let key = (name.to_owned(), journal, arrival.capture.seq);
        let earlier = sorted.entry(key).or_insert(arrival);
        if earlier.capture.digest != arrival.capture.digest {
            aside.push(arrival.aside(CONTRADICTION));
        }
    }
    Ok(sorted)
}

const CONTRADICTION: &str = "another message is stored under the same journal and number";

/// Sites of the enrolled appliances, looked up once in a batch.
#[derive(Default)]
struct Sites(BTreeMap<String, Option<String>>);

impl Sites {
    async fn of(&mut self, tx: &mut Tx, appliance: &str) -> Result<Option<&str>> {
        if !self.0.contains_key(appliance) {
            let site = enrolled_site(tx, appliance).await?;
            self.0.insert(appliance.to_owned(), site);
        }
        Ok(self.0.get(appliance).and_then(Option::as_deref))
    }
}

async fn enrolled_site(tx: &mut Tx, name: &str) -> Result<Option<String>> {
    let row = sqlx::query("SELECT site FROM appliances WHERE name = $1 AND enrolment = 'enrolled'")
        .bind(name)
        .fetch_optional(&mut **tx)
        .await?;
    row.map(|row| Ok(row.try_get(0)?)).transpose()
}

/// Rows in one statement, largest first: few shapes, so every statement stays prepared.
const SHAPES: [usize; 4] = [200, 50, 10, 1];
const COLUMNS: usize = 15;

type Statements = Vec<Arc<str>>;

static NUMBERED: LazyLock<Statements> = LazyLock::new(|| statements(|number| format!("${number}")));

/// SQLite looks each numbered parameter up in a list of all of them, which for thousands of parameters takes longer
/// than all the rest; unnamed ones it just counts.
static COUNTED: LazyLock<Statements> = LazyLock::new(|| statements(|_| "?".to_owned()));

fn statements(parameter: impl Fn(usize) -> String) -> Statements {
    let one = |rows: &usize| Arc::from(insert_statement(*rows, &parameter));
    SHAPES.iter().map(one).collect()
}

fn insert_statement(rows: usize, parameter: impl Fn(usize) -> String) -> String {
    let row = |row: usize| {
        let parameters: Vec<String> = (1..=COLUMNS)
            .map(|column| parameter(row.saturating_mul(COLUMNS).saturating_add(column)))
            .collect();
        format!("({})", parameters.join(","))
    };
    let rows: Vec<String> = (0..rows).map(row).collect();
    format!(
        "INSERT INTO captures (id, appliance, journal, seq, boot, site, port, link, driver, received_at, clock, \
         stored_at, digest, counters, bytes) VALUES {} ON CONFLICT (appliance, journal, seq) DO NOTHING",
        rows.join(",")
    )
}

async fn insert_all(
    tx: &mut Tx,
    all: &[&Arrival],
    now: i64,
    applied: &mut Applied,
    aside: &mut Vec<Aside>,
    journals: &mut BTreeMap<JournalKey, Journal>,
) -> Result<()> {
    let statements = match tx.dialect() {
        Dialect::Sqlite => &COUNTED,
        Dialect::Postgres => &NUMBERED,
    };
    let mut rest = all;
    for (rows, statement) in SHAPES.iter().zip(statements.iter()) {
        while let Some((chunk, others)) = rest.split_at_checked(*rows) {
            if chunk.is_empty() {
                break;
            }
            let stored = insert(tx, statement, chunk, now).await?;
            let missing = (chunk.len() as u64).saturating_sub(stored);
            applied.stored = applied.stored.saturating_add(stored);
            applied.duplicates = applied.duplicates.saturating_add(missing);
            if missing > 0 {
                compare(tx, chunk, aside, journals).await?;
            }
            rest = others;
        }
    }
    Ok(())
}

async fn insert(tx: &mut Tx, statement: &Arc<str>, chunk: &[&Arrival], now: i64) -> Result<u64> {
    // Safe to assert: the text is made of constants and parameter numbers.
    let mut query = sqlx::query(AssertSqlSafe(Arc::clone(statement)));
    for arrival in chunk {
        let capture = &arrival.capture;
        query = query
            .bind(crate::clock::fresh_uuid().to_string())
            .bind(arrival.appliance.as_str())
            .bind(capture.journal.to_string())
            .bind(signed(capture.seq)?)
            .bind(i64::from(capture.boot))
            .bind(arrival.site.as_str())
            .bind(capture.port.as_str())
            .bind(capture.link.as_str())
            .bind(capture.driver.as_str())
            .bind(capture.received_at.0)
            .bind(clock_word(capture.clock))
            .bind(now)
            .bind(capture.digest.as_slice())
            .bind(counters(arrival))
            .bind(capture.bytes.as_slice());
    }
    Ok(query.execute(&mut **tx).await?.rows_affected())
}

/// Looks at what was stored before under the numbers of this chunk: the same message is a repetition, another one is
/// set aside.
async fn compare(
    tx: &mut Tx,
    chunk: &[&Arrival],
    aside: &mut Vec<Aside>,
    journals: &mut BTreeMap<JournalKey, Journal>,
) -> Result<()> {
    for arrival in chunk {
        let journal = arrival.capture.journal.to_string();
        let row = sqlx::query(
            "SELECT digest FROM captures WHERE appliance = $1 AND journal = $2 AND seq = $3",
        )
        .bind(arrival.appliance.as_str())
        .bind(journal.as_str())
        .bind(signed(arrival.capture.seq)?)
        .fetch_optional(&mut **tx)
        .await?;
        let digest: Option<Vec<u8>> = row.map(|row| row.try_get(0)).transpose()?;
        if digest.is_some_and(|digest| digest != arrival.capture.digest) {
            aside.push(arrival.aside(CONTRADICTION));
        }
        let key = (arrival.appliance.to_string(), journal);
        if let Some(journal) = journals.get_mut(&key)
            && journal.mark.contains(arrival.capture.seq)
        {
            journal.duplicates = journal.duplicates.saturating_add(1);
        }
    }
    Ok(())
}

/// Arrivals of this batch that repeat another one of it.
fn repeated(arrivals: &[Arrival], sorted: &Sorted<'_>) -> u64 {
    let again = |arrival: &&Arrival| {
        let key = (
            arrival.appliance.to_string(),
            arrival.capture.journal.to_string(),
            arrival.capture.seq,
        );
        sorted.get(&key).is_some_and(|kept| {
            !std::ptr::eq(*kept, *arrival) && kept.capture.digest == arrival.capture.digest
        })
    };
    arrivals.iter().filter(again).count() as u64
}

fn progress(journals: &BTreeMap<JournalKey, Journal>, sites: &Sites) -> Vec<Progress> {
    let one = |(key, journal): (&JournalKey, &Journal)| {
        Some(Progress {
            site: sites.0.get(&key.0).cloned().flatten()?,
            appliance: key.0.clone(),
            journal: JournalId::from_hex(&key.1)?,
            upto: journal.mark.upto(),
            missing: journal.mark.missing(RANGES),
        })
    };
    journals.iter().filter_map(one).collect()
}

impl Missing {
    fn key(&self) -> JournalKey {
        (self.appliance.to_string(), self.absence.journal.to_string())
    }
}

impl Arrival {
    /// The payload as it is set aside.
    pub fn aside(&self, reason: &str) -> Aside {
        Aside {
            topic: self.topic.clone(),
            appliance: Some(self.appliance.to_string()),
            reason: reason.to_owned(),
            payload: self.payload.to_vec(),
            number: None,
            newest_only: false,
        }
    }

    /// The payload as it is set aside for good: the hub does not wait for its number any more.
    pub fn refused(&self, reason: &str) -> Aside {
        let number = Number {
            site: self.site.clone(),
            appliance: self.appliance.clone(),
            journal: self.capture.journal,
            seq: self.capture.seq,
            certain: true,
        };
        Aside {
            number: Some(number),
            ..self.aside(reason)
        }
    }
}

fn counters(arrival: &Arrival) -> String {
    if arrival.capture.stats.0.is_empty() {
        return "{}".to_owned();
    }
    let map: serde_json::Map<String, serde_json::Value> = arrival
        .capture
        .stats
        .0
        .iter()
        .map(|(name, count)| (name.clone(), (*count).into()))
        .collect();
    serde_json::Value::Object(map).to_string()
}

fn clock_word(quality: ClockQuality) -> &'static str {
    match quality {
        ClockQuality::Unsynchronised => "unsynchronised",
        ClockQuality::Rtc => "rtc",
        ClockQuality::Ntp => "ntp",
    }
}
