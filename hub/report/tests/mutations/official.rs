//! What the official rules say of documents, asked once per content and remembered.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};
use std::process::Command;

use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};

/// One thing that the official validator says.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(crate) struct Said {
    pub(crate) stage: String,
    pub(crate) severity: String,
    #[serde(default)]
    pub(crate) location: String,
    pub(crate) message: String,
    #[serde(default)]
    pub(crate) line: Option<u32>,
}

#[derive(Deserialize)]
struct Answer {
    files: Vec<OneFile>,
}

#[derive(Deserialize)]
struct OneFile {
    messages: Vec<Said>,
}

impl Said {
    pub(crate) fn is_error(&self) -> bool {
        self.severity == "error"
    }

    /// The rule, without what it found: quoted values and numbers are taken out.
    pub(crate) fn rule(&self) -> String {
        let mut kept = String::new();
        let mut quoted = false;
        for character in self
            .message
            .split(" Found:")
            .next()
            .unwrap_or_default()
            .chars()
        {
            if character == '"' {
                quoted = !quoted;
            } else if !quoted {
                kept.push(character);
            }
        }
        let kept: String = kept.split_whitespace().collect::<Vec<_>>().join(" ");
        let kept = if self.stage == "xsd" {
            // Which elements were expected is a list of its own length.
            kept.split(". Expected")
                .next()
                .unwrap_or_default()
                .to_owned()
        } else {
            kept
        };
        format!(
            "[{}] {}",
            self.stage,
            kept.chars().take(150).collect::<String>()
        )
    }
}

/// Answers for all texts, in order.
pub(crate) fn ask(tool: &Path, texts: &[&str]) -> Option<Vec<Vec<Said>>> {
    let folder = Path::new(env!("CARGO_TARGET_TMPDIR")).join("official");
    std::fs::create_dir_all(&folder).unwrap();
    let names: Vec<String> = texts
        .iter()
        .map(|text| {
            let digest = Sha256::digest(text.as_bytes());
            digest
                .iter()
                .take(12)
                .map(|byte| format!("{byte:02x}"))
                .collect()
        })
        .collect();
    let kept = |name: &str| folder.join(format!("{name}.json"));
    // Two mutants may be alike: they are asked about once.
    let mut asked = BTreeSet::new();
    let missing: Vec<usize> = (0..texts.len())
        .filter(|place| !kept(&names[*place]).exists() && asked.insert(&names[*place]))
        .collect();
    for batch in missing.chunks(64) {
        let files: Vec<PathBuf> = batch
            .iter()
            .map(|place| {
                let file = folder.join(format!("{}.xml", names[*place]));
                std::fs::write(&file, texts[*place]).unwrap();
                file
            })
            .collect();
        let output = Command::new("nice")
            .arg("-n10")
            .arg(tool)
            .arg("--json")
            .args(&files)
            .output()
            .unwrap();
        if output.status.code() == Some(2) && std::env::var_os("CI").is_none() {
            eprintln!("skipped: {}", String::from_utf8_lossy(&output.stderr));
            return None;
        }
        let answer: Answer = serde_json::from_slice(&output.stdout).unwrap_or_else(|error| {
            panic!("{error}: {}", String::from_utf8_lossy(&output.stderr));
        });
        for (place, one) in batch.iter().zip(answer.files) {
            std::fs::write(
                kept(&names[*place]),
                serde_json::to_vec(&one.messages).unwrap(),
            )
            .unwrap();
        }
        for file in files {
            std::fs::remove_file(file).unwrap();
        }
    }
    Some(
        names
            .iter()
            .map(|name| serde_json::from_slice(&std::fs::read(kept(name)).unwrap()).unwrap())
            .collect(),
    )
}
