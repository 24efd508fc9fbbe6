//! The third-party data that tests read where it is, never copied.

use std::path::{Path, PathBuf};

/// The folder of the shared data, if it holds this; else the test says so and passes, except in CI.
pub(crate) fn holding(name: &str) -> Option<PathBuf> {
    let shared = std::env::var_os("LISIERE_SHARED").map_or_else(
        || Path::new(env!("CARGO_MANIFEST_DIR")).join("../../../shared"),
        PathBuf::from,
    );
    let path = shared.join(name);
    if path.exists() {
        return Some(shared);
    }
    assert!(
        std::env::var_os("CI").is_none(),
        "{} is absent",
        path.display()
    );
    eprintln!("skipped: {} is absent", path.display());
    None
}

/// A file or folder of the shared data, likewise.
pub(crate) fn path(name: &str) -> Option<PathBuf> {
    holding(name).map(|shared| shared.join(name))
}

/// Files of a shared folder with that ending, in order.
pub(crate) fn files(folder: &str, ending: &str) -> Vec<PathBuf> {
    path(folder).map_or_else(Vec::new, |folder| within(&folder, ending))
}

/// Files of any folder with that ending, in order.
pub(crate) fn within(folder: &Path, ending: &str) -> Vec<PathBuf> {
    let mut files: Vec<PathBuf> = std::fs::read_dir(folder)
        .unwrap()
        .map(|entry| entry.unwrap().path())
        .filter(|path| path.extension().is_some_and(|one| one == ending))
        .collect();
    files.sort();
    files
}
