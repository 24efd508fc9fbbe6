//! A pseudo-terminal that stands for a serial cable: the analyzer holds one end, the appliance opens
//! the other by a stable name, as it opens `/dev/serial/by-id/…` on a box.

use std::{
    ffi::OsStr,
    fs::File,
    io,
    os::{fd::OwnedFd, unix::ffi::OsStrExt},
    path::{Path, PathBuf},
};

use anyhow::{Context, Result};
use lisiere_protocol::recognise::{Framing, Setting};
use rustix::{
    fs::{Mode, OFlags, fcntl_getfl, fcntl_setfl, open},
    pty::{OpenptFlags, grantpt, openpt, ptsname, unlockpt},
    termios::{OptionalActions, tcgetattr, tcsetattr},
};

use crate::device::Device;

/// The analyzer's end of the cable.
#[derive(Debug)]
pub struct Pty {
    controller: Device,
    /// Keeps the line up while no appliance holds it, as a real cable stays plugged.
    held: OwnedFd,
    link: PathBuf,
}

impl Pty {
    /// Makes a pair and the stable name `link` for the appliance's end; an older `link` is replaced.
    pub fn create(link: &Path) -> Result<Self> {
        let (controller, held) = pair(link)?;
        Ok(Self {
            controller: Device::over(File::from(controller))?,
            held,
            link: link.to_owned(),
        })
    }

    /// The name the appliance opens.
    pub fn link(&self) -> &Path {
        &self.link
    }

    /// How the appliance has set its end. A pseudo-terminal always has eight data bits and no parity.
    pub fn setting(&self) -> Option<Setting> {
        let settings = tcgetattr(&self.held).ok()?;
        Some(Setting {
            baud: settings.output_speed(),
            framing: Framing::EIGHT_NONE,
        })
    }

    /// Reads what the appliance sent; never 0 while this end holds the line.
    pub async fn read(&self, buffer: &mut [u8]) -> io::Result<usize> {
        self.controller.read(buffer).await
    }

    /// Writes all of `bytes`.
    pub async fn write_all(&self, bytes: &[u8]) -> io::Result<()> {
        self.controller.write_all(bytes).await
    }
}

/// The controlling end, which does not block, and the other end, which is named `link` and must be kept open.
pub(crate) fn pair(link: &Path) -> Result<(OwnedFd, OwnedFd)> {
    let flags = OpenptFlags::RDWR | OpenptFlags::NOCTTY | OpenptFlags::CLOEXEC;
    let controller = openpt(flags).context("opening a pseudo-terminal")?;
    grantpt(&controller).context("granting the pseudo-terminal")?;
    unlockpt(&controller).context("unlocking the pseudo-terminal")?;
    let name = ptsname(&controller, Vec::new()).context("naming the pseudo-terminal")?;
    let device = Path::new(OsStr::from_bytes(name.as_bytes()));
    let held = open(
        device,
        OFlags::RDWR | OFlags::NOCTTY | OFlags::CLOEXEC,
        Mode::empty(),
    )
    .with_context(|| format!("opening {}", device.display()))?;
    let mut settings = tcgetattr(&held).context("reading the line settings")?;
    settings.make_raw();
    tcsetattr(&held, OptionalActions::Now, &settings).context("making the line raw")?;
    let status = fcntl_getfl(&controller).context("reading the descriptor flags")?;
    fcntl_setfl(&controller, status | OFlags::NONBLOCK).context("making it non-blocking")?;
    replace_link(device, link)?;
    Ok((controller, held))
}

fn replace_link(device: &Path, link: &Path) -> Result<()> {
    if let Some(folder) = link.parent() {
        std::fs::create_dir_all(folder).with_context(|| format!("making {}", folder.display()))?;
    }
    let fresh = link.with_extension("new");
    if fresh.symlink_metadata().is_ok() {
        std::fs::remove_file(&fresh).with_context(|| format!("removing {}", fresh.display()))?;
    }
    std::os::unix::fs::symlink(device, &fresh)
        .with_context(|| format!("linking {}", fresh.display()))?;
    std::fs::rename(&fresh, link).with_context(|| format!("naming {}", link.display()))
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::io::Write as _;

    #[tokio::test]
    async fn control_characters_pass_unchanged_both_ways() {
        let folder = tempfile::tempdir().unwrap();
        let pty = Pty::create(&folder.path().join("line")).unwrap();
        let mut other = std::fs::OpenOptions::new()
            .read(true)
            .write(true)
            .open(pty.link())
            .unwrap();
        let sent: Vec<u8> = (0..=255).collect();
        other.write_all(&sent).unwrap();
        let mut seen = Vec::new();
        let mut buffer = [0; 64];
        while seen.len() < sent.len() {
            let n = pty.read(&mut buffer).await.unwrap();
            seen.extend_from_slice(&buffer[..n]);
        }
        assert_eq!(seen, sent);
    }
}
