//! Ports: opening lines, opening them again, and restarting a link whose task ended unforeseen.

pub(crate) mod device;
mod lock;
mod serial;
mod tcp;

use crate::{
    events,
    gate::Gate,
    health::Worth,
    link::PortContext,
    settings::{LineSettings, PortSettings, TcpSettings},
};
use lisiere_protocol::{Link, link::Role};
use std::time::Duration;

/// First and longest pause before a link is started again after its task ended unforeseen.
const RESTART: (Duration, Duration) = (Duration::from_secs(1), Duration::from_secs(30));

/// A line that comes and goes is told this often at most.
const LINES_PER_HOUR: u32 = 12;

/// Keeps a port's task running until the appliance stops. A panic ends one link, which starts again; no other line notices.
pub async fn supervise(context: PortContext) {
    supervised(context, serve).await;
}

async fn supervised<F>(mut context: PortContext, serve: impl Fn(PortContext) -> F)
where
    F: Future<Output = ()> + Send + 'static,
{
    let mut pause = RESTART.0;
    loop {
        let task = tokio::spawn(serve(context.clone()));
        match task.await {
            Ok(()) => return,
            Err(error) => {
                let reason = if error.is_panic() {
                    "panicked"
                } else {
                    "was cancelled"
                };
                events::link_restarts(context.name(), reason);
                context
                    .health
                    .port(context.name(), Worth::Telling, |port| port.restarts += 1);
            }
        }
        if context.stop.wanted_within(pause).await {
            return;
        }
        pause = (pause * 2).min(RESTART.1);
    }
}

async fn serve(mut context: PortContext) {
    match context.settings.line.clone() {
        LineSettings::Serial(settings) => serial::serve(&settings, &mut context).await,
        LineSettings::Tcp(TcpSettings::Listen(address)) => tcp::listen(address, &mut context).await,
        LineSettings::Tcp(TcpSettings::Connect(address)) => {
            tcp::connect(&address, &mut context).await;
        }
    }
}

/// The link for a line that was just opened.
fn link(settings: &PortSettings) -> Box<dyn Link> {
    let line_rate = match &settings.line {
        // Start bit, data bits, stop bit: ten bits a byte is near enough.
        LineSettings::Serial(serial) => Some(serial.baud / 10),
        LineSettings::Tcp(_) => None,
    };
    settings.link.open(Role::Computer, line_rate)
}

/// Whether a line is open, told once per change.
struct Standing<'a> {
    context: &'a PortContext,
    trouble: Option<String>,
    open: bool,
    gate: Gate,
}

impl<'a> Standing<'a> {
    fn new(context: &'a PortContext) -> Self {
        Self {
            context,
            trouble: None,
            open: false,
            gate: Gate::new(LINES_PER_HOUR, Duration::from_hours(1)),
        }
    }

    fn opened(&mut self, line: &str) {
        if !self.open
            && let Some(untold) = self.gate.pass(self.context.clock.tick())
        {
            events::port_opened(self.context.name(), line, untold);
        }
        self.open = true;
        self.trouble = None;
        self.context
            .health
            .port(self.context.name(), Worth::Telling, |port| {
                port.open = true;
                port.trouble = String::new();
                line.clone_into(&mut port.line);
            });
    }

    /// A line that is down stays down in one log line, however often it is tried again.
    fn closed(&mut self, reason: &str) {
        if self.trouble.as_deref() != Some(reason) {
            if let Some(untold) = self.gate.pass(self.context.clock.tick()) {
                events::port_closed(self.context.name(), reason, self.open, untold);
            }
            self.context
                .health
                .port(self.context.name(), Worth::Telling, |port| {
                    port.open = false;
                    reason.clone_into(&mut port.trouble);
                });
        }
        self.open = false;
        self.trouble = Some(reason.to_owned());
    }
}

#[cfg(test)]
mod tests;
