//! Records that are no result: comments, alarms, questions, and those kept aside for a person.

use super::{Last, Walk, push_once};
use crate::{
    driver::Driver,
    language::{Record, Standing},
    profile::{Place, RowRule, Source, all_hold},
    reading::{AsideRecord, Cause, HostQuery, Quarantine},
};

/// Unknown records listed one by one.
const UNKNOWN_LISTED: usize = 10_000;

impl<'a> Walk<'a> {
    /// An alarm of the analyzer that concerns all results of the order, those before it and those after.
    pub(super) fn alarm(&mut self, record: &'a Record<'a>, rule: &RowRule) {
        let name = Source::first(&rule.name, &self.force).or_else(|| rule.label.clone());
        let name = name.map(|name| name.trim().to_owned());
        let Some(name) = name.filter(|name| !name.is_empty()) else {
            let why = "alarme de l'analyseur sans nom";
            self.unknown(record, Cause::UnknownRecord, why);
            return;
        };
        self.alarm_all(record, &[name]);
    }

    pub(super) fn alarm_all(&mut self, record: &Record<'_>, names: &[String]) {
        for name in names {
            for reading in self.out.readings.iter_mut().skip(self.order_start) {
                push_once(&mut reading.flags, name.clone());
            }
            push_once(&mut self.alarms, name.clone());
        }
        self.ignored(
            record,
            "alarme de l'analyseur, reprise sur chaque résultat de la demande",
        );
    }

    pub(super) fn comment(&mut self, record: &'a Record<'a>) {
        let rule = &self.driver.profile.comment;
        let view = self.force.with(record);
        let found = rule.at.as_ref().and_then(|at| at.find(&view));
        let is_alarm = !rule.alarm.is_empty() && all_hold(&rule.alarm, &view);
        let text = found.unwrap_or_default().trim().to_owned();
        let silent = text.is_empty() || rule.none.contains(&text);
        let (Last::Reading(place) | Last::Companion(place)) = self.last else {
            if is_alarm && !silent && rule.of_order && self.order_has_rows(record) {
                let repeats = rule.at.iter().flat_map(|at| record.repeats(&at.place));
                let names: Vec<String> = repeats
                    .map(|name| name.trim().to_owned())
                    .filter(|name| !name.is_empty() && !rule.none.contains(name))
                    .collect();
                self.alarm_all(record, &names);
                return;
            }
            if is_alarm && !silent {
                let why =
                    "alarme de l'analyseur hors résultat : elle peut concerner tout l'échantillon";
                self.unknown(record, Cause::UnknownRecord, why);
                return;
            }
            self.ignored(record, "commentaire hors résultat");
            return;
        };
        let Some(reading) = self.out.readings.get_mut(place) else {
            return;
        };
        match (silent, is_alarm) {
            (true, _) => {}
            (false, true) => {
                if let Some(words) = rule.alarms.get(&text) {
                    push_once(&mut reading.comments, words.clone());
                }
                push_once(&mut reading.flags, text);
            }
            (false, false) => reading.comments.push(text),
        }
    }

    /// Whether the order in force has a result, before this record or after it.
    pub(super) fn order_has_rows(&self, record: &Record<'_>) -> bool {
        if self.out.readings.len() > self.order_start {
            return true;
        }
        let after = (0..)
            .zip(self.records)
            .skip_while(|(_, one)| one.range != record.range);
        for (place, next) in after.skip(1) {
            if self.row_rule(next, &self.force.with(next)).is_some() {
                return true;
            }
            if !matches!(self.force.standing(place), Some(Standing::Beside) | None) {
                return false;
            }
        }
        false
    }

    pub(super) fn question(&mut self, record: &'a Record<'a>) {
        self.last = Last::Other;
        let rule = self.driver.profile.query.as_ref();
        let Some(rule) = rule.filter(|rule| rule.from.record == record.name) else {
            let why = "question de l'analyseur : ce pilote n'en attend pas";
            self.unknown(record, Cause::UnknownRecord, why);
            return;
        };
        let field = rule.from.field;
        let mut query = HostQuery {
            specimens: Vec::new(),
            unreadable: Vec::new(),
            bytes: record.range,
        };
        let whole = Place::field(&record.name, field, None);
        let part = Place::field(&record.name, field, Some(rule.component));
        let bare = Place::field(&record.name, field, Some(1));
        for (number, repeat) in (1..).zip(record.repeats(&whole)) {
            let nth = |place: &Place| {
                let place = Place {
                    repeat: Some(number),
                    ..place.clone()
                };
                record.text(&place)
            };
            // Some makers write the blank component before the first of several tubes only.
            let alone = nth(&bare).is_some_and(|text| text == repeat);
            let text = nth(if alone { &bare } else { &part }).unwrap_or_default();
            if rule
                .all
                .as_ref()
                .is_some_and(|all| all.0.is_match(text.trim()))
            {
                continue;
            }
            match self.specimen_number(&text) {
                Ok(number) => query.specimens.push(number),
                Err(_) => query.unreadable.push(text.trim().to_owned()),
            }
        }
        self.out.queries.push(query);
    }

    pub(super) fn other(&mut self, record: &'a Record<'a>) {
        // A maker's record leaves the result before it in force: its comments may still follow.
        let ignored = &self.driver.profile.records.ignored;
        if let Some(why) = ignored.get(record.name.as_ref()) {
            self.ignored(record, why);
        } else {
            let why = format!("enregistrement {} inconnu de ce pilote", record.name);
            self.unknown(record, Cause::UnknownRecord, &why);
        }
    }

    pub(super) fn ignored(&mut self, record: &Record<'_>, why: &str) {
        let aside = self.aside(record, Quarantine::new(Cause::UnknownRecord, why));
        self.out.ignored.push(aside);
    }

    pub(super) fn unknown(&mut self, record: &Record<'_>, cause: Cause, why: &str) {
        let aside = self.aside(record, Quarantine::new(cause, why));
        self.list_unknown(aside);
    }

    /// Lists a record for a person. Past a bound the rest is listed as one stretch of bytes: a page of noise must not
    /// grow into gigabytes of explanations.
    pub(super) fn list_unknown(&mut self, aside: AsideRecord) {
        if self.out.unknown.len() < UNKNOWN_LISTED {
            self.out.unknown.push(aside);
            return;
        }
        if let Some(last) = self.out.unknown.last_mut() {
            last.bytes.to = aside.bytes.to;
            "…".clone_into(&mut last.text);
            "suite d'enregistrements inconnus, gardée en un seul morceau"
                .clone_into(&mut last.why.reason);
        }
    }

    pub(super) fn aside(&self, record: &Record<'_>, why: Quarantine) -> AsideRecord {
        let short = record.name.chars().count() <= 8;
        let full = self.out.unknown.len() >= UNKNOWN_LISTED;
        AsideRecord {
            letter: if short {
                record.name.to_string()
            } else {
                "?".to_owned()
            },
            text: if full {
                String::new()
            } else {
                masked(self.driver, record)
            },
            why,
            bytes: record.range,
        }
    }
}

/// The record as text, without the fields that the profile or the language names personal.
pub(crate) fn masked(driver: &Driver, record: &Record<'_>) -> String {
    let personal = &driver.profile.privacy.personal;
    let mut persons = driver.syntax.grammar().personal.iter();
    let whole = persons.any(|name| record.is_kin(name));
    let named = |number: usize| personal.iter().any(|at| record.is_at(&at.place, number));
    let first = record.first_field();
    let fields = record.fields().into_iter().map(|(number, text)| {
        // The number of the record within its message says nothing of a person.
        let hidden = (whole && number > first + 1) || named(number);
        if hidden && !text.is_empty() {
            "***".to_owned()
        } else {
            text
        }
    });
    let sign = record.separator().to_string();
    fields.collect::<Vec<_>>().join(&sign)
}
