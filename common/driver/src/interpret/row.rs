//! One result row: where its parts stand, what they mean, and every reason for it to wait.

use super::{
    Last, Walk, push_once,
    value::{self, Meaning},
};
use crate::{
    catalogue::{Scale, Test},
    language::Record,
    profile::{CodeRule, IdentityPart, RowRule, Source, all_hold, find_where},
    reading::{Cause, Companion, Control, Quarantine, Reading},
    unit::Units,
};
use lisiere_model::{
    Interpretation as Meant, MeasuredValue, ObservationKind, ResultStatus, UcumUnit,
};

/// The unit of a row, as far as it is known.
struct RowUnit {
    text: Option<String>,
    ucum: Option<UcumUnit>,
}

impl<'a> Walk<'a> {
    pub(super) fn reading(&mut self, record: &'a Record<'a>, first_reason: Option<Quarantine>) {
        let driver = self.driver;
        let rules = &driver.profile.result;
        let mut reasons: Vec<Quarantine> = first_reason.into_iter().collect();
        let code = Source::first(&rules.code, &self.force).unwrap_or_default();
        let text = Source::first(&rules.value, &self.force).unwrap_or_default();
        let code_rule = driver.code(&code);
        let (mut value, mut meaning) = value::read(&text, &driver.profile.value, code_rule);
        if code_rule.is_none() {
            let why = unknown_code(&code, driver.profile.generic);
            reasons.push(Quarantine::new(Cause::UnknownCode, why));
        }
        let kind = self.kind(&mut reasons);
        let specimen = self.specimen(kind, &mut reasons);
        if self.torn && specimen.is_some() {
            let why =
                "une ligne illisible précède ce résultat : elle a pu nommer un autre échantillon";
            reasons.push(Quarantine::new(Cause::Damaged, why));
        }
        let unit = self.unit(code_rule, &mut reasons);
        let test = code_rule.and_then(|rule| self.test(rule, &unit, &meaning, &mut reasons));
        // A number that stands for a word is one only where the test answers in words.
        if meaning == Meaning::Number
            && test.is_some_and(|test| test.scale != Scale::Quantitative)
            && let Some(word) = value::word(text.trim(), &driver.profile.value.words)
        {
            (value, meaning) = (MeasuredValue::textual(&text), Meaning::Word(word));
        }
        let unit = settle_unit(unit, code_rule, test, &value, &mut reasons);
        judge_value(&meaning, &text, test, &mut reasons);
        self.judge_repeats(record, &mut reasons);
        let mut status = self.status(&mut reasons);
        if matches!(meaning, Meaning::Nothing(_)) {
            status = ResultStatus::Impossible;
        }
        let (flags, interpretation) = self.flags();
        self.judge_bytes(
            [&code, &text, unit.text.as_deref().unwrap_or_default()],
            record,
            &mut reasons,
        );
        let (time, time_doubt) = self.time(&rules.time, true).unzip();
        let run = self.run(specimen.as_ref(), &code);
        let sent_name = Source::first(&rules.name, &self.force);
        let reading = Reading {
            specimen,
            code,
            name: test
                .map(|test| test.label.clone())
                .or_else(|| code_rule.and_then(|rule| rule.label.clone()))
                .or(sent_name),
            test: test.map(|test| test.code.clone()),
            loinc: test.and_then(|test| test.loinc.clone()),
            value,
            qualitative: match meaning {
                Meaning::Word(word) => Some(word),
                _ => None,
            },
            unit_text: unit.text,
            unit: unit.ucum,
            flags,
            interpretation,
            range_text: Source::first(&rules.range, &self.force),
            status,
            time,
            kind,
            run,
            comments: Vec::new(),
            companions: self.asides(record),
            quarantine: reasons,
            control: self.control(kind),
            identity: String::new(),
            time_doubt: time_doubt.flatten(),
            bytes: record.range,
        };
        self.keep(record, reading);
    }

    /// Of several values in one field none is the value, unless the profile says which repeat it reads.
    fn judge_repeats(&self, record: &Record<'_>, reasons: &mut Vec<Quarantine>) {
        let mut rules = self.driver.profile.result.value.iter();
        let found = rules.find(|one| find_where(&one.at, &one.when, &self.force).is_some());
        let Some(place) = found.map(|source| &source.at.place) else {
            return;
        };
        if place.record != record.name || place.repeat.is_some() || place.component.is_none() {
            return;
        }
        let mut values = record.repeats(place);
        values.retain(|text| !text.trim().is_empty());
        if values.len() > 1 {
            let why = format!("{} valeurs dans un seul champ", values.len());
            reasons.push(Quarantine::new(Cause::UnknownValue, why));
        }
    }

    /// Adds a reading with its identity, and gives it the companions that came before it.
    fn keep(&mut self, record: &'a Record<'a>, mut reading: Reading) {
        let place = self.out.readings.len();
        reading.identity = self.identity(&reading);
        self.out.readings.push(reading);
        self.take_waiting(record, place);
        self.parents.push(record);
        self.last = Last::Reading(place);
    }

    /// Which run of the test on the specimen it is, within the message.
    fn run(&mut self, specimen: Option<&String>, code: &str) -> u32 {
        let run = self
            .runs
            .entry((specimen.cloned(), code.to_owned()))
            .or_insert(0);
        *run = run.saturating_add(1);
        *run
    }

    pub(super) fn companion(&self, record: &'a Record<'a>, rule: &RowRule) -> Companion {
        let rules = &self.driver.profile.result;
        let text = Source::first(&rules.value, &self.force).unwrap_or_default();
        let code = || Source::first(&rules.code, &self.force).unwrap_or_default();
        Companion {
            name: Source::first(&rule.name, &self.force)
                .or_else(|| rule.label.clone())
                .unwrap_or_else(code),
            number: value::read(&text, &self.driver.profile.value, None)
                .0
                .number,
            value: text,
            unit: Source::first(&rules.unit, &self.force),
            bytes: record.range,
        }
    }

    fn asides(&self, record: &'a Record<'a>) -> Vec<Companion> {
        let rules = self.driver.profile.aside.iter();
        rules
            .filter_map(|rule| {
                let text = find_where(&rule.at, &rule.when, &self.force)?;
                Some(Companion {
                    name: rule.name.clone(),
                    number: value::read(&text, &self.driver.profile.value, None)
                        .0
                        .number,
                    value: text,
                    unit: None,
                    bytes: record.range,
                })
            })
            .collect()
    }

    /// Patient unless a rule says otherwise; rules that disagree leave it open and say why.
    fn kind(&self, reasons: &mut Vec<Quarantine>) -> ObservationKind {
        let rules = self.driver.profile.kind.iter();
        let mut fitting: Vec<_> = rules
            .filter(|rule| all_hold(&rule.when, &self.force))
            .collect();
        if fitting.iter().any(|rule| rule.decisive) {
            fitting.retain(|rule| rule.decisive);
        }
        let Some(first) = fitting.first() else {
            return ObservationKind::Patient;
        };
        if fitting.iter().all(|rule| rule.kind == first.kind) {
            return first.kind;
        }
        let words: Vec<String> = fitting
            .iter()
            .map(|rule| format!("{} ({})", french(rule.kind), rule.why))
            .collect();
        let why = format!(
            "nature du prélèvement contradictoire : {}",
            words.join(", ")
        );
        reasons.push(Quarantine::new(Cause::KindDisagreement, why));
        ObservationKind::Other
    }

    fn unit(&self, rule: Option<&CodeRule>, reasons: &mut Vec<Quarantine>) -> RowUnit {
        let found = Source::first(&self.driver.profile.result.unit, &self.force);
        let Some(text) = found.filter(|text| !text.trim().is_empty()) else {
            return RowUnit {
                text: None,
                ucum: None,
            };
        };
        let plain = text.trim();
        let ucum = rule
            .and_then(|rule| rule.units.get(plain))
            .or_else(|| self.driver.profile.units.get(plain))
            .or_else(|| Units::builtin().translate(plain))
            .cloned();
        if ucum.is_none() {
            let why = format!("unité « {plain} » inconnue");
            reasons.push(Quarantine::new(Cause::UnknownUnit, why));
        }
        RowUnit {
            text: Some(text),
            ucum,
        }
    }

    /// Of the tests a code may be, the one made on this kind of specimen whose property the unit measures. Without a unit,
    /// only a single one is taken.
    fn test(
        &self,
        rule: &CodeRule,
        unit: &RowUnit,
        meaning: &Meaning,
        reasons: &mut Vec<Quarantine>,
    ) -> Option<&'a Test> {
        let driver = self.driver;
        let all: Vec<&Test> = rule
            .tests
            .iter()
            .filter_map(|code| driver.catalogue.get(code))
            .collect();
        if all.is_empty() {
            let why = format!(
                "le code « {} » n'est relié à aucune analyse du catalogue",
                rule.code
            );
            reasons.push(Quarantine::new(Cause::UnknownTest, why));
            return None;
        }
        let kinds = self.specimen_kinds(reasons);
        let tests: Vec<&Test> = match &kinds {
            Some(kinds) => all
                .iter()
                .copied()
                .filter(|test| {
                    test.specimens
                        .iter()
                        .any(|kind| kinds.contains(&kind.as_str()))
                })
                .collect(),
            None => all,
        };
        if let (Some(kinds), []) = (&kinds, tests.as_slice()) {
            let why = format!(
                "le code « {} » n'est relié à aucune analyse de ce type d'échantillon ({})",
                rule.code,
                kinds.join(", ")
            );
            reasons.push(Quarantine::new(Cause::UnknownTest, why));
            return None;
        }
        if let Some(unit) = unit.ucum.as_ref().or(rule.unit.as_ref()) {
            return by_unit(unit, &tests, kinds.is_some(), reasons);
        }
        if let (Meaning::Word(_), Some(test)) = (
            meaning,
            tests.iter().find(|test| test.scale != Scale::Quantitative),
        ) {
            return Some(test);
        }
        match tests.as_slice() {
            [only] => Some(only),
            _ => None,
        }
    }

    /// The kinds the specimen may be (HL7 table 0487), when the profile looks for them and the analyzer says one.
    fn specimen_kinds(&self, reasons: &mut Vec<Quarantine>) -> Option<Vec<&'a str>> {
        let rule = self.driver.profile.specimen.types.as_ref()?;
        if !all_hold(&rule.when, &self.force) {
            return None;
        }
        let word = rule.at.find(&self.force)?;
        let word = word.trim();
        if word.is_empty() {
            return None;
        }
        let Some(kinds) = rule.means.get(word) else {
            let why = format!("type d'échantillon « {word} » inconnu de ce pilote");
            reasons.push(Quarantine::new(Cause::UnknownTest, why));
            return None;
        };
        Some(kinds.iter().map(String::as_str).collect())
    }

    /// What is known of the control that a result was made on.
    fn control(&self, kind: ObservationKind) -> Option<Control> {
        let rule = &self.driver.profile.control;
        let find = |sources: &[Source]| Source::first(sources, &self.force);
        if kind == ObservationKind::Patient {
            return None;
        }
        let control = Control {
            name: find(&rule.name),
            lot: find(&rule.lot),
            level: find(&rule.level),
            target: find(&rule.target),
            deviation: find(&rule.deviation),
        };
        (control != Control::default()).then_some(control)
    }

    /// What makes the reading the same as another one, as the profile says.
    fn identity(&self, reading: &Reading) -> String {
        let facts = self.out.messages.last();
        let parts = self.driver.profile.duplicate.identity.iter();
        let texts = parts.map(|part| match part {
            IdentityPart::Sender => facts
                .and_then(|facts| facts.sender.clone())
                .unwrap_or_default(),
            IdentityPart::Message => facts
                .and_then(|facts| facts.control_id.clone())
                .unwrap_or_default(),
            IdentityPart::Specimen => reading.specimen.clone().unwrap_or_default(),
            IdentityPart::Code => reading.code.clone(),
            IdentityPart::Value => reading.value.text.clone(),
            IdentityPart::Time => reading
                .time
                .as_ref()
                .map(|time| time.text.clone())
                .unwrap_or_default(),
            IdentityPart::Run => reading.run.to_string(),
            IdentityPart::Status => crate::line::status_word(reading.status).to_owned(),
        });
        texts.collect::<Vec<_>>().join("\u{1f}")
    }

    fn status(&self, reasons: &mut Vec<Quarantine>) -> ResultStatus {
        let rule = &self.driver.profile.status;
        let duplicate = &self.driver.profile.duplicate;
        if !duplicate.correction.is_empty() && all_hold(&duplicate.correction, &self.force) {
            return ResultStatus::Corrected;
        }
        if !duplicate.repeat.is_empty() && all_hold(&duplicate.repeat, &self.force) {
            return ResultStatus::Repeated;
        }
        let found = Source::first(&self.driver.profile.result.status, &self.force);
        let Some(text) = found.filter(|text| !text.trim().is_empty()) else {
            return rule.missing;
        };
        if let Some(status) = rule.means.get(text.trim()) {
            *status
        } else {
            let why = format!("statut « {} » inconnu de ce pilote", text.trim());
            reasons.push(Quarantine::new(Cause::UnknownStatus, why));
            ResultStatus::Questionable
        }
    }

    fn flags(&self) -> (Vec<String>, Option<Meant>) {
        let rule = &self.driver.profile.flags;
        let mut flags = Vec::new();
        for repeat in rule.at.iter().flat_map(|at| self.force.repeats(&at.place)) {
            let flag = repeat.trim();
            if !flag.is_empty() && !rule.none.iter().any(|none| none == flag) {
                push_once(&mut flags, flag.to_owned());
            }
        }
        let meaning = flags.iter().find_map(|flag| rule.means.get(flag)).copied();
        for alarm in &self.alarms {
            push_once(&mut flags, alarm.clone());
        }
        (flags, meaning)
    }

    fn judge_bytes(&self, texts: [&str; 3], record: &Record<'_>, reasons: &mut Vec<Quarantine>) {
        if self.in_doubt {
            let why = "message endommagé : une trame est fausse, coupée ou manquante";
            reasons.push(Quarantine::new(Cause::Damaged, why));
        }
        if texts.iter().any(|text| text.contains('\u{fffd}')) {
            let why = format!("octets illisibles en {}", record.charset().name());
            reasons.push(Quarantine::new(Cause::Damaged, why));
        }
    }
}

/// The test whose property the unit measures.
fn by_unit<'a>(
    unit: &UcumUnit,
    tests: &[&'a Test],
    kind_is_known: bool,
    reasons: &mut Vec<Quarantine>,
) -> Option<&'a Test> {
    let same = tests.iter().find(|test| test.ucum.as_ref() == Some(unit));
    let fitting = same.or_else(|| tests.iter().find(|test| test.accepts(unit)));
    let Some(best) = fitting else {
        let expected: Vec<&str> = tests
            .iter()
            .filter_map(|test| test.ucum.as_ref())
            .map(UcumUnit::as_str)
            .collect();
        let why = format!(
            "l'unité {unit} ne mesure pas la grandeur de l'analyse (attendu : {})",
            expected.join(" ou ")
        );
        reasons.push(Quarantine::new(Cause::UnitMismatch, why));
        return None;
    };
    // Serum or urine: the unit alone does not tell.
    let other = tests.iter().find(|test| {
        test.code != best.code
            && test.accepts(unit)
            && !test
                .specimens
                .iter()
                .any(|kind| best.specimens.contains(kind))
    });
    if let (Some(other), false) = (other, kind_is_known) {
        let why = format!(
            "type d'échantillon inconnu : {} ou {} selon lui",
            best.label, other.label
        );
        reasons.push(Quarantine::new(Cause::UnknownTest, why));
        return None;
    }
    Some(best)
}

/// A number needs a unit: the one sent, the one the profile declares for a code that never comes with one, or none where
/// the test has no dimension. Anything else waits.
fn settle_unit(
    mut unit: RowUnit,
    rule: Option<&CodeRule>,
    test: Option<&Test>,
    value: &MeasuredValue,
    reasons: &mut Vec<Quarantine>,
) -> RowUnit {
    if unit.text.is_some() || value.number.is_none() {
        return unit;
    }
    unit.ucum = rule.and_then(|rule| rule.unit.clone()).or_else(|| {
        test.filter(|test| test.is_dimensionless())
            .and_then(|test| test.ucum.clone())
    });
    let ordinal = test.is_some_and(|test| test.scale != Scale::Quantitative);
    if unit.ucum.is_none() && !ordinal {
        let why = "unité inconnue : nombre envoyé sans unité";
        reasons.push(Quarantine::new(Cause::UnknownUnit, why));
    }
    unit
}

fn judge_value(meaning: &Meaning, text: &str, test: Option<&Test>, reasons: &mut Vec<Quarantine>) {
    match meaning {
        Meaning::Nothing(means) => {
            let why = format!("pas de résultat : {means}");
            reasons.push(Quarantine::new(Cause::NoResult, why));
        }
        Meaning::Unknown => {
            let why = format!("valeur « {} » non comprise", text.trim());
            reasons.push(Quarantine::new(Cause::UnknownValue, why));
        }
        Meaning::Number if test.is_some_and(|test| test.scale != Scale::Quantitative) => {
            let why = "nombre envoyé pour une analyse qualitative";
            reasons.push(Quarantine::new(Cause::UnknownValue, why));
        }
        Meaning::Number | Meaning::Word(_) => {}
    }
}

fn unknown_code(code: &str, is_generic: bool) -> String {
    match code {
        "" => "code d'analyse absent".to_owned(),
        code if is_generic => format!("code d'analyse « {code} » à relier : pilote générique"),
        code => format!("code d'analyse « {code} » inconnu de ce pilote"),
    }
}

const fn french(kind: ObservationKind) -> &'static str {
    match kind {
        ObservationKind::Patient => "patient",
        ObservationKind::Qc => "contrôle de qualité",
        ObservationKind::Calibration => "étalon",
        ObservationKind::Other => "autre",
    }
}
