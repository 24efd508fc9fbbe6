//! A result as people see it: value and unit, its place beside the reference, the one before, and why it is held.

use lisiere_driver::catalogue::Test;
use lisiere_model::{Interpretation, UtcMicros};
use rust_decimal::Decimal;

use super::show::{self, Point, Shown};
use super::words::Words;
use crate::laboratory::Laboratory;
use crate::laboratory::dossier::HistoryPoint;
use crate::review::State;
use crate::store::observation::Recorded;

/// One line of a table of results.
#[derive(Debug, Clone)]
#[expect(
    clippy::struct_excessive_bools,
    reason = "each is one question that a page asks of the line"
)]
pub(super) struct ResultRow {
    /// Identifier of the observation.
    pub(super) id: String,
    /// What a form sends to say which one was on screen: identifier and version.
    pub(super) seen: String,
    pub(super) label: String,
    /// The tube, on an order that has several: the same test may stand there twice.
    pub(super) tube: String,
    pub(super) chapter: String,
    pub(super) shown: Shown,
    pub(super) sign: Option<Sign>,
    pub(super) interval: String,
    pub(super) applies_to: String,
    pub(super) bar: String,
    pub(super) before: Option<Before>,
    pub(super) spark: String,
    pub(super) holds: Vec<String>,
    pub(super) remarks: Vec<(&'static str, String)>,
    pub(super) state: &'static str,
    pub(super) state_short: &'static str,
    pub(super) state_class: &'static str,
    pub(super) held: bool,
    pub(super) waits_technician: bool,
    pub(super) waits_biologist: bool,
    pub(super) reported: bool,
    pub(super) source: String,
    pub(super) at: String,
}

/// Where a value stands, as a sign and a word; the colour only repeats it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Sign {
    pub(super) class: &'static str,
    pub(super) text: &'static str,
    pub(super) word: &'static str,
}

/// The result before this one.
#[derive(Debug, Clone)]
pub(super) struct Before {
    pub(super) value: String,
    pub(super) date: String,
    pub(super) change: String,
    /// Another method or unit: said, because the change then means little.
    pub(super) differs: Option<&'static str>,
}

/// The sign for an interpretation; a normal result bears none.
pub(super) fn sign(interpretation: Interpretation) -> Option<Sign> {
    let (class, text, word) = match interpretation {
        Interpretation::High => ("h", "▲\u{a0}H", "au-dessus de l'intervalle"),
        Interpretation::Low => ("l", "▼\u{a0}L", "au-dessous de l'intervalle"),
        Interpretation::CriticalHigh => ("c", "‼\u{a0}HH", "valeur critique haute"),
        Interpretation::CriticalLow => ("c", "‼\u{a0}LL", "valeur critique basse"),
        Interpretation::CriticalAbnormal => ("c", "‼\u{a0}AA", "résultat critique"),
        Interpretation::Abnormal => ("a", "◆\u{a0}A", "résultat anormal"),
        Interpretation::OffScaleHigh => ("h", "▲\u{a0}>", "au-dessus du domaine de mesure"),
        Interpretation::OffScaleLow => ("l", "▼\u{a0}<", "au-dessous du domaine de mesure"),
        Interpretation::Positive => ("a", "◆\u{a0}POS", "positif"),
        Interpretation::Indeterminate => ("a", "◆\u{a0}IND", "indéterminé"),
        _ => return None,
    };
    Some(Sign { class, text, word })
}

/// The line of an observation; `earlier` are the patient's results of this test before it, newest first.
pub(super) fn row(
    laboratory: &Laboratory,
    recorded: &Recorded,
    earlier: &[HistoryPoint],
    words: Words,
    now: UtcMicros,
) -> ResultRow {
    let test = recorded
        .code
        .as_ref()
        .and_then(|code| laboratory.catalogue.get(code));
    let range = recorded
        .body
        .reference
        .as_ref()
        .map(|reference| &reference.range);
    let critical = recorded
        .interpretation
        .is_some_and(Interpretation::is_critical);
    let shown = shown(recorded, test);
    ResultRow {
        id: recorded.id.to_string(),
        seen: format!("{}:{}", recorded.id, recorded.version),
        label: label(recorded, test),
        tube: String::new(),
        chapter: test.map_or_else(
            || words.say("Autres analyses").to_owned(),
            |test| test.chapter_label.clone(),
        ),
        sign: recorded.interpretation.and_then(sign),
        interval: range.map(show::interval).unwrap_or_default(),
        applies_to: recorded
            .body
            .reference
            .as_ref()
            .map(|reference| reference.applies_to.clone())
            .unwrap_or_default(),
        bar: range
            .filter(|_| recorded.number().is_some())
            .map(|range| show::bar(range, recorded.number(), critical))
            .unwrap_or_default(),
        before: before(recorded, test),
        spark: spark(recorded, earlier),
        holds: recorded
            .body
            .holds
            .iter()
            .map(|hold| hold.sentence.clone())
            .collect(),
        remarks: remarks(recorded),
        state: recorded.state.french(),
        state_short: short(recorded.state),
        state_class: state_class(recorded.state),
        held: recorded.state == State::Held,
        waits_technician: recorded.state.awaits_technical_review(),
        waits_biologist: matches!(
            recorded.state,
            State::TechnicallyReviewed | State::BiologicallyReviewed
        ),
        reported: matches!(recorded.state, State::Reported { .. }),
        source: format!("{} · {}", recorded.appliance, recorded.port),
        at: show::time_or_date(recorded.observed_at, now),
        shown,
    }
}

fn shown(recorded: &Recorded, test: Option<&Test>) -> Shown {
    let (value, unit) = match &recorded.body.outcome {
        Some(outcome) => (&outcome.value, outcome.unit.as_ref()),
        None => (&recorded.body.read.value, recorded.body.read.unit.as_ref()),
    };
    let mut shown = Shown::new(value, unit.map(lisiere_model::UcumUnit::as_str));
    // The catalogue knows how this unit is printed; without any UCUM unit the analyzer's own text stands.
    if let Some(printed) = test
        .filter(|test| test.ucum.as_ref() == unit)
        .and_then(|test| test.unit.clone())
    {
        shown.unit = printed;
    } else if unit.is_none() && shown.text.is_empty() {
        shown.unit = recorded.body.read.unit_text.clone().unwrap_or_default();
    }
    shown
}

fn label(recorded: &Recorded, test: Option<&Test>) -> String {
    test.map(|test| test.label.clone())
        .or_else(|| recorded.body.read.name.clone())
        .unwrap_or_else(|| recorded.body.read.code.clone())
}

fn before(recorded: &Recorded, test: Option<&Test>) -> Option<Before> {
    let previous = recorded.body.previous.as_ref()?;
    let unit = recorded
        .body
        .outcome
        .as_ref()
        .and_then(|outcome| outcome.unit.as_ref());
    let same_unit = previous.unit.as_ref() == unit;
    let mut shown = Shown::new(
        &previous.value,
        previous.unit.as_ref().map(lisiere_model::UcumUnit::as_str),
    );
    if same_unit && let Some(printed) = test.and_then(|test| test.unit.clone()) {
        shown.unit = printed;
    }
    Some(Before {
        // In the same unit the number alone says enough, and the column stays narrow.
        value: if same_unit {
            shown.number()
        } else {
            shown.line()
        },
        date: show::date(previous.at),
        change: recorded
            .number()
            .zip(previous.value.number)
            .filter(|_| same_unit)
            .map(|(now, then)| change(now, then))
            .unwrap_or_default(),
        differs: if !same_unit {
            Some("autre unité")
        } else if previous.driver != recorded.driver {
            Some("autre méthode")
        } else {
            None
        },
    })
}

/// `−11 (−8 %)`: the difference, and what share of the value before it is.
fn change(now: Decimal, then: Decimal) -> String {
    let difference = now.saturating_sub(then);
    let signed = |number: Decimal| {
        let sign = if number.is_sign_positive() && !number.is_zero() {
            "+"
        } else {
            ""
        };
        format!("{sign}{}", show::decimal(number.normalize()))
    };
    if difference.is_zero() {
        return "=".to_owned();
    }
    let percent = difference
        .checked_mul(Decimal::ONE_HUNDRED)
        .and_then(|share| share.checked_div(then.abs()))
        .map(|share| share.round());
    match percent {
        Some(percent) => format!("{} ({}\u{a0}%)", signed(difference), signed(percent)),
        None => signed(difference),
    }
}

fn spark(recorded: &Recorded, earlier: &[HistoryPoint]) -> String {
    let mut points: Vec<Point> = Vec::new();
    // A break belongs between a value and the next later one.
    let mut method_changed = false;
    for point in earlier.iter().rev().filter(|point| !point.other_unit) {
        let Some(value) = point.value.number else {
            continue;
        };
        points.push(Point {
            value,
            method_changed,
        });
        method_changed = point.method_break;
    }
    if let Some(value) = recorded.number() {
        points.push(Point {
            value,
            method_changed,
        });
    }
    let range = recorded
        .body
        .reference
        .as_ref()
        .map(|reference| &reference.range);
    show::spark(&points, range)
}

/// What has to be said below the line, each with the word that introduces it.
fn remarks(recorded: &Recorded) -> Vec<(&'static str, String)> {
    let body = &recorded.body;
    let mut remarks = Vec::new();
    if let Some(comment) = &body.comment {
        remarks.push(("Commentaire", comment.clone()));
    }
    if let Some(despite) = &body.accepted_despite {
        remarks.push(("Accepté malgré la retenue", despite.clone()));
    }
    if let Some(reason) = &body.reason {
        remarks.push(("Motif", reason.clone()));
    }
    if let Some(converted) = body
        .outcome
        .as_ref()
        .and_then(|outcome| outcome.converted_from.clone())
    {
        remarks.push(("Unité", converted));
    }
    // `N` is the analyzer's word for « nothing to say ».
    let flags: Vec<&str> = body
        .read
        .flags
        .iter()
        .map(String::as_str)
        .filter(|flag| !flag.is_empty() && *flag != "N")
        .collect();
    if !flags.is_empty() {
        remarks.push(("Drapeaux de l'automate", flags.join(" ")));
    }
    if !body.read.comments.is_empty() {
        remarks.push(("Message de l'automate", body.read.comments.join(" · ")));
    }
    remarks
}

/// The state in one word, for a narrow column; the whole is its title.
pub(super) const fn short(state: State) -> &'static str {
    match state {
        State::RepeatRequested => "repasse",
        State::TechnicallyReviewed => "validé",
        State::BiologicallyReviewed => "accepté",
        other => other.french(),
    }
}

/// The class that colours a state's word.
pub(super) const fn state_class(state: State) -> &'static str {
    match state {
        State::Held | State::RepeatRequested => "held",
        State::Rejected | State::Cancelled { .. } => "bad",
        State::TechnicallyReviewed => "accent",
        State::BiologicallyReviewed | State::Reported { .. } => "good",
        State::Received | State::Amended { .. } => "plain",
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_change_is_said_in_the_unit_and_in_percent() {
        let read = |text: &str| text.parse::<Decimal>().unwrap();
        assert_eq!(change(read("131"), read("142")), "−11 (−8\u{a0}%)");
        assert_eq!(change(read("5.10"), read("4.10")), "+1 (+24\u{a0}%)");
        assert_eq!(change(read("5.1"), read("5.10")), "=");
        assert_eq!(change(read("5"), read("0")), "+5");
    }

    #[test]
    fn meaning_never_hangs_on_colour_alone() {
        for interpretation in Interpretation::ALL {
            if let Some(sign) = sign(interpretation) {
                assert!(!sign.text.is_empty() && !sign.word.is_empty());
            }
        }
        assert!(
            sign(Interpretation::CriticalHigh)
                .unwrap()
                .text
                .contains('‼')
        );
        assert_eq!(sign(Interpretation::Normal), None);
    }
}
