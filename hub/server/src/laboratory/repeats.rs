//! Second results of a test: which say nothing new, which a person has to look at, and which answer a repeat.

use lisiere_model::UtcMicros;

use super::{Laboratory, Result};
use crate::review::{Act, State};
use crate::store::observation::{self, Hold, Recorded};
use crate::store::{Tx, capture};

/// The result of a test that the report signed last shows, whether or not it still counts at the bench.
pub(super) fn standing(of_test: &[Recorded]) -> Option<&Recorded> {
    of_test
        .iter()
        .find(|row| matches!(row.state, State::Reported { .. } | State::Cancelled { .. }))
}

/// The same analyzer says the same value of the same moment: no new information.
pub(super) fn says_the_same(earlier: &Recorded, row: &Recorded) -> bool {
    earlier.appliance == row.appliance
        && earlier.port == row.port
        && earlier.observed_at == row.observed_at
        && earlier.body.outcome == row.body.outcome
        && earlier.body.read.value == row.body.read.value
        && earlier.body.read.status == row.body.read.status
        && earlier.body.read.flags == row.body.read.flags
}

fn hold(sentence: String) -> Hold {
    Hold {
        rule: "repasse".into(),
        sentence,
    }
}

/// A second result of a test is looked at: never the nicer one of two by itself.
pub(super) fn repeat_hold(earlier: &Recorded, row: &Recorded) -> Option<Hold> {
    use lisiere_model::ResultStatus::{Pending, Preliminary};
    let values = format!(
        "{} puis {}",
        earlier.body.read.value.text.trim(),
        row.body.read.value.text.trim()
    );
    let sentence = match earlier.state {
        // Whether this is the repeat is [`stale_hold`]'s business.
        State::RepeatRequested => return None,
        State::Reported { version } => {
            format!("Correction d'un résultat déjà rendu (version {version}) : {values}")
        }
        State::TechnicallyReviewed | State::BiologicallyReviewed => {
            format!("Nouveau résultat après validation : {values}")
        }
        _ if matches!(earlier.body.read.status, Preliminary | Pending) => return None,
        _ => format!("Résultat répété : {values}"),
    };
    Some(hold(sentence))
}

/// A result that was made before a person asked for a repeat, or rejected the one before, answers neither: a gap of the
/// appliance's journal that was filled late, a message sent once more, bytes read again.
pub(super) async fn stale_hold(
    laboratory: &Laboratory,
    tx: &mut Tx,
    of_test: &[Recorded],
    row: &Recorded,
) -> Result<Option<Hold>> {
    for earlier in of_test {
        let (act, (since, that)) = match earlier.state {
            State::RepeatRequested => (
                repeat_word(),
                ("à la demande de repasse", "celle d'avant la repasse"),
            ),
            State::Rejected => (
                reject_word(),
                ("au rejet du précédent", "celle qui a été rejetée"),
            ),
            _ => continue,
        };
        let decided = observation::events(tx, earlier.id)
            .await?
            .into_iter()
            .rev()
            .find(|event| event.act == act);
        let Some(decided) = decided else { continue };
        // Nothing tells a message sent once more from a measurement that confirms: a person does.
        if row.observed_at == row.received_at
            && row.body.outcome == earlier.body.outcome
            && row.body.read.flags == earlier.body.read.flags
        {
            return Ok(Some(hold(format!(
                "Valeur identique à {that}, sans heure de l'automate ({}) : message renvoyé ou nouvelle mesure",
                row.body.read.value.text.trim(),
            ))));
        }
        if !made_after(tx, earlier, row, decided.at).await? {
            let made = row.observed_at.min(row.received_at);
            return Ok(Some(hold(format!(
                "Résultat antérieur {since} ({}) : {} du {}",
                laboratory.shown(decided.at),
                row.body.read.value.text.trim(),
                laboratory.shown(made),
            ))));
        }
    }
    Ok(None)
}

fn repeat_word() -> &'static str {
    let reason = String::new();
    Act::RequestRepeat { reason }.name()
}

fn reject_word() -> &'static str {
    let reason = String::new();
    Act::Reject { reason }.name()
}

/// Whether it is certain that a result was made after the decision about an earlier one: by the analyzer's clock, by the
/// appliance's, and by the order in which the appliance received the two. What came without a time of the analyzer bears
/// that of its reception.
async fn made_after(
    tx: &mut Tx,
    earlier: &Recorded,
    row: &Recorded,
    decided: UtcMicros,
) -> Result<bool> {
    if row.capture == earlier.capture || row.observed_at <= decided || row.received_at <= decided {
        return Ok(false);
    }
    let first = capture::find(tx, earlier.capture).await?;
    let second = capture::find(tx, row.capture).await?;
    Ok(match (first, second) {
        (Some(first), Some(second)) => {
            let one_journal =
                first.appliance == second.appliance && first.journal == second.journal;
            !one_journal || second.seq > first.seq
        }
        _ => false,
    })
}
