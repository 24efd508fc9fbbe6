//! How far an analyzer's own clock is from its appliance's, from the moment it dates its message with.

use lisiere_driver::Interpretation;

use super::Result;
use crate::store::Tx;
use crate::store::capture::StoredCapture;
use crate::store::clocks::{self, AnalyzerClock};

/// An analyzer that dates its message shows how far its clock is from the appliance's.
pub(super) async fn note(tx: &mut Tx, stored: &StoredCapture, read: &Interpretation) -> Result<()> {
    let dated = read.messages.iter().rev().find_map(|message| {
        let said = message.time.as_ref()?.timestamp()?;
        Some(said.as_microsecond().saturating_sub(stored.received_at))
    });
    if let Some(ahead) = dated {
        let clock = AnalyzerClock {
            port: stored.port.clone(),
            ahead,
            quality: stored.clock.clone(),
            measured_at: stored.received_at,
        };
        clocks::analyzer(tx, &stored.appliance, &clock).await?;
    }
    Ok(())
}
