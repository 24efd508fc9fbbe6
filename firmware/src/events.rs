//! Every log line of the appliance, in one place. A line is written when something changes, not each time it is tried again,
//! and never holds what a message says.

use crate::journal::Condition;

use lisiere_protocol::Notice;
use std::path::Path;
use tracing::{debug, error, info, warn};

/// The store checks its pages, and rebuilds its index if the last writer was cut off.
pub fn journal_repair(session: &mut redb::RepairSession) {
    let percent = session.progress() * 100.0;
    info!(percent = %format_args!("{percent:.0}"), "checking the journal, and repairing it where needed");
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
pub fn journal_condition(condition: &Condition, untold: u64) {
    match condition {
        Condition::Good => info!(untold, "the journal takes messages again"),
        Condition::Full => {
            error!(
                untold,
                "the journal is full of unconfirmed messages: analyzers are refused until the hub confirms some"
            );
        }
        Condition::Failing(reason) => {
            error!(
                reason,
                untold,
                "the journal cannot write: analyzers are refused until the disk works again"
            );
        }
    }
}

/// A line was opened.
pub fn port_opened(port: &str, line: &str, untold: u64) {
    info!(port, line, untold, "port open");
}

/// A line was lost, or cannot be opened.
pub fn port_closed(port: &str, reason: &str, was_open: bool, untold: u64) {
    if was_open {
        warn!(
            port,
            reason, untold, "port lost; it is opened again as soon as it is back"
        );
    } else {
        warn!(
            port,
            reason, untold, "port cannot be opened; it is tried again"
        );
    }
}

/// A second connection spoke and took the place of the first.
pub fn connection_replaced(port: &str) {
    warn!(port, "a new connection replaces the one before");
}

/// The journal has refused for so long that the memory for what became of orders is used up.
pub fn order_event_lost(port: &str) {
    warn!(
        port,
        "what became of an order could not be noted: the journal takes nothing"
    );
}

/// The worklist cannot be read or written.
pub fn worklist_failing(reason: &str) {
    error!(
        reason,
        "the worklist fails: analyzers are told that there are no orders"
    );
}

/// The hub's worklist is longer than the box keeps.
pub fn worklist_full(tubes: u64) {
    error!(
        tubes,
        "the worklist is longer than this box keeps: analyzers are told of no orders for the rest"
    );
}

/// The hub's worklist was taken.
pub fn worklist_taken(version: u64, tubes: u64) {
    debug!(version, tubes, "worklist taken");
}

/// Something a link noticed. Sessions come and go too often to be told at the usual level.
pub fn link_notice(port: &str, notice: &Notice, untold: u64) {
    match notice {
        Notice::SessionOpened(_)
        | Notice::SessionClosed
        | Notice::AnswersHeard
        | Notice::Tolerated(_) => {
            debug!(port, untold, "{notice}");
        }
        _ => warn!(port, untold, "{notice}"),
    }
}

/// The settings hold, but something in them should be known.
pub fn settings_remarks(remarks: &[String]) {
    for remark in remarks {
        warn!(remark, "settings");
    }
}

/// A command of the hub was proved and is obeyed.
pub fn command_taken(command: &lisiere_wire::Command) {
    use lisiere_wire::Act;
    let (act, port) = match &command.act {
        Act::Watch { port, .. } => ("watch", port.as_str()),
        Act::Unwatch { port } => ("unwatch", port.as_str()),
        Act::Recognise { port } => ("recognise", port.as_str()),
        Act::Restart => ("restart", ""),
        Act::Replay { .. } => ("replay", ""),
    };
    info!(act, port, id = %format_args!("{:x}", command.id), "the hub commands");
}

/// What came as a command is none.
pub fn command_refused(reason: &str, untold: u64) {
    warn!(reason, untold, "a command was refused");
}

/// The hub wants a restart.
pub fn restart_wanted() {
    info!("the hub wants a restart; the service manager starts the appliance again");
}

/// A port leaves its usual work to find out what stands on its line.
pub fn recognition_begins(port: &str) {
    info!(port, "recognition begins; results are not taken meanwhile");
}

/// What came of it; nothing that an analyzer said is told.
pub fn recognition_ends(port: &str, told: &crate::board::Told) {
    use crate::board::Told;
    match told {
        Told::Outcome(outcome) => info!(
            port,
            link = outcome.link.as_deref().unwrap_or("none"),
            driver = outcome
                .models
                .first()
                .map_or("none", |model| model.driver.as_str()),
            heard = outcome.heard,
            answers = outcome.answers,
            "recognition ended; nothing was changed"
        ),
        Told::Failed(reason) | Told::Progress(reason) => {
            warn!(port, reason, "recognition failed; nothing was changed");
        }
    }
}

/// A link's task ended unforeseen and starts again.
pub fn link_restarts(port: &str, reason: &str) {
    error!(
        port,
        reason, "the link's task ended unforeseen and starts again; other ports go on"
    );
}

/// The way to the hub stands.
pub fn uplink_up(host: &str, untold: u64) {
    info!(host, untold, "uplink connected");
}

/// The way to the hub is lost, or the reason why it is missing has changed.
pub fn uplink_down(reason: &str, untold: u64) {
    warn!(
        reason,
        untold, "no uplink; messages are kept and sent later"
    );
}

/// The broker began or ceased to have a hub behind it.
pub fn hub_listens(listens: bool, untold: u64) {
    if listens {
        info!(untold, "the hub listens again");
    } else {
        warn!(
            untold,
            "the broker is there, but no hub listens; messages are kept"
        );
    }
}

/// A confirmation was not for this journal.
pub fn confirmation_ignored(reason: &str) {
    warn!(reason, "a confirmation was ignored");
}

/// A capture that the broker would refuse, and end the connection for.
pub fn capture_too_large(seq: u64, bytes: usize) {
    error!(
        seq,
        bytes,
        "the message is larger than the broker takes: raise its packet size; other messages go on"
    );
}

/// Messages that cannot be sent may be dropped for the sake of all others.
pub fn withheld_given_up(count: u64, last: u64) {
    error!(
        count,
        last,
        "the journal is full: messages too large for the broker are no longer kept back; raise its packet size"
    );
}

/// The process is up.
pub fn started(version: &str, ports: usize, data: &Path) {
    info!(version, ports, data = %data.display(), "started");
}

/// The process was asked to end.
pub fn stopping() {
    info!("stopping");
}

/// The process ends in good order.
pub fn stopped() {
    info!("stopped");
}

/// The journal did not close in time; what was answered "yes" is on the disk.
pub fn journal_stop_late() {
    warn!("the journal did not close in time; it will be checked at the next start");
}

/// The uplink's task ended unforeseen.
pub fn uplink_restarts() {
    error!("the uplink's task ended unforeseen and starts again; messages are kept");
}

/// Tasks that should be alive do not show it.
pub fn tasks_silent(tasks: &[String]) {
    error!(
        ?tasks,
        "parts of the appliance do not move; the service manager will restart it"
    );
}

/// The status file could not be written.
pub fn status_unwritten(error: &std::io::Error) {
    debug!(%error, "the status file could not be written");
}

/// The panel cannot be driven; it is tried again from time to time, and not told again.
pub fn panel_failed(fault: &crate::panel::PinFault) {
    warn!(%fault, "the lamps and the button are out of use; all else goes on");
}

/// A person pressed the button.
pub fn button_pressed(gesture: crate::panel::Gesture) {
    info!(?gesture, "the button was pressed");
}

/// A port cannot be recognised at the moment.
pub fn recognition_refused(port: &str, reason: &str) {
    warn!(port, reason, "the port is not recognised now");
}

/// The wall clock was set while the appliance ran.
pub fn clock_jumped(seconds: i64) {
    warn!(
        seconds,
        "the wall clock was set; the order of messages is the journal's and does not change"
    );
}

/// The local page listens.
pub fn page_ready(address: std::net::SocketAddr) {
    info!(%address, "local page ready");
}

/// The local page cannot be served.
pub fn page_failed(error: &std::io::Error) {
    warn!(%error, "the local page is out of use; all else goes on");
}

/// The local socket is gone.
pub fn control_closed(error: &std::io::Error) {
    warn!(%error, "`status` cannot ask this process; all else goes on");
}
