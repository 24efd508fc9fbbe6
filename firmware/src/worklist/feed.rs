//! Takes what the hub sends of its list, one payload after the other, on a thread that may wait for the disk.

use super::list::{Applied, List, ListError};
use crate::events;
use lisiere_wire::Worklist;
use tokio::sync::mpsc;

/// Payloads that may wait: more than a whole list has parts.
const WAITING: usize = 128;

/// The way of the hub's list to the disk. Cheap to clone.
#[derive(Clone, Debug)]
pub struct Feed {
    list: List,
    payloads: mpsc::Sender<Worklist>,
}

impl Feed {
    /// Starts the thread; it ends when the last of these is dropped.
    pub fn start(list: List) -> Result<Self, ListError> {
        let (payloads, waiting) = mpsc::channel(WAITING);
        let own = list.clone();
        std::thread::Builder::new()
            .name("worklist".to_owned())
            .spawn(move || take_all(&own, waiting))?;
        Ok(Self { list, payloads })
    }

    /// The list that is fed.
    pub const fn list(&self) -> &List {
        &self.list
    }

    /// Takes a payload. One too many is dropped: what is missing then is found out by its version.
    pub fn take(&self, payload: Worklist) {
        let _ = self.payloads.try_send(payload);
    }
}

fn take_all(list: &List, mut waiting: mpsc::Receiver<Worklist>) {
    while let Some(payload) = waiting.blocking_recv() {
        match list.apply(payload) {
            Ok(Applied::Done) => {
                events::worklist_taken(list.version(), list.len().unwrap_or_default());
            }
            Ok(Applied::Full) => events::worklist_full(list.len().unwrap_or_default()),
            Ok(Applied::Waiting | Applied::Known | Applied::Gap) => {}
            Err(error) => events::worklist_failing(&error.to_string()),
        }
    }
}
