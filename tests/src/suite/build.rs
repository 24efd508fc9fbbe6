//! Builds the test binaries once and learns from cargo where they are.

use std::{path::PathBuf, process::Stdio};

use anyhow::{Context, Result, bail};
use serde_json::Value;

use crate::workspace;

/// One test binary.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Target {
    /// Stories run last: a broken unit explains a broken story, not the other way round.
    pub story: bool,
    /// The package's name.
    pub package: String,
    /// The target's name: the crate, a binary, or a file under `tests/`.
    pub name: String,
    /// The binary.
    pub program: PathBuf,
    /// The package's folder, where cargo would run it.
    pub folder: PathBuf,
}

impl Target {
    /// Name in tables.
    pub(super) fn title(&self) -> String {
        format!("{} {}", self.package, self.name)
    }
}

/// Builds all test binaries of the workspace; returns those whose title contains one of `only`.
pub(super) fn tests(only: &[String]) -> Result<Vec<Target>> {
    let mut command = workspace::cargo();
    command
        .args(["test", "--release", "--workspace", "--no-run"])
        .arg("--message-format=json-render-diagnostics")
        .stdout(Stdio::piped());
    let output = command
        .spawn()
        .and_then(std::process::Child::wait_with_output)
        .context("starting cargo test --no-run")?;
    if !output.status.success() {
        bail!(
            "cargo test --no-run failed ({}): the errors are above",
            output.status
        );
    }
    let text = String::from_utf8_lossy(&output.stdout);
    let mut targets: Vec<Target> = text
        .lines()
        .filter_map(|line| serde_json::from_str::<Value>(line).ok())
        .filter_map(|message| target(&message))
        .filter(|target| {
            let title = target.title();
            only.is_empty() || only.iter().any(|name| title.contains(name.as_str()))
        })
        .collect();
    targets.sort();
    if targets.is_empty() {
        bail!("no test binary is called that: `cargo suite --list` shows their names");
    }
    Ok(targets)
}

/// Reads one `compiler-artifact` message of a test build.
fn target(message: &Value) -> Option<Target> {
    let text = |pointer: &str| message.pointer(pointer).and_then(Value::as_str);
    if text("/reason") != Some("compiler-artifact")
        || message.pointer("/profile/test") != Some(&Value::Bool(true))
    {
        return None;
    }
    let program = PathBuf::from(text("/executable")?);
    let manifest = PathBuf::from(text("/manifest_path")?);
    let folder = manifest.parent()?.to_owned();
    // `path+file:///…/hub/server#lisiere-hub@0.1.0`: the package's name stands after the `#`.
    let package = text("/package_id")?
        .rsplit('#')
        .next()?
        .split('@')
        .next()?
        .to_owned();
    let name = text("/target/name")?.to_owned();
    let kind = text("/target/kind/0")?.to_owned();
    let story = package == "lisiere-tests" && kind == "test" && name != "tidy";
    Some(Target {
        story,
        package,
        name,
        program,
        folder,
    })
}
