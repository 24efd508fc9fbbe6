//! The gate against the official rules, on documents damaged in one place: what they find, it finds.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    clippy::string_slice,
    reason = "a test fails by panicking"
)]

#[path = "mutations/mutant.rs"]
mod mutant;
#[path = "mutations/official.rs"]
mod official;
#[path = "gate/shared.rs"]
#[allow(dead_code, reason = "each test needs a part of it")]
mod shared;
#[path = "mutations/wide.rs"]
mod wide;

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use lisiere_report::gate::{check_document, check_own_document};
use lisiere_report::{Finding, Severity};
use mutant::{Chance, Mutant};
use official::Said;

/// Who knows the official rules.
const OFFICIAL: &str = "tools/validate-crbio";
/// In every run; `LISIERE_MUTATIONS=500` asks for more.
const MUTANTS: usize = 60;

/// Official examples, own examples, and the documents of our fixtures.
fn bases(shared: &Path) -> Vec<(String, String)> {
    let mut all = Vec::new();
    for folder in ["ans/examples", "ans/examples-own"] {
        for file in shared::within(&shared.join(folder), "xml") {
            let name = file.file_stem().unwrap().to_string_lossy().into_owned();
            all.push((name, std::fs::read_to_string(&file).unwrap()));
        }
    }
    let full = all
        .iter()
        .find(|(name, _)| name == "full-n3")
        .unwrap()
        .1
        .clone();
    all.push(("wide".to_owned(), wide::made(&full)));
    for (name, report) in fixtures() {
        let rendered =
            lisiere_report::render(&report).unwrap_or_else(|error| panic!("{name}: {error}"));
        let forms = [("n3", rendered.n3), ("n1", rendered.n1)];
        for (form, bytes) in forms {
            all.push((format!("{name}.{form}"), String::from_utf8(bytes).unwrap()));
        }
    }
    all
}

/// Every report of ours.
fn fixtures() -> Vec<(String, lisiere_model::report::Report)> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("fixtures");
    let entries = std::fs::read_dir(folder).unwrap();
    let mut files: Vec<PathBuf> = entries.map(|entry| entry.unwrap().path()).collect();
    files.sort();
    files.retain(|file| file.extension().is_some_and(|one| one == "json"));
    let read = |file: &PathBuf| lisiere_report::read(&std::fs::read(file).unwrap()).unwrap();
    files
        .iter()
        .map(|file| {
            (
                file.file_stem().unwrap().to_string_lossy().into_owned(),
                read(file),
            )
        })
        .collect()
}

fn errors(findings: &[Finding]) -> impl Iterator<Item = &Finding> {
    findings
        .iter()
        .filter(|one| one.severity == Severity::Error)
}

fn told(findings: &[&Finding]) -> String {
    let lines = findings
        .iter()
        .map(|one| format!("  {} {} {}\n", one.rule, one.path, one.message));
    lines.collect()
}

/// A path without the numbers that say "the only one".
fn path(written: &str) -> String {
    let path = written.split(" (ligne").next().unwrap_or_default();
    path.replace("[1]", "")
        .replace("lab:", "")
        .replace("sdtc:", "")
}

/// Whether a finding is about the same element as an official message, or about one beside it. The official validator
/// reads a document in a stylesheet from its `ClinicalDocument` on: its first line is `offset`.
fn near(finding: &Finding, said: &Said, offset: u32) -> bool {
    let named = said.location.replace("c:", "");
    if said.stage == "xsd" && !named.starts_with("/ClinicalDocument") {
        let line = finding.path.rsplit("ligne ").next();
        let line = line.and_then(|end| end.trim_end_matches(')').parse::<u32>().ok());
        return matches!((line, said.line), (Some(ours), Some(theirs)) if ours.abs_diff(theirs + offset) <= 6);
    }
    // Some rules stand on the templateId of the element that they are about.
    let theirs = path(named.split("/templateId").next().unwrap_or_default());
    let theirs = if theirs.starts_with("/ClinicalDocument") {
        theirs
    } else {
        format!("/ClinicalDocument{theirs}")
    };
    let ours = path(&finding.path);
    let depth = |path: &str| path.matches('/').count();
    (ours.starts_with(&theirs) && depth(&ours) - depth(&theirs) <= 5)
        || (theirs.starts_with(&ours) && depth(&theirs) - depth(&ours) <= 2)
}

#[test]
fn examples_and_own_documents_pass() {
    let Some(shared) = shared::holding(OFFICIAL) else {
        return;
    };
    let mut warnings = BTreeMap::new();
    let mut refused: Vec<String> = Vec::new();
    for (name, text) in bases(&shared) {
        let verdict = check_document(text.as_bytes());
        let wrong: Vec<&Finding> = errors(&verdict.findings).collect();
        if !wrong.is_empty() {
            refused.push(format!("{name}:\n{}", told(&wrong)));
        }
        for finding in &verdict.findings {
            *warnings.entry((name.clone(), finding.rule)).or_insert(0) += 1;
        }
        if name.contains('.') && !name.contains("BIO-CR-BIO") {
            let own = check_own_document(text.as_bytes());
            let wrong: Vec<&Finding> = errors(&own.findings).collect();
            if !wrong.is_empty() {
                refused.push(format!("{name}, as our own:\n{}", told(&wrong)));
            }
        }
    }
    for ((name, rule), number) in warnings {
        println!("{name}: {rule} ×{number}");
    }
    assert!(refused.is_empty(), "{}", refused.join("\n"));
}

#[test]
fn the_gate_finds_what_the_official_rules_find() {
    let Some(shared) = shared::holding(OFFICIAL) else {
        return;
    };
    let wanted = std::env::var("LISIERE_MUTATIONS")
        .ok()
        .and_then(|text| text.parse().ok())
        .unwrap_or(MUTANTS);
    let bases = bases(&shared);
    let mut mutants: Vec<(usize, Mutant)> = Vec::new();
    let mut seed = 1_u64;
    while mutants.len() < wanted {
        let base = mutants.len() % bases.len();
        if let Some(mutant) = mutant::damage(&bases[base].1, &mut Chance::new(seed)) {
            mutants.push((base, mutant));
        }
        seed += 1;
    }
    let texts: Vec<&str> = mutants
        .iter()
        .map(|(_, mutant)| mutant.text.as_str())
        .collect();
    let Some(answers) = official::ask(&shared.join(OFFICIAL), &texts) else {
        return;
    };
    let mut table = Table::default();
    for ((base, mutant), said) in mutants.iter().zip(&answers) {
        let verdict = check_document(mutant.text.as_bytes());
        let before = mutant
            .text
            .split("ClinicalDocument xmlns")
            .next()
            .unwrap_or_default();
        let before = if before.contains("stylesheet version") {
            before
        } else {
            ""
        };
        let offset = u32::try_from(before.matches('\n').count()).unwrap();
        table.add(
            &format!("{} {}", bases[*base].0, mutant.what),
            offset,
            said,
            &verdict.findings,
        );
    }
    table.print(mutants.len());
    assert!(
        table.silent.is_empty(),
        "errors that only the official rules find:\n{:#?}",
        table.silent
    );
}

/// Which rules found what, on all mutants.
#[derive(Default)]
struct Table {
    /// Official rule → mutants with it: in the same place, elsewhere, not at all.
    official: BTreeMap<String, [usize; 3]>,
    /// Rule of the gate → mutants that no official rule refuses.
    ours: BTreeMap<&'static str, usize>,
    both: usize,
    only_ours: usize,
    neither: usize,
    silent: Vec<String>,
    elsewhere: Vec<String>,
    rest: Vec<String>,
}

impl Table {
    fn add(&mut self, what: &str, offset: u32, said: &[Said], findings: &[Finding]) {
        let wrong: Vec<&Finding> = errors(findings).collect();
        let theirs: Vec<&Said> = said.iter().filter(|one| one.is_error()).collect();
        match (theirs.is_empty(), wrong.is_empty()) {
            (true, true) => self.neither += 1,
            (true, false) => {
                self.only_ours += 1;
                self.rest.push(format!("{what}:\n{}", told(&wrong)));
                let mut rules: Vec<&'static str> = wrong.iter().map(|one| one.rule).collect();
                rules.sort_unstable();
                rules.dedup();
                for rule in rules {
                    *self.ours.entry(rule).or_default() += 1;
                }
            }
            (false, true) => {}
            (false, false) => self.both += 1,
        }
        let mut rules: BTreeMap<String, usize> = BTreeMap::new();
        for one in theirs {
            let place = if wrong.is_empty() {
                2
            } else {
                usize::from(!wrong.iter().any(|finding| near(finding, one, offset)))
            };
            let worst = rules.entry(one.rule()).or_default();
            if place == 2 {
                self.silent
                    .push(format!("{what}: {} at {}", one.rule(), one.location));
            } else if place == 1 {
                self.elsewhere.push(format!(
                    "{what}: {} at {} line {:?}",
                    one.rule(),
                    one.location,
                    one.line
                ));
            }
            *worst = place.max(*worst);
        }
        for (rule, place) in rules {
            self.official.entry(rule).or_default()[place] += 1;
        }
    }

    fn print(&self, mutants: usize) {
        println!(
            "{mutants} mutants: {} refused by both, {} only by the gate, {} by neither",
            self.both, self.only_ours, self.neither
        );
        println!("official rules: {}", self.official.len());
        println!("here  elsewhere  not at all  rule");
        for (rule, [here, elsewhere, silent]) in &self.official {
            println!("{here:4}  {elsewhere:9}  {silent:10}  {rule}");
        }
        println!("only by the gate:");
        for (rule, number) in &self.ours {
            println!("{number:4}  {rule}");
        }
        for line in &self.rest {
            print!("{line}");
        }
        for line in &self.elsewhere {
            println!("elsewhere: {line}");
        }
    }
}
