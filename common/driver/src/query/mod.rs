//! Host query: from an analyzer's question to the answer its maker wants, out of the orders at hand.
//!
//! Everything a maker does his own way is in the `[query]` of the profile: where the tube stands, what is echoed, how an
//! order is written, and how "nothing to do" is said. No name and no other trait of a patient is in any answer: an order
//! is a tube, its nature, its priority and its tests.
//!
//! ```
//! use lisiere_driver::query::{AnswerClock, WorkOrder};
//! let library = lisiere_driver::Library::builtin()?;
//! let profile = library.get("ortho-vitros").ok_or("no such driver")?.profile();
//! let question = profile.question(b"H|\\^&|||3600796\rQ|1|^1068687||ALL||||||||O\rL|1|N\r").ok_or("no question")?;
//! let found = [WorkOrder {
//!     specimen: "1068687".into(),
//!     kind: "SER".into(),
//!     urgent: false,
//!     tests: vec!["002".into()],
//! }];
//! let answer = profile.answer(&question, &found, &AnswerClock::default());
//! let text = String::from_utf8_lossy(&answer.messages[0].text).into_owned();
//! assert!(text.contains("O|1|1068687||^^^1.0000+002+1.0|R|"), "{text}");
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```

mod draft;
mod outcome;
mod rule;
mod sheet;
mod template;

pub use outcome::{Outcome, outcome};
pub use rule::{At, Attribute, Draft, NoOrder, Per, Priorities, QueryRule, Spot};
pub use template::{Template, TemplateError};

use crate::profile::{Pattern, Profile};
use draft::{Hand, Written};
use jiff::tz::{TimeZone, TimeZoneDatabase};
use lisiere_model::UtcMicros;
use sheet::Sheet;

/// No question is larger; results with images are.
const LARGEST: usize = 256 * 1024;

/// What an analyzer wants to know.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Question {
    /// The tubes asked about, in order; empty when everything is asked for.
    pub tubes: Vec<Asked>,
    /// Everything there is for this analyzer.
    pub all: bool,
    /// The question before is taken back.
    pub cancels: bool,
    sheet: Sheet,
}

/// One tube of a question.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Asked {
    /// The number on its label, without blanks; absent when the label was not read. Never matched then.
    pub specimen: Option<String>,
    /// The same without the padding that the profile names, where there is any.
    pub unpadded: Option<String>,
    /// What the analyzer wrote in its place, for a person.
    pub shown: String,
    raw: Vec<u8>,
}

impl Asked {
    /// Whether this number is the one asked about.
    pub fn is(&self, specimen: &str) -> bool {
        self.specimen.as_deref() == Some(specimen) || self.unpadded.as_deref() == Some(specimen)
    }
}

impl Question {
    /// Numbers under which orders may be found, the likeliest first.
    pub fn candidates(&self) -> impl Iterator<Item = &str> {
        self.tubes
            .iter()
            .flat_map(|tube| [tube.specimen.as_deref(), tube.unpadded.as_deref()])
            .flatten()
    }
}

/// What is to be done on one tube, in the words of the analyzer. Nothing of the patient.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct WorkOrder {
    /// The number on its label.
    pub specimen: String,
    /// HL7 table 0487: `SER`, `PLAS`, `BLD`, `UR`…
    pub kind: String,
    /// Before the others.
    pub urgent: bool,
    /// Codes of the tests, as the analyzer names them.
    pub tests: Vec<String>,
}

/// The moment of an answer.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct AnswerClock {
    /// When; also numbers the messages of the answer, so no two answers may have the same moment.
    pub at: UtcMicros,
}

impl Default for AnswerClock {
    fn default() -> Self {
        Self { at: UtcMicros(0) }
    }
}

/// What the analyzer is told.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Answer {
    /// Goes out in place of the link's own positive answer.
    pub reply: Option<Vec<u8>>,
    /// Tubes whose orders are in the reply itself.
    pub replied: Vec<String>,
    /// Messages to be sent after it.
    pub messages: Vec<Outgoing>,
}

/// A message to the analyzer.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Outgoing {
    /// Records or segments, each ended by CR.
    pub text: Vec<u8>,
    /// Tubes whose orders are in it; none in an answer that says that there are none.
    pub specimens: Vec<String>,
    /// The control number by which an answer to it is known, where the language has one.
    pub control: Option<String>,
}

impl Profile {
    /// The question that a message asks, if it asks one and the profile knows how. The text is what stands between the
    /// marks of the link.
    pub fn question(&self, text: &[u8]) -> Option<Question> {
        let rule = self.query.as_ref()?;
        let sheet = (text.len() <= LARGEST).then(|| Sheet::read(text))??;
        let holds = |condition: &At| condition.holds(&sheet);
        let cancels = !rule.cancel.is_empty() && rule.cancel.iter().any(holds);
        let asks = sheet.has(&rule.from.record) && rule.when.iter().all(holds);
        if !asks && !cancels {
            return None;
        }
        let mut question = Question {
            tubes: Vec::new(),
            all: false,
            cancels,
            sheet,
        };
        if cancels {
            return Some(question);
        }
        for raw in question.sheet.repeats(&rule.from) {
            let asked = self.asked(rule, &question.sheet, raw);
            let all = |pattern: &Pattern| pattern.0.is_match(&asked.shown);
            if rule.all.as_ref().is_some_and(all) {
                question.all = true;
            } else {
                question.tubes.push(asked);
            }
        }
        question.all |= !rule.all_when.is_empty()
            && rule
                .all_when
                .iter()
                .all(|condition| condition.holds(&question.sheet));
        if question.all {
            question.tubes.clear();
        }
        Some(question)
    }

    fn asked(&self, rule: &QueryRule, sheet: &Sheet, raw: Vec<u8>) -> Asked {
        let part = |number: usize| sheet.text_of(&raw, number).trim().to_owned();
        // Erba writes the blank component before the first of several tubes only.
        let alone = !raw.contains(&sheet.signs.component);
        let shown = part(if alone { 1 } else { rule.component });
        let unread = shown.is_empty()
            || shown.chars().count() > self.specimen.max_length
            || shown.contains(|sign: char| sign.is_control())
            || self
                .specimen
                .unreadable
                .iter()
                .any(|pattern| pattern.0.is_match(&shown))
            || rule
                .unreadable
                .iter()
                .any(|pattern| pattern.0.is_match(&shown))
            || rule
                .unreadable_when
                .iter()
                .any(|attribute| attribute.matches.0.is_match(&part(attribute.component)));
        let bare = self
            .specimen
            .padding
            .map(|sign| shown.trim_start_matches(sign).trim().to_owned())
            .filter(|bare| !bare.is_empty() && *bare != shown);
        Asked {
            specimen: (!unread).then(|| shown.clone()),
            unpadded: bare.filter(|_| !unread),
            shown,
            raw,
        }
    }

    /// The answer to a question, out of the orders found for it.
    pub fn answer(&self, question: &Question, found: &[WorkOrder], clock: &AnswerClock) -> Answer {
        let Some(rule) = &self.query else {
            return Answer::default();
        };
        let zone = TimeZoneDatabase::bundled()
            .get(&self.time.zone)
            .unwrap_or(TimeZone::UTC);
        let mut hand = Hand::new(rule, &question.sheet, &self.text.charset, clock.at, &zone);
        if question.cancels {
            return Answer {
                reply: rule
                    .cancelled
                    .as_ref()
                    .map(|draft| hand.written(draft, &[], false).0),
                ..Answer::default()
            };
        }
        let lines: Vec<Written<'_>> = if question.all {
            found.iter().map(Written::unasked).collect()
        } else {
            // The number as it was read goes before the one without its padding: both may be tubes.
            let as_read = |asked: &Asked, order: &WorkOrder| {
                asked.specimen.as_deref() == Some(order.specimen.as_str())
            };
            let order = |asked: &Asked| {
                let exact = found.iter().find(|order| as_read(asked, order));
                exact.or_else(|| found.iter().find(|order| asked.is(&order.specimen)))
            };
            let tubes = question.tubes.iter();
            tubes
                .map(|asked| Written::asked(asked, order(asked)))
                .collect()
        };
        hand.answer(&lines)
    }
}
