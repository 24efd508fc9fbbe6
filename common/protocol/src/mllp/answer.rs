//! Acknowledgements: which ones a message asks for, and their text (HL7 v2.5.1 §2.9).

use super::dialect::AnswerPolicy;
use crate::hl7::Header;
use crate::hl7::escape::escape;
use crate::lis2a2::reader::lines;

/// A header field longer than this is no name or number, and is not echoed.
const ECHOED: usize = 250;
/// A reason longer than this is cut.
const REASON: usize = 200;

/// What became of a message.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Outcome<'a> {
    /// It is durable.
    Stored,
    /// It is not, and may be sent again.
    Refused {
        /// Why.
        reason: &'a str,
    },
}

/// Which acknowledgements a message asks for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Plan {
    commit: Wish,
    application: Wish,
}

/// When an acknowledgement is wanted (table 0155).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Wish {
    Never,
    Always,
    Success,
    Error,
}

impl Wish {
    /// Anything else than the four words is a maker's own use of the field (Mindray) and asks for nothing.
    fn read(raw: &[u8]) -> Option<Self> {
        match raw {
            b"AL" => Some(Self::Always),
            b"NE" => Some(Self::Never),
            b"SU" => Some(Self::Success),
            b"ER" => Some(Self::Error),
            _ => None,
        }
    }

    fn on_success(self) -> bool {
        matches!(self, Self::Always | Self::Success)
    }

    fn on_error(self) -> bool {
        matches!(self, Self::Always | Self::Error)
    }
}

impl Plan {
    /// For a message that is no answer itself.
    pub(super) fn of(header: &Header<'_>, policy: AnswerPolicy) -> Self {
        let asked = [15, 16].map(|field| Wish::read(header.field(field).raw()));
        let [commit, application] = match (policy, asked) {
            (AnswerPolicy::None, _) => [Wish::Never; 2],
            (AnswerPolicy::Original | AnswerPolicy::Law, _)
            | (AnswerPolicy::Auto, [None, None]) => [Wish::Never, Wish::Always],
            (AnswerPolicy::Enhanced, [None, None]) => [Wish::Always; 2],
            (AnswerPolicy::Auto | AnswerPolicy::Enhanced, asked) => {
                asked.map(|wish| wish.unwrap_or(Wish::Never))
            }
        };
        Self {
            commit,
            application,
        }
    }

    /// For a message that is an answer: nobody answers an answer, but its delivery may be confirmed (§2.9.3.2).
    pub(super) fn of_answer(header: &Header<'_>, policy: AnswerPolicy) -> Self {
        let commit = match policy {
            AnswerPolicy::Auto | AnswerPolicy::Enhanced => Wish::read(header.field(15).raw()),
            _ => None,
        };
        Self {
            commit: commit.unwrap_or(Wish::Never),
            application: Wish::Never,
        }
    }

    /// Whether the sender hears of a refusal. Whoever does not will not send the message again.
    pub(super) fn hears_refusals(self) -> bool {
        self.commit.on_error() || self.application.on_error()
    }

    /// The texts to send. A text of the application's own takes the place of the application acknowledgement.
    pub(super) fn texts(
        self,
        header: &Header<'_>,
        policy: AnswerPolicy,
        outcome: Outcome<'_>,
        own: Option<Vec<u8>>,
    ) -> Vec<Vec<u8>> {
        let text = |code, later| acknowledgement(header, policy, code, outcome, later);
        let mut texts = Vec::new();
        if outcome == Outcome::Stored {
            let commit = self.commit.on_success();
            if commit {
                texts.push(text("CA", false));
            }
            match own {
                Some(own) => texts.push(own),
                None if self.application.on_success() => texts.push(text("AA", commit)),
                None => {}
            }
            return texts;
        }
        // One "no" is enough: the one the sender waits for in any case comes first.
        let code = match (self.commit, self.application) {
            (Wish::Always, _) => Some("CR"),
            (_, application) if application.on_error() => Some("AR"),
            (Wish::Error, _) => Some("CR"),
            _ => None,
        };
        texts.extend(code.map(|code| text(code, false)));
        texts
    }
}

/// An acknowledgement. There is no clock here, so MSH-7 is the time of the message answered; the control id is that of
/// the message as well, with a letter behind it for a second one.
fn acknowledgement(
    header: &Header<'_>,
    policy: AnswerPolicy,
    code: &str,
    outcome: Outcome<'_>,
    second: bool,
) -> Vec<u8> {
    let delimiters = header.segment().delimiters();
    let echo = |number: usize| {
        let raw = header.field(number).raw();
        if raw.len() > ECHOED {
            Vec::new()
        } else {
            raw.to_vec()
        }
    };
    let control_id = header.control_id().raw();
    let mut own_id = echo(10);
    if second {
        own_id.push(b'A');
    }
    let mut fields = vec![
        echo(2),
        echo(5),
        echo(6),
        echo(3),
        echo(4),
        echo(7),
        Vec::new(),
        message_type(header, policy),
        own_id,
        echo(11),
        echo(12),
    ];
    fields.resize(16, Vec::new());
    fields.push(echo(18));
    fields.resize(19, Vec::new());
    // The profile the message follows (IHE LAW asks for it).
    fields.push(echo(21));
    let mut text = Vec::with_capacity(200);
    segment(&mut text, delimiters.field, b"MSH", &fields);

    let old = header.is_before(4);
    let reason = match outcome {
        Outcome::Stored => None,
        Outcome::Refused { reason } => {
            Some(escape(plain(reason).as_bytes(), &delimiters).into_owned())
        }
    };
    let mut answer = vec![code.as_bytes().to_vec(), control_id.to_vec()];
    if old {
        // MSA-3 and MSA-6 were withdrawn later; analyzers of these versions read them.
        let said = reason
            .clone()
            .unwrap_or_else(|| b"Message accepted".to_vec());
        let number = if reason.is_some() { "206" } else { "0" };
        answer.extend([said, Vec::new(), Vec::new(), number.as_bytes().to_vec()]);
    }
    segment(&mut text, delimiters.field, b"MSA", &answer);
    if let (Some(reason), false) = (reason, header.is_before(5)) {
        let separator = char::from(delimiters.component);
        let error = format!("207{separator}Application internal error{separator}HL70357");
        let fields = [
            b"".to_vec(),
            b"".to_vec(),
            error.into_bytes(),
            b"E".to_vec(),
        ];
        let gap = [b"".to_vec(), b"".to_vec(), reason];
        segment(
            &mut text,
            delimiters.field,
            b"ERR",
            &[&fields[..], &gap].concat(),
        );
    }
    text
}

/// `ACK`, with the event, and with the structure for whoever writes it.
fn message_type(header: &Header<'_>, policy: AnswerPolicy) -> Vec<u8> {
    let separator = header.segment().delimiters().component;
    let mut kind = b"ACK".to_vec();
    let trigger = header.trigger().raw();
    if trigger.is_empty() || trigger.len() > ECHOED {
        return kind;
    }
    kind.push(separator);
    kind.extend_from_slice(trigger);
    let structured = !header.field(9).component(3).is_empty();
    if structured || policy == AnswerPolicy::Law {
        kind.push(separator);
        kind.extend_from_slice(b"ACK");
    }
    kind
}

fn segment(text: &mut Vec<u8>, separator: u8, name: &[u8], fields: &[Vec<u8>]) {
    text.extend_from_slice(name);
    let written = fields
        .iter()
        .rposition(|field| !field.is_empty())
        .map_or(0, |last| last + 1);
    for field in fields.iter().take(written) {
        text.push(separator);
        text.extend_from_slice(field);
    }
    text.push(b'\r');
}

/// A reason in characters that every charset has.
fn plain(reason: &str) -> String {
    let ascii = |letter: char| {
        if letter.is_ascii_graphic() || letter == ' ' {
            letter
        } else {
            '?'
        }
    };
    reason.chars().map(ascii).take(REASON).collect()
}

/// What an answer says about the message it answers.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Said<'a> {
    /// MSA-1.
    pub(super) code: Code,
    /// Whether it only says that the message has arrived: what the application makes of it is still to come.
    pub(super) is_commit: bool,
    /// MSA-2.
    pub(super) control_id: &'a [u8],
    /// Whether there is more in it than the answer.
    pub(super) has_content: bool,
}

/// MSA-1 (table 0008).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Code {
    Accepted,
    /// Content refused: sending it again changes nothing.
    Error,
    /// Not processed: may be sent again.
    Rejected,
    Unknown,
}

/// Reads the MSA of an answer; `None` when the message is no answer.
pub(super) fn said<'a>(header: &Header<'a>, text: &'a [u8]) -> Option<Said<'a>> {
    let separator = header.segment().delimiters().field;
    let is = |line: &[u8], name: &[u8]| {
        line.strip_prefix(name)
            .is_some_and(|rest| rest.first().is_none_or(|byte| *byte == separator))
    };
    let mut answer = None;
    let mut has_content = false;
    for (_, line) in lines(text).skip(1) {
        if is(line, b"MSA") {
            answer = answer.or(Some(line));
        } else if !(is(line, b"SFT") || is(line, b"UAC")) {
            // MSA follows the header; further down it would be part of something else.
            answer?;
            has_content |= !is(line, b"ERR") && !is(line, b"NTE");
        }
    }
    let mut fields = answer?.split(|byte| *byte == separator).skip(1);
    let word = fields.next()?.to_ascii_uppercase();
    let code = match word.as_slice() {
        b"AA" | b"CA" => Code::Accepted,
        b"AE" | b"CE" => Code::Error,
        b"AR" | b"CR" => Code::Rejected,
        _ => Code::Unknown,
    };
    Some(Said {
        code,
        is_commit: matches!(word.as_slice(), b"CA" | b"CE" | b"CR"),
        control_id: fields.next().unwrap_or_default(),
        has_content,
    })
}
