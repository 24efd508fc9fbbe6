//! The worklist over the connection: what comes is handed to its thread, and the hub hears what is held.

use super::{Carried, Session};
use crate::worklist::Standing;
use lisiere_wire::{UpChannel, Worklist};
use rumqttc::v5::mqttbytes::QoS;
use std::{future::pending, time::Duration};
use tokio::sync::watch;

/// The hub hears what is held at least this often: whatever was lost on the way shows then.
const AGAIN: Duration = Duration::from_mins(5);

/// Returns when the hub should hear what is held.
pub(super) async fn changed(listed: &mut Option<watch::Receiver<Standing>>) {
    let Some(watching) = listed else {
        return pending().await;
    };
    // An error means that the list is gone, which the session holds itself.
    if watching.changed().await.is_err() {
        pending::<()>().await;
    }
}

impl Session<'_> {
    /// The hub sent something of its list.
    pub(super) fn listed(&mut self, payload: &[u8]) {
        let Some(feed) = &self.uplink.feed else {
            return;
        };
        match lisiere_wire::decode::<Worklist>(payload) {
            Ok(list) => feed.take(list),
            Err(error) => self.trouble(format!("the worklist cannot be read: {error}")),
        }
    }

    /// Says what is held; the hub sends what is lacking.
    pub(super) fn say_held(&mut self) {
        let Some(feed) = &self.uplink.feed else {
            return;
        };
        let Ok(held) = lisiere_wire::encode(&feed.list().held()) else {
            return;
        };
        self.held_last = self.now();
        let topic = self.topic(UpChannel::Reply);
        // When there is no room now, it is said again before long.
        if self
            .client
            .try_publish(topic, QoS::AtLeastOnce, false, held)
            .is_ok()
        {
            self.handed.push_back(Carried::Held);
        }
    }

    pub(super) fn say_held_again(&mut self) {
        if self.now().since(self.held_last) >= AGAIN {
            self.say_held();
        }
    }
}
