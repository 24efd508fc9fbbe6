//! A message to be played again with other numbers, values and times. Where those stand is found by experiment: a place
//! is taken when the driver reads exactly the change that was made there, and nothing else differently.

use std::ops::Range;

use lisiere_driver::{Cause, Driver, Interpretation};
use lisiere_model::ObservationKind;

use super::{clockface, shape};
use crate::chance::Dice;

/// Experiments spent on one message at most: a long one keeps some of its values.
const EXPERIMENTS: usize = 600;

/// Places tried for one value at most.
const ATTEMPTS: usize = 12;

/// What a message is for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Purpose {
    /// Results of patients' specimens.
    Results,
    /// Results of controls or calibrators only.
    Control,
    /// A question for work.
    Question,
    /// Anything else an analyzer says.
    Other,
}

/// One message of a fixture, and what may be changed in it.
#[derive(Debug, Clone)]
pub struct Template {
    /// The fixture's name.
    pub name: &'static str,
    /// What it is for.
    pub purpose: Purpose,
    /// Patients' specimens in it, as the fixture has them, that can be given other numbers.
    pub specimens: Vec<String>,
    text: Vec<u8>,
    slots: Vec<Slot>,
}

#[derive(Debug, Clone)]
struct Slot {
    range: Range<usize>,
    fill: Fill,
}

#[derive(Debug, Clone)]
enum Fill {
    /// The number of the specimen with this index.
    Specimen(usize),
    /// A number like this one.
    Value(String),
    /// A moment in this format, after this model.
    Moment { format: String, model: String },
    /// A counter of this width.
    Control(usize),
}

/// What is put into a template.
#[derive(Debug, Clone, Copy)]
pub(super) struct Filling<'f> {
    pub specimens: &'f [String],
    /// `YYYYMMDDhhmmss`.
    pub now: &'f str,
    pub serial: u64,
}

/// What the driver reads, as far as experiments compare it.
#[derive(Debug, Clone, PartialEq, Eq)]
struct Seen {
    rows: Vec<Row>,
    asked: Vec<String>,
    unreadable: Vec<String>,
    aside: usize,
}

#[derive(Debug, Clone, PartialEq, Eq)]
struct Row {
    specimen: Option<String>,
    code: String,
    value: String,
    kind: ObservationKind,
    causes: Vec<Cause>,
}

impl Seen {
    fn of(read: &Interpretation) -> Self {
        let rows = read.readings.iter().map(|reading| Row {
            specimen: reading.specimen.clone(),
            code: reading.code.clone(),
            value: reading.value.text.trim().to_owned(),
            kind: reading.kind,
            causes: reading.quarantine.iter().map(|why| why.cause).collect(),
        });
        let asked = |pick: fn(&lisiere_driver::HostQuery) -> &Vec<String>| {
            read.queries.iter().flat_map(pick).cloned().collect()
        };
        Self {
            rows: rows.collect(),
            asked: asked(|query| &query.specimens),
            unreadable: asked(|query| &query.unreadable),
            aside: read.unknown.len() + read.ignored.len(),
        }
    }

    /// The same with another number for one specimen.
    fn renumbered(&self, old: &str, new: &str) -> Self {
        let mut seen = self.clone();
        let rows = seen.rows.iter_mut().filter_map(|row| row.specimen.as_mut());
        for specimen in rows.chain(&mut seen.asked) {
            if specimen == old {
                new.clone_into(specimen);
            }
        }
        seen
    }

    /// Numbers of patients' specimens, each once.
    fn tubes(&self) -> Vec<String> {
        let is_patient = |specimen: &str| {
            let mut rows = self.rows.iter();
            rows.all(|row| {
                row.specimen.as_deref() != Some(specimen) || row.kind == ObservationKind::Patient
            })
        };
        let named = self.rows.iter().filter_map(|row| row.specimen.clone());
        let mut tubes = Vec::new();
        for specimen in named.chain(self.asked.iter().cloned()) {
            if !tubes.contains(&specimen) && is_patient(&specimen) {
                tubes.push(specimen);
            }
        }
        tubes
    }
}

impl Template {
    /// Learns what may be changed in one message.
    pub(super) fn learn(driver: &Driver, name: &'static str, text: Vec<u8>) -> Self {
        let read = driver.interpret(&text);
        let seen = Seen::of(&read);
        let purpose = purpose(&seen);
        let mut bench = Bench {
            driver,
            text,
            seen,
            slots: Vec::new(),
            left: EXPERIMENTS,
        };
        let mut specimens = Vec::new();
        for tube in bench.seen.tubes() {
            if bench.specimen(&tube, specimens.len()) {
                specimens.push(tube);
            }
        }
        bench.control(&read);
        bench.moments(&read);
        bench.values(&read);
        let Bench {
            text, mut slots, ..
        } = bench;
        slots.sort_by_key(|slot| slot.range.start);
        Self {
            name,
            purpose,
            specimens,
            text,
            slots,
        }
    }

    /// How many places can be changed.
    pub fn places(&self) -> usize {
        self.slots.len()
    }

    /// The message as the fixture has it.
    pub fn text(&self) -> &[u8] {
        &self.text
    }

    /// The message with other content.
    pub(super) fn fill(&self, filling: Filling<'_>, dice: &mut Dice) -> Vec<u8> {
        let mut text = Vec::with_capacity(self.text.len());
        let mut from = 0;
        for Slot { range, fill } in &self.slots {
            text.extend_from_slice(self.text.get(from..range.start).unwrap_or_default());
            let model = self.text.get(range.clone()).unwrap_or_default();
            match fill {
                Fill::Specimen(index) => {
                    let number = filling.specimens.get(*index).map_or("", String::as_str);
                    text.extend(shape::justified(model, number));
                }
                Fill::Value(model) => text.extend(shape::value(model, dice).bytes()),
                Fill::Moment { format, model } => {
                    text.extend(clockface::write(format, filling.now, model).bytes());
                }
                Fill::Control(width) => text.extend(shape::counter(filling.serial, *width).bytes()),
            }
            from = range.end;
        }
        text.extend_from_slice(self.text.get(from..).unwrap_or_default());
        text
    }
}

fn purpose(seen: &Seen) -> Purpose {
    let mut kinds = seen.rows.iter().map(|row| row.kind);
    if !seen.asked.is_empty() || !seen.unreadable.is_empty() {
        Purpose::Question
    } else if kinds.any(|kind| kind == ObservationKind::Patient) {
        Purpose::Results
    } else if seen.rows.is_empty() {
        Purpose::Other
    } else {
        Purpose::Control
    }
}

/// Where the experiments are made.
struct Bench<'d> {
    driver: &'d Driver,
    text: Vec<u8>,
    seen: Seen,
    slots: Vec<Slot>,
    left: usize,
}

impl Bench<'_> {
    /// Whether the driver reads the message with these replacements as `wanted`.
    fn reads(&mut self, places: &[Range<usize>], new: &[u8], wanted: &Seen) -> bool {
        if self.left == 0 || places.is_empty() {
            return false;
        }
        self.left -= 1;
        let text = replaced(&self.text, places, new);
        Seen::of(&self.driver.interpret(&text)) == *wanted
    }

    /// Finds where a specimen's number stands: everywhere it does, or at the one place that counts.
    fn specimen(&mut self, number: &str, index: usize) -> bool {
        let other = shape::other_digits(number);
        if other == number {
            return false;
        }
        let wanted = self.seen.renumbered(number, &other);
        let all = self.free(&shape::words(&self.text, number.as_bytes()));
        let mut found = Vec::new();
        if self.reads(&all, other.as_bytes(), &wanted) {
            found = all;
        } else {
            for place in self.free(&shape::occurrences(&self.text, number.as_bytes())) {
                if self.reads(std::slice::from_ref(&place), other.as_bytes(), &wanted) {
                    found = vec![place];
                    break;
                }
            }
        }
        let known = !found.is_empty();
        for place in found {
            let range = shape::with_padding(&self.text, place);
            self.take(range, Fill::Specimen(index));
        }
        known
    }

    /// The number of the message: counted on, so that no two are alike.
    fn control(&mut self, read: &Interpretation) {
        let wanted = self.seen.clone();
        for message in &read.messages {
            let Some(id) = message.control_id.as_deref().filter(|id| !id.is_empty()) else {
                continue;
            };
            let within = message.bytes.from..message.bytes.to;
            let places = self.free(&shape::words(&self.text, id.as_bytes()));
            let first = places
                .into_iter()
                .find(|place| within.contains(&place.start));
            // A short number is too common a text to be looked for; only its place in the header is certain.
            let Some(place) = first.filter(|_| id.len() > 2) else {
                continue;
            };
            let width = id.len().clamp(6, 12);
            let new = shape::counter(987_654, width);
            if self.reads(std::slice::from_ref(&place), new.as_bytes(), &wanted) {
                self.take(place, Fill::Control(width));
            }
        }
    }

    /// Times of results and of the message.
    fn moments(&mut self, read: &Interpretation) {
        let wanted = self.seen.clone();
        let of_results = read
            .readings
            .iter()
            .filter_map(|reading| reading.time.as_ref());
        let of_messages = read
            .messages
            .iter()
            .filter_map(|message| message.time.as_ref());
        let mut models: Vec<&str> = of_results
            .chain(of_messages)
            .filter(|time| time.moment.is_some())
            .map(|time| time.text.as_str())
            .collect();
        models.sort_unstable();
        models.dedup();
        for model in models {
            let formats = &self.driver.profile().time.formats;
            let Some(format) = clockface::format(formats, model).map(str::to_owned) else {
                continue;
            };
            let probe = clockface::write(&format, "20250203040506", model);
            let places = self.free(&shape::words(&self.text, model.as_bytes()));
            if !self.reads(&places, probe.as_bytes(), &wanted) {
                continue;
            }
            for place in places {
                let (format, model) = (format.clone(), model.to_owned());
                self.take(place, Fill::Moment { format, model });
            }
        }
    }

    /// Numbers of results, each at the one place that counts.
    fn values(&mut self, read: &Interpretation) {
        for (index, reading) in read.readings.iter().enumerate() {
            if reading.value.number.is_none() {
                continue;
            }
            let model = reading.value.text.trim();
            let probe = shape::other_digits(model);
            let mut wanted = self.seen.clone();
            let Some(row) = wanted.rows.get_mut(index).filter(|_| probe != model) else {
                continue;
            };
            row.value.clone_from(&probe);
            let within = reading.bytes.from..reading.bytes.to;
            let words = shape::words(&self.text, model.as_bytes());
            let parts = shape::occurrences(&self.text, model.as_bytes());
            let places = words.into_iter().chain(parts);
            let (mut near, far): (Vec<_>, Vec<_>) =
                places.partition(|place| within.contains(&place.start));
            // Some languages spread a result over more than the record it is named after.
            near.extend(far);
            for place in self.free(&near).into_iter().take(ATTEMPTS) {
                if self.reads(std::slice::from_ref(&place), probe.as_bytes(), &wanted) {
                    self.take(place, Fill::Value(model.to_owned()));
                    break;
                }
            }
        }
    }

    /// Those places that nothing else has taken.
    fn free(&self, places: &[Range<usize>]) -> Vec<Range<usize>> {
        let apart = |place: &&Range<usize>| {
            self.slots
                .iter()
                .all(|slot| slot.range.end <= place.start || place.end <= slot.range.start)
        };
        places.iter().filter(apart).cloned().collect()
    }

    fn take(&mut self, range: Range<usize>, fill: Fill) {
        self.slots.push(Slot { range, fill });
    }
}

fn replaced(text: &[u8], places: &[Range<usize>], new: &[u8]) -> Vec<u8> {
    let mut fresh = Vec::with_capacity(text.len());
    let mut from = 0;
    for place in places {
        fresh.extend_from_slice(text.get(from..place.start).unwrap_or_default());
        fresh.extend_from_slice(new);
        from = place.end;
    }
    fresh.extend_from_slice(text.get(from..).unwrap_or_default());
    fresh
}
