//! What a transaction will have changed, if it is committed.

use super::{Fault, Ledger, cost_before};
use crate::journal::{Bounds, Entry, recent::Recent};
use lisiere_wire::JournalId;
use redb::{ReadableTable, Table};
use std::collections::BTreeSet;

/// Changes that count only once they are committed.
pub(super) struct Staged {
    pub(super) ledger: Ledger,
    pub(super) recent: Option<Recent>,
}

impl Staged {
    pub(super) fn confirm(
        &mut self,
        captures: &impl ReadableTable<u64, &'static [u8]>,
        confirmed: &[(JournalId, u64)],
    ) -> Result<(), Fault> {
        // What was said of a journal that has been set aside meanwhile says nothing of this one.
        let here = confirmed
            .iter()
            .filter(|(journal, _)| *journal == self.ledger.journal);
        let upto = here.map(|(_, upto)| *upto).max().unwrap_or_default();
        let upto = upto.min(self.ledger.last());
        if upto > self.ledger.confirmed {
            self.ledger.confirmed = upto;
            self.ledger.cost_confirmed = cost_before(captures, upto + 1, self.ledger.cost_end)?;
        }
        Ok(())
    }

    /// Forgets what the analyzers of these ports will not repeat.
    pub(super) fn settle(
        &mut self,
        digests: &mut Table<'_, (&'static str, u64), &'static [u8]>,
        recent: &Recent,
        ports: &BTreeSet<String>,
    ) -> Result<(), Fault> {
        for port in ports.iter().filter(|port| recent.has(port)) {
            let recent = self.recent.get_or_insert_with(|| recent.clone());
            for seq in recent.settle(port) {
                digests.remove((port.as_str(), seq))?;
            }
        }
        Ok(())
    }

    /// The entry's envelope, with the number it would get.
    pub(super) fn number(&self, entry: &mut Entry) -> Result<Vec<u8>, Fault> {
        let capture = &mut entry.capture;
        capture.journal = self.ledger.journal;
        capture.boot = self.ledger.boot;
        capture.seq = self.ledger.next;
        let envelope =
            lisiere_wire::encode(capture).map_err(|error| Fault::Damaged(error.to_string()))?;
        // The envelope has them now; a large message is not held twice.
        capture.bytes = Vec::new();
        Ok(envelope)
    }

    /// Drops the oldest confirmed captures until `cost` fits, or none is left that may go.
    pub(super) fn make_room(
        &mut self,
        captures: &mut Table<'_, u64, &'static [u8]>,
        cost: u64,
        bounds: &Bounds,
    ) -> Result<(), Fault> {
        // Dropping everything for a message that can never fit would lose the replay for nothing.
        if self.ledger.cost_unconfirmed().saturating_add(cost) > bounds.records {
            return Ok(());
        }
        while self.ledger.cost_kept().saturating_add(cost) > bounds.records {
            if !self.drop_first(captures, |_| Ok(true))? {
                break;
            }
        }
        Ok(())
    }

    pub(super) fn drop_first(
        &mut self,
        captures: &mut Table<'_, u64, &'static [u8]>,
        due: impl Fn(&[u8]) -> Result<bool, Fault>,
    ) -> Result<bool, Fault> {
        if self.ledger.first > self.ledger.confirmed {
            return Ok(false);
        }
        let first = self.ledger.first;
        let is_due = captures
            .get(first)?
            .map(|record| due(record.value()))
            .transpose()?;
        match is_due {
            Some(true) => {}
            Some(false) => return Ok(false),
            None => {
                return Err(Fault::Damaged(format!(
                    "capture {first} is not where it should be"
                )));
            }
        }
        captures.remove(first)?;
        self.ledger.first = first + 1;
        self.ledger.cost_first = cost_before(captures, first + 1, self.ledger.cost_end)?;
        Ok(true)
    }
}
