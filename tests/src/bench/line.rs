//! How much of a serial line's speed messages use: the real appliance, with its journal, on a line kept to the
//! microsecond, beside a bare loop that answers and keeps nothing.

use std::fmt::Write as _;
use std::{
    fs::OpenOptions,
    io::{Read as _, Write as _},
    path::Path,
    time::Duration,
};

use anyhow::{Context, Result, ensure};

use super::Figure;
use crate::{
    appliance::{Appliance, Port, Setup, Wiring},
    clock, wait,
    wire::{Wire, line_time},
    wire_tap::{ACK, ENQ, EOT, frame},
    workspace,
};

/// Speed, characters of text in a frame, what is asked of the product in per cent of the bound.
const CASES: [(u32, usize, u32); 9] = [
    (9600, 240, 99),
    (9600, 64, 99),
    (19_200, 240, 99),
    (19_200, 64, 99),
    (38_400, 240, 99),
    (38_400, 64, 99),
    (115_200, 240, 99),
    (115_200, 64, 99),
    (1_000_000, 240, 95),
];
/// Messages of each case, each in a session of its own.
const MESSAGES: usize = 3;
/// Line time of one message, about.
const LENGTH: Duration = Duration::from_millis(900);
const UP: Duration = Duration::from_secs(30);

pub(super) fn measure() -> Result<Vec<Figure>> {
    let folder = tempfile::tempdir_in(workspace::target()?).context("making a folder")?;
    let mut figures = Vec::new();
    for (baud, width, goal) in CASES {
        let messages: Vec<Vec<Vec<u8>>> = (0..MESSAGES)
            .map(|number| frames(&text(number, baud), width))
            .collect();
        let bound: Duration = messages.iter().map(|frames| bound(frames, baud)).sum();
        let bare = bare(folder.path(), baud, &messages)?;
        let whole = whole(folder.path(), baud, &messages)?;
        let share = |time: Duration| 100.0 * bound.as_secs_f64() / time.as_secs_f64();
        let middle = |times: &[Duration]| {
            let mut times = times.to_vec();
            times.sort();
            times.get(times.len() / 2).map_or(0, Duration::as_micros)
        };
        let figure = Figure::new(
            format!("line use at {baud} Bd, {width} characters a frame (aim {goal} %)"),
            format!("{:.2} %", share(whole.time)),
            format!(
                "bare loop {:.2} %, ratio {:.4}; by the middle frame {:.2} %, bare {:.2} %; late by {} µs, last frame {} µs (bare {} µs)",
                share(bare.time),
                bare.time.as_secs_f64() / whole.time.as_secs_f64(),
                share(whole.typical(bound)),
                share(bare.typical(bound)),
                middle(&whole.late),
                middle(&whole.last),
                middle(&bare.late),
            ),
        );
        // A later case may fail.
        println!("{} {}   {}", figure.what, figure.value, figure.baseline);
        figures.push(figure);
    }
    Ok(figures)
}

/// A message of maker's records that takes about as long as [`LENGTH`], and is like no other.
fn text(number: usize, baud: u32) -> Vec<u8> {
    let bytes = (LENGTH.as_secs_f64() * f64::from(baud) / 10.0).min(60_000.0);
    let mut text = format!("H|\\^&|||banc^1|||||host||P|1|{number:06}\rP|1\rO|1|B{number:05}\r");
    let mut row = 0;
    while f64::from(u32::try_from(text.len()).unwrap_or(u32::MAX)) < bytes {
        row += 1;
        let value = (row * 7 % 90, row % 10);
        // A text takes everything.
        let _ = write!(
            text,
            "R|{row}|^^^{row:03}|{}.{}|mmol/l||N||F\r",
            value.0, value.1
        );
    }
    text.push_str("L|1|N\r");
    text.into_bytes()
}

fn frames(text: &[u8], width: usize) -> Vec<Vec<u8>> {
    let pieces: Vec<&[u8]> = text.chunks(width).collect();
    let last = pieces.len();
    let numbered = (1..).zip(pieces);
    numbered
        .map(|(number, piece)| frame(number, piece, number == last))
        .collect()
}

/// What the wire itself takes: every byte of both sides, one after the other.
fn bound(frames: &[Vec<u8>], baud: u32) -> Duration {
    let sent: usize = frames.iter().map(|frame| frame.len() + 1).sum();
    // ENQ, its ACK, EOT.
    line_time(sent + 3, baud)
}

/// What the line took.
#[derive(Debug, Default)]
struct Taken {
    /// All sessions.
    time: Duration,
    /// Of each frame that is not the last of its message: how much longer than the wire needs.
    late: Vec<Duration>,
    /// The same of the last frames, whose answer waits for the commit.
    last: Vec<Duration>,
}

impl Taken {
    /// The time if every frame had been as late as the one in the middle: what a machine without other work would take.
    fn typical(&self, bound: Duration) -> Duration {
        let middle = |times: &[Duration]| {
            let mut times = times.to_vec();
            times.sort();
            let one = times.get(times.len() / 2).copied().unwrap_or_default();
            one * u32::try_from(times.len()).unwrap_or(u32::MAX)
        };
        bound + middle(&self.late) + middle(&self.last)
    }
}

/// Sends every message in a session of its own.
fn sessions(wire: &mut Wire, messages: &[Vec<Vec<u8>>]) -> Result<Taken> {
    let mut taken = Taken::default();
    for frames in messages {
        let start = clock::moment();
        wire.send(&[ENQ])?;
        ensure!(wire.hear()? == ACK, "the enquiry was refused");
        for (number, frame) in (1..).zip(frames) {
            let begun = clock::moment();
            wire.send(frame)?;
            ensure!(wire.hear()? == ACK, "a frame was refused");
            let time = clock::moment().saturating_duration_since(begun);
            let late = time.saturating_sub(wire.time(frame.len() + 1));
            if number == frames.len() {
                taken.last.push(late);
            } else {
                taken.late.push(late);
            }
        }
        wire.send(&[EOT])?;
        taken.time += clock::moment().saturating_duration_since(start);
    }
    Ok(taken)
}

/// A loop that answers at once and keeps nothing.
fn bare(folder: &Path, baud: u32, messages: &[Vec<Vec<u8>>]) -> Result<Taken> {
    let device = folder.join(format!("bare-{baud}"));
    let mut wire = Wire::create(&device, baud)?;
    let mut line = OpenOptions::new()
        .read(true)
        .write(true)
        .open(&device)
        .context("opening the line")?;
    let sessions_left = messages.len();
    let answering = std::thread::spawn(move || -> std::io::Result<()> {
        let mut left = sessions_left;
        let mut buffer = [0; 512];
        while left > 0 {
            let count = line.read(&mut buffer)?;
            let bytes = buffer.get(..count).unwrap_or_default();
            left -= bytes.split(|byte| *byte == EOT).count() - 1;
            if matches!(bytes.last(), Some(&ENQ | &b'\n')) {
                line.write_all(&[ACK])?;
            }
        }
        Ok(())
    });
    let taken = sessions(&mut wire, messages)?;
    answering
        .join()
        .map_err(|_| anyhow::anyhow!("the bare loop ended badly"))?
        .context("answering")?;
    Ok(taken)
}

/// The appliance as it ships to a laboratory, every message durable before its last frame is answered.
fn whole(folder: &Path, baud: u32, messages: &[Vec<Vec<u8>>]) -> Result<Taken> {
    let device = folder.join(format!("line-{baud}"));
    let mut wire = Wire::create(&device, baud)?;
    let setup = Setup {
        ports: vec![Port {
            name: "banc".to_owned(),
            driver: "banc".to_owned(),
            wiring: Wiring::Serial { device, baud },
        }],
        ..Setup::default()
    };
    let home = tempfile::tempdir_in(folder).context("making a folder")?;
    let mut appliance = Appliance::create(home.path(), "banc", &setup)?;
    appliance.start()?;
    opened(&appliance)?;
    let taken = sessions(&mut wire, messages).with_context(|| appliance.tail(20))?;
    let listed = appliance.command_output(&["journal", "list"])?;
    let kept = listed.stdout.lines().count();
    ensure!(
        kept == messages.len(),
        "{kept} of {} messages are in the journal: {}",
        messages.len(),
        listed.stderr
    );
    appliance.kill()?;
    Ok(taken)
}

fn opened(appliance: &Appliance) -> Result<()> {
    let runtime = tokio::runtime::Runtime::new().context("starting a runtime")?;
    let open = wait::until("the port to be open", UP, async || {
        let status = appliance.status().ok();
        let open = status
            .as_ref()
            .and_then(|status| status.pointer("/ports/0/open"))
            .and_then(serde_json::Value::as_bool);
        Ok((open == Some(true)).then_some(()))
    });
    runtime.block_on(open).with_context(|| appliance.tail(20))
}
