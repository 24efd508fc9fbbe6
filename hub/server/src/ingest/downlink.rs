//! Confirmations on their way to the appliances: the newest of each journal, sent when there is room.

use std::collections::BTreeMap;

use lisiere_wire::{Confirm, DownChannel, JournalId, Topic, encode};
use rumqttc::v5::AsyncClient;
use rumqttc::v5::mqttbytes::QoS;

use crate::store::journal::Progress;

/// What is still to be said to the appliances.
#[derive(Debug, Default)]
pub(super) struct Downlink {
    waiting: BTreeMap<(String, JournalId), Progress>,
}

impl Downlink {
    /// Says how far a journal got. Ranges are asked for again only when `ask` is set: what two hubs have just taken in
    /// side by side often looks like a gap for a moment.
    pub(super) fn say(&mut self, progress: Progress, ask: bool) {
        let key = (progress.appliance.clone(), progress.journal);
        let mut progress = progress;
        if !ask {
            // A question that is still waiting is not taken back.
            progress.missing = self
                .waiting
                .remove(&key)
                .map(|before| before.missing)
                .unwrap_or_default();
        }
        self.waiting.insert(key, progress);
    }

    /// Hands over what there is room for; the rest stays for the next time.
    pub(super) fn flush(&mut self, client: &AsyncClient) {
        while let Some((key, progress)) = self.waiting.pop_first() {
            let Some((topic, payload)) = message(&progress) else {
                continue;
            };
            if client
                .try_publish(topic, QoS::AtLeastOnce, false, payload)
                .is_err()
            {
                self.waiting.insert(key, progress);
                return;
            }
        }
    }
}

fn message(progress: &Progress) -> Option<(String, Vec<u8>)> {
    let site = progress.site.parse().ok()?;
    let appliance = progress.appliance.parse().ok()?;
    let confirm = Confirm {
        journal: progress.journal,
        upto: progress.upto,
        missing: progress.missing.clone(),
    };
    Some((
        Topic::down(site, appliance, DownChannel::Confirm).to_string(),
        encode(&confirm).ok()?,
    ))
}
