//! From the journal to the broker: what is read and sent, and what is said of captures that cannot be.

use super::{Carried, READ_AGAIN, Read, Reading, Session};
use crate::{
    events,
    health::Worth,
    journal::{Condition, Pulse},
};
use lisiere_wire::{AbsenceReason, UpChannel};
use rumqttc::v5::mqttbytes::QoS;

impl Session<'_> {
    /// False when the journal is another one.
    pub(super) async fn pulse(&mut self, pulse: &Pulse) -> bool {
        if pulse.journal != self.journal {
            return false;
        }
        self.window.journal(self.now(), pulse.last, pulse.confirmed);
        self.first = pulse.first;
        if pulse.condition == Condition::Full && self.window.heard() > pulse.confirmed {
            // Rather than refuse all analyzers for one message that cannot be sent, the journal may give it up.
            if let Some((count, last)) = self.window.withheld()
                && !std::mem::replace(&mut self.given_up, true)
            {
                events::withheld_given_up(count, last);
                self.uplink.health.alarm(format!(
                    "journal plein : {count} message(s) trop grand(s) pour le broker, jusqu'au n° {last}, ne sont plus protégés"
                ));
            }
            let heard = self.window.heard();
            self.uplink.journal.confirm(self.journal, heard).await;
        }
        true
    }

    /// Reads what the window wants next.
    pub(super) fn read(&self) -> Option<Reading> {
        if self.now() < self.read_from {
            return None;
        }
        let wanted = self.window.wanted()?;
        let journal = self.uplink.journal.clone();
        Some(Box::pin(async move {
            let read = journal
                .read(wanted.from, wanted.to, wanted.count, wanted.bytes)
                .await;
            (wanted, read)
        }))
    }

    pub(super) fn send(&mut self, (wanted, read): Read) {
        let now = self.now();
        let Ok(captures) = read else {
            self.read_from = now.after(READ_AGAIN);
            return;
        };
        if captures.is_empty() {
            self.gone(wanted.from, wanted.to);
        }
        let topic = self.topic(UpChannel::Message);
        let mut expected = wanted.from;
        for (seq, envelope) in captures {
            if expected < seq {
                self.gone(expected, seq - 1);
            }
            expected = seq + 1;
            if self.window.wanted().is_none() {
                break;
            }
            let size = envelope.len();
            if self.largest.is_some_and(|largest| size > largest) {
                events::capture_too_large(seq, size);
                self.window.withhold(seq);
                let reason = AbsenceReason::TooLarge;
                self.absences.note(now, reason, seq, seq);
                continue;
            }
            if self
                .client
                .try_publish(topic.as_str(), QoS::AtLeastOnce, false, envelope)
                .is_err()
            {
                break;
            }
            self.handed.push_back(Carried::Capture);
            self.window.sent(now, seq, size);
            self.uplink
                .health
                .uplink(Worth::Noting, |uplink| uplink.sent += 1);
        }
        self.tell_absences();
    }

    /// The journal was read, and these are not in it. A journal that cannot be read at all is not meant: what it holds
    /// may come yet.
    fn gone(&mut self, from: u64, to: u64) {
        let now = self.now();
        self.window.gone(from, to);
        let pruned = to.min(self.first.saturating_sub(1));
        if from <= pruned {
            self.absences.note(now, AbsenceReason::Pruned, from, pruned);
        }
        if pruned < to {
            let from = from.max(pruned + 1);
            self.absences.note(now, AbsenceReason::Unreadable, from, to);
        }
    }

    /// Tells the hub what it will not get, and people what the broker does not take.
    pub(super) fn tell_absences(&mut self) {
        let topic = self.topic(UpChannel::Reply);
        for absence in self.absences.take(self.now(), self.journal) {
            let Ok(absence) = lisiere_wire::encode(&absence) else {
                continue;
            };
            // When there is no room now, the hub asks again.
            let sent = self
                .client
                .try_publish(topic.as_str(), QoS::AtLeastOnce, false, absence);
            if sent.is_ok() {
                self.handed.push_back(Carried::Absence);
            }
        }
        let withheld = self.window.withheld();
        if withheld != self.told_withheld
            && let Some((count, last)) = withheld
        {
            let limit = self.largest.unwrap_or_default();
            self.uplink.health.withhold(last, format!(
                "{count} message(s) trop grand(s) pour le broker (limite : {limit} octets), dernier : n° {last} ; gardé(s) dans le boîtier, les autres sont transmis ; augmenter la taille de paquet du broker (max_packet_size)"
            ));
        }
        self.told_withheld = withheld;
    }
}
