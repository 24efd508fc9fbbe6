//! The box's front: five lamps and one button, behind embedded-hal traits, so that the same program drives a Raspberry
//! Pi, any other board with such pins, or files where there is no board.
//!
//! What each lamp shows is decided in `meaning`, how a lamp blinks in `pattern`, what a press is in `button`; these three
//! read no clock and touch no pin. `front` moves pins, `files` stands for them, `rpi` opens real ones.

mod button;
mod files;
mod front;
mod meaning;
mod pattern;
#[cfg(feature = "panel-rpi")]
mod rpi;

pub use button::{Button, Press};
pub use front::{Front, PinFault, Pins};
pub use meaning::{Display, Lamp, View, lamps};
pub use pattern::Pattern;

use crate::{
    clock::Clock,
    events,
    health::Health,
    journal::Journal,
    settings::{PanelKind, PanelSettings},
    stop::Stop,
};
use std::{path::PathBuf, time::Duration};
use tokio::sync::mpsc;

/// How often the button is read and the lamps are set: short against a finger, long for a processor.
const ROUND: Duration = Duration::from_millis(25);
/// How often the state of the box is looked at.
const LOOK: u64 = 250;
/// A front that failed is opened again after this.
const RETRY: Duration = Duration::from_secs(30);

/// What a person asked for at the button.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Gesture {
    /// Short press: seen, and show yourself.
    Acknowledge,
    /// Long press: find out what is plugged in.
    Recognise,
}

/// What the panel's task works with.
#[derive(Debug)]
pub struct Context {
    /// Which front, and where.
    pub settings: PanelSettings,
    /// The data folder, where a front of files stands.
    pub data: PathBuf,
    /// How the box is.
    pub health: Health,
    /// The journal's pulse.
    pub journal: Journal,
    /// Ticks.
    pub clock: Clock,
    /// Tells when the appliance stops.
    pub stop: Stop,
    /// Where presses go.
    pub gestures: mpsc::Sender<Gesture>,
}

/// Drives the front until the appliance stops; a front that cannot be opened is told once and tried again.
pub async fn run(mut context: Context) {
    let mut told = false;
    loop {
        let ended = match context.settings.kind {
            PanelKind::None => return,
            PanelKind::Files => {
                let folder = context.data.join("panel");
                match files::open(&folder) {
                    Ok(front) => drive(front, &mut context).await,
                    Err(fault) => Err(fault),
                }
            }
            PanelKind::RaspberryPi => board(&mut context).await,
        };
        let Err(fault) = ended else { return };
        if !told {
            events::panel_failed(&fault);
        }
        told = true;
        if context.stop.wanted_within(RETRY).await {
            return;
        }
    }
}

#[cfg(feature = "panel-rpi")]
async fn board(context: &mut Context) -> Result<(), PinFault> {
    drive(rpi::open(&context.settings)?, context).await
}

#[cfg(not(feature = "panel-rpi"))]
#[expect(
    clippy::unused_async,
    reason = "it has the shape of the one that drives real pins"
)]
async fn board(_: &mut Context) -> Result<(), PinFault> {
    Err(PinFault(
        "this program was built without the feature `panel-rpi`".to_owned(),
    ))
}

async fn drive<F: Front>(mut front: F, context: &mut Context) -> Result<(), PinFault> {
    let mut display = Display::default();
    let mut button = Button::default();
    let mut looked = None;
    let mut shown = None;
    loop {
        let now = context.clock.tick();
        if looked.is_none_or(|at: lisiere_protocol::Tick| now.0.saturating_sub(at.0) >= LOOK) {
            let status = context.health.status(&context.journal);
            display.look(now, View::of(&status, context.health.recognising()));
            looked = Some(now);
        }
        let gesture = match button.sample(now, front.pressed()?) {
            Some(Press::Short) => Some(Gesture::Acknowledge),
            Some(Press::Long) => Some(Gesture::Recognise),
            None => None,
        };
        if let Some(gesture) = gesture {
            display.press(now, gesture);
            // A queue that is full means that the presses before are still being dealt with.
            let _ = context.gestures.try_send(gesture);
        }
        let lit = display.lit(now, button.held(now));
        if shown != Some(lit) {
            front.show(lit)?;
            shown = Some(lit);
        }
        if context.stop.wanted_within(ROUND).await {
            // Dark means: not running.
            return front.show([false; Lamp::ALL.len()]);
        }
    }
}
