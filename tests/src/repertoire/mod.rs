//! What a simulated analyzer of any profile can say: the messages of the profile's fixtures, played again with numbers,
//! values and times of their own.

mod clockface;
mod fixture;
mod shape;
mod template;

use std::time::Duration;

use anyhow::{Context, Result, anyhow, ensure};
use lisiere_driver::{Driver, Interpretation, Library};
use lisiere_model::ObservationKind;
use lisiere_protocol::link::LinkSettings;

pub use fixture::{ALL as FIXTURES, Fixture, texts};
pub use template::{Purpose, Template};

use crate::{chance::Dice, clock, letter::Letter};
use template::Filling;

/// Lengths of specimen numbers, the first that the driver reads is used.
const LENGTHS: [usize; 8] = [10, 11, 12, 9, 8, 7, 6, 13];
/// Digits in front of made numbers: some makers keep some of them for controls.
const FRONTS: [&str; 4] = ["26", "1", "4", "71"];

/// Everything one simulated analyzer can say.
#[derive(Debug, Clone)]
pub struct Repertoire {
    driver: Driver,
    link: LinkSettings,
    templates: Vec<Template>,
    said: u64,
    turn: usize,
}

impl Repertoire {
    /// Learns the fixtures of a profile.
    pub fn of(library: &Library, id: &str) -> Result<Self> {
        let driver = library
            .get(id)
            .ok_or_else(|| anyhow!("no profile {id}"))?
            .clone();
        let link = driver.profile().link.clone();
        let mut templates = Vec::new();
        for fixture in FIXTURES.iter().filter(|fixture| fixture.profile == id) {
            for text in texts(&link, fixture.bytes)
                .into_iter()
                .filter(|text| begins_talk(text))
            {
                templates.push(Template::learn(&driver, fixture.name, text));
            }
        }
        ensure!(!templates.is_empty(), "the profile {id} has no fixture");
        Ok(Self {
            driver,
            link,
            templates,
            said: 0,
            turn: 0,
        })
    }

    /// The driver that reads it.
    pub fn driver(&self) -> &Driver {
        &self.driver
    }

    /// How its link is set.
    pub fn link(&self) -> &LinkSettings {
        &self.link
    }

    /// Its messages.
    pub fn templates(&self) -> &[Template] {
        &self.templates
    }

    /// How many of its messages serve a purpose.
    pub fn count(&self, purpose: Purpose) -> usize {
        self.templates
            .iter()
            .filter(|template| serves(template, purpose))
            .count()
    }

    /// The next message for a purpose, in turn; `None` when its fixtures hold none. `number` names its first specimen,
    /// otherwise numbers are made from `serial`.
    pub fn say(
        &mut self,
        purpose: Purpose,
        number: Option<&str>,
        dice: &mut Dice,
    ) -> Result<Option<Letter>> {
        let fitting: Vec<usize> = (0..self.templates.len())
            .filter(|index| {
                self.templates
                    .get(*index)
                    .is_some_and(|template| serves(template, purpose))
            })
            .collect();
        let Some(index) = fitting.get(self.turn.checked_rem(fitting.len()).unwrap_or(0)) else {
            return Ok(None);
        };
        self.turn = self.turn.wrapping_add(1);
        self.play(*index, number, dice).map(Some)
    }

    /// One message of the repertoire, played anew.
    pub fn play(&mut self, index: usize, number: Option<&str>, dice: &mut Dice) -> Result<Letter> {
        let template = self
            .templates
            .get(index)
            .ok_or_else(|| anyhow!("no message {index}"))?;
        self.said += 1;
        let now = clock::instrument_time(Duration::from_secs(dice.below(240)));
        let mut told = Vec::new();
        for numbers in self.proposals(template, number) {
            let filling = Filling {
                specimens: &numbers,
                now: &now,
                serial: self.said,
            };
            let text = template.fill(filling, dice);
            let read = self.driver.interpret(&text);
            if carries(&read, &numbers) {
                return Ok(letter(template, &numbers, text, &read, self.said));
            }
            told.push(numbers.join(", "));
        }
        Err(anyhow!(
            "the driver {} does not read the specimen numbers {} from {}",
            self.driver.id(),
            told.join("; "),
            template.name
        ))
    }

    /// Numbers to try for the specimens of a message.
    fn proposals(&self, template: &Template, number: Option<&str>) -> Vec<Vec<String>> {
        let count = template.specimens.len();
        let as_before = template.specimens.first().map(String::len);
        let lengths = LENGTHS.into_iter().chain(as_before);
        let mut proposals = Vec::new();
        for length in lengths {
            for front in FRONTS {
                let made = (0..count).map(|index| {
                    let index = u64::try_from(index).unwrap_or(0);
                    let serial = self.said.saturating_mul(100).saturating_add(index);
                    let width = length.saturating_sub(front.len()).max(1);
                    format!("{front}{}", shape::counter(serial, width))
                });
                let mut numbers: Vec<String> = made.collect();
                if let (Some(first), Some(number)) = (numbers.first_mut(), number) {
                    number.clone_into(first);
                }
                proposals.push(numbers);
            }
        }
        proposals
    }
}

/// Whether a message is the analyzer's own: an answer (HL7 with an MSA segment) means nothing without its question.
fn begins_talk(text: &[u8]) -> bool {
    let mut segments = text.split(|byte| matches!(byte, b'\r' | b'\n'));
    !text.starts_with(b"MSH") || segments.all(|segment| !segment.starts_with(b"MSA"))
}

fn serves(template: &Template, purpose: Purpose) -> bool {
    // A message whose specimens cannot be given other numbers would be the same tube again and again.
    let renewed = !template.specimens.is_empty();
    template.purpose == purpose && (renewed || matches!(purpose, Purpose::Control | Purpose::Other))
}

/// Whether the driver reads each of these numbers.
fn carries(read: &Interpretation, numbers: &[String]) -> bool {
    numbers.iter().all(|number| {
        let in_results = read
            .readings
            .iter()
            .filter(|reading| reading.kind == ObservationKind::Patient)
            .any(|reading| reading.specimen.as_ref() == Some(number));
        let mut asked = read.queries.iter().flat_map(|query| &query.specimens);
        in_results || asked.any(|specimen| specimen == number)
    })
}

fn letter(
    template: &Template,
    numbers: &[String],
    text: Vec<u8>,
    read: &Interpretation,
    serial: u64,
) -> Letter {
    let name = match numbers.first() {
        Some(number) => number.clone(),
        None => format!("{} {serial}", template.name),
    };
    Letter {
        name,
        text,
        observations: read.readings.len(),
    }
}

/// A library and the repertoire of each of its profiles.
pub fn all(library: &Library) -> Result<Vec<Repertoire>> {
    let ids = library.drivers().iter().map(Driver::id);
    ids.map(|id| Repertoire::of(library, id).with_context(|| id.to_owned()))
        .collect()
}

#[cfg(test)]
mod tests;
