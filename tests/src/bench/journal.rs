//! Durable commits of the appliance's journal, one by one and in groups, beside the bare store and raw `fdatasync`.

use std::process::Command;

use anyhow::{Context, Result, ensure};
use serde_json::Value;

use super::Figure;
use crate::{process, workspace};

const EXAMPLE: &str = "journal-bench";

pub(super) fn measure() -> Result<Vec<Figure>> {
    let mut build = workspace::cargo();
    build.args([
        "build",
        "--release",
        "-p",
        "lisiere-appliance",
        "--example",
        EXAMPLE,
    ]);
    ensure!(
        build.status().context("starting cargo")?.success(),
        "the build failed"
    );
    let folder = tempfile::tempdir_in(workspace::target()?).context("making a folder")?;
    let program = workspace::binaries()?.join("examples").join(EXAMPLE);
    let said = process::run_ok(Command::new(program).arg(folder.path()), "")?;
    let found: Value = serde_json::from_str(said.trim()).context("reading the figures")?;
    let rate = |kind: &str, group: usize| {
        let name = format!("{kind}_{group}");
        found.get(name).and_then(Value::as_f64).unwrap_or(f64::NAN)
    };
    let figure = |group: usize, how: &str| {
        let [raw, store, journal] = ["raw", "store", "journal"].map(|kind| rate(kind, group));
        Figure::new(
            format!("journal: durable messages of 1 kB, {how}"),
            format!("{journal:.0}/s"),
            format!(
                "x{:.3} of raw fdatasync ({raw:.0}/s), x{:.2} of the bare store ({store:.0}/s)",
                journal / raw,
                journal / store
            ),
        )
    };
    Ok(vec![
        figure(1, "one by one"),
        figure(16, "16 waiting"),
        figure(256, "256 waiting"),
    ])
}
