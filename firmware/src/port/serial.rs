//! A serial port: opened exclusively by its stable name, raw, and opened again when the adapter comes back.

use super::Standing;
use crate::{
    link::{PortContext, PumpEnd, pump},
    settings::SerialSettings,
};
use rustix::{
    fs::{Mode, OFlags},
    termios::{ControlModes, OptionalActions},
};
use std::{path::Path, time::Duration};
use tokio_serial::{SerialPort, SerialPortBuilderExt, SerialStream};

/// Pause between two tries to open; an adapter that is plugged in again is back within it.
const RETRY: Duration = Duration::from_millis(250);
/// A line this long without a byte is opened anew: adapters have been seen to hang silently.
const SILENCE: Duration = Duration::from_hours(1);

/// Serves the port until the appliance stops.
pub(super) async fn serve(settings: &SerialSettings, context: &mut PortContext) {
    let own = context.clone();
    let mut standing = Standing::new(&own);
    let line = format!("{} {}", settings.device.display(), settings.baud);
    loop {
        match open(settings) {
            Ok(mut stream) => {
                standing.opened(&line);
                let mut engine = super::engine(&context.settings);
                match pump(&mut stream, &mut engine, context, Some(SILENCE)).await {
                    PumpEnd::Stopped => return,
                    PumpEnd::Silent => continue,
                    PumpEnd::Closed(reason) => standing.closed(&reason),
                }
            }
            Err(reason) => standing.closed(&reason),
        }
        context.health.beat(context.name());
        if context.stop.wanted_within(RETRY).await {
            return;
        }
    }
}

fn open(settings: &SerialSettings) -> Result<SerialStream, String> {
    keep_lines_raised(&settings.device);
    let mut stream = tokio_serial::new(settings.device.to_string_lossy(), settings.baud)
        .data_bits(settings.data_bits)
        .parity(settings.parity)
        .stop_bits(settings.stop_bits)
        .flow_control(settings.flow_control)
        .open_native_async()
        .map_err(|error| error.to_string())?;
    // Some analyzers send only while the host shows that it is there. Pseudo-terminals have no such lines.
    let _ = stream.write_data_terminal_ready(true);
    let _ = stream.write_request_to_send(true);
    Ok(stream)
}

/// Without this a restart drops DTR, which some analyzers take for a host that went down (`stty -hupcl`). What is not a
/// terminal is left to `open` to complain about.
fn keep_lines_raised(device: &Path) {
    let flags = OFlags::RDWR | OFlags::NOCTTY | OFlags::NONBLOCK | OFlags::CLOEXEC;
    let Ok(file) = rustix::fs::open(device, flags, Mode::empty()) else {
        return;
    };
    if let Ok(mut modes) = rustix::termios::tcgetattr(&file) {
        modes.control_modes.remove(ControlModes::HUPCL);
        let _ = rustix::termios::tcsetattr(&file, OptionalActions::Now, &modes);
    }
}
