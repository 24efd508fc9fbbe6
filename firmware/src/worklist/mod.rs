//! Orders on the box: the hub's list on its own disk, and the desk at each port that answers analyzers out of it.
//!
//! No question of an analyzer ever waits for the network: what is on the box is all there is. `list` is the copy of the
//! hub's list, `desk` answers one port's analyzer, `recorder` puts what became of orders into the journal, from where it
//! reaches the hub exactly once.

mod desk;
mod feed;
mod list;
mod recorder;

pub use desk::{Counter, Desk, Moment, Plan};
pub use feed::Feed;
pub(crate) use list::Standing;
pub use list::{Applied, Found, List, ListError};
pub use recorder::Recorder;

use crate::{events, health::Health, link::PortContext, settings::Settings};
use lisiere_driver::{profile::Profile, query::QueryRule};
use std::sync::Arc;

/// What a port needs to answer its analyzer's questions.
#[derive(Clone, Debug)]
pub struct Work {
    /// The analyzer's profile.
    pub profile: Arc<Profile>,
    /// The orders.
    pub list: List,
    /// Where it is noted what became of them.
    pub recorder: Recorder,
}

/// The profile of a driver whose analyzers are answered; nothing for any other.
fn answering(driver: &str) -> Option<Profile> {
    let profile = lisiere_driver::profile_of(driver)?.ok()?;
    let answers = profile.query.as_ref().is_some_and(QueryRule::answers);
    answers.then_some(profile)
}

/// Opens the list for the ports' drivers and starts its thread. Nothing when no analyzer asks questions, or when the list
/// cannot be opened: then an alarm stands, and analyzers are told nothing.
pub fn open(settings: &Settings, health: &Health) -> Option<Feed> {
    let drivers = settings.ports.iter().map(|port| port.driver.clone());
    let drivers: Vec<String> = drivers
        .filter(|driver| answering(driver).is_some())
        .collect();
    if drivers.is_empty() {
        return None;
    }
    match List::open(&settings.data, drivers).and_then(Feed::start) {
        Ok(feed) => Some(feed),
        Err(error) => {
            events::worklist_failing(&error.to_string());
            health.alarm(format!(
                "liste de travail illisible ({error}) : les automates ne reçoivent pas leurs demandes ; vérifier le disque"
            ));
            None
        }
    }
}

/// What a port needs to answer its analyzer, if that asks questions.
pub fn at(port: &PortContext, feed: Option<&Feed>) -> Option<Work> {
    let driver = port.settings.driver.as_str();
    let profile = answering(driver)?;
    Some(Work {
        profile: Arc::new(profile),
        list: feed?.list().clone(),
        recorder: Recorder::start(
            port.name(),
            driver,
            port.journal.clone(),
            port.clock,
            port.stop.clone(),
        ),
    })
}

#[cfg(test)]
mod desk_tests;
#[cfg(test)]
mod line_tests;
#[cfg(test)]
mod list_tests;
