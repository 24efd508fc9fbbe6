//! What other rooms want said to appliances: a bounded queue that the writer empties into the connection.
//!
//! Nothing in it is promised: whoever posts finds out from the appliance's own word whether it arrived, and posts again.

use std::collections::VecDeque;
use std::sync::{Arc, Mutex, PoisonError};

use lisiere_wire::Topic;
use rumqttc::v5::AsyncClient;
use rumqttc::v5::mqttbytes::QoS;
use tokio::sync::Notify;

/// Payloads that may wait.
const MOST: usize = 1024;
/// Bytes that may wait.
const MOST_BYTES: usize = 64 * 1024 * 1024;

/// The way to the appliances. Cheap to clone.
#[derive(Debug, Clone, Default)]
pub struct Post(Arc<Inner>);

#[derive(Debug, Default)]
struct Inner {
    waiting: Mutex<Waiting>,
    rung: Notify,
}

#[derive(Debug, Default)]
struct Waiting {
    payloads: VecDeque<(String, Vec<u8>)>,
    bytes: usize,
}

impl Post {
    /// Puts a payload in the queue; `false` when there is no room.
    pub fn send(&self, topic: &Topic, payload: Vec<u8>) -> bool {
        let mut waiting = self
            .0
            .waiting
            .lock()
            .unwrap_or_else(PoisonError::into_inner);
        let bytes = waiting.bytes.saturating_add(payload.len());
        if waiting.payloads.len() >= MOST || bytes > MOST_BYTES {
            return false;
        }
        waiting.bytes = bytes;
        waiting.payloads.push_back((topic.to_string(), payload));
        drop(waiting);
        self.0.rung.notify_one();
        true
    }

    /// Returns when something was posted.
    pub(super) async fn rung(&self) {
        self.0.rung.notified().await;
    }

    /// Hands over what there is room for, in order; the rest stays for the next time.
    pub(super) fn flush(&self, client: &AsyncClient) {
        let mut waiting = self
            .0
            .waiting
            .lock()
            .unwrap_or_else(PoisonError::into_inner);
        while let Some((topic, payload)) = waiting.payloads.pop_front() {
            let size = payload.len();
            if client
                .try_publish(topic.clone(), QoS::AtLeastOnce, false, payload.clone())
                .is_err()
            {
                waiting.payloads.push_front((topic, payload));
                return;
            }
            waiting.bytes = waiting.bytes.saturating_sub(size);
        }
    }

    /// Forgets what waited for a connection that is gone: by now something else may be to be said.
    pub(super) fn clear(&self) {
        *self
            .0
            .waiting
            .lock()
            .unwrap_or_else(PoisonError::into_inner) = Waiting::default();
    }

    /// What waits, for tests.
    #[doc(hidden)]
    pub fn take(&self) -> Vec<(String, Vec<u8>)> {
        let mut waiting = self
            .0
            .waiting
            .lock()
            .unwrap_or_else(PoisonError::into_inner);
        std::mem::take(&mut *waiting).payloads.into()
    }
}
