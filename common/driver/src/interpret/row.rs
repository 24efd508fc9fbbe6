//! One result row: where its parts stand, what they mean, and every reason for it to wait.

use super::{
    Last, Walk, push_once,
    value::{self, Meaning},
};
use crate::{
    catalogue::{Scale, Test},
    profile::{CodeRule, RowRule, Source, all_hold},
    reading::{Cause, Companion, Quarantine, Reading},
    unit::Units,
};
use lisiere_model::{
    AccessionNumber, Interpretation as Meant, MeasuredValue, ObservationKind, ResultStatus,
    UcumUnit,
};
use lisiere_protocol::lis2a2::Record;

/// The unit of a row, as far as it is known.
struct RowUnit {
    text: Option<String>,
    ucum: Option<UcumUnit>,
}

impl<'a> Walk<'a> {
    pub(super) fn reading(&mut self, record: Record<'a>, first_reason: Option<Quarantine>) {
        let driver = self.driver;
        let rules = &driver.profile.result;
        let mut reasons: Vec<Quarantine> = first_reason.into_iter().collect();
        let code = Source::first(&rules.code, &self.records).unwrap_or_default();
        let text = Source::first(&rules.value, &self.records).unwrap_or_default();
        let (value, meaning) = value::read(&text, &driver.profile.value);
        let code_rule = driver.code(&code);
        if code_rule.is_none() {
            let why = match code.as_str() {
                "" => "code d'analyse absent".to_owned(),
                code => format!("code d'analyse « {code} » inconnu de ce pilote"),
            };
            reasons.push(Quarantine::new(Cause::UnknownCode, why));
        }
        let kind = self.kind(&mut reasons);
        let specimen = self.specimen(kind, &mut reasons);
        let unit = self.unit(code_rule, &mut reasons);
        let test = code_rule.and_then(|rule| self.test(rule, &unit, &meaning, &mut reasons));
        let unit = settle_unit(unit, code_rule, test, &value, &mut reasons);
        judge_value(&meaning, &text, test, &mut reasons);
        let mut status = self.status(&mut reasons);
        if matches!(meaning, Meaning::Nothing(_)) {
            status = ResultStatus::Impossible;
        }
        let (flags, interpretation) = self.flags();
        let bytes = self.bytes(record);
        self.judge_bytes(
            [&code, &text, unit.text.as_deref().unwrap_or_default()],
            &mut reasons,
        );
        let time = self.time(&rules.time);
        let run = self
            .runs
            .entry((specimen.clone(), code.clone()))
            .or_insert(0);
        *run = run.saturating_add(1);
        let run = *run;
        let sent_name = Source::first(&rules.name, &self.records);
        let place = self.out.readings.len();
        self.out.readings.push(Reading {
            specimen,
            code,
            name: test.map(|test| test.label.clone()).or(sent_name),
            test: test.map(|test| test.code.clone()),
            loinc: test.and_then(|test| test.loinc.clone()),
            value,
            qualitative: if let Meaning::Word(word) = meaning {
                Some(word)
            } else {
                None
            },
            unit_text: unit.text,
            unit: unit.ucum,
            flags,
            interpretation,
            range_text: Source::first(&rules.range, &self.records),
            status,
            time,
            kind,
            run,
            comments: Vec::new(),
            companions: self.asides(record),
            quarantine: reasons,
            bytes,
        });
        self.parents.push(record);
        self.last = Last::Reading(place);
    }

    pub(super) fn companion(&self, record: Record<'a>, rule: &RowRule) -> Companion {
        let rules = &self.driver.profile.result;
        let text = Source::first(&rules.value, &self.records).unwrap_or_default();
        let code = || Source::first(&rules.code, &self.records).unwrap_or_default();
        Companion {
            name: Source::first(&rule.name, &self.records)
                .or_else(|| rule.label.clone())
                .unwrap_or_else(code),
            number: value::read(&text, &self.driver.profile.value).0.number,
            value: text,
            unit: Source::first(&rules.unit, &self.records),
            bytes: self.bytes(record),
        }
    }

    fn asides(&self, record: Record<'a>) -> Vec<Companion> {
        let rules = self.driver.profile.aside.iter();
        rules
            .filter(|rule| all_hold(&rule.when, &self.records))
            .filter_map(|rule| {
                let text = rule.at.find(&self.records)?;
                Some(Companion {
                    name: rule.name.clone(),
                    number: value::read(&text, &self.driver.profile.value).0.number,
                    value: text,
                    unit: None,
                    bytes: self.bytes(record),
                })
            })
            .collect()
    }

    /// Patient unless a rule says otherwise; rules that disagree leave it open and say why.
    fn kind(&self, reasons: &mut Vec<Quarantine>) -> ObservationKind {
        let rules = self.driver.profile.kind.iter();
        let mut fitting: Vec<_> = rules
            .filter(|rule| all_hold(&rule.when, &self.records))
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

    fn specimen(&self, kind: ObservationKind, reasons: &mut Vec<Quarantine>) -> Option<String> {
        let rule = &self.driver.profile.specimen;
        let found = Source::first(&rule.from, &self.records);
        let needed = matches!(kind, ObservationKind::Patient | ObservationKind::Other);
        let Some(text) = found.filter(|text| !text.trim().is_empty()) else {
            if needed {
                let why = match self.records.order {
                    Some(_) => "numéro d'échantillon absent",
                    None => "résultat sans demande (enregistrement O) : échantillon inconnu",
                };
                reasons.push(Quarantine::new(Cause::SpecimenMissing, why));
            }
            return None;
        };
        let untrusted =
            !rule.unreadable_when.is_empty() && all_hold(&rule.unreadable_when, &self.records);
        let number = self.specimen_number(&text).and_then(|number| {
            if untrusted {
                Err("l'analyseur dit qu'il n'a pas lu l'étiquette".to_owned())
            } else {
                Ok(number)
            }
        });
        match number {
            Ok(number) => Some(number),
            Err(why) => {
                let why = format!("échantillon « {} » : {why}", text.trim());
                reasons.push(Quarantine::new(Cause::SpecimenUnreadable, why));
                None
            }
        }
    }

    /// The number on the label, or why the text is none.
    pub(super) fn specimen_number(&self, text: &str) -> Result<String, String> {
        let rule = &self.driver.profile.specimen;
        let mut number = text.trim();
        if rule
            .unreadable
            .iter()
            .any(|pattern| pattern.0.is_match(number))
        {
            return Err("étiquette non lue par l'analyseur".to_owned());
        }
        if let Some(padding) = rule.padding {
            number = number.trim_start_matches(padding);
        }
        if number.chars().count() > rule.max_length {
            return Err(format!("plus de {} caractères", rule.max_length));
        }
        if number.contains('\u{fffd}') {
            return Err("octets illisibles dans ce jeu de caractères".to_owned());
        }
        match number.parse::<AccessionNumber>() {
            Ok(accession) => Ok(accession.as_str().to_owned()),
            Err(_) => Err("ce n'est pas un numéro d'étiquette".to_owned()),
        }
    }

    fn unit(&self, rule: Option<&CodeRule>, reasons: &mut Vec<Quarantine>) -> RowUnit {
        let found = Source::first(&self.driver.profile.result.unit, &self.records);
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

    /// Of the tests a code may be, the one whose property the unit measures. Without a unit, only a single one is taken.
    fn test(
        &self,
        rule: &CodeRule,
        unit: &RowUnit,
        meaning: &Meaning,
        reasons: &mut Vec<Quarantine>,
    ) -> Option<&'a Test> {
        let driver = self.driver;
        let tests: Vec<&Test> = rule
            .tests
            .iter()
            .filter_map(|code| driver.catalogue.get(code))
            .collect();
        if tests.is_empty() {
            let why = format!(
                "le code « {} » n'est relié à aucune analyse du catalogue",
                rule.code
            );
            reasons.push(Quarantine::new(Cause::UnknownTest, why));
            return None;
        }
        if let Some(unit) = unit.ucum.as_ref().or(rule.unit.as_ref()) {
            let same = tests.iter().find(|test| test.ucum.as_ref() == Some(unit));
            let fitting = same.or_else(|| tests.iter().find(|test| test.accepts(unit)));
            if fitting.is_none() {
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
            }
            return fitting.copied();
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

    fn status(&self, reasons: &mut Vec<Quarantine>) -> ResultStatus {
        let rule = &self.driver.profile.status;
        let found = Source::first(&self.driver.profile.result.status, &self.records);
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
        for repeat in rule.at.iter().flat_map(|at| self.records.repeats(at)) {
            let flag = repeat.trim();
            if !flag.is_empty() && !rule.none.iter().any(|none| none == flag) {
                push_once(&mut flags, flag.to_owned());
            }
        }
        let meaning = flags.iter().find_map(|flag| rule.means.get(flag)).copied();
        (flags, meaning)
    }

    fn judge_bytes(&self, texts: [&str; 3], reasons: &mut Vec<Quarantine>) {
        if self.in_doubt {
            let why = "message endommagé : une trame est fausse, coupée ou manquante";
            reasons.push(Quarantine::new(Cause::Damaged, why));
        }
        if texts.iter().any(|text| text.contains('\u{fffd}')) {
            let why = format!("octets illisibles en {}", self.driver.encoding.name());
            reasons.push(Quarantine::new(Cause::Damaged, why));
        }
    }
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

const fn french(kind: ObservationKind) -> &'static str {
    match kind {
        ObservationKind::Patient => "patient",
        ObservationKind::Qc => "contrôle de qualité",
        ObservationKind::Calibration => "étalon",
        ObservationKind::Other => "autre",
    }
}
