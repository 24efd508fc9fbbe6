//! The independent validators of the shared references, run on reports as they were downloaded.

use std::{
    path::{Path, PathBuf},
    process::Command,
};

use anyhow::{Context, Result, ensure};

use crate::{packages, process, workspace};

/// Validates every `n3.xml`, `n1.xml` and `report.pdf` below a folder. Where the references are absent it says so and
/// passes, except in continuous integration.
pub fn accept(reports: &Path) -> Result<()> {
    let Some(shared) = workspace::shared() else {
        println!(
            "skipped: no shared references (set LISIERE_SHARED), so no independent validation"
        );
        ensure!(
            !workspace::in_ci(),
            "continuous integration needs the shared references"
        );
        return Ok(());
    };
    packages::install(&[packages::PYTHON, packages::JAVA, packages::PREFLIGHT])?;
    let documents = files(reports, "xml")?;
    let papers = files(reports, "pdf")?;
    ensure!(
        !documents.is_empty() && !papers.is_empty(),
        "no report below {}",
        reports.display()
    );
    let tools = shared.join("tools");
    let mut crbio = Command::new(tools.join("validate-crbio"));
    process::run_ok(crbio.arg("--strict").args(&documents), "").context("validating the CDA")?;
    let mut pdfa = Command::new(tools.join("validate-pdfa"));
    process::run_ok(pdfa.args(&papers), "").context("validating the PDF")?;
    println!(
        "validators: {} XML and {} PDF files pass",
        documents.len(),
        papers.len()
    );
    Ok(())
}

fn files(reports: &Path, ending: &str) -> Result<Vec<PathBuf>> {
    let folders =
        std::fs::read_dir(reports).with_context(|| format!("reading {}", reports.display()))?;
    let inside = folders
        .flatten()
        .filter_map(|folder| std::fs::read_dir(folder.path()).ok());
    let paths = inside.flatten().flatten().map(|file| file.path());
    Ok(paths
        .filter(|path| path.extension().is_some_and(|end| end == ending))
        .collect())
}
