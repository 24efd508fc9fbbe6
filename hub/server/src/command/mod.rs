//! Asking appliances to do something: signs commands with the hub's key, sends them, takes the answers, and hands what a
//! watched line says to whoever watches.
//!
//! It has a connection to the broker of its own, so that nothing here can hold up what ingest does. A line is published
//! only while somebody watches: the watch is asked for again every twenty seconds and ends by itself when it is not.

mod session;
mod signer;
mod watch;

use std::collections::HashMap;
use std::fmt;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use lisiere_model::UtcMicros;
use lisiere_wire::{
    Act, Channel, Command, DownChannel, Label, Outcome, Reply, Topic, TraceSlice, UpChannel, decode,
};
use tokio::sync::{broadcast, mpsc};

use crate::app::App;
use crate::events;
use crate::pki::Pki;
use crate::store::command::{self as kept, NewCommand, Standing};

pub use session::run;
pub use signer::SignError;
pub use watch::{Seen, Viewer};

/// How long an appliance may take to receive a command.
const VALID: i64 = 60_000_000;
/// A clock that is behind the hub's must not make a command look as if it came from the future.
const EARLY: i64 = 5_000_000;
/// For how long a line is published without being asked for again, seconds.
const WATCH_SECONDS: u32 = 45;
/// What waits to be sent.
const ROOM: usize = 256;

/// Why a command could not be sent.
#[derive(Debug, thiserror::Error)]
pub enum CommandError {
    /// There is no connection to the broker.
    #[error("the hub is not connected to its broker: try again in a moment")]
    NoWay,
    /// The name is none.
    #[error("no appliance of that name can be spoken to: {0}")]
    Name(#[from] lisiere_wire::LabelError),
    /// The key or the certificate cannot be used.
    #[error("signing the command")]
    Signing(#[from] SignError),
    /// The database.
    #[error(transparent)]
    Store(#[from] crate::store::Error),
}

/// Something on its way to the broker.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Outgoing {
    /// Bytes on a topic.
    Publish(Topic, Vec<u8>),
    /// From now on, what is said on it.
    Follow(Topic),
    /// No longer.
    Unfollow(Topic),
}

/// An appliance, as topics name it.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct Place {
    /// Its site.
    pub site: Label,
    /// Its name.
    pub appliance: Label,
}

impl Place {
    /// From the words of the database.
    pub fn named(site: &str, appliance: &str) -> Result<Self, lisiere_wire::LabelError> {
        Ok(Self {
            site: site.parse()?,
            appliance: appliance.parse()?,
        })
    }

    fn trace(&self) -> Topic {
        Topic::up(self.site.clone(), self.appliance.clone(), UpChannel::Trace)
    }
}

/// The way to the appliances. Cheap to clone.
#[derive(Clone, Default)]
pub struct Courier(Arc<Mutex<Inner>>);

#[derive(Default)]
struct Inner {
    way: Option<Way>,
    watched: HashMap<(Place, String), Watched>,
}

/// What is needed to send: the connection's queue and the hub's key.
struct Way {
    outgoing: mpsc::Sender<Outgoing>,
    pki: Pki,
}

struct Watched {
    viewers: usize,
    sender: broadcast::Sender<Seen>,
    /// The number under which the appliance was last asked to show it.
    asked: u128,
}

impl fmt::Debug for Courier {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let inner = self.lock();
        let (way, watched) = (inner.way.is_some(), inner.watched.len());
        drop(inner);
        write!(formatter, "Courier(connected: {way}, watched: {watched})")
    }
}

impl Courier {
    fn lock(&self) -> MutexGuard<'_, Inner> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Opens the way; what is to be sent comes out of the receiver.
    pub fn open(&self, pki: Pki) -> mpsc::Receiver<Outgoing> {
        let (outgoing, receiver) = mpsc::channel(ROOM);
        self.lock().way = Some(Way { outgoing, pki });
        receiver
    }

    /// Closes it: whoever watches is told that it is over.
    pub fn close(&self) {
        let mut inner = self.lock();
        inner.way = None;
        inner.watched.clear();
    }

    /// Signs and sends; gives the number under which answers come.
    fn send(&self, place: &Place, act: Act, id: u128, now: i64) -> Result<(), CommandError> {
        let command = Command {
            id,
            appliance: place.appliance.clone(),
            issued_at: UtcMicros(now.saturating_sub(EARLY)),
            expires_at: UtcMicros(now.saturating_add(VALID)),
            act,
        };
        let inner = self.lock();
        let way = inner.way.as_ref().ok_or(CommandError::NoWay)?;
        let payload = signer::signed(&way.pki, &command)?;
        let (site, appliance) = (place.site.clone(), place.appliance.clone());
        let topic = Topic::down(site, appliance, DownChannel::Command);
        way.outgoing
            .try_send(Outgoing::Publish(topic, payload))
            .map_err(|_| CommandError::NoWay)
    }

    /// Has an appliance do something, and remembers who asked. The command is written down before it leaves.
    pub async fn ask(
        &self,
        app: &App,
        place: &Place,
        act: Act,
        who: &str,
    ) -> Result<u128, CommandError> {
        let now = app.clock.now_micros();
        let (port, word) = words(&act);
        let id = signer::fresh_number()?;
        let new = NewCommand {
            id,
            appliance: place.appliance.to_string(),
            port,
            act: word,
            asked_by: who.to_owned(),
            issued_at: now,
            expires_at: now.saturating_add(VALID),
        };
        let mut tx = app.store.begin().await?;
        kept::record(&mut tx, &new).await?;
        let detail = serde_json::json!({
            "act": word, "port": new.port, "command": kept::number(id), "range": range(&act),
        });
        let entry = crate::store::audit::Entry {
            who,
            action: "appliance.commanded",
            subject_kind: "appliance",
            subject_id: &new.appliance,
            detail,
            at: now,
        };
        crate::store::audit::append(&mut tx, entry).await?;
        tx.commit().await?;
        if let Err(error) = self.send(place, act, id, now) {
            let mut tx = app.store.begin().await?;
            let reason =
                "Le concentrateur n'a pu envoyer l'ordre : il n'est pas relié à son serveur MQTT.";
            let refused = (Standing::Refused, Some(reason));
            kept::answered(&mut tx, &new.appliance, id, refused.0, refused.1, now).await?;
            tx.commit().await?;
            return Err(error);
        }
        Ok(id)
    }

    /// Takes what an appliance said on one of its topics.
    pub async fn take(&self, app: &App, topic: &Topic, payload: &[u8]) {
        let place = Place {
            site: topic.site.clone(),
            appliance: topic.appliance.clone(),
        };
        match topic.channel {
            Channel::Up(UpChannel::Trace) => {
                // A slice that cannot be read is one that is not shown.
                if let Ok(slice) = decode::<TraceSlice>(payload) {
                    self.show(&place, slice);
                }
            }
            Channel::Up(UpChannel::Reply) => {
                // Other kinds of replies are for ingest.
                if let Ok(reply) = decode::<Reply>(payload) {
                    self.heard(app, &place, reply).await;
                }
            }
            _ => {}
        }
    }

    async fn heard(&self, app: &App, place: &Place, reply: Reply) {
        if let Outcome::Refused { reason } = &reply.outcome {
            let inner = self.lock();
            let asked = inner
                .watched
                .iter()
                .find(|((of, _), watched)| of == place && watched.asked == reply.id);
            if let Some((_, watched)) = asked {
                // Nobody may be left.
                let _ = watched.sender.send(Seen::Refused(reason.clone()));
                return;
            }
        }
        let (standing, answer) = match &reply.outcome {
            Outcome::Accepted => (Standing::Accepted, None),
            Outcome::Done { json } => (Standing::Done, Some(json.as_str())),
            Outcome::Refused { reason } => (Standing::Refused, Some(reason.as_str())),
        };
        let answer = answer.map(crate::store::columnar);
        let noted = async {
            let mut tx = app.store.begin().await?;
            let appliance = place.appliance.as_str();
            let now = app.clock.now_micros();
            kept::answered(
                &mut tx,
                appliance,
                reply.id,
                standing,
                answer.as_deref(),
                now,
            )
            .await?;
            tx.commit().await
        };
        if let Err(error) = noted.await {
            events::task_keeps_failing("command: keeping an answer", events::chain(&error));
        }
    }
}

/// Port and word of an act, as they are kept.
fn words(act: &Act) -> (String, &'static str) {
    match act {
        Act::Watch { port, .. } => (port.clone(), "watch"),
        Act::Unwatch { port } => (port.clone(), "unwatch"),
        Act::Recognise { port } => (port.clone(), "recognise"),
        Act::Restart => (String::new(), "restart"),
        Act::Replay { .. } => (String::new(), "replay"),
    }
}

fn range(act: &Act) -> Option<String> {
    match act {
        Act::Replay { from, to } => Some(format!("{from}-{to}")),
        _ => None,
    }
}
