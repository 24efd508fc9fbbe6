//! Takes the drivers' fixtures into the simulators, so that a new profile can be played without a line of code.

use std::{
    fmt::Write as _,
    path::{Path, PathBuf},
};

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let here = PathBuf::from(std::env::var("CARGO_MANIFEST_DIR")?);
    let fixtures = here.join("../common/driver/fixtures").canonicalize()?;
    let mut code = String::from("&[\n");
    println!("cargo::rerun-if-changed={}", fixtures.display());
    for folder in sorted(&fixtures)? {
        println!("cargo::rerun-if-changed={}", folder.display());
        for file in sorted(&folder)? {
            // Beside each fixture stands what is to be read from it.
            if file.extension().is_some_and(|end| end == "json") {
                continue;
            }
            let name = |path: &Path| path.file_stem().map(|name| name.display().to_string());
            let (profile, fixture) = (name(&folder), name(&file));
            writeln!(
                code,
                "    Fixture {{ profile: {:?}, name: {:?}, bytes: include_bytes!({:?}) }},",
                profile.unwrap_or_default(),
                fixture.unwrap_or_default(),
                file.display().to_string(),
            )?;
        }
    }
    code.push_str("]\n");
    let out = PathBuf::from(std::env::var("OUT_DIR")?).join("fixtures.rs");
    std::fs::write(out, code)?;
    Ok(())
}

fn sorted(folder: &Path) -> std::io::Result<Vec<PathBuf>> {
    if !folder.is_dir() {
        return Ok(Vec::new());
    }
    let mut found: Vec<PathBuf> = std::fs::read_dir(folder)?
        .collect::<Result<Vec<_>, _>>()?
        .into_iter()
        .map(|entry| entry.path())
        .collect();
    found.sort();
    Ok(found)
}
