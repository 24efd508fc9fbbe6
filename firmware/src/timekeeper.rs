//! Whether the box's clock is kept by a time server, and how far it is from it: asked of chrony or systemd, now and then.
//!
//! The kernel's own flag (`adjtimex`) cannot be read without unsafe code; `timedatectl` reads it for us.

use crate::{clock::Clock, health::Health, stop::Stop};
use lisiere_model::UtcMicros;
use serde::{Deserialize, Serialize};
use std::{process::Stdio, time::Duration};
use tokio::{process::Command, time};

/// How often the time keeper is asked.
const PERIOD: Duration = Duration::from_mins(1);
/// How long it may take to answer.
const PATIENCE: Duration = Duration::from_secs(3);
/// A wall clock that moves this much against the ticks has been set, microseconds.
const JUMP: i64 = 2_000_000;

/// What keeps the clock, and how well.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Keeping {
    /// A time server vouches for the clock.
    pub synchronised: bool,
    /// Who keeps it (`chrony`, `systemd-timesyncd`, `kernel`); empty when nobody could be asked.
    pub keeper: String,
    /// How far the clock is ahead of the time server, microseconds; absent when the keeper does not say.
    pub ahead: Option<i64>,
}

/// The wall clock was set while the box ran.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Jump {
    /// When, by the new time.
    pub at: UtcMicros,
    /// By how much it went forward (or, if negative, back), microseconds.
    pub by: i64,
}

/// Compares the wall clock with the ticks, which never jump.
#[derive(Clone, Copy, Debug, Default)]
pub struct JumpWatch {
    last: Option<(u64, i64)>,
}

impl JumpWatch {
    /// Takes a reading of both: milliseconds of ticks, and the wall clock.
    pub fn look(&mut self, tick: u64, wall: UtcMicros) -> Option<Jump> {
        let before = self.last.replace((tick, wall.0));
        let (tick_before, wall_before) = before?;
        let passed = i64::try_from(tick.saturating_sub(tick_before)).unwrap_or(i64::MAX);
        let by = wall
            .0
            .saturating_sub(wall_before)
            .saturating_sub(passed.saturating_mul(1000));
        (by.unsigned_abs() >= JUMP.unsigned_abs()).then_some(Jump { at: wall, by })
    }
}

/// Asks until the appliance stops.
pub async fn run(clock: Clock, health: Health, mut stop: Stop) {
    loop {
        let keeping = ask().await;
        clock.vouch(keeping.synchronised);
        health.keeping(keeping);
        if stop.wanted_within(PERIOD).await {
            return;
        }
    }
}

async fn ask() -> Keeping {
    if let Some(keeping) = said("chronyc", &["-c", "-n", "tracking"])
        .await
        .and_then(|text| chrony(&text))
    {
        return keeping;
    }
    if let Some(keeping) = said("timedatectl", &["show-timesync", "--property=NTPMessage"])
        .await
        .and_then(|text| timesyncd(&text))
    {
        return keeping;
    }
    let flag = said(
        "timedatectl",
        &["show", "--property=NTPSynchronized", "--value"],
    )
    .await;
    flag.map(|text| kernel(&text)).unwrap_or_default()
}

/// What a program says; `None` when there is no such program, or it fails, or takes too long.
async fn said(program: &str, words: &[&str]) -> Option<String> {
    let asked = Command::new(program)
        .args(words)
        .env("LC_ALL", "C")
        .stdin(Stdio::null())
        .stderr(Stdio::null())
        .kill_on_drop(true)
        .output();
    let output = time::timeout(PATIENCE, asked).await.ok()?.ok()?;
    let text = String::from_utf8(output.stdout).ok()?;
    output.status.success().then_some(text)
}

/// `chronyc -c tracking`: reference, name, stratum, time, offset in seconds (positive: the clock is slow), …, leap status.
fn chrony(text: &str) -> Option<Keeping> {
    let fields: Vec<&str> = text.trim().split(',').collect();
    let behind: f64 = fields.get(4)?.parse().ok()?;
    let leap = fields.last()?;
    let synchronised = *leap != "Not synchronised";
    Some(Keeping {
        synchronised,
        keeper: "chrony".to_owned(),
        ahead: synchronised.then(|| micros(-behind)),
    })
}

#[expect(
    clippy::cast_possible_truncation,
    reason = "the cast saturates, and no clock is off by more"
)]
fn micros(seconds: f64) -> i64 {
    (seconds * 1e6).round() as i64
}

/// `NTPMessage={ Leap=0, …, OriginateTimestamp=…, ReceiveTimestamp=…, TransmitTimestamp=…, DestinationTimestamp=…, … }`
fn timesyncd(text: &str) -> Option<Keeping> {
    let inside = text
        .trim()
        .strip_prefix("NTPMessage={")?
        .strip_suffix('}')?;
    let field = |name: &str| {
        inside
            .split(',')
            .filter_map(|pair| pair.trim().split_once('='))
            .find_map(|(key, value)| (key == name).then_some(value))
    };
    let moment = |name| field(name).and_then(timestamp);
    // RFC 5905 §8: θ = ((T2 − T1) + (T3 − T4)) / 2 is how far the server is ahead of us.
    let (sent, received) = (moment("OriginateTimestamp")?, moment("ReceiveTimestamp")?);
    let (answered, back) = (
        moment("TransmitTimestamp")?,
        moment("DestinationTimestamp")?,
    );
    let server_ahead = (received - sent).saturating_add(answered - back) / 2;
    Some(Keeping {
        synchronised: field("Leap") != Some("3") && field("Ignored") != Some("yes"),
        keeper: "systemd-timesyncd".to_owned(),
        ahead: Some(-server_ahead),
    })
}

/// `Mon 2026-11-23 09:00:00.123456 UTC`.
fn timestamp(text: &str) -> Option<i64> {
    let mut words = text.split_whitespace();
    let (_, date, time) = (words.next()?, words.next()?, words.next()?);
    // All four are written in the same zone and only their differences count, so any zone will do.
    let moment: jiff::civil::DateTime = format!("{date}T{time}").parse().ok()?;
    let zoned = moment.to_zoned(jiff::tz::TimeZone::UTC).ok()?;
    Some(zoned.timestamp().as_microsecond())
}

fn kernel(text: &str) -> Keeping {
    Keeping {
        synchronised: text.trim() == "yes",
        keeper: "kernel".to_owned(),
        ahead: None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn chrony_says_how_slow_the_clock_is() {
        let said = "C0A80A01,192.168.10.1,3,1795424400.123456,0.000123456,-0.000011,0.000046,-3.5,0.001,0.02,0.0012,0.0009,64.5,Normal\n";
        let keeping = chrony(said).unwrap();
        assert!(keeping.synchronised);
        assert_eq!(keeping.ahead, Some(-123));
        let lost = "7F7F0101,,0,0.0,0.000000000,0.0,0.0,0.0,0.0,0.0,1.0,1.0,0.0,Not synchronised\n";
        let keeping = chrony(lost).unwrap();
        assert_eq!((keeping.synchronised, keeping.ahead), (false, None));
        assert_eq!(chrony("506 Cannot talk to daemon"), None);
    }

    #[test]
    fn timesyncd_says_when_it_asked_and_was_answered() {
        let said = "NTPMessage={ Leap=0, Version=4, Mode=4, Stratum=2, Precision=-24, RootDelay=1ms, RootDispersion=2ms, \
                    Reference=C0A80A01, OriginateTimestamp=Mon 2026-11-23 09:00:00.000000 UTC, \
                    ReceiveTimestamp=Mon 2026-11-23 09:00:01.510000 UTC, TransmitTimestamp=Mon 2026-11-23 09:00:01.510000 UTC, \
                    DestinationTimestamp=Mon 2026-11-23 09:00:00.020000 UTC, Ignored=no, PacketCount=12, Jitter=1ms }\n";
        let keeping = timesyncd(said).unwrap();
        assert!(keeping.synchronised);
        assert_eq!(keeping.ahead, Some(-1_500_000), "the box is 1.5 s behind");
        assert_eq!(timesyncd("NTPMessage=\n"), None);
        assert_eq!(timesyncd("NTPMessage={ Leap=0 }"), None);
        assert!(kernel("yes\n").synchronised);
        assert!(!kernel("no\n").synchronised);
    }

    #[test]
    fn a_jump_is_seen_whichever_way_and_slow_drift_is_not() {
        let mut watch = JumpWatch::default();
        let second = 1_000_000;
        assert_eq!(watch.look(0, UtcMicros(0)), None);
        assert_eq!(
            watch.look(1000, UtcMicros(second + 400_000)),
            None,
            "slewing"
        );
        let hour = 3600 * second;
        let jump = watch.look(2000, UtcMicros(hour)).unwrap();
        assert_eq!(jump.by, hour - second - 400_000 - second);
        assert_eq!(watch.look(3000, UtcMicros(hour + second)), None);
        let back = watch.look(4000, UtcMicros(0)).unwrap();
        assert!(back.by < -3500 * second, "{back:?}");
    }
}
