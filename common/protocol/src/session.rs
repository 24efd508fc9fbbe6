//! Recorded sessions: what went over a line, as text that a person can read and a program can read back byte for byte.
//!
//! ```text
//! # lisiere-session 1
//! # port = c311
//! # link = lis1a
//! 2026-11-23T09:12:01.123456Z <-- <ENQ>
//! 2026-11-23T09:12:01.124010Z --> <ACK>
//! 2026-11-23T09:12:01.130500Z <-- <STX>1H|\^&|||c311<CR><ETX>5A<CR><LF>
//! 2026-11-23T09:12:01.131000Z !!! errors 2
//! ```
//!
//! The first line names the form and its version. Lines that begin with `# name = value` say what was recorded; other lines
//! with `#`, and empty ones, are for people. Every other line is a moment in UTC, a direction and what went over the line:
//! `<--` from the analyzer, `-->` to it. `!!! errors N` counts parity and framing errors and breaks that the port reported
//! just before; `!!! lost N` counts pieces that are missing here because the recorder was too slow.
//!
//! Printable ASCII stands for itself, except `<`. Everything else is written between `<` and `>`: control characters by
//! name (`<STX>`; form feed, whose name could be digits, as `<0C>`), other bytes by two hexadecimal digits (`<E9>`, and
//! `<3C>` for `<` itself). A line never ends with a
//! blank. How bytes are shared out between lines means nothing; their order does.

mod gather;
mod spell;
mod stamp;

pub use gather::{Gather, Piece};
pub use spell::{SpellError, spell, unspell};
pub use stamp::{moment, parse_moment};

use crate::engine::{KeptMessage, Output, Tick, Verdict};
use crate::link::{LinkKind, LinkSettings, Role};
use core::fmt::{self, Write as _};

/// First line of every session file.
const FIRST: &str = "# lisiere-session 1";

/// Which way bytes went.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Direction {
    /// From the analyzer.
    Received,
    /// To the analyzer.
    Sent,
}

impl Direction {
    /// As it is written between moment and bytes.
    pub const fn arrow(self) -> &'static str {
        match self {
            Self::Received => "<--",
            Self::Sent => "-->",
        }
    }
}

/// One thing that happened on the line.
#[derive(Clone, PartialEq, Eq)]
pub enum Event {
    /// Bytes went over it.
    Bytes {
        /// Which way.
        direction: Direction,
        /// The bytes.
        bytes: Vec<u8>,
    },
    /// The port reported so many parity and framing errors and breaks.
    Errors(u64),
    /// So many pieces were not recorded.
    Lost(u64),
}

impl fmt::Debug for Event {
    /// The bytes may hold a patient and are only measured.
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Bytes { direction, bytes } => {
                write!(formatter, "{direction:?}({} bytes)", bytes.len())
            }
            Self::Errors(count) => write!(formatter, "Errors({count})"),
            Self::Lost(count) => write!(formatter, "Lost({count})"),
        }
    }
}

/// A recorded session.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Session {
    /// What was recorded: `port`, `link`, `driver`, `line`… by name.
    pub facts: Vec<(String, String)>,
    /// What happened, each with its moment in microseconds since 1970.
    pub events: Vec<(i64, Event)>,
}

/// Why a text is not a session.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum SessionError {
    /// The first line is another.
    #[error(
        "line 1: a session file begins with `{FIRST}`; record it with `lisiere-appliance record`"
    )]
    Foreign,
    /// One line cannot be read.
    #[error("line {line}: {what}")]
    Line {
        /// Which, from 1.
        line: usize,
        /// What is wrong with it.
        what: String,
    },
}

/// Whether a file holds a session: enough of its beginning must be given.
pub fn is_session(text: &[u8]) -> bool {
    let text = text.strip_prefix(b"\xef\xbb\xbf").unwrap_or(text);
    text.starts_with(FIRST.as_bytes())
}

/// The head of a session file.
pub fn head(facts: &[(String, String)]) -> String {
    let mut text = format!("{FIRST}\n");
    for (name, value) in facts {
        // Writing to memory cannot fail.
        let _ = writeln!(text, "# {} = {}", fact_name(name), fact_value(value));
    }
    text
}

/// A fact's value stands in one line.
fn fact_value(value: &str) -> String {
    value.replace(['\r', '\n'], " ").trim().to_owned()
}

/// A fact's name ends where its value begins.
fn fact_name(name: &str) -> String {
    fact_value(&name.replace('=', " "))
}

/// One line of a session file, with its line end.
pub fn line(at: i64, event: &Event) -> String {
    let at = moment(at);
    match event {
        Event::Bytes { direction, bytes } => {
            format!("{at} {} {}\n", direction.arrow(), spell(bytes))
        }
        Event::Errors(count) => format!("{at} !!! errors {count}\n"),
        Event::Lost(count) => format!("{at} !!! lost {count}\n"),
    }
}

impl Session {
    /// Reads a session file.
    pub fn read(text: &[u8]) -> Result<Self, SessionError> {
        if !is_session(text) {
            return Err(SessionError::Foreign);
        }
        let text = String::from_utf8_lossy(text);
        let mut session = Self::default();
        for (index, line) in text.lines().enumerate().skip(1) {
            let wrong = |what: String| SessionError::Line {
                line: index + 1,
                what,
            };
            let line = line.trim();
            if let Some(comment) = line.strip_prefix('#') {
                if let Some((name, value)) = comment.split_once(" = ") {
                    session.facts.push((fact_name(name), fact_value(value)));
                }
            } else if !line.is_empty() {
                session.events.push(read_line(line).map_err(wrong)?);
            }
        }
        Ok(session)
    }

    /// Writes it as a file.
    pub fn write(&self) -> String {
        let events = self.events.iter().map(|(at, event)| line(*at, event));
        core::iter::once(head(&self.facts)).chain(events).collect()
    }

    /// What was recorded, by name.
    pub fn fact(&self, name: &str) -> Option<&str> {
        let found = self.facts.iter().find(|(known, _)| known == name);
        found.map(|(_, value)| value.as_str())
    }

    /// The link that was recorded, if it is named.
    pub fn link(&self) -> Option<LinkKind> {
        self.fact("link").and_then(|word| word.parse().ok())
    }

    /// All bytes of one direction, one after the other.
    pub fn bytes(&self, wanted: Direction) -> Vec<u8> {
        let mut all = Vec::new();
        for (_, event) in &self.events {
            if let Event::Bytes { direction, bytes } = event
                && *direction == wanted
            {
                all.extend_from_slice(bytes);
            }
        }
        all
    }

    /// The messages that a box with these settings would have kept, had it heard what the analyzer sent at the same times.
    /// What the box of then answered is not looked at.
    pub fn messages(&self, settings: &LinkSettings) -> Vec<KeptMessage> {
        let mut link = settings.open(Role::Computer, None);
        let mut kept = Vec::new();
        let start = self.events.first().map_or(0, |(at, _)| *at);
        let mut now = Tick(0);
        let mut drain = |link: &mut dyn crate::Link, now: Tick| {
            while let Some(output) = link.next() {
                if let Output::Keep { token, message } = output {
                    kept.push(message);
                    link.confirm(now, token, Verdict::Stored);
                }
            }
        };
        for (at, event) in &self.events {
            // A clock that was set back in the middle does not turn time round here.
            let due = Tick(u64::try_from(at.saturating_sub(start) / 1000).unwrap_or(0)).max(now);
            pass(&mut *link, &mut now, due, &mut drain);
            match event {
                Event::Bytes {
                    direction: Direction::Received,
                    bytes,
                } => link.receive(now, bytes),
                Event::Errors(count) if *count > 0 => link.line_error(),
                _ => {}
            }
            drain(&mut *link, now);
        }
        let end = now.after(AFTERWARDS);
        pass(&mut *link, &mut now, end, &mut drain);
        kept
    }
}

/// After this every link has ended what was under way.
const AFTERWARDS: core::time::Duration = core::time::Duration::from_mins(2);
/// A deadline that does not move is not waited for twice.
const STEPS: usize = 64;

/// Lets time pass, deadline by deadline.
fn pass(
    link: &mut dyn crate::Link,
    now: &mut Tick,
    until: Tick,
    drain: &mut impl FnMut(&mut dyn crate::Link, Tick),
) {
    for _ in 0..STEPS {
        let Some(deadline) = link.deadline().filter(|deadline| *deadline <= until) else {
            break;
        };
        *now = deadline.max(*now);
        link.elapse(*now);
        drain(link, *now);
    }
    *now = until;
    link.elapse(*now);
    drain(link, *now);
}

fn read_line(line: &str) -> Result<(i64, Event), String> {
    let form = || "a line is a moment, `<--`, `-->` or `!!!`, and what happened".to_owned();
    let (at, rest) = line.split_once(' ').ok_or_else(form)?;
    let at = parse_moment(at).ok_or_else(|| {
        format!("`{at}` is not a moment: write it as 2026-11-23T09:12:01.123456Z")
    })?;
    let rest = rest.trim_start();
    let (sign, rest) = rest.split_once(' ').unwrap_or((rest, ""));
    let bytes = |direction| {
        unspell(rest.trim())
            .map(|bytes| Event::Bytes { direction, bytes })
            .map_err(|error| error.to_string())
    };
    let event = match sign {
        "<--" => bytes(Direction::Received)?,
        "-->" => bytes(Direction::Sent)?,
        "!!!" => {
            let (word, count) = rest.trim().split_once(' ').ok_or_else(form)?;
            let count = count.trim().parse().map_err(|_| form())?;
            match word {
                "errors" => Event::Errors(count),
                "lost" => Event::Lost(count),
                _ => return Err(format!("`{word}` is neither `errors` nor `lost`")),
            }
        }
        _ => return Err(form()),
    };
    Ok((at, event))
}
