//! The local socket by which `status` and `journal` ask the running appliance: one JSON line each way.

mod live;

pub use live::{Live, Seen, follow};

use crate::{
    board::Board,
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
    net::{UnixListener, UnixStream, unix::OwnedWriteHalf},
    time,
};

/// The longest question.
const QUESTION: u64 = 1024;
/// How long either side may take.
const PATIENCE: Duration = Duration::from_secs(10);
/// Bytes of captures looked at together, unless one alone is larger.
const PAGE: usize = 256 << 10;
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
    /// What goes over this port's line from now on? Answered by many [`Seen`].
    Watch {
        /// The port.
        port: String,
    },
    /// What stands at this port? Answered by many [`crate::board::Told`].
    Recognise {
        /// The port.
        port: String,
        /// How long to look at most.
        seconds: u64,
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
pub async fn serve(
    data: PathBuf,
    journal: Journal,
    health: Health,
    board: Board,
) -> io::Result<()> {
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
        let (journal, health, board) = (journal.clone(), health.clone(), board.clone());
        tokio::spawn(async move {
            // Whoever asked and went away needs no answer.
            let _ = converse(stream, &journal, &health, &board).await;
        });
    }
}

async fn converse(
    stream: UnixStream,
    journal: &Journal,
    health: &Health,
    board: &Board,
) -> io::Result<()> {
    let (mut reading, writing) = stream.into_split();
    let mut line = String::new();
    let asked = async {
        BufReader::new((&mut reading).take(QUESTION))
            .read_line(&mut line)
            .await
    };
    time::timeout(PATIENCE, asked).await??;
    match serde_json::from_str::<Question>(&line) {
        Ok(Question::Watch { port }) => {
            live::watch((reading, writing), &port, board, health, journal).await
        }
        Ok(Question::Recognise { port, seconds }) => {
            let patience = Duration::from_secs(seconds);
            live::recognise((reading, writing), &port, patience, board).await
        }
        question => time::timeout(PATIENCE, answer(writing, question, journal, health)).await?,
    }
}

async fn answer(
    mut writing: OwnedWriteHalf,
    question: Result<Question, serde_json::Error>,
    journal: &Journal,
    health: &Health,
) -> io::Result<()> {
    let answer = match question {
        Ok(Question::Status) => Answer::Status(Box::new(health.status(journal))),
        Ok(question) => {
            let confirmed = journal.pulse().confirmed;
            let mut pages = Pages::new(question, confirmed);
            while let Some(page) = pages.next() {
                match journal
                    .read(page.from, page.to, page.count, page.bytes)
                    .await
                {
                    Ok(read) => pages.take(read),
                    Err(error) => pages.refuse(error.to_string()),
                }
            }
            pages.answer()
        }
        Err(error) => Answer::Refused(error.to_string()),
    };
    let mut json = serde_json::to_vec(&answer)?;
    json.push(b'\n');
    writing.write_all(&json).await?;
    writing.shutdown().await
}

/// What to read from the journal next.
struct Page {
    from: u64,
    to: u64,
    count: usize,
    bytes: usize,
}

/// An answer put together page by page, so that a list never holds more bytes than it is about to look at.
struct Pages {
    question: Question,
    confirmed: u64,
    after: u64,
    wanted: usize,
    lines: Vec<Line>,
    shown: Option<Box<Capture>>,
    refused: Option<String>,
}

impl Pages {
    fn new(question: Question, confirmed: u64) -> Self {
        let (after, wanted) = match &question {
            Question::Status | Question::Watch { .. } | Question::Recognise { .. } => (0, 0),
            Question::List { after, count } => (*after, (*count).min(LIST_AT_MOST)),
            Question::Show { seq } => (seq.saturating_sub(1), 1),
        };
        Self {
            question,
            confirmed,
            after,
            wanted,
            lines: Vec::new(),
            shown: None,
            refused: None,
        }
    }

    fn next(&self) -> Option<Page> {
        let from = self.after.saturating_add(1);
        (self.wanted > 0 && self.refused.is_none()).then_some(Page {
            from,
            to: match self.question {
                Question::Show { seq } => seq,
                _ => u64::MAX,
            },
            count: self.wanted,
            bytes: PAGE,
        })
    }

    fn take(&mut self, read: Vec<(u64, Vec<u8>)>) {
        self.wanted = self.wanted.saturating_sub(read.len());
        if read.is_empty() {
            self.wanted = 0;
        }
        for (seq, envelope) in read {
            self.after = seq;
            match lisiere_wire::decode::<Capture>(&envelope) {
                Err(error) => return self.refuse(format!("message {seq}: {error}")),
                Ok(capture) if matches!(self.question, Question::Show { .. }) => {
                    self.shown = Some(Box::new(capture));
                }
                Ok(capture) => self.lines.push(line(&capture, self.confirmed)),
            }
        }
    }

    fn refuse(&mut self, reason: String) {
        self.refused = Some(reason);
    }

    fn answer(self) -> Answer {
        match (self.refused, self.question) {
            (Some(reason), _) => Answer::Refused(reason),
            (None, Question::Show { .. }) => Answer::Show(self.shown),
            (None, _) => Answer::List(self.lines),
        }
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
        Ok(Err(AskError::NotRunning(data))) => {
            if *question == Question::Status {
                return Err(AskError::NotRunning(data));
            }
            let shelf = Shelf::open(&data).map_err(AskError::Failed)?;
            let mut pages = Pages::new(question.clone(), shelf.confirmed());
            while let Some(page) = pages.next() {
                let read = shelf.read(page.from, page.to, page.count, page.bytes);
                pages.take(read.map_err(AskError::Failed)?);
            }
            Ok(pages.answer())
        }
        Ok(answer) => answer,
        Err(_) => Err(AskError::Failed("it does not answer".to_owned())),
    }
}

async fn ask_running(data: &Path, question: &Question) -> Result<Answer, AskError> {
    let mut stream = connect(data, question).await?;
    let mut answer = Vec::new();
    stream
        .read_to_end(&mut answer)
        .await
        .map_err(|error| AskError::Failed(error.to_string()))?;
    serde_json::from_slice(&answer).map_err(|error| AskError::Failed(error.to_string()))
}

/// Reaches the running appliance and asks; the answer is still to be read.
async fn connect(data: &Path, question: &Question) -> Result<UnixStream, AskError> {
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
    Ok(stream)
}
