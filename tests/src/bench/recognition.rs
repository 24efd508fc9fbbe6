//! How often and how soon recognition finds what stands on a line: every profile at every speed, with and without a
//! port that shows errors.

use std::time::Duration;

use anyhow::{Context, Result};
use lisiere_driver::Library;
use lisiere_protocol::recognise::Setting;

use super::Figure;
use crate::{
    chance::Dice,
    recognition::{SPEEDS, Trial, framing, trial},
    repertoire::{Purpose, all},
};

/// Misses told of each profile.
const MISSES: usize = 2;
/// Trials of each profile at each speed.
const TRIALS: usize = 5;

pub(super) fn measure() -> Result<Vec<Figure>> {
    let library = Library::builtin()?;
    let mut dice = Dice::new(7);
    let mut trials = Vec::new();
    for repertoire in &mut all(&library)? {
        let id = repertoire.driver().id().to_owned();
        if repertoire.count(Purpose::Results) == 0 {
            continue;
        }
        let mut own = Vec::new();
        for baud in SPEEDS {
            let setting = Setting {
                baud,
                framing: framing(repertoire),
            };
            for shows_errors in [true, false] {
                for _ in 0..TRIALS {
                    let one = trial(&library, repertoire, setting, shows_errors, &mut dice);
                    own.push(one.with_context(|| format!("{id} at {setting}"))?);
                }
            }
        }
        println!("{}", row(&id, &own));
        for miss in own.iter().filter(|one| one.missed()).take(MISSES) {
            println!("    {}", miss.told());
        }
        trials.extend(own);
    }
    let mut figures = Vec::new();
    for baud in SPEEDS {
        for shows_errors in [true, false] {
            let chosen: Vec<&Trial> = trials
                .iter()
                .filter(|one| one.setting.baud == baud && one.shows_errors == shows_errors)
                .collect();
            figures.push(figure(baud, shows_errors, &chosen));
        }
    }
    Ok(figures)
}

fn row(id: &str, trials: &[Trial]) -> String {
    let all: Vec<&Trial> = trials.iter().collect();
    let (median, worst) = times(&all);
    format!(
        "{id:<28} {:<11} setting {:>4}  link {:>4}  model {:>4}   median {:>5.1} s, longest {:>5.1} s",
        trials.first().map_or("", |one| one.link.word()),
        hits(&all, Trial::setting_hit),
        hits(&all, Trial::link_hit),
        hits(&all, Trial::model_hit),
        median.as_secs_f64(),
        worst.as_secs_f64(),
    )
}

fn figure(baud: u32, shows_errors: bool, trials: &[&Trial]) -> Figure {
    let port = if shows_errors {
        "errors shown"
    } else {
        "no errors shown"
    };
    let (median, worst) = times(trials);
    Figure::new(
        format!("recognition at {baud} Bd, {port}"),
        format!("{} %", hits(trials, Trial::setting_hit)),
        format!(
            "settings of {} trials; link {} %, model {} %; answer after {:.1} s (median), {:.1} s (longest)",
            trials.len(),
            hits(trials, Trial::link_hit),
            hits(trials, Trial::model_hit),
            median.as_secs_f64(),
            worst.as_secs_f64(),
        ),
    )
}

/// Per cent of hits.
fn hits(trials: &[&Trial], hit: impl Fn(&Trial) -> bool) -> usize {
    let count = trials.iter().filter(|one| hit(one)).count();
    (count * 100).checked_div(trials.len()).unwrap_or(0)
}

/// Median and longest time from the analyzer's first byte to the answer.
fn times(trials: &[&Trial]) -> (Duration, Duration) {
    let mut times: Vec<Duration> = trials.iter().map(|one| one.since_heard).collect();
    times.sort();
    let median = times.get(times.len() / 2).copied().unwrap_or_default();
    (median, times.last().copied().unwrap_or_default())
}
