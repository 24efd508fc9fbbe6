//! Ports: opening lines, opening them again, and restarting a link whose task ended unforeseen.

pub(crate) mod device;
mod lock;
mod serial;
mod tcp;

use crate::{
    board::{Call, Told},
    events,
    gate::Gate,
    health::Worth,
    link::PortContext,
    recognise::{Manner, Target, recognise},
    settings::{LineSettings, PortSettings, TcpSettings},
    stop,
};
use lisiere_protocol::{Link, link::Role};
use std::time::Duration;
use tokio::{task::JoinError, time};

/// First and longest pause before a link is started again after its task ended unforeseen.
const RESTART: (Duration, Duration) = (Duration::from_secs(1), Duration::from_secs(30));

/// How long a port may take to leave its line to whoever wants to recognise what stands there.
const RELEASE: Duration = Duration::from_secs(4);

/// A line that comes and goes is told this often at most.
const LINES_PER_HOUR: u32 = 12;

/// Keeps a port's task running until the appliance stops. A panic ends one link, which starts again; no other line notices.
pub async fn supervise(context: PortContext) {
    supervised(context, serve).await;
}

/// What ended a stretch of a port's usual work.
enum Ended {
    /// Its task, in good order or not.
    Task(Result<(), JoinError>),
    /// Someone wants to know what stands at the port.
    Called(Call),
    /// The appliance stops.
    Stopped,
}

async fn supervised<F>(mut context: PortContext, serve: impl Fn(PortContext) -> F)
where
    F: Future<Output = ()> + Send + 'static,
{
    let mut pause = RESTART.0;
    let calls = context.calls.clone();
    loop {
        let (stopper, stop) = stop::pair();
        let mut own = context.clone();
        own.stop = stop;
        let mut task = tokio::spawn(serve(own));
        let ended = tokio::select! {
            ended = &mut task => Ended::Task(ended),
            call = calls.next() => Ended::Called(call),
            () = context.stop.wanted() => Ended::Stopped,
        };
        let error = match ended {
            Ended::Task(Ok(())) => return,
            Ended::Task(Err(error)) => error,
            Ended::Stopped => {
                stopper.stop();
                let _ = task.await;
                return;
            }
            Ended::Called(call) => {
                stopper.stop();
                if time::timeout(RELEASE, &mut task).await.is_err() {
                    // A message handed to the journal is kept; one that was not is sent again by the analyzer.
                    task.abort();
                    let _ = task.await;
                }
                recognise_here(&mut context, call).await;
                continue;
            }
        };
        let reason = if error.is_panic() {
            "panicked"
        } else {
            "was cancelled"
        };
        events::link_restarts(context.name(), reason);
        context
            .health
            .port(context.name(), Worth::Telling, |port| port.restarts += 1);
        if context.stop.wanted_within(pause).await {
            return;
        }
        pause = (pause * 2).min(RESTART.1);
    }
}

/// The port's line is free: finds out what stands on it, and tells whoever asked.
async fn recognise_here(context: &mut PortContext, call: Call) {
    let _shown = context.health.recognition();
    events::recognition_begins(context.name());
    let own = context.clone();
    let task = tokio::spawn(async move {
        let target = Target(own.settings.line.clone());
        let name = own.settings.name.to_string();
        let manner = Manner {
            name: &name,
            patience: call.patience,
            clock: own.clock,
            tap: own.tap.clone(),
        };
        let alive = || own.health.beat(&name);
        let mut stop = own.stop.clone();
        let told = recognise(&target, manner, &call.news, &mut stop, alive).await;
        if let Told::Outcome(outcome) = &told {
            own.board.keep(&name, outcome);
        }
        events::recognition_ends(&name, &told);
        call.news.end(told).await;
    });
    // A panic in it is told by the runtime, and the port goes back to its usual work.
    let _ = task.await;
    context.health.beat(context.name());
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
