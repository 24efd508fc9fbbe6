//! The lock file that programs leave beside a serial port they have opened (`LCK..ttyUSB0`, the number of the process in
//! ten places, as UUCP had it): one that ignores TIOCEXCL because it runs as root may still look here.
//!
//! A pseudo-terminal gets none: its number is given to somebody else as soon as it is closed, and a lock left behind by
//! a process that lives on would shut out a stranger.

use rustix::{
    io::Errno,
    process::{Pid, test_kill_process},
};
use std::{
    fs, io,
    path::{Path, PathBuf},
};

/// A lock file of ours, removed when dropped.
#[derive(Debug)]
pub(super) struct LockFile(PathBuf);

impl LockFile {
    /// Takes the lock; `None` where there is no folder for it or no need of it, and the process that has it when another
    /// one does.
    pub(super) fn take(folder: &Path, device: &Path) -> Result<Option<Self>, u32> {
        if device.starts_with("/dev/pts") {
            return Ok(None);
        }
        let path = folder.join(format!("LCK..{}", name(device)));
        let own = std::process::id();
        let fresh = folder.join(format!("LTMP.{own}.{}", name(device)));
        if fs::write(&fresh, format!("{own:>10}\n")).is_err() {
            return Ok(None);
        }
        let taken = loop {
            match fs::hard_link(&fresh, &path) {
                Ok(()) => break Ok(Some(Self(path))),
                Err(error) if error.kind() == io::ErrorKind::AlreadyExists => {}
                Err(_) => break Ok(None),
            }
            match holder(&path) {
                // After a restart in a container the number may be our own.
                Some(pid) if pid != own && is_alive(pid) => break Err(pid),
                // Left by a process that was killed.
                _ if fs::remove_file(&path).is_ok() => {}
                _ => break Ok(None),
            }
        };
        let _ = fs::remove_file(fresh);
        taken
    }
}

impl Drop for LockFile {
    fn drop(&mut self) {
        let _ = fs::remove_file(&self.0);
    }
}

/// The device's name below `/dev`, as the convention has it: `ttyUSB0`, and `rfcomm_3` for what lies deeper.
fn name(device: &Path) -> String {
    let below = device.strip_prefix("/dev").unwrap_or(device);
    let name = below.to_string_lossy().replace('/', "_");
    name.trim_start_matches('_').to_owned()
}

fn holder(path: &Path) -> Option<u32> {
    fs::read_to_string(path).ok()?.trim().parse().ok()
}

fn is_alive(pid: u32) -> bool {
    let pid = i32::try_from(pid).ok().and_then(Pid::from_raw);
    // A process of somebody else may not be signalled, but it is there.
    pid.is_some_and(|pid| test_kill_process(pid) != Err(Errno::SRCH))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_lock_names_its_holder_and_goes_with_it() {
        let folder = tempfile::tempdir().unwrap();
        let device = Path::new("/dev/ttyUSB0");
        let path = folder.path().join("LCK..ttyUSB0");
        let lock = LockFile::take(folder.path(), device).unwrap();
        let written = fs::read_to_string(&path).unwrap();
        assert_eq!(written, format!("{:>10}\n", std::process::id()));
        drop(lock);
        assert_eq!(fs::read_dir(folder.path()).unwrap().count(), 0);
        let fleeting = LockFile::take(folder.path(), Path::new("/dev/pts/3"));
        assert!(fleeting.unwrap().is_none());
    }

    #[test]
    fn a_living_holder_is_respected_and_a_dead_one_is_not() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("LCK..rfcomm_3");
        let device = Path::new("/dev/rfcomm/3");
        // The first process of all lives.
        fs::write(&path, "         1\n").unwrap();
        assert_eq!(LockFile::take(folder.path(), device).unwrap_err(), 1);
        for dead in ["2147483646\n", "nonsense", ""] {
            fs::write(&path, dead).unwrap();
            assert!(LockFile::take(folder.path(), device).unwrap().is_some());
            assert!(!path.exists());
        }
        assert!(
            LockFile::take(Path::new("/nonexistent"), device)
                .unwrap()
                .is_none()
        );
    }
}
