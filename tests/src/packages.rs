//! The Debian packages the suite needs: says what is missing and installs it where it may.

use std::{path::Path, process::Command};

use anyhow::{Context, Result, bail};

use crate::process;

/// One tool of the suite and the packages that bring it.
#[derive(Debug, Clone, Copy)]
pub struct Need {
    /// What it is for, for people.
    pub purpose: &'static str,
    /// It is there when one of these paths exists (a `*` stands for one folder's name).
    pub paths: &'static [&'static str],
    /// Debian packages that bring it.
    pub packages: &'static [&'static str],
}

/// The broker of the two-hub stories.
pub const MOSQUITTO: Need = Need {
    purpose: "Mosquitto, the broker of the two-hub stories",
    paths: &["/usr/sbin/mosquitto", "/usr/local/sbin/mosquitto"],
    packages: &["mosquitto"],
};
/// The database of the two-hub stories and of the store tests.
pub const POSTGRES: Need = Need {
    purpose: "PostgreSQL, the second database",
    paths: &[
        "/usr/lib/postgresql/*/bin/postgres",
        "/usr/local/bin/postgres",
    ],
    packages: &["postgresql"],
};
/// The independent PDF/A validator.
pub const PREFLIGHT: Need = Need {
    purpose: "the PDF/A validator",
    paths: &["/usr/share/java/preflight.jar"],
    packages: &[
        "default-jre-headless",
        "libpdfbox2-java",
        "libjaxb-api-java",
        "libactivation-java",
    ],
};
/// A Java runtime for the PDF/A validator.
pub const JAVA: Need = Need {
    purpose: "Java",
    paths: &["/usr/bin/java"],
    packages: &["default-jre-headless"],
};
/// Python with `venv`, for the CDA validator.
pub const PYTHON: Need = Need {
    purpose: "Python with venv, for the CDA validator",
    paths: &["/usr/lib/python3*/ensurepip"],
    packages: &["python3-venv"],
};
/// `pdftotext`, for the tests that read a PDF back.
pub const POPPLER: Need = Need {
    purpose: "pdftotext, to read PDFs back",
    paths: &["/usr/bin/pdftotext"],
    packages: &["poppler-utils"],
};

/// Everything `cargo suite` wants.
pub const ALL: &[Need] = &[MOSQUITTO, POSTGRES, JAVA, PREFLIGHT, PYTHON, POPPLER];

/// Installs what is missing of `needs`; an error says what to install by hand.
pub fn install(needs: &[Need]) -> Result<()> {
    let missing: Vec<&Need> = needs.iter().filter(|need| !present(need)).collect();
    if missing.is_empty() {
        return Ok(());
    }
    let mut packages: Vec<&str> = missing
        .iter()
        .flat_map(|need| need.packages)
        .copied()
        .collect();
    packages.sort_unstable();
    packages.dedup();
    for need in &missing {
        println!("missing: {}", need.purpose);
    }
    let by_hand = format!("apt-get install {}", packages.join(" "));
    let Some(prefix) = privilege() else {
        bail!("cannot install packages here (neither root nor sudo): run `{by_hand}` as root");
    };
    println!("installing: {}", packages.join(" "));
    apt(&prefix, &["update", "-q"]).context("reading the package lists")?;
    let mut arguments = vec!["install", "-y", "-q", "--no-install-recommends"];
    arguments.extend(&packages);
    apt(&prefix, &arguments).with_context(|| format!("run `{by_hand}` by hand"))?;
    match missing.iter().find(|need| !present(need)) {
        None => Ok(()),
        Some(need) => bail!("{} is still missing after `{by_hand}`", need.purpose),
    }
}

/// Whether a tool is there.
pub fn present(need: &Need) -> bool {
    need.paths.iter().any(|path| find(path).is_some())
}

/// The first existing path that matches a pattern with at most one `*`.
pub fn find(pattern: &str) -> Option<std::path::PathBuf> {
    let Some((before, after)) = pattern.split_once('*') else {
        return Some(Path::new(pattern).to_owned()).filter(|path| path.exists());
    };
    let (folder, stem) = before.rsplit_once('/')?;
    let mut names: Vec<_> = std::fs::read_dir(folder).ok()?.flatten().collect();
    names.sort_by_key(std::fs::DirEntry::file_name);
    names.iter().rev().find_map(|entry| {
        let name = entry.file_name().into_string().ok()?;
        let rest = after.trim_start_matches('/');
        let path = entry.path().join(rest);
        (name.starts_with(stem) && path.exists()).then_some(path)
    })
}

fn privilege() -> Option<Vec<&'static str>> {
    if rustix::process::geteuid().is_root() {
        return Some(Vec::new());
    }
    let sudo = process::run(Command::new("sudo").args(["-n", "true"]), "").ok()?;
    (sudo.code == 0).then(|| vec!["sudo", "-n"])
}

fn apt(prefix: &[&str], arguments: &[&str]) -> Result<()> {
    let mut words: Vec<&str> = prefix.to_vec();
    words.extend(["env", "DEBIAN_FRONTEND=noninteractive", "apt-get"]);
    words.extend(arguments);
    let Some((program, rest)) = words.split_first() else {
        bail!("no command")
    };
    process::run_ok(Command::new(program).args(rest), "").map(drop)
}
