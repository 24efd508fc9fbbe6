//! Pins of a Raspberry Pi or a compute module, numbered as the processor numbers them (BCM).

use super::{Lamp, PinFault, Pins};
use crate::settings::PanelSettings;
use rppal::gpio::{Gpio, InputPin, OutputPin};

/// Takes the pins. They go back to what they were when the program ends: the lamps go dark.
pub(super) fn open(settings: &PanelSettings) -> Result<Pins<OutputPin, InputPin>, PinFault> {
    let gpio = Gpio::new().map_err(|error| PinFault(error.to_string()))?;
    let take = |number: u8| {
        gpio.get(number)
            .map_err(|error| PinFault(format!("GPIO {number}: {error}")))
    };
    let lamp = |lamp: Lamp| {
        let pin = take(settings.lamp(lamp))?;
        // Dark from the first moment.
        Ok::<_, PinFault>(if settings.lit_is_high {
            pin.into_output_low()
        } else {
            pin.into_output_high()
        })
    };
    let lamps = [
        lamp(Lamp::Power)?,
        lamp(Lamp::Network)?,
        lamp(Lamp::Line)?,
        lamp(Lamp::Queue)?,
        lamp(Lamp::Fault)?,
    ];
    let button = take(settings.button)?;
    let button = if settings.pressed_is_high {
        button.into_input_pulldown()
    } else {
        button.into_input_pullup()
    };
    Ok(Pins::new(
        lamps,
        Some(button),
        settings.lit_is_high,
        settings.pressed_is_high,
    ))
}
