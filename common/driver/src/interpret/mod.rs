//! The walk over a capture: every record becomes a reading, a companion, an ignored record or an unknown one.

mod clock;
mod problem;
mod row;
mod scope;
mod value;

pub(crate) use scope::Records;

use crate::{
    driver::{Context, Driver},
    profile::{Condition, Locator, Role, Source, all_hold},
    reading::{
        AsideRecord, ByteRange, Cause, HostQuery, Interpretation, MessageFacts, Problem,
        Quarantine, ReadingTime, Severity,
    },
};
use jiff::tz::TimeZone;
use lisiere_protocol::lis2a2::{
    Deframed, Delimiters, EscapeStyle, Message, ReadOptions, Record, deframe, read,
};
use std::collections::HashMap;

/// Unknown records listed one by one.
const UNKNOWN_LISTED: usize = 10_000;

/// How to read this analyzer's text.
pub(crate) fn options(driver: &Driver) -> ReadOptions {
    let text = &driver.profile.text;
    let forced = text
        .delimiters
        .as_deref()
        .map(str::as_bytes)
        .and_then(|signs| match signs {
            [field, repeat, component, escape] => Some(Delimiters {
                field: *field,
                repeat: *repeat,
                component: *component,
                escape: *escape,
            }),
            _ => None,
        });
    let escapes = if text.shorthand_escapes {
        EscapeStyle::Shorthand
    } else {
        EscapeStyle::Standard
    };
    ReadOptions {
        delimiters: forced,
        escapes,
    }
}

/// Reads a capture with a driver.
pub(crate) fn interpret(driver: &Driver, capture: &[u8], context: &Context) -> Interpretation {
    let deframed = deframe(capture);
    let document = read(&deframed.text, options(driver));
    let mut out = Interpretation {
        driver: driver.profile.id.clone(),
        version: driver.profile.version.clone(),
        ..Interpretation::default()
    };
    if let Some(problem) = problem::no_message(&document, &deframed, capture) {
        out.problems.push(problem);
        return out;
    }
    problem::describe(
        &deframed,
        &document,
        driver.profile.link.repair_line_ends,
        &mut out.problems,
    );
    let mut walk = Walk {
        driver,
        deframed: &deframed,
        damaged: problem::damaged(&deframed),
        in_doubt: false,
        zone: context.zone.clone().unwrap_or_else(|| driver.zone.clone()),
        records: Records::new(driver.encoding),
        order_start: 0,
        last: Last::Other,
        parents: Vec::new(),
        runs: HashMap::new(),
        out,
    };
    for message in &document.messages {
        walk.message(message);
    }
    let mut out = walk.out;
    out.problems.sort_by_key(|problem| problem.at);
    problem::bound(&mut out.problems);
    out
}

/// What a comment record would belong to.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Last {
    /// The reading at this place.
    Reading(usize),
    /// A companion of the reading at this place.
    Companion(usize),
    /// Anything else.
    Other,
}

struct Walk<'a> {
    driver: &'a Driver,
    deframed: &'a Deframed,
    damaged: Vec<ByteRange>,
    /// A frame of the message is damaged or missing. Any record of it, an order too, may then be another one.
    in_doubt: bool,
    zone: TimeZone,
    records: Records<'a>,
    /// The first reading of the order in force.
    order_start: usize,
    last: Last,
    /// The record of each reading, for companions that follow.
    parents: Vec<Record<'a>>,
    runs: HashMap<(Option<String>, String), u32>,
    out: Interpretation,
}

impl<'a> Walk<'a> {
    fn message(&mut self, message: &Message<'a>) {
        self.records = Records::new(self.driver.encoding);
        self.order_start = self.out.readings.len();
        self.last = Last::Other;
        self.runs.clear();
        let range = self.deframed.capture_range(message.range());
        let doubtful = |part: &ByteRange| part.from < range.end && range.start < part.to;
        self.in_doubt = self.damaged.iter().any(doubtful);
        self.out.messages.push(MessageFacts {
            terminated: message.terminated,
            bytes: ByteRange {
                from: range.start,
                to: range.end,
            },
            ..MessageFacts::default()
        });
        for record in &message.records {
            self.record(*record);
        }
    }

    fn record(&mut self, record: Record<'a>) {
        let name = record.field(1).raw();
        // A header's letter is followed by the delimiter that cuts its fields, so the rule holds for it too.
        if name.len() != 1 || !name.iter().all(u8::is_ascii_alphabetic) {
            let why = "ce n'est pas un enregistrement LIS2-A2 (une lettre puis le séparateur)";
            self.unknown(record, Cause::UnknownRecord, why);
            return;
        }
        match record.letter() {
            b'H' => self.header(record),
            b'P' | b'O' => {
                self.records.open(record);
                self.order_start = self.out.readings.len();
                self.last = Last::Other;
            }
            b'R' => self.row(record),
            b'C' => self.comment(record),
            b'Q' => self.query(record),
            b'L' => self.last = Last::Other,
            other => self.other(record, char::from(other)),
        }
    }

    fn header(&mut self, record: Record<'a>) {
        self.records.open(record);
        let rules = &self.driver.profile.message;
        let control_id = Source::first(&rules.control_id, &self.records);
        let sender = Source::first(&rules.sender, &self.records);
        let time = self.time(&rules.time);
        if let Some(facts) = self.out.messages.last_mut() {
            facts.control_id = control_id;
            facts.sender = sender;
            facts.time = time;
        }
    }

    fn row(&mut self, record: Record<'a>) {
        self.records.open(record);
        let fits = |when: &Vec<Condition>| all_hold(when, &self.records);
        let rule = self.driver.profile.row.iter().find(|rule| fits(&rule.when));
        match rule.map(|rule| (rule.role, rule)) {
            Some((Role::Ignored, rule)) => {
                self.last = Last::Other;
                let aside = self.aside(record, Quarantine::new(Cause::UnknownRecord, &rule.why));
                self.out.ignored.push(aside);
            }
            Some((Role::Companion, rule)) => {
                if let Some(place) = self.parent(rule.same.as_ref(), rule.first) {
                    let companion = self.companion(record, rule);
                    if let Some(reading) = self.out.readings.get_mut(place) {
                        reading.companions.push(companion);
                    }
                    self.last = Last::Companion(place);
                } else {
                    let why = "ligne annexe sans le résultat dont elle dépend";
                    self.reading(record, Some(Quarantine::new(Cause::Orphan, why)));
                }
            }
            Some((Role::Result, _)) | None => self.reading(record, None),
        }
    }

    /// The nearest (or first) result before, in the same order, with the same text at the place the rule names.
    fn parent(&self, same: Option<&Locator>, first: bool) -> Option<usize> {
        let wanted = same.and_then(|locator| locator.find(&self.records));
        let order = self.parents.get(self.order_start..)?;
        let fits = |record: &Record<'a>| {
            let mut scope = self.records;
            scope.result = Some(*record);
            same.and_then(|locator| locator.find(&scope)) == wanted
        };
        let place = if first {
            order.iter().position(fits)
        } else {
            order.iter().rposition(fits)
        };
        place.map(|place| place + self.order_start)
    }

    fn comment(&mut self, record: Record<'a>) {
        self.records.open(record);
        let rule = &self.driver.profile.comment;
        let found = rule.at.as_ref().and_then(|at| at.find(&self.records));
        let text = found.unwrap_or_default().trim().to_owned();
        let silent = text.is_empty() || rule.none.contains(&text);
        let is_alarm = !rule.alarm.is_empty() && all_hold(&rule.alarm, &self.records);
        let (Last::Reading(place) | Last::Companion(place)) = self.last else {
            if is_alarm && !silent {
                let why =
                    "alarme de l'analyseur hors résultat : elle peut concerner tout l'échantillon";
                self.unknown(record, Cause::UnknownRecord, why);
                return;
            }
            let why = "commentaire hors résultat";
            let aside = self.aside(record, Quarantine::new(Cause::UnknownRecord, why));
            self.out.ignored.push(aside);
            return;
        };
        let Some(reading) = self.out.readings.get_mut(place) else {
            return;
        };
        match (silent, is_alarm) {
            (true, _) => {}
            (false, true) => push_once(&mut reading.flags, text),
            (false, false) => reading.comments.push(text),
        }
    }

    fn query(&mut self, record: Record<'a>) {
        self.last = Last::Other;
        let Some(rule) = &self.driver.profile.query else {
            self.unknown(
                record,
                Cause::UnknownRecord,
                "question de l'analyseur : ce pilote n'en attend pas",
            );
            return;
        };
        let mut query = HostQuery {
            specimens: Vec::new(),
            unreadable: Vec::new(),
            bytes: self.bytes(record),
        };
        for repeat in record.field(3).repeats() {
            let text = self
                .records
                .decode(&repeat.component(rule.component).text());
            match self.specimen_number(&text) {
                Ok(number) => query.specimens.push(number),
                Err(_) => query.unreadable.push(text.trim().to_owned()),
            }
        }
        self.out.queries.push(query);
    }

    fn other(&mut self, record: Record<'a>, letter: char) {
        // A maker's record leaves the result before it in force: its comments may still follow.
        if let Some(why) = self.driver.profile.records.ignored.get(&letter) {
            let aside = self.aside(record, Quarantine::new(Cause::UnknownRecord, why));
            self.out.ignored.push(aside);
        } else {
            let why = format!("enregistrement {letter} inconnu de ce pilote");
            self.unknown(record, Cause::UnknownRecord, &why);
        }
    }

    /// Lists a record for a person. Past a bound the rest is listed as one stretch of bytes: a page of noise must not
    /// grow into gigabytes of explanations.
    fn unknown(&mut self, record: Record<'a>, cause: Cause, why: &str) {
        if self.out.unknown.len() < UNKNOWN_LISTED {
            let aside = self.aside(record, Quarantine::new(cause, why));
            self.out.unknown.push(aside);
            return;
        }
        let to = self.bytes(record).to;
        if let Some(last) = self.out.unknown.last_mut() {
            last.bytes.to = to;
            "…".clone_into(&mut last.text);
            "suite d'enregistrements inconnus, gardée en un seul morceau"
                .clone_into(&mut last.why.reason);
        }
    }

    fn aside(&self, record: Record<'a>, why: Quarantine) -> AsideRecord {
        let letter = self.records.decode(record.field(1).raw());
        let short = letter.chars().count() <= 8;
        AsideRecord {
            letter: if short { letter } else { "?".to_owned() },
            text: self.masked(record),
            why,
            bytes: self.bytes(record),
        }
    }

    /// The record as text, without the fields that the profile names personal.
    fn masked(&self, record: Record<'a>) -> String {
        let personal = &self.driver.profile.privacy.personal;
        let letter = record.letter();
        let hidden = |number: usize| {
            personal
                .iter()
                .any(|at| at.place.letter == letter && at.place.field == number)
        };
        let fields = (1..).zip(record.fields()).map(|(number, field)| {
            if hidden(number) && !field.is_empty() {
                "***".to_owned()
            } else {
                self.records.decode(field.raw())
            }
        });
        let sign = char::from(record.delimiters().field).to_string();
        fields.collect::<Vec<_>>().join(&sign)
    }

    fn bytes(&self, record: Record<'a>) -> ByteRange {
        let range = self.deframed.capture_range(record.range());
        ByteRange {
            from: range.start,
            to: range.end,
        }
    }

    /// The first source that holds a time.
    fn time(&mut self, sources: &[Source]) -> Option<ReadingTime> {
        let clock = &self.driver.profile.time;
        let time = sources
            .iter()
            .filter(|source| all_hold(&source.when, &self.records))
            .filter_map(|source| source.at.find(&self.records))
            .find_map(|text| clock::read(&text, clock, &self.zone))?;
        if time.moment.is_none() {
            let text = format!(
                "l'heure « {} » n'est pas lisible ou pas plausible",
                time.text.trim()
            );
            let at = self.out.messages.last().map_or(0, |facts| facts.bytes.from);
            self.out.problems.push(Problem {
                severity: Severity::Notice,
                at,
                text,
            });
        }
        Some(time)
    }
}

fn push_once(flags: &mut Vec<String>, flag: String) {
    if !flags.contains(&flag) {
        flags.push(flag);
    }
}
