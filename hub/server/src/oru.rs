//! ORU messages of another laboratory (HL7 v2.5.1 §7.3.1) as the same results that its CDA documents give.
//!
//! Reading never fails: what cannot be understood is remarked with its place, and no result is dropped without a word.

mod value;

use lisiere_model::report::{Identifier, Moment, Oid, Progress, TestResult, Value};
use lisiere_protocol::hl7::{self, Charset, Component, Field, Message, Segment};
use lisiere_protocol::mllp::deblock;
use lisiere_report::reading::{IncomingResult, Origin, moment};

/// Lines of comment that one result may bring.
const COMMENTS_MAX: usize = 200;

/// What was read.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Oru {
    /// The results in order.
    pub results: Vec<IncomingResult>,
    /// What was read otherwise than it stands there, or not at all.
    pub remarks: Vec<Remark>,
}

/// Something that somebody should know.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Remark {
    /// Where: `OBX 3, OBX-5`.
    pub place: String,
    /// What.
    pub message: String,
}

/// Whether a file is HL7 version 2 rather than XML.
pub fn is_hl7(bytes: &[u8]) -> bool {
    let start = bytes.strip_prefix(b"\xef\xbb\xbf").unwrap_or(bytes);
    let start = start.trim_ascii_start();
    start
        .strip_prefix(b"\x0b")
        .unwrap_or(start)
        .starts_with(b"MSH")
}

/// Reads all messages of a file or a transfer, in MLLP blocks or bare.
pub fn read(bytes: &[u8]) -> Oru {
    let mut oru = Oru::default();
    let bytes = bytes.strip_prefix(b"\xef\xbb\xbf").unwrap_or(bytes);
    for block in deblock(bytes).messages {
        let document = hl7::read(bytes.get(block).unwrap_or_default());
        for problem in &document.problems {
            oru.remark(
                format!("octet {}", problem.at),
                "une ligne n'est pas un segment HL7",
            );
        }
        for message in &document.messages {
            let kind = message
                .header()
                .map(|header| header.message_type().text().into_owned());
            if kind.as_deref() == Some(b"ORU") {
                Walk::new(message).run(message, &mut oru);
            } else {
                oru.remark("MSH-9".to_owned(), "ce message n'est pas un ORU : ignoré");
            }
        }
    }
    oru
}

impl Oru {
    fn remark(&mut self, place: String, message: impl Into<String>) {
        if self.remarks.len() < COMMENTS_MAX {
            self.remarks.push(Remark {
                place,
                message: message.into(),
            });
        }
    }
}

/// The message on the way: what holds for the results to come.
struct Walk {
    charset: Charset,
    /// Who sent it.
    sender: Origin,
    /// The code system of codes without one of their own.
    local: Option<Oid>,
    made: Option<Moment>,
    chapter: String,
    panel: Option<String>,
    taken: Option<Moment>,
    specimens: Vec<Identifier>,
    /// Results of the current order, at the end of all results: a specimen behind them is theirs.
    first_of_order: usize,
    number: usize,
    /// The last thing was a result: a comment behind it is its own.
    after_result: bool,
}

impl Walk {
    fn new(message: &Message<'_>) -> Self {
        let (charset, _) = Charset::of(message, Charset::LATIN_1);
        let mut walk = Self {
            charset,
            sender: Origin::default(),
            local: None,
            made: None,
            chapter: String::new(),
            panel: None,
            taken: None,
            specimens: Vec::new(),
            first_of_order: 0,
            number: 0,
            after_result: false,
        };
        if let Some(header) = message.header() {
            // MSH-4: name and number of the sending laboratory (HD).
            let facility = header.field(4);
            walk.sender = Origin {
                name: walk.words(facility.component(1)),
                national_id: walk.words(facility.component(2)),
            };
            walk.local = walk.sender.national_id.parse().ok();
            walk.made = moment(&walk.all(header.field(7)));
        }
        walk
    }

    fn run(mut self, message: &Message<'_>, oru: &mut Oru) {
        self.first_of_order = oru.results.len();
        for segment in &message.segments {
            match segment.name() {
                b"OBR" => self.order(segment, oru),
                b"SPM" => self.specimen(segment, oru),
                b"OBX" => self.observation(segment, oru),
                b"NTE" => self.comment(segment, oru),
                _ => self.after_result = self.after_result && segment.name() != b"ORC",
            }
        }
    }

    fn words(&self, component: Component<'_>) -> String {
        component.decode(self.charset).text.trim().to_owned()
    }

    fn all(&self, field: Field<'_>) -> String {
        field.decode(self.charset).text.trim().to_owned()
    }

    fn order(&mut self, segment: &Segment<'_>, oru: &Oru) {
        self.after_result = false;
        self.first_of_order = oru.results.len();
        self.specimens.clear();
        let name = self.words(segment.field(4).component(2));
        let code = self.words(segment.field(4).component(1));
        self.panel =
            Some(if name.is_empty() { code } else { name }).filter(|name| !name.is_empty());
        // OBR-24: diagnostic service section.
        self.chapter = self.all(segment.field(24));
        self.taken = moment(&self.words(segment.field(7).component(1)));
        let placer = self.words(segment.field(15).component(1));
        if !placer.is_empty() && placer.len() > 3 {
            // Before version 2.5 the specimen stands here; three letters are its kind.
            self.specimens.extend(self.identifier(&placer));
        }
    }

    fn identifier(&self, number: &str) -> Option<Identifier> {
        let root = self.local.clone().or_else(|| "2.25.0".parse().ok())?;
        Some(Identifier::new(root, number))
    }

    /// SPM stands behind the results of its order (§7.3.1), or before them.
    fn specimen(&mut self, segment: &Segment<'_>, oru: &mut Oru) {
        self.after_result = false;
        let number = segment.field(2).component(1).subcomponent(1);
        let number = number.decode(self.charset).text.trim().to_owned();
        let taken = moment(&self.words(segment.field(17).component(1)));
        let Some(id) = self.identifier(&number).filter(|_| !number.is_empty()) else {
            return;
        };
        for one in oru.results.iter_mut().skip(self.first_of_order) {
            if !one.specimens.contains(&id) {
                one.specimens.push(id.clone());
            }
            if one.result.measured_at.is_none() {
                one.at = taken.or(one.at);
            }
        }
        if !self.specimens.contains(&id) {
            self.specimens.push(id);
        }
        self.taken = taken.or(self.taken);
    }

    fn observation(&mut self, segment: &Segment<'_>, oru: &mut Oru) {
        self.number += 1;
        let place = format!("OBX {}", self.number);
        self.after_result = false;
        let code = self.code(segment, &place, oru);
        let Some((code, label)) = code else {
            oru.remark(place, "résultat sans code ni intitulé : non repris");
            return;
        };
        let status = self.words(segment.field(11).component(1));
        let (value, odd) = self.value(segment);
        if let Some(odd) = odd {
            oru.remark(format!("{place}, OBX-5"), odd);
        }
        let (value, progress) = match (status.as_str(), value) {
            ("X", _) => (
                Value::NotDone {
                    reason: "non réalisé (OBX-11 = X)".to_owned(),
                },
                None,
            ),
            ("D" | "W", _) => (
                Value::Withdrawn {
                    reason: format!("annulé par l'expéditeur (OBX-11 = {status})"),
                },
                None,
            ),
            ("I" | "O" | "S", None) => (Value::Pending, None),
            ("P" | "R", Some(value)) => (value, Some(Progress::Active)),
            (_, Some(value)) => (value, None),
            (_, None) => {
                oru.remark(format!("{place}, OBX-5"), "résultat sans valeur");
                (
                    Value::NotDone {
                        reason: "aucune valeur transmise".to_owned(),
                    },
                    None,
                )
            }
        };
        let mut result = TestResult::new(code, label, value);
        result.status = progress;
        self.beside(segment, &mut result, &place, oru);
        result.measured_at = [19, 14]
            .into_iter()
            .find_map(|number| moment(&self.words(segment.field(number).component(1))));
        let maker = Origin {
            name: self.words(segment.field(23).component(1)),
            national_id: self.words(segment.field(23).component(10)),
        };
        let origin = if maker.name.is_empty() {
            self.sender.clone()
        } else {
            maker
        };
        oru.results.push(IncomingResult {
            chapter: self.chapter.clone(),
            group: self.panel.clone(),
            at: result.measured_at.or(self.taken).or(self.made),
            specimens: self.specimens.clone(),
            origin,
            result,
        });
        self.after_result = true;
    }

    fn comment(&mut self, segment: &Segment<'_>, oru: &mut Oru) {
        let lines: Vec<String> = segment
            .field(3)
            .repeats()
            .map(|repeat| repeat.decode(self.charset).text.trim().to_owned())
            .filter(|line| !line.is_empty())
            .collect();
        if lines.is_empty() {
            return;
        }
        match oru.results.last_mut().filter(|_| self.after_result) {
            Some(one) if one.result.comments.len() < COMMENTS_MAX => {
                one.result.comments.push(lines.join("\n"));
            }
            _ => oru.remark("NTE".to_owned(), lines.join(" ")),
        }
    }
}

#[cfg(test)]
#[path = "oru/tests.rs"]
mod tests;
