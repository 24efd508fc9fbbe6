//! Every log line of the appliance, in one place. A line is written when something changes, not each time it is tried again,
//! and never holds what a message says.

use crate::journal::Condition;

use tracing::{error, info};

/// The store rebuilds its index after the last writer was cut off.
pub fn journal_repair(session: &mut redb::RepairSession) {
    let percent = session.progress() * 100.0;
    info!(percent = %format_args!("{percent:.0}"), "repairing the journal after an unclean stop");
}

/// A journal that cannot be read was put aside.
pub fn journal_set_aside(place: &str, reason: &str) {
    error!(
        place,
        reason,
        "the journal could not be read; it was put aside unchanged and a new one was started: keep the file and call support"
    );
}

/// The journal began or ceased to take messages.
pub fn journal_condition(condition: &Condition) {
    match condition {
        Condition::Good => info!("the journal takes messages again"),
        Condition::Full => {
            error!(
                "the journal is full of unconfirmed messages: analyzers are refused until the hub confirms some"
            );
        }
        Condition::Failing(reason) => {
            error!(
                reason,
                "the journal cannot write: analyzers are refused until the disk works again"
            );
        }
    }
}
