//! Commands of the hub over the connection: what comes is handed on, and what they lead to is published.

use super::{Carried, Session};
use crate::command::Errand;
use lisiere_wire::{Payload, UpChannel};
use rumqttc::v5::mqttbytes::QoS;

/// Pieces of lines handed over and not yet written: more would hold up captures on a slow uplink.
const TRACES: usize = 8;

impl Session<'_> {
    /// Whether an errand can be run now. What waits meanwhile is bounded, and what a line leaves out is counted.
    pub(super) fn runs_errands(&self) -> bool {
        let traces = self
            .handed
            .iter()
            .filter(|carried| **carried == Carried::Trace);
        self.window.is_connected() && traces.count() < TRACES
    }

    pub(super) fn run_errand(&mut self, errand: Errand) {
        match errand {
            // An answer is worth repeating; a piece of a line is not.
            Errand::Reply(reply) => {
                self.say(UpChannel::Reply, QoS::AtLeastOnce, Carried::Reply, &reply);
            }
            Errand::Trace(slice) => {
                self.say(UpChannel::Trace, QoS::AtMostOnce, Carried::Trace, &slice);
            }
            Errand::Replay { from, to } => {
                // What the journal has dropped cannot come again, and is no news to the hub.
                let _ = self.window.replay(from.max(self.first), to);
            }
        }
    }

    fn say(&mut self, channel: UpChannel, qos: QoS, carried: Carried, payload: &impl Payload) {
        let Ok(payload) = lisiere_wire::encode(payload) else {
            return;
        };
        let topic = self.topic(channel);
        if self.client.try_publish(topic, qos, false, payload).is_ok() {
            self.handed.push_back(carried);
        }
    }
}
