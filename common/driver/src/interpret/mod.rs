//! The walk over a capture: every record becomes a reading, a companion, an ignored record or an unknown one.

mod aside;
mod clock;
mod row;
mod scope;
mod specimen;
mod value;

pub(crate) use scope::Force;

use crate::{
    driver::{Context, Driver},
    language::{Content, Document, Grammar, Message, Purpose, Record, Standing},
    profile::{Condition, Locator, Role, RowRule, Scope, Source, all_hold, find_where},
    reading::{
        AsideRecord, ByteRange, Cause, Companion, Interpretation, MessageFacts, Problem,
        Quarantine, ReadingTime, Severity,
    },
};
use jiff::tz::TimeZone;
use std::collections::HashMap;

/// Problems listed one by one.
const PROBLEMS_LISTED: usize = 200;

/// Reads a capture with a driver.
pub(crate) fn interpret(driver: &Driver, capture: &[u8], context: &Context) -> Interpretation {
    let profile = &driver.profile;
    let mut out = Interpretation {
        driver: profile.id.clone(),
        version: profile.version.clone(),
        ..Interpretation::default()
    };
    let content = driver.syntax.open(capture, profile);
    let document = driver.syntax.read(&content, profile);
    if let Some(problem) = document.unreadable {
        out.problems.push(problem);
        return out;
    }
    out.problems.clone_from(&content.problems);
    read_messages(driver, context, &content, document, &mut out);
    out.problems.sort_by_key(|problem| problem.at);
    bound(&mut out.problems);
    out
}

fn read_messages(
    driver: &Driver,
    context: &Context,
    content: &Content<'_>,
    mut document: Document<'_>,
    out: &mut Interpretation,
) {
    out.problems.append(&mut document.problems);
    for message in &document.messages {
        let grammar = driver.syntax.grammar();
        let levels = driver.syntax.levels(message);
        let force = Force::new(&message.records, levels, grammar);
        let mut walk = Walk {
            driver,
            grammar,
            context,
            in_doubt: content
                .damaged
                .iter()
                .any(|part| touches(part, &message.range)),
            zone: context.zone.clone().unwrap_or_else(|| driver.zone.clone()),
            records: &message.records,
            order_level: force.order_level(grammar),
            force,
            order_start: out.readings.len(),
            last: Last::Other,
            torn: false,
            message_start: out.readings.len(),
            parents: Vec::new(),
            runs: HashMap::new(),
            alarms: Vec::new(),
            waiting: Vec::new(),
            rows: 0,
            out: &mut *out,
        };
        walk.message(message);
    }
}

/// An empty stretch touches what it lies in.
fn touches(part: &ByteRange, range: &ByteRange) -> bool {
    part.from < range.to && range.from < part.to.max(part.from + 1)
}

/// Keeps the first problems and says how many more there are, with the gravest severity among them.
fn bound(problems: &mut Vec<Problem>) {
    let more = problems.len().saturating_sub(PROBLEMS_LISTED);
    let Some(rest) = problems.get(PROBLEMS_LISTED..) else {
        return;
    };
    let gravest = rest.iter().map(|problem| problem.severity).max();
    if let (Some(severity), Some(at)) = (gravest, rest.first().map(|problem| problem.at)) {
        problems.truncate(PROBLEMS_LISTED);
        problems.push(Problem {
            severity,
            at,
            text: format!("et {more} autres remarques"),
        });
    }
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

/// A record that is a row.
#[derive(Clone, Copy)]
enum Row<'a> {
    /// Of the kind this rule says.
    Ruled(&'a RowRule),
    /// A result: no rule says otherwise.
    Plain,
}

/// The reading of one message.
struct Walk<'a> {
    driver: &'a Driver,
    grammar: &'static Grammar,
    context: &'a Context,
    /// A frame of the message is damaged or missing. Any record of it, an order too, may then be another one.
    in_doubt: bool,
    zone: TimeZone,
    records: &'a [Record<'a>],
    force: Force<'a>,
    /// The first reading of the order in force.
    order_start: usize,
    last: Last,
    /// A line that is no record, or none that is known, stood in the order in force: it may have been another order.
    torn: bool,
    order_level: Option<u8>,
    /// The first reading of this message.
    message_start: usize,
    /// The record of each reading of this message, for companions that follow.
    parents: Vec<&'a Record<'a>>,
    runs: HashMap<(Option<String>, String), u32>,
    /// Alarms on every result of the order in force.
    alarms: Vec<String>,
    /// Companions of a result that follows in the same order, and the rule that says which.
    waiting: Vec<(Companion, &'a RowRule, Option<String>)>,
    /// Rows met, whatever became of them.
    rows: usize,
    out: &'a mut Interpretation,
}

impl<'a> Walk<'a> {
    fn message(&mut self, message: &Message<'a>) {
        self.out.messages.push(MessageFacts {
            terminated: message.terminated,
            bytes: message.range,
            title: message.title.clone(),
            ..MessageFacts::default()
        });
        let carries_rows = || {
            let mut names = self.records.iter();
            names.any(|record| self.grammar.is_row(&record.name))
        };
        if let Purpose::NoResults(what) = message.purpose
            && !carries_rows()
        {
            self.force.open(0);
            self.facts();
            let why = Quarantine::new(
                Cause::UnknownRecord,
                format!("message sans résultat : {what}"),
            );
            let title = message.title.clone().unwrap_or_default();
            self.out.ignored.push(AsideRecord {
                text: format!("{title} : {what}"),
                letter: title,
                why,
                bytes: message.range,
            });
            return;
        }
        for place in 0..self.records.len() {
            self.record(place);
        }
        if message.purpose == Purpose::Results && self.rows == 0 {
            let why = "message de résultats où ce pilote ne trouve aucun résultat";
            let title = message.title.clone().unwrap_or_default();
            let record = AsideRecord {
                text: format!("{title} : {} segments", self.records.len()),
                letter: title,
                why: Quarantine::new(Cause::UnknownRecord, why),
                bytes: message.range,
            };
            self.list_unknown(record);
        }
    }

    fn record(&mut self, place: usize) {
        let records = self.records;
        let Some(record) = records.get(place) else {
            return;
        };
        if !(self.grammar.is_name)(&record.name) {
            self.torn |= self.grammar.hides_orders;
            self.unknown(record, Cause::UnknownRecord, self.grammar.not_a_record);
            return;
        }
        let standing = self.force.standing(place);
        self.force.open(place);
        if place == 0 {
            self.facts();
        }
        if let Some(rule) = self.row_rule(record, &self.force) {
            self.row(place, record, rule);
        } else if self.grammar.is_comment(&record.name) {
            self.comment(record);
        } else if self.grammar.question(&record.name).is_some() {
            self.question(record);
        } else {
            match standing {
                Some(Standing::Opens(level) | Standing::Before(level)) => {
                    self.torn &= self.order_level.is_none_or(|order| level > order);
                    self.order_start = self.out.readings.len();
                    self.alarms.clear();
                    self.waiting.clear();
                    self.last = Last::Other;
                }
                Some(Standing::Ends) => self.last = Last::Other,
                Some(_) => {}
                None => {
                    self.torn |= self.grammar.is_nearly_order(&record.name);
                    self.other(record);
                }
            }
        }
    }

    /// The facts of the message, out of its first record.
    fn facts(&mut self) {
        let rules = &self.driver.profile.message;
        let control_id = Source::first(&rules.control_id, &self.force);
        let sender = Source::first(&rules.sender, &self.force);
        let time = self.time(&rules.time, false).map(|(time, _)| time);
        if let Some(facts) = self.out.messages.last_mut() {
            facts.control_id = control_id;
            facts.sender = sender;
            facts.time = time;
        }
    }

    /// Whether the record is a row, and the rule that says what kind of row.
    fn row_rule(&self, record: &Record<'_>, scope: &dyn Scope) -> Option<Row<'a>> {
        let usual = self.grammar.is_row(&record.name);
        let about = |rule: &&RowRule| match &rule.record {
            Some(name) => *name == record.name,
            None => usual,
        };
        let fits = |when: &Vec<Condition>| all_hold(when, scope);
        let mut rules = self.driver.profile.row.iter().filter(about);
        match rules.find(|rule| fits(&rule.when)) {
            Some(rule) => Some(Row::Ruled(rule)),
            None => usual.then_some(Row::Plain),
        }
    }

    fn row(&mut self, place: usize, record: &'a Record<'a>, row: Row<'a>) {
        self.rows += 1;
        let Row::Ruled(rule) = row else {
            self.reading(record, None);
            return;
        };
        match rule.role {
            Role::Ignored => {
                self.last = Last::Other;
                self.ignored(record, &rule.why);
            }
            Role::Alarm => {
                self.last = Last::Other;
                self.alarm(record, rule);
            }
            Role::Companion if rule.ahead && self.follows(place, rule) => {
                let same = rule.same.as_ref().and_then(|same| same.find(&self.force));
                let companion = self.companion(record, rule);
                self.waiting.push((companion, rule, same));
                self.last = Last::Other;
            }
            Role::Companion => {
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
            Role::Result => self.reading(record, None),
        }
    }

    /// Whether a result with the same text at the place the rule names follows in the same order.
    fn follows(&self, place: usize, rule: &RowRule) -> bool {
        let wanted = rule.same.as_ref().and_then(|same| same.find(&self.force));
        for (next, record) in (place + 1..).zip(self.records.iter().skip(place + 1)) {
            let is_row = self.grammar.is_row(&record.name);
            let opens = matches!(
                self.force.standing(next),
                Some(Standing::Opens(_) | Standing::Before(_) | Standing::Ends)
            );
            if opens && !is_row {
                return false;
            }
            let view = self.force.with(record);
            let found = || rule.same.as_ref().and_then(|same| same.find(&view));
            let result = match self.row_rule(record, &view) {
                Some(Row::Ruled(other)) => other.role == Role::Result,
                Some(Row::Plain) => true,
                None => false,
            };
            if result && found() == wanted {
                return true;
            }
        }
        false
    }

    /// Gives a result the companions that came before it.
    fn take_waiting(&mut self, record: &'a Record<'a>, place: usize) {
        let view = self.force.with(record);
        let fits = |rule: &RowRule, same: &Option<String>| {
            rule.same.as_ref().and_then(|own| own.find(&view)) == *same
        };
        let (mine, others) = std::mem::take(&mut self.waiting)
            .into_iter()
            .partition(|(_, rule, same)| fits(rule, same));
        self.waiting = others;
        if let Some(reading) = self.out.readings.get_mut(place) {
            let mine: Vec<(Companion, &RowRule, Option<String>)> = mine;
            let mine = mine.into_iter().map(|(companion, _, _)| companion);
            reading.companions.splice(0..0, mine);
        }
    }

    /// The nearest (or first) result before, in the same order, with the same text at the place the rule names.
    fn parent(&self, same: Option<&Locator>, first: bool) -> Option<usize> {
        let wanted = same.and_then(|locator| locator.find(&self.force));
        let skipped = self.order_start.checked_sub(self.message_start)?;
        let order = self.parents.get(skipped..)?;
        let fits = |record: &&Record<'a>| {
            let view = self.force.with(record);
            same.and_then(|locator| locator.find(&view)) == wanted
        };
        let place = if first {
            order.iter().position(fits)
        } else {
            order.iter().rposition(fits)
        };
        place.map(|place| place + self.order_start)
    }

    /// The first source that holds a time, and the place it was found at being plausible.
    fn time(&mut self, sources: &[Source], judge: bool) -> Option<(ReadingTime, Option<String>)> {
        let clock = &self.driver.profile.time;
        let time = sources
            .iter()
            .filter_map(|source| find_where(&source.at, &source.when, &self.force))
            .find_map(|text| clock::read(&text, clock, &self.zone))?;
        let received = self.context.received.filter(|_| judge);
        let doubt = match time.moment {
            None => Some(format!(
                "l'heure « {} » n'est pas lisible ou pas plausible",
                time.text.trim()
            )),
            Some(_) => received.and_then(|received| clock::doubt(&time, clock, received)),
        };
        if let Some(text) = &doubt {
            let at = self.out.messages.last().map_or(0, |facts| facts.bytes.from);
            self.out.problems.push(Problem {
                severity: Severity::Notice,
                at,
                text: text.clone(),
            });
        }
        Some((time, doubt))
    }
}

fn push_once(flags: &mut Vec<String>, flag: String) {
    if !flags.contains(&flag) {
        flags.push(flag);
    }
}
