//! A gap that its appliance declares: the mark moves over it, a person sees it, the trail keeps it.

use serde_json::json;

use super::absence::{self, Reason};
use super::audit::{self, Entry};
use super::ingest::Missing;
use super::quarantine::Aside;
use super::{Result, Tx};
use crate::ingest::watermark::Watermark;

/// Ranges read from one declaration; the hub asks again for the rest.
const RANGES: usize = 1024;

/// A declaration that closed something.
pub(super) struct Told<'a> {
    missing: &'a Missing,
    reason: Reason,
    ranges: Vec<(u64, u64)>,
}

/// Accounts for the numbers of a declaration that are really missing below the highest seen; others are not believed.
pub(super) async fn fill<'a>(
    tx: &mut Tx,
    missing: &'a Missing,
    mark: &mut Watermark,
    now: i64,
) -> Result<Option<Told<'a>>> {
    let mut ranges = Vec::new();
    for (first, last) in missing.absence.ranges.iter().take(RANGES) {
        ranges.extend(mark.fill(*first, *last));
    }
    let reason = Reason::from(missing.absence.reason);
    let key = (
        missing.appliance.to_string(),
        missing.absence.journal.to_string(),
    );
    for range in &ranges {
        absence::record(tx, &key, *range, reason, now).await?;
    }
    Ok((!ranges.is_empty()).then_some(Told {
        missing,
        reason,
        ranges,
    }))
}

impl Told<'_> {
    /// The declaration as a person finds it in the quarantine.
    pub(super) fn aside(&self) -> Aside {
        let ranges: Vec<String> = self.ranges.iter().map(shown).collect();
        Aside {
            reason: format!(
                "messages {} du journal {} : {}",
                ranges.join(", "),
                self.missing.absence.journal,
                self.reason.french()
            ),
            ..self.missing.aside("")
        }
    }
}

fn shown((first, last): &(u64, u64)) -> String {
    if first == last {
        first.to_string()
    } else {
        format!("{first} à {last}")
    }
}

/// Adds the declaration to the trail; last before the commit.
pub(super) async fn audit(tx: &mut Tx, told: &Told<'_>, now: i64) -> Result<()> {
    let appliance = told.missing.appliance.as_str();
    let who = format!("appliance:{appliance}");
    let detail = json!({
        "journal": told.missing.absence.journal.to_string(),
        "reason": told.reason.word(),
        "ranges": told.ranges,
    });
    let entry = Entry {
        who: &who,
        action: "appliance.messages_absent",
        subject_kind: "appliance",
        subject_id: appliance,
        detail,
        at: now,
    };
    audit::append(tx, entry).await?;
    Ok(())
}

impl Missing {
    /// The declaration as it is set aside.
    pub fn aside(&self, reason: &str) -> Aside {
        Aside {
            topic: self.topic.clone(),
            appliance: Some(self.appliance.to_string()),
            reason: reason.to_owned(),
            payload: self.payload.to_vec(),
            number: None,
            newest_only: false,
        }
    }
}
