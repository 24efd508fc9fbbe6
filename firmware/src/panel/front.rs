//! Lamps and button as pins of embedded-hal: whoever has such pins has a panel.

use super::Lamp;
use embedded_hal::digital::{InputPin, OutputPin};
use thiserror::Error;

/// A front that does not obey.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
#[error("the panel does not answer: {0}")]
pub struct PinFault(pub String);

/// Something with five lamps and a button.
pub trait Front {
    /// Lights these lamps, and no others.
    fn show(&mut self, lit: [bool; Lamp::ALL.len()]) -> Result<(), PinFault>;
    /// Whether the button is down.
    fn pressed(&mut self) -> Result<bool, PinFault>;
}

/// A front made of pins.
#[derive(Debug)]
pub struct Pins<O, I> {
    lamps: [O; Lamp::ALL.len()],
    button: Option<I>,
    lit_is_high: bool,
    pressed_is_high: bool,
}

impl<O: OutputPin, I: InputPin> Pins<O, I> {
    /// Pins in the order of [`Lamp::ALL`], with the levels that mean lit and pressed.
    pub const fn new(
        lamps: [O; Lamp::ALL.len()],
        button: Option<I>,
        lit_is_high: bool,
        pressed_is_high: bool,
    ) -> Self {
        Self {
            lamps,
            button,
            lit_is_high,
            pressed_is_high,
        }
    }
}

impl<O: OutputPin, I: InputPin> Front for Pins<O, I> {
    fn show(&mut self, lit: [bool; Lamp::ALL.len()]) -> Result<(), PinFault> {
        for ((pin, lit), lamp) in self.lamps.iter_mut().zip(lit).zip(Lamp::ALL) {
            let level = (lit == self.lit_is_high).into();
            pin.set_state(level)
                .map_err(|error| PinFault(format!("lamp {}: {error:?}", lamp.word())))?;
        }
        Ok(())
    }

    fn pressed(&mut self) -> Result<bool, PinFault> {
        let Some(pin) = &mut self.button else {
            return Ok(false);
        };
        let high = pin
            .is_high()
            .map_err(|error| PinFault(format!("button: {error:?}")))?;
        Ok(high == self.pressed_is_high)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use embedded_hal::digital::{Error, ErrorKind, ErrorType};
    use std::{cell::Cell, rc::Rc};

    #[derive(Clone, Default)]
    struct Wire(Rc<Cell<bool>>);
    #[derive(Debug)]
    struct Broken;
    impl Error for Broken {
        fn kind(&self) -> ErrorKind {
            ErrorKind::Other
        }
    }
    impl ErrorType for Wire {
        type Error = Broken;
    }
    impl OutputPin for Wire {
        fn set_low(&mut self) -> Result<(), Broken> {
            self.0.set(false);
            Ok(())
        }
        fn set_high(&mut self) -> Result<(), Broken> {
            self.0.set(true);
            Ok(())
        }
    }
    impl InputPin for Wire {
        fn is_high(&mut self) -> Result<bool, Broken> {
            Ok(self.0.get())
        }
        fn is_low(&mut self) -> Result<bool, Broken> {
            Ok(!self.0.get())
        }
    }

    #[test]
    fn lamps_and_button_may_be_wired_either_way() {
        for lit_is_high in [true, false] {
            let wires: [Wire; 5] = std::array::from_fn(|_| Wire::default());
            let button = Wire::default();
            let mut front = Pins::new(wires.clone(), Some(button.clone()), lit_is_high, false);
            front.show([true, false, true, false, false]).unwrap();
            let levels = wires.map(|wire| wire.0.get() == lit_is_high);
            assert_eq!(levels, [true, false, true, false, false]);
            // Pulled up: low is pressed.
            assert!(front.pressed().unwrap());
            button.0.set(true);
            assert!(!front.pressed().unwrap());
        }
    }
}
