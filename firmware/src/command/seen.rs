//! Numbers of commands already seen, on the disk before any of them is obeyed: a restart must not make an old one new.

use lisiere_model::UtcMicros;
use std::{
    collections::BTreeMap,
    fmt::Write as _,
    fs::{self, OpenOptions},
    io::{self, Write},
    os::unix::fs::OpenOptionsExt,
    path::{Path, PathBuf},
};

/// Kept this long after they have expired, so that a clock that is set back revives none.
const KEPT: i64 = 7 * 86_400_000_000;
/// Numbers kept; more commands than this in a week are no technician's.
const AT_MOST: usize = 4096;

/// The numbers, each with when its command expires.
#[derive(Debug)]
pub struct Seen {
    path: PathBuf,
    known: BTreeMap<u128, i64>,
}

impl Seen {
    /// Reads those of a data folder. A line that cannot be read is left out: power may have failed while it was written,
    /// before its command was obeyed.
    pub fn open(data: &Path) -> Self {
        let path = data.join("commands.seen");
        let text = fs::read_to_string(&path).unwrap_or_default();
        let line = |line: &str| {
            let (id, expires) = line.split_once(' ')?;
            Some((u128::from_str_radix(id, 16).ok()?, expires.parse().ok()?))
        };
        Self {
            path,
            known: text.lines().filter_map(line).collect(),
        }
    }

    /// Whether this number is new; if so, it is on the disk now and never new again.
    pub fn admit(&mut self, id: u128, expires: UtcMicros, now: UtcMicros) -> io::Result<bool> {
        if self.known.contains_key(&id) {
            return Ok(false);
        }
        let oldest = now.0.saturating_sub(KEPT);
        let before = self.known.len();
        self.known.retain(|_, expires| *expires >= oldest);
        if self.known.len() >= AT_MOST {
            return Err(io::Error::other("too many commands in a week"));
        }
        self.known.insert(id, expires.0);
        let written = if self.known.len() <= before {
            self.write_all()
        } else {
            self.append(id, expires)
        };
        if written.is_err() {
            self.known.remove(&id);
        }
        written.map(|()| true)
    }

    fn append(&self, id: u128, expires: UtcMicros) -> io::Result<()> {
        let mut file = OpenOptions::new()
            .append(true)
            .create(true)
            .mode(0o600)
            .open(&self.path)?;
        // After a line that power cut short.
        file.write_all(format!("\n{id:x} {}\n", expires.0).as_bytes())?;
        file.sync_all()
    }

    fn write_all(&self) -> io::Result<()> {
        let fresh = self.path.with_extension("new");
        let mut text = String::new();
        for (id, expires) in &self.known {
            // Writing to memory cannot fail.
            let _ = writeln!(text, "{id:x} {expires}");
        }
        let mut file = OpenOptions::new()
            .write(true)
            .create(true)
            .truncate(true)
            .mode(0o600)
            .open(&fresh)?;
        file.write_all(text.as_bytes())?;
        file.sync_all()?;
        fs::rename(fresh, &self.path)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const NOW: UtcMicros = UtcMicros(1_795_000_000_000_000);

    #[test]
    fn a_number_is_new_once_and_a_restart_does_not_change_that() {
        let data = tempfile::tempdir().unwrap();
        let mut seen = Seen::open(data.path());
        assert!(seen.admit(7, NOW, NOW).unwrap());
        assert!(!seen.admit(7, NOW, NOW).unwrap());
        assert!(seen.admit(u128::MAX, NOW, NOW).unwrap());
        // Power failed in the middle of a line.
        let path = data.path().join("commands.seen");
        let mut text = fs::read(&path).unwrap();
        text.extend_from_slice(b"\nabc 17");
        fs::write(&path, text).unwrap();
        let mut seen = Seen::open(data.path());
        assert!(!seen.admit(7, NOW, NOW).unwrap());
        assert!(!seen.admit(u128::MAX, NOW, NOW).unwrap());
        assert!(seen.admit(8, NOW, NOW).unwrap());
        assert!(!Seen::open(data.path()).admit(8, NOW, NOW).unwrap());
    }

    #[test]
    fn old_numbers_go_after_a_week_and_many_are_refused() {
        let data = tempfile::tempdir().unwrap();
        let mut seen = Seen::open(data.path());
        for id in 0..AT_MOST as u128 {
            seen.known.insert(id, NOW.0);
        }
        assert!(seen.admit(9999, NOW, NOW).is_err());
        let later = UtcMicros(NOW.0 + KEPT + 1);
        assert!(seen.admit(9999, later, later).unwrap());
        assert_eq!(Seen::open(data.path()).known.len(), 1);
    }

    #[test]
    fn what_cannot_be_written_is_not_admitted() {
        let data = tempfile::tempdir().unwrap();
        let mut seen = Seen::open(&data.path().join("missing"));
        assert!(seen.admit(7, NOW, NOW).is_err());
        assert!(seen.admit(7, NOW, NOW).is_err());
    }
}
