//! Size of the appliance's binary as it ships.

use anyhow::{Context, Result, ensure};

use super::Figure;
use crate::workspace;

pub(super) fn measure() -> Result<Vec<Figure>> {
    println!("building the appliance as it ships…");
    let mut command = workspace::cargo();
    command.args(["build", "--profile", "appliance", "-p", "lisiere-appliance"]);
    ensure!(
        command.status().context("starting cargo")?.success(),
        "the build failed"
    );
    let shipped = workspace::target()?
        .join("appliance")
        .join("lisiere-appliance");
    let size = |path: &std::path::Path| -> Result<String> {
        let bytes = std::fs::metadata(path)
            .with_context(|| path.display().to_string())?
            .len();
        Ok(format!(
            "{}.{} MiB",
            bytes >> 20,
            (bytes >> 10) % 1024 * 10 / 1024
        ))
    };
    Ok(vec![Figure::new(
        "appliance: binary as it ships (profile `appliance`)",
        size(&shipped)?,
        format!("{} in profile `release`", size(&workspace::appliance()?)?),
    )])
}
