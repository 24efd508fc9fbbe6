//! Serves a serial port: opened by its stable name, and opened again when the adapter comes back.

use super::{Standing, device};
use crate::{
    link::{Manner, PortContext, PumpEnd, pump},
    settings::SerialSettings,
};
use std::time::Duration;

/// First and longest pause between two tries to open; an adapter that is plugged in again is back within it.
const RETRY: (Duration, Duration) = (Duration::from_millis(100), Duration::from_secs(1));
/// A line this long without a byte is opened anew: adapters have been seen to hang silently.
const SILENCE: Duration = Duration::from_hours(1);

/// Serves the port until the appliance stops.
pub(super) async fn serve(settings: &SerialSettings, context: &mut PortContext) {
    let own = context.clone();
    let mut standing = Standing::new(&own);
    let mut pause = RETRY.0;
    loop {
        match device::open(settings) {
            Ok(mut device) => {
                pause = RETRY.0;
                standing.opened(&settings.to_string());
                let mut link = super::link(&context.settings);
                let manner = Manner {
                    silence: Some(SILENCE),
                    marked: device.marked,
                };
                match pump(&mut device.stream, &mut *link, context, manner).await {
                    PumpEnd::Stopped => return,
                    PumpEnd::Silent => continue,
                    PumpEnd::Closed(reason) => standing.closed(&reason),
                }
            }
            Err(reason) => standing.closed(&reason),
        }
        context.health.beat(context.name());
        if context.stop.wanted_within(pause).await {
            return;
        }
        pause = (pause * 2).min(RETRY.1);
    }
}
