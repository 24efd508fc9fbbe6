//! The local socket by which `status` and `journal` ask the running appliance: one JSON line each way.

use crate::{
    health::{Health, Status},
    journal::{Journal, Shelf},
};
use lisiere_wire::Capture;
use serde::{Deserialize, Serialize};
use std::{
    fs, io,
    os::unix::fs::PermissionsExt,
    path::{Path, PathBuf},
    time::Duration,
};
use thiserror::Error;
use tokio::{
    io::{AsyncBufReadExt, AsyncReadExt, AsyncWriteExt, BufReader},
    net::{UnixListener, UnixStream},
    time,
};

/// The longest question.
const QUESTION: u64 = 1024;
/// How long either side may take.
const PATIENCE: Duration = Duration::from_secs(10);
/// The most captures listed in one answer.
pub const LIST_AT_MOST: usize = 500;

/// What can be asked.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Question {
    /// How is everything?
    Status,
    /// Which captures follow this number (the first is 0)?
    List {
        /// List those after it.
        after: u64,
        /// How many at most.
        count: usize,
    },
    /// What is in this capture?
    Show {
        /// Its number.
        seq: u64,
    },
}

/// What is answered.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Answer {
    /// How everything is.
    Status(Box<Status>),
    /// Captures without their bytes.
    List(Vec<Line>),
    /// One capture, if it is there.
    Show(Option<Box<Capture>>),
    /// Why there is no answer.
    Refused(String),
}

/// One capture in a list.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Line {
    /// Its number.
    pub seq: u64,
    /// When it was received.
    pub received_at: lisiere_model::UtcMicros,
    /// The port it came in by.
    pub port: String,
    /// The driver set for the port.
    pub driver: String,
    /// How many bytes it has.
    pub bytes: usize,
    /// Whether the hub has it.
    pub confirmed: bool,
}

/// Why an appliance could not be asked.
#[derive(Debug, Error)]
pub enum AskError {
    /// Nothing runs on this data folder.
    #[error("no appliance is running on {0}")]
    NotRunning(PathBuf),
    /// Something runs, but does not answer sensibly.
    #[error("asking the appliance: {0}")]
    Failed(String),
}

fn socket(data: &Path) -> PathBuf {
    data.join("control.sock")
}

/// Answers questions until dropped.
pub async fn serve(data: PathBuf, journal: Journal, health: Health) -> io::Result<()> {
    let path = socket(&data);
    if path.exists() {
        // Left by a process that was killed; the journal's lock says that no other runs.
        fs::remove_file(&path)?;
    }
    let listener = UnixListener::bind(&path)?;
    // The journal holds patients' results: its owner only.
    fs::set_permissions(&path, fs::Permissions::from_mode(0o600))?;
    loop {
        let (stream, _) = listener.accept().await?;
        let (journal, health) = (journal.clone(), health.clone());
        tokio::spawn(async move {
            // Whoever asked and went away needs no answer.
            let _ = time::timeout(PATIENCE, converse(stream, &journal, &health)).await;
        });
    }
}

async fn converse(stream: UnixStream, journal: &Journal, health: &Health) -> io::Result<()> {
    let (reading, mut writing) = stream.into_split();
    let mut line = String::new();
    BufReader::new(reading.take(QUESTION))
        .read_line(&mut line)
        .await?;
    let answer = match serde_json::from_str::<Question>(&line) {
        Ok(Question::Status) => Answer::Status(Box::new(health.status(journal))),
        Ok(question) => match pages(&question) {
            Some((from, to, count)) => match journal.read(from, to, count, usize::MAX / 2).await {
                Ok(read) => answer(&question, read, journal.pulse().confirmed),
                Err(error) => Answer::Refused(error.to_string()),
            },
            None => Answer::Refused("nothing asked".to_owned()),
        },
        Err(error) => Answer::Refused(error.to_string()),
    };
    let mut json = serde_json::to_vec(&answer)?;
    json.push(b'\n');
    writing.write_all(&json).await?;
    writing.shutdown().await
}

/// What to read from the journal for a question.
fn pages(question: &Question) -> Option<(u64, u64, usize)> {
    match question {
        Question::Status => None,
        Question::List { after, count } => Some((
            after.saturating_add(1),
            u64::MAX,
            (*count).min(LIST_AT_MOST),
        )),
        Question::Show { seq } => Some((*seq, *seq, 1)),
    }
}

fn answer(question: &Question, read: Vec<(u64, Vec<u8>)>, confirmed: u64) -> Answer {
    let mut captures = Vec::new();
    for (seq, envelope) in read {
        match lisiere_wire::decode::<Capture>(&envelope) {
            Ok(capture) => captures.push(capture),
            Err(error) => return Answer::Refused(format!("message {seq}: {error}")),
        }
    }
    match question {
        Question::Show { .. } => Answer::Show(captures.pop().map(Box::new)),
        _ => Answer::List(
            captures
                .iter()
                .map(|capture| line(capture, confirmed))
                .collect(),
        ),
    }
}

fn line(capture: &Capture, confirmed: u64) -> Line {
    Line {
        seq: capture.seq,
        received_at: capture.received_at,
        port: capture.port.clone(),
        driver: capture.driver.clone(),
        bytes: capture.bytes.len(),
        confirmed: capture.seq <= confirmed,
    }
}

/// Asks the running appliance, or, for the journal's contents, the file itself when none runs.
pub async fn ask(data: &Path, question: &Question) -> Result<Answer, AskError> {
    match time::timeout(PATIENCE, ask_running(data, question)).await {
        Ok(Err(AskError::NotRunning(data))) => match pages(question) {
            Some((from, to, count)) => {
                let shelf = Shelf::open(&data).map_err(AskError::Failed)?;
                let read = shelf.read(from, to, count).map_err(AskError::Failed)?;
                Ok(answer(question, read, shelf.confirmed()))
            }
            None => Err(AskError::NotRunning(data)),
        },
        Ok(answer) => answer,
        Err(_) => Err(AskError::Failed("it does not answer".to_owned())),
    }
}

async fn ask_running(data: &Path, question: &Question) -> Result<Answer, AskError> {
    let failed = |error: io::Error| AskError::Failed(error.to_string());
    let mut stream =
        UnixStream::connect(socket(data))
            .await
            .map_err(|error| match error.kind() {
                io::ErrorKind::NotFound | io::ErrorKind::ConnectionRefused => {
                    AskError::NotRunning(data.to_owned())
                }
                _ => failed(error),
            })?;
    let mut json =
        serde_json::to_vec(question).map_err(|error| AskError::Failed(error.to_string()))?;
    json.push(b'\n');
    stream.write_all(&json).await.map_err(failed)?;
    let mut answer = Vec::new();
    stream.read_to_end(&mut answer).await.map_err(failed)?;
    serde_json::from_slice(&answer).map_err(|error| AskError::Failed(error.to_string()))
}
