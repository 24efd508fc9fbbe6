//! Where things are: the workspace, its target folder, the product's binaries, the shared references.

use std::{
    path::{Path, PathBuf},
    process::Command,
};

use anyhow::{Context, Result, anyhow, bail};

/// The folder of the workspace's `Cargo.toml`.
pub fn root() -> PathBuf {
    let here = Path::new(env!("CARGO_MANIFEST_DIR"));
    here.parent().unwrap_or(here).to_owned()
}

/// Folder of the built binaries: `LISIERE_BIN_DIR`, else the folder this program was built into.
pub fn binaries() -> Result<PathBuf> {
    if let Some(folder) = std::env::var_os("LISIERE_BIN_DIR") {
        return Ok(PathBuf::from(folder));
    }
    let program = std::env::current_exe().context("finding this program")?;
    program
        .ancestors()
        .skip(1)
        .find(|folder| !folder.ends_with("deps"))
        .map(Path::to_owned)
        .ok_or_else(|| anyhow!("{} stands in no folder", program.display()))
}

/// The target folder of this build.
pub fn target() -> Result<PathBuf> {
    let binaries = binaries()?;
    Ok(binaries.parent().unwrap_or(&binaries).to_owned())
}

/// One built binary of the product.
pub fn binary(name: &str) -> Result<PathBuf> {
    let path = binaries()?.join(name);
    if path.exists() {
        return Ok(path);
    }
    bail!(
        "{} is not built: run `cargo suite`, or `cargo build --release --workspace --bins`",
        path.display()
    )
}

/// The hub's binary.
pub fn hub() -> Result<PathBuf> {
    binary("lisiere-hub")
}

/// The appliance's binary.
pub fn appliance() -> Result<PathBuf> {
    binary("lisiere-appliance")
}

/// Cargo as it called us, else as the path has it. What `cargo run` told about this package is not handed on: build
/// scripts (`ring` has one) would take it for a change and everything on top of them would be built again.
pub fn cargo() -> Command {
    let mut command = Command::new(std::env::var_os("CARGO").unwrap_or_else(|| "cargo".into()));
    command.current_dir(root());
    let told = [
        "CARGO_PKG_",
        "CARGO_MANIFEST_",
        "CARGO_BIN_",
        "CARGO_CRATE_",
        "CARGO_PRIMARY_",
    ];
    for (name, _) in std::env::vars_os() {
        let name = name.to_string_lossy();
        if told.iter().any(|prefix| name.starts_with(prefix)) {
            command.env_remove(name.as_ref());
        }
    }
    command
}

/// Builds every binary of the workspace, cargo's own progress in view.
pub fn build() -> Result<()> {
    let mut command = cargo();
    command.args(["build", "--release", "--workspace", "--bins"]);
    let status = command.status().context("starting cargo")?;
    if status.success() {
        return Ok(());
    }
    bail!("cargo build failed ({status}): the errors are above")
}

/// The shared third-party references (`LISIERE_SHARED`, else beside the workspace), where they exist.
pub fn shared() -> Option<PathBuf> {
    let folder =
        std::env::var_os("LISIERE_SHARED").map_or_else(|| root().join("../shared"), PathBuf::from);
    folder.is_dir().then_some(folder)
}

/// True when run by continuous integration, where a skipped check is a failure.
pub fn in_ci() -> bool {
    std::env::var("CI").is_ok_and(|value| value == "true")
}
