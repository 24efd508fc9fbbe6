//! Measures durable ingest beside its baselines, all in one run: what `lisiere-hub bench ingest` prints.

use std::fs::File;
use std::io::Write;
use std::path::{Path, PathBuf};

use anyhow::Context;
use bytes::Bytes;
use lisiere_model::{ClockQuality, UtcMicros};
use lisiere_wire::{Capture, JournalId, Label, LinkStats, Topic, UpChannel, encode};
use serde_json::json;

use crate::clock::{Clock, Stopwatch, fresh_uuid};
use crate::pki::Issued;
use crate::store::ingest::{Arrival, apply};
use crate::store::{Store, appliance};

/// Single-row transactions are slow: this many are enough to know how slow.
const SINGLES: usize = 1000;

/// Writes `messages` captures of `size` bytes in batches of `batch`, then the same bytes raw with `fdatasync` for each
/// batch, then single rows; returns the rates as JSON.
pub async fn run(
    database: &str,
    messages: usize,
    size: usize,
    batch: usize,
) -> anyhow::Result<serde_json::Value> {
    let clock = Clock::system();
    let store = Store::open(database, clock.now_micros()).await?;
    let name = format!("bench-{}", fresh_uuid().simple());
    prepare(&store, &name, &clock).await?;
    let batch = batch.max(1);

    let arrivals = arrivals(&name, messages, size)?;
    let watch = Stopwatch::start();
    let mut stored: u64 = 0;
    for part in arrivals.chunks(batch) {
        stored = stored.saturating_add(apply(&store, part, &[], clock.now_micros()).await?.stored);
    }
    let ours = rate(messages, watch);
    anyhow::ensure!(
        stored == messages as u64,
        "{stored} of {messages} messages were stored"
    );

    let raw = raw(&folder_of(database), &arrivals, batch)?;
    drop(arrivals);

    let singles = self::arrivals(&name, SINGLES.min(messages), size)?;
    let watch = Stopwatch::start();
    for one in singles.chunks(1) {
        apply(&store, one, &[], clock.now_micros()).await?;
    }
    let single = rate(singles.len(), watch);
    let dialect = store.dialect().name();
    store.close().await;
    Ok(json!({
        "database": dialect, "messages": messages, "bytes": size, "batch": batch,
        "ingest_per_second": ours.round(), "fdatasync_per_second": raw.round(), "single_row_per_second": single.round(),
        "ingest_to_fdatasync": (ours / raw * 1000.0).round() / 1000.0,
        "ingest_to_single_row": (ours / single * 10.0).round() / 10.0,
    }))
}

async fn prepare(store: &Store, name: &str, clock: &Clock) -> anyhow::Result<()> {
    let now = clock.now_micros();
    let mut tx = store.begin().await?;
    appliance::invited(&mut tx, name, "bench", "bench", now).await?;
    let issued = Issued {
        pem: String::new(),
        serial: name.to_owned(),
        not_after: now,
    };
    appliance::enrolled(&mut tx, name, "bench", &issued, now).await?;
    Ok(tx.commit().await?)
}

fn arrivals(name: &str, messages: usize, size: usize) -> anyhow::Result<Vec<Arrival>> {
    let (site, appliance): (Label, Label) = ("bench".parse()?, name.parse()?);
    let topic = Topic::up(site.clone(), appliance.clone(), UpChannel::Message).to_string();
    let journal = JournalId(*fresh_uuid().as_bytes());
    (1..=messages as u64)
        .map(|seq| {
            let mut digest = [0; 32];
            digest
                .iter_mut()
                .zip(seq.to_be_bytes())
                .for_each(|(place, byte)| *place = byte);
            let capture = Capture {
                journal,
                seq,
                boot: 1,
                port: "bench".to_owned(),
                link: "lis1a".to_owned(),
                driver: String::new(),
                received_at: UtcMicros(1_700_000_000_000_000),
                clock: ClockQuality::Ntp,
                digest,
                bytes: (b' '..=b'z').cycle().take(size).collect(),
                stats: LinkStats::default(),
            };
            let payload = Bytes::from(encode(&capture)?);
            Ok(Arrival {
                topic: topic.clone(),
                site: site.clone(),
                appliance: appliance.clone(),
                capture,
                payload,
            })
        })
        .collect()
}

/// The same bytes, appended to a file with one `fdatasync` for each batch: what the disk alone can do.
fn raw(folder: &Path, arrivals: &[Arrival], batch: usize) -> anyhow::Result<f64> {
    let path = folder.join(format!("bench-{}.raw", fresh_uuid().simple()));
    let mut file = File::create(&path).with_context(|| format!("writing {}", path.display()))?;
    let watch = Stopwatch::start();
    for part in arrivals.chunks(batch) {
        for arrival in part {
            file.write_all(&arrival.capture.bytes)?;
        }
        file.sync_data()?;
    }
    let rate = rate(arrivals.len(), watch);
    std::fs::remove_file(&path)?;
    Ok(rate)
}

fn folder_of(database: &str) -> PathBuf {
    let file = database
        .strip_prefix("sqlite:")
        .map(|file| file.trim_start_matches("//"));
    file.and_then(|file| Path::new(file).parent().map(Path::to_owned))
        .unwrap_or_else(std::env::temp_dir)
}

#[expect(
    clippy::cast_precision_loss,
    reason = "a rate is shown with a few digits"
)]
fn rate(messages: usize, watch: Stopwatch) -> f64 {
    messages as f64 / watch.elapsed().as_secs_f64().max(f64::EPSILON)
}
