//! What can be asked of the ports from outside, by the command line, the button, the local page or the hub: to watch a line,
//! and to find out what stands on it.

use crate::{
    recognise::Outcome,
    settings::PortSettings,
    tap::{Tap, Watching},
};
use serde::{Deserialize, Serialize};
use std::{
    collections::BTreeMap,
    fmt,
    sync::{
        Arc, Mutex, PoisonError,
        atomic::{AtomicBool, Ordering},
    },
    time::Duration,
};
use tokio::sync::mpsc;

/// Pieces of news under way to whoever asked; what is not taken in time is left out, save the end.
const ROOM: usize = 32;

/// What is said while a port is being recognised, and at the end.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Told {
    /// How it goes, in French.
    Progress(String),
    /// It is over.
    Outcome(Box<Outcome>),
    /// It could not be done, for this reason, in French.
    Failed(String),
}

/// A request to recognise what stands at a port.
#[derive(Debug)]
pub struct Call {
    /// How long to look at most.
    pub patience: Duration,
    /// Where the news go.
    pub news: News,
    _busy: Busy,
}

/// Where one who asked is told.
#[derive(Clone, Debug)]
pub struct News(mpsc::Sender<Told>);

impl News {
    /// A way to tell, and to hear.
    pub fn channel() -> (Self, mpsc::Receiver<Told>) {
        let (sender, receiver) = mpsc::channel(ROOM);
        (Self(sender), receiver)
    }

    /// How it goes; left out when the one who asked is slow.
    pub fn progress(&self, text: String) {
        let _ = self.0.try_send(Told::Progress(text));
    }

    /// The end of it.
    pub async fn end(&self, told: Told) {
        // Whoever asked may have gone.
        let _ = self.0.send(told).await;
    }

    /// Returns when whoever asked has gone.
    pub async fn gone(&self) {
        self.0.closed().await;
    }
}

/// A port is being recognised until this is dropped.
#[derive(Debug)]
struct Busy(Arc<AtomicBool>);

impl Drop for Busy {
    fn drop(&mut self) {
        self.0.store(false, Ordering::Release);
    }
}

/// The requests of one port, for its task.
#[derive(Clone)]
pub struct Calls(Arc<tokio::sync::Mutex<mpsc::Receiver<Call>>>);

impl Calls {
    /// The next request; never returns when there can be none. Safe to drop in the middle.
    pub async fn next(&self) -> Call {
        match self.0.lock().await.recv().await {
            Some(call) => call,
            None => std::future::pending().await,
        }
    }
}

impl fmt::Debug for Calls {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("Calls")
    }
}

/// One port, as it can be asked.
#[derive(Clone, Debug)]
pub struct Place {
    /// Its name.
    pub name: String,
    /// The word of its link.
    pub link: String,
    /// The driver set for it.
    pub driver: String,
    /// The line, as people write it.
    pub line: String,
    /// Where its bytes can be seen.
    pub tap: Tap,
    /// Where its task hears requests.
    pub calls: Calls,
    requests: mpsc::Sender<Call>,
    busy: Arc<AtomicBool>,
}

/// All ports.
#[derive(Clone, Debug, Default)]
pub struct Board {
    places: Arc<Vec<Place>>,
    found: Arc<Mutex<BTreeMap<String, Outcome>>>,
}

impl Board {
    /// The ports of some settings.
    pub fn new(ports: &[PortSettings]) -> Self {
        let place = |port: &PortSettings| {
            let (requests, calls) = mpsc::channel(1);
            Place {
                name: port.name.to_string(),
                link: port.link.kind.word().to_owned(),
                driver: port.driver.clone(),
                line: port.line.to_string(),
                tap: Tap::default(),
                calls: Calls(Arc::new(tokio::sync::Mutex::new(calls))),
                requests,
                busy: Arc::default(),
            }
        };
        Self {
            places: Arc::new(ports.iter().map(place).collect()),
            found: Arc::default(),
        }
    }

    /// All ports, in the order of the settings.
    pub fn places(&self) -> &[Place] {
        &self.places
    }

    /// One port; or why there is none, in French.
    pub fn place(&self, port: &str) -> Result<&Place, String> {
        let found = self.places.iter().find(|place| place.name == port);
        found.ok_or_else(|| {
            let names: Vec<_> = self
                .places
                .iter()
                .map(|place| place.name.as_str())
                .collect();
            format!(
                "aucun port « {port} » dans les réglages ; ports : {}",
                names.join(", ")
            )
        })
    }

    /// Begins to watch a line.
    pub fn watch(&self, port: &str) -> Result<Watching, String> {
        self.place(port).map(|place| place.tap.watch())
    }

    /// Asks for the recognition of a port. Its usual work rests until the answer is there; what the analyzer sends meanwhile
    /// it repeats later, because it gets no answer.
    pub fn recognise(
        &self,
        port: &str,
        patience: Duration,
    ) -> Result<mpsc::Receiver<Told>, String> {
        let place = self.place(port)?;
        if place.busy.swap(true, Ordering::AcqRel) {
            return Err(format!(
                "une reconnaissance est déjà en cours sur le port « {port} »"
            ));
        }
        let (news, heard) = News::channel();
        let call = Call {
            patience,
            news,
            _busy: Busy(Arc::clone(&place.busy)),
        };
        let stopped = |_| format!("le port « {port} » ne répond pas : le boîtier s'arrête");
        place.requests.try_send(call).map_err(stopped)?;
        Ok(heard)
    }

    /// Keeps what was found at a port.
    pub fn keep(&self, port: &str, outcome: &Outcome) {
        let mut found = self.found.lock().unwrap_or_else(PoisonError::into_inner);
        found.insert(port.to_owned(), outcome.clone());
    }

    /// What was last found at a port since the start.
    pub fn found(&self, port: &str) -> Option<Outcome> {
        let found = self.found.lock().unwrap_or_else(PoisonError::into_inner);
        found.get(port).cloned()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{settings::Settings, testing::run};

    fn board() -> Board {
        let text = "[[port]]\nname = \"a\"\ntcp = { listen = \"127.0.0.1:0\" }\n";
        Board::new(&Settings::parse(text).unwrap().ports)
    }

    #[test]
    fn a_port_is_recognised_once_at_a_time() {
        let board = board();
        run(async {
            let mut heard = board.recognise("a", Duration::from_secs(1)).unwrap();
            let again = board.recognise("a", Duration::from_secs(1)).unwrap_err();
            assert!(again.contains("déjà en cours"), "{again}");
            let call = board.places()[0].calls.next().await;
            call.news.progress("écoute".to_owned());
            call.news.end(Told::Failed("rien".to_owned())).await;
            drop(call);
            assert_eq!(heard.recv().await, Some(Told::Progress("écoute".into())));
            assert_eq!(heard.recv().await, Some(Told::Failed("rien".into())));
            assert_eq!(heard.recv().await, None);
            board.recognise("a", Duration::from_secs(1)).unwrap();
        });
    }

    #[test]
    fn a_port_that_does_not_exist_is_named_with_those_that_do() {
        let error = board().watch("b").unwrap_err();
        assert_eq!(error, "aucun port « b » dans les réglages ; ports : a");
    }
}
