//! The starter rules: what makes a result wait for a person, each with the sentence that says why.
//!
//! A rule that cannot be computed never counts as passed: either it says nothing because it does not apply, or it holds.

use jiff::tz::TimeZone;
use lisiere_driver::catalogue::{Scale, Test};
use lisiere_model::{Interpretation, Patient, ReferenceBand, ResultStatus, Specimen, UtcMicros};
use rust_decimal::{Decimal, RoundingStrategy};

use super::limits::{Standing, hides_critical, percent_change, standing};
use super::reading::{DoubtClass, class};
use super::{tubes, words};
use crate::store::observation::{Hold, Outcome, Previous, Read, Reference};

/// A tube older than this is looked at before its results are used. One bound for all tests until the catalogue carries
/// one for each.
const SPECIMEN_AGE: i64 = 72 * 3_600_000_000;
const DAY: i64 = 86_400_000_000;
/// A tube without a time of collection is registered at most this long after its results were made; labels come back, and
/// an older result then belongs to whoever bore the number before.
const BEFORE_REGISTRATION: i64 = 12 * 3_600_000_000;

/// Everything a rule may look at.
#[derive(Debug, Clone, Copy)]
pub struct Facts<'a> {
    /// The catalogue's test.
    pub test: &'a Test,
    /// Whose result.
    pub patient: &'a Patient,
    /// On which tube.
    pub specimen: &'a Specimen,
    /// As read.
    pub read: &'a Read,
    /// As it would be reported.
    pub outcome: &'a Outcome,
    /// The validated result before it.
    pub previous: Option<&'a Previous>,
    /// When it was made.
    pub observed_at: UtcMicros,
    /// When its message came.
    pub received_at: UtcMicros,
    /// The laboratory's zone: an age changes at its midnight.
    pub zone: &'a TimeZone,
}

/// What the rules found.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Verdict {
    /// Its place beside the reference.
    pub interpretation: Option<Interpretation>,
    /// The reference applied.
    pub reference: Option<Reference>,
    /// Reasons to wait.
    pub holds: Vec<Hold>,
}

/// Applies all rules.
pub fn evaluate(facts: &Facts<'_>) -> Verdict {
    let mut verdict = Verdict {
        reference: reference(facts),
        ..Verdict::default()
    };
    status(facts, &mut verdict.holds);
    driver_doubts(facts, &mut verdict.holds);
    alarms(facts, &mut verdict.holds);
    specimen_age(facts, &mut verdict.holds);
    nature(facts, &mut verdict.holds);
    match facts.outcome.value.number {
        Some(number) => limits(facts, number, &mut verdict),
        None => words_only(facts, &mut verdict),
    }
    verdict
}

fn hold(rule: &str, sentence: impl Into<String>) -> Hold {
    Hold {
        rule: rule.to_owned(),
        sentence: sentence.into(),
    }
}

/// The value with its unit, as sentences show it.
fn shown(facts: &Facts<'_>) -> String {
    let value = words::value(&facts.outcome.value);
    match printed_unit(facts.test) {
        Some(unit) if facts.outcome.value.number.is_some() => format!("{value} {unit}"),
        _ => value,
    }
}

fn printed_unit(test: &Test) -> Option<&str> {
    test.unit
        .as_deref()
        .or_else(|| test.ucum.as_ref().map(lisiere_model::UcumUnit::as_str))
}

fn status(facts: &Facts<'_>, holds: &mut Vec<Hold>) {
    let sentence = match facts.read.status {
        ResultStatus::Final | ResultStatus::Repeated => return,
        ResultStatus::Preliminary => {
            "Statut automate : résultat préliminaire, le définitif doit suivre"
        }
        ResultStatus::Pending => "Statut automate : résultat en attente",
        ResultStatus::Corrected => "Statut automate : correction d'un résultat antérieur",
        ResultStatus::Impossible => "Statut automate : mesure impossible",
        ResultStatus::Questionable => "Statut automate : résultat douteux",
    };
    holds.push(hold("statut-automate", sentence));
}

fn driver_doubts(facts: &Facts<'_>, holds: &mut Vec<Hold>) {
    for (word, sentence) in &facts.read.doubts {
        match class(word) {
            DoubtClass::Hold => holds.push(hold("lecture", format!("Lecture : {sentence}"))),
            DoubtClass::Person => {
                holds.push(hold(
                    "lecture",
                    format!("Accepté sur décision, réserve du pilote : {sentence}"),
                ));
            }
            DoubtClass::Specimen | DoubtClass::Test | DoubtClass::Unit => {}
        }
    }
}

/// The flags that only repeat the analyzer's own reference range: ours is applied instead.
fn only_range(flag: &str) -> bool {
    matches!(
        flag.trim(),
        "" | "N" | "L" | "H" | "LL" | "HH" | "A" | "AA" | "+" | "-"
    )
}

/// The analyzer's own critical flags: they count where the catalogue has no critical limits to apply instead.
fn is_critical(flag: &str) -> bool {
    matches!(flag.trim(), "LL" | "HH" | "AA")
}

fn alarms(facts: &Facts<'_>, holds: &mut Vec<Hold>) {
    let alarms: Vec<&str> = facts
        .read
        .flags
        .iter()
        .map(String::as_str)
        .filter(|flag| !only_range(flag) || (facts.test.critical.is_none() && is_critical(flag)))
        .collect();
    if !alarms.is_empty() {
        holds.push(hold(
            "alarme-automate",
            format!("Alarme automate : {}", alarms.join(", ")),
        ));
    }
}

fn specimen_age(facts: &Facts<'_>, holds: &mut Vec<Hold>) {
    let made = facts.observed_at.min(facts.received_at);
    let Some(collected) = facts.specimen.collected_at else {
        let before = facts
            .specimen
            .received_at
            .map_or(0, |registered| registered.0.saturating_sub(made.0));
        if before > BEFORE_REGISTRATION {
            holds.push(hold(
                "âge-du-tube",
                format!(
                    "Âge du tube : mesuré {} avant la réception du tube, sans heure de prélèvement (limite {}) : \
                     vérifier que ce numéro n'a pas déjà servi",
                    words::span(before),
                    words::span(BEFORE_REGISTRATION)
                ),
            ));
        }
        return;
    };
    let age = facts.received_at.0.saturating_sub(collected.0);
    let early = collected.0.saturating_sub(made.0);
    if age > SPECIMEN_AGE {
        holds.push(hold(
            "âge-du-tube",
            format!(
                "Âge du tube : prélevé {} avant la mesure (limite {})",
                words::span(age),
                words::span(SPECIMEN_AGE)
            ),
        ));
    } else if early > 3_600_000_000 {
        holds.push(hold(
            "âge-du-tube",
            format!(
                "Âge du tube : mesuré {} avant l'heure de prélèvement saisie",
                words::span(early)
            ),
        ));
    }
}

/// A result of another nature of tube has other limits, and another LOINC code.
fn nature(facts: &Facts<'_>, holds: &mut Vec<Hold>) {
    let kind = facts.specimen.kind.trim();
    if !tubes::suits(facts.test, kind) {
        let wanted: Vec<&str> = facts
            .test
            .specimens
            .iter()
            .map(|wanted| tubes::specimen_name(wanted))
            .collect();
        holds.push(hold(
            "nature-du-tube",
            format!(
                "Nature du tube : {}, {} se fait sur : {}",
                tubes::specimen_name(kind),
                facts.test.label,
                wanted.join(", ")
            ),
        ));
    }
}

/// The band for this patient at the moment of collection; a patient of unknown sex gets bands for both sexes only, and one
/// whose day or month of birth is unknown a band that holds on whichever day it was.
fn reference(facts: &Facts<'_>) -> Option<Reference> {
    let at = facts.specimen.collected_at.unwrap_or(facts.observed_at);
    let on = at.to_timestamp().to_zoned(facts.zone.clone()).date();
    let traits = &facts.patient.traits;
    let oldest = traits.birth_date.age_days(on)?;
    let latest = traits.birth_date.latest()?;
    let youngest = on
        .since((jiff::Unit::Day, latest))
        .map_or(0, |span| u32::try_from(span.get_days()).unwrap_or(0));
    let chosen = ReferenceBand::choose(&facts.test.bands, traits.sex, oldest)?;
    if ReferenceBand::choose(&facts.test.bands, traits.sex, youngest) != Some(chosen) {
        return None;
    }
    Some(Reference {
        range: chosen.range,
        applies_to: words::band(chosen),
    })
}

fn limits(facts: &Facts<'_>, number: Decimal, verdict: &mut Verdict) {
    let test = facts.test;
    let comparator = facts.outcome.value.comparator;
    let label = &test.label;
    let range = verdict.reference.as_ref().map(|reference| reference.range);
    if let Some(plausible) = &test.plausible
        && comparator.is_none()
        && (plausible.low().is_some_and(|low| number < low)
            || plausible.high().is_some_and(|high| number > high))
    {
        verdict.holds.push(hold(
            "vraisemblance",
            format!(
                "Vraisemblance {label} : {} hors des limites plausibles ({})",
                shown(facts),
                words::range(plausible)
            ),
        ));
    }
    if range.is_none() && test.critical.is_none() {
        delta(facts, number, verdict);
        return;
    }
    match standing(number, comparator, range.as_ref(), test.critical.as_ref()) {
        // Without a band only a critical value can be flagged: « normal » would be a guess.
        Standing::Flag(Interpretation::Normal) if range.is_none() => {}
        Standing::Flag(flag) => verdict.interpretation = Some(flag),
        Standing::Undecidable => verdict.holds.push(hold(
            "valeur-censurée",
            format!(
                "Valeur censurée {label} : {} ne se situe pas par rapport à {}",
                shown(facts),
                range.as_ref().map(words::range).unwrap_or_default()
            ),
        )),
    }
    if verdict
        .interpretation
        .is_some_and(Interpretation::is_critical)
    {
        let limits = test.critical.as_ref().map(words::range).unwrap_or_default();
        verdict.holds.push(hold(
            "valeur-critique",
            format!(
                "Valeur critique {label} : {} (limites {limits})",
                shown(facts)
            ),
        ));
    } else if hides_critical(number, comparator, test.critical.as_ref()) {
        let limits = test.critical.as_ref().map(words::range).unwrap_or_default();
        verdict.holds.push(hold(
            "valeur-critique",
            format!(
                "Valeur critique possible {label} : {} (limites {limits})",
                shown(facts)
            ),
        ));
    }
    delta(facts, number, verdict);
}

fn delta(facts: &Facts<'_>, number: Decimal, verdict: &mut Verdict) {
    let (Some(limit), Some(previous)) = (facts.test.delta, facts.previous) else {
        return;
    };
    let elapsed = facts.observed_at.0.saturating_sub(previous.at.0);
    let window = i64::from(limit.days).saturating_mul(DAY);
    // Censored values and another unit say nothing certain about the change.
    if elapsed > window
        || previous.unit != facts.outcome.unit
        || previous.value.comparator.is_some()
        || facts.outcome.value.comparator.is_some()
    {
        return;
    }
    let Some(before) = previous.value.number else {
        return;
    };
    let Some(change) = percent_change(before, number) else {
        return;
    };
    if change.abs() > limit.percent {
        let shown_change = change.round_dp_with_strategy(1, RoundingStrategy::MidpointAwayFromZero);
        let sign = if change.is_sign_negative() { "" } else { "+" };
        verdict.holds.push(hold(
            "delta",
            format!(
                "Delta {} {sign}{} % en {} (limite {} %) : {} puis {}",
                facts.test.label,
                words::number(shown_change),
                words::span(elapsed),
                words::number(limit.percent.normalize()),
                words::number(before),
                shown(facts)
            ),
        ));
    }
}

/// A result in words: its meaning from the driver's table; a word where a number is due is looked at.
fn words_only(facts: &Facts<'_>, verdict: &mut Verdict) {
    verdict.interpretation = facts.read.qualitative;
    let text = facts.outcome.value.text.trim();
    if facts.test.scale == Scale::Quantitative {
        verdict.holds.push(hold(
            "valeur-absente",
            format!(
                "Valeur {} : « {text} » n'est pas un nombre",
                facts.test.label
            ),
        ));
    } else if text.is_empty() {
        verdict.holds.push(hold(
            "valeur-absente",
            format!("Valeur {} : rien n'a été transmis", facts.test.label),
        ));
    }
}
