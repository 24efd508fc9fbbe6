//! The records in force while a message is read, as locators see them.

use crate::{
    language::{Grammar, Level, Record, Standing},
    profile::{Place, Scope},
};

/// Records of one name in force beside each other; more are read one by one, but are not looked at by rules.
const BESIDE: usize = 64;

/// What is in force at one record of a message.
#[derive(Debug)]
pub(crate) struct Force<'t> {
    records: &'t [Record<'t>],
    standings: Vec<Option<Standing>>,
    /// Lines that are no records and may have been orders.
    torn: Vec<bool>,
    entries: Vec<Entry>,
    /// Records up to this place were put in force when their group opened.
    seen: usize,
}

#[derive(Clone, Copy, Debug)]
struct Entry {
    level: u8,
    place: usize,
    /// Waits for the record that opens its level.
    waiting: bool,
}

impl<'t> Force<'t> {
    pub(crate) fn new(records: &'t [Record<'t>], levels: &[Level], grammar: &Grammar) -> Self {
        let standings = records.iter().map(|record| Level::of(levels, &record.name));
        let unknown = |record: &Record<'_>| Level::of(levels, &record.name).is_none();
        let torn = records
            .iter()
            .map(|record| unknown(record) && grammar.may_be_order(&record.name));
        Self {
            records,
            standings: standings.collect(),
            torn: torn.collect(),
            entries: Vec::new(),
            seen: 0,
        }
    }

    /// Records that are all in force, whatever they close.
    pub(crate) fn flat(records: &'t [Record<'t>]) -> Self {
        let entry = |place| Entry {
            level: 0,
            place,
            waiting: false,
        };
        Self {
            records,
            standings: Vec::new(),
            torn: Vec::new(),
            entries: (0..records.len()).map(entry).collect(),
            seen: 0,
        }
    }

    /// What the record at this place does to the others.
    pub(crate) fn standing(&self, place: usize) -> Option<Standing> {
        self.standings.get(place).copied().flatten()
    }

    /// The outermost level that an order opens: a record that opens it begins what a result's specimen is taken from.
    pub(crate) fn order_level(&self, grammar: &Grammar) -> Option<u8> {
        let level = |standing: &Option<Standing>| match standing {
            Some(Standing::Opens(level) | Standing::Before(level)) => Some(*level),
            _ => None,
        };
        let orders = self.records.iter().zip(&self.standings);
        orders
            .filter(|(record, _)| grammar.orders.contains(&record.name.as_ref()))
            .filter_map(|(_, standing)| level(standing))
            .min()
    }

    /// Puts the record at this place in force and closes what it closes.
    pub(crate) fn open(&mut self, place: usize) {
        match self.standing(place) {
            Some(Standing::Opens(level)) => {
                self.entries
                    .retain(|entry| entry.level < level || (entry.level == level && entry.waiting));
                for entry in &mut self.entries {
                    entry.waiting = entry.waiting && entry.level > level;
                }
                self.push(level, place, false);
                self.look_ahead(level, place);
            }
            Some(Standing::Before(level)) => {
                self.entries.retain(|entry| entry.level < level);
                self.push(level, place, true);
                self.seen = self.seen.max(place);
            }
            Some(Standing::Beside) if place > self.seen => {
                let level = self.entries.last().map_or(0, |entry| entry.level);
                self.push(level, place, false);
            }
            _ => {}
        }
    }

    /// Records that belong to the group just opened are in force for all of it.
    fn look_ahead(&mut self, level: u8, from: usize) {
        let mut nested = false;
        let mut seen = from;
        let mut torn = false;
        for place in from + 1..self.records.len() {
            torn |= self.torn.get(place).copied().unwrap_or_default();
            match self.standing(place) {
                Some(Standing::Opens(other) | Standing::Before(other)) if other <= level => break,
                Some(Standing::Opens(_) | Standing::Before(_)) => nested = true,
                // Behind a line that may have begun another group it is that one's.
                Some(Standing::Late(_)) if torn => {}
                Some(Standing::Late(own)) if own == level => {
                    nested = false;
                    self.push(level, place, false);
                }
                Some(Standing::Beside) if !nested => self.push(level, place, false),
                _ => {}
            }
            if !nested {
                seen = place;
            }
        }
        self.seen = self.seen.max(seen);
    }

    fn push(&mut self, level: u8, place: usize, waiting: bool) {
        let Some(record) = self.records.get(place) else {
            return;
        };
        let alike = self.entries.iter().filter(|entry| {
            entry.place != place
                && self
                    .records
                    .get(entry.place)
                    .is_some_and(|other| other.name == record.name)
        });
        if alike.count() < BESIDE && !self.entries.iter().any(|entry| entry.place == place) {
            self.entries.push(Entry {
                level,
                place,
                waiting,
            });
        }
    }

    /// Whether a record of this name is in force.
    pub(crate) fn has(&self, name: &str) -> bool {
        self.named(name).next().is_some()
    }

    /// The records of a name, those of the innermost level first, in the order in which they stand.
    fn named<'s>(&'s self, name: &'s str) -> impl Iterator<Item = &'t Record<'t>> + use<'s, 't> {
        let levels = (0..=8_u8).rev();
        levels.flat_map(move |level| {
            self.entries
                .iter()
                .filter(move |entry| entry.level == level)
                .filter_map(|entry| self.records.get(entry.place))
                .filter(move |record| record.name == name)
        })
    }

    /// What is in force, with this record in place of those of its name.
    pub(crate) const fn with<'s>(&'s self, record: &'t Record<'t>) -> View<'s, 't> {
        View {
            force: self,
            record,
        }
    }

    /// Each repeat of the field at a place in the nth record of its name; nothing when that says nothing there.
    pub(crate) fn repeats_in(&self, place: &Place, nth: usize) -> Option<Vec<String>> {
        let record = self.named(&place.record).nth(nth)?;
        record.text(place)?;
        Some(record.repeats(place))
    }

    /// Each repeat of the field at a place.
    pub(crate) fn repeats(&self, place: &Place) -> Vec<String> {
        self.named(&place.record)
            .flat_map(|record| record.repeats(place))
            .collect()
    }
}

impl Scope for Force<'_> {
    fn count(&self, record: &str) -> usize {
        self.named(record).count()
    }

    fn text_in(&self, place: &Place, nth: usize) -> Option<String> {
        self.named(&place.record).nth(nth)?.text(place)
    }
}

/// What is in force while one record is looked at.
#[derive(Clone, Copy, Debug)]
pub(crate) struct View<'s, 't> {
    force: &'s Force<'t>,
    record: &'t Record<'t>,
}

impl Scope for View<'_, '_> {
    fn count(&self, record: &str) -> usize {
        if self.record.name == record {
            1
        } else {
            self.force.count(record)
        }
    }

    fn text_in(&self, place: &Place, nth: usize) -> Option<String> {
        if self.record.name != place.record.as_str() {
            return self.force.text_in(place, nth);
        }
        (nth == 0).then(|| self.record.text(place))?
    }
}
