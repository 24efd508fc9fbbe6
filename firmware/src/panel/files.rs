//! A front made of files, where there is no board: `panel/lamps` shows the lamps, `panel/button` holding `1` presses.

use super::{Front, Lamp, PinFault};
use std::{
    fmt::Write,
    fs,
    path::{Path, PathBuf},
};

/// A front in a folder.
#[derive(Debug)]
pub(super) struct Files {
    lamps: PathBuf,
    fresh: PathBuf,
    button: PathBuf,
}

/// Makes the folder.
pub(super) fn open(folder: &Path) -> Result<Files, PinFault> {
    fs::create_dir_all(folder)
        .map_err(|error| PinFault(format!("{}: {error}", folder.display())))?;
    Ok(Files {
        lamps: folder.join("lamps"),
        fresh: folder.join("lamps.new"),
        button: folder.join("button"),
    })
}

impl Front for Files {
    fn show(&mut self, lit: [bool; Lamp::ALL.len()]) -> Result<(), PinFault> {
        let mut text = String::new();
        for (lamp, lit) in Lamp::ALL.into_iter().zip(lit) {
            // Writing to memory cannot fail.
            let _ = writeln!(text, "{} {}", lamp.word(), if lit { "on" } else { "off" });
        }
        // Whoever reads sees the old lamps or the new ones, never half of them.
        fs::write(&self.fresh, text)
            .and_then(|()| fs::rename(&self.fresh, &self.lamps))
            .map_err(|error| PinFault(format!("{}: {error}", self.lamps.display())))
    }

    fn pressed(&mut self) -> Result<bool, PinFault> {
        Ok(fs::read(&self.button).is_ok_and(|text| text.first() == Some(&b'1')))
    }
}
