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

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use lisiere_report::gate::check_document;
use lisiere_report::{Finding, Severity};
use mutant::{Chance, Mutant};
use official::Said;

const FIXTURES: [&str; 4] = ["chemistry", "blood-count", "serology", "newborn-partial"];
/// In every run; `LISIERE_MUTATIONS=500` asks for more.
const MUTANTS: usize = 60;

fn shared() -> Option<PathBuf> {
    let shared = std::env::var_os("LISIERE_SHARED").map_or_else(
        || Path::new(env!("CARGO_MANIFEST_DIR")).join("../../../shared"),
        PathBuf::from,
    );
    if shared.join("tools/validate-crbio").exists() {
        return Some(shared);
    }
    assert!(
        std::env::var_os("CI").is_none(),
        "{} is absent",
        shared.display()
    );
    eprintln!("skipped: {} is absent", shared.display());
    None
}

/// Official examples, own examples, and the documents of our fixtures.
fn bases(shared: &Path) -> Vec<(String, String)> {
    let mut all = Vec::new();
    for folder in ["ans/examples", "ans/examples-own"] {
        let entries = std::fs::read_dir(shared.join(folder)).unwrap();
        let mut files: Vec<PathBuf> = entries.map(|entry| entry.unwrap().path()).collect();
        files.sort();
        for file in files {
            let name = file.file_stem().unwrap().to_string_lossy().into_owned();
            all.push((name, std::fs::read_to_string(&file).unwrap()));
        }
    }
    for name in FIXTURES {
        let file = Path::new(env!("CARGO_MANIFEST_DIR"))
            .join("fixtures")
            .join(format!("{name}.json"));
        let report = lisiere_report::read(&std::fs::read(file).unwrap()).unwrap();
        let rendered = lisiere_report::render(&report).unwrap();
        all.push((
            format!("{name}-n3"),
            String::from_utf8(rendered.n3).unwrap(),
        ));
        all.push((
            format!("{name}-n1"),
            String::from_utf8(rendered.n1).unwrap(),
        ));
    }
    all
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

/// Whether a finding is about the same element as an official message, or about one beside it.
fn near(finding: &Finding, said: &Said) -> bool {
    if said.stage == "xsd" {
        let line = finding
            .path
            .rsplit("ligne ")
            .next()
            .and_then(|end| end.trim_end_matches(')').parse::<u32>().ok());
        return matches!((line, said.line), (Some(ours), Some(theirs)) if ours.abs_diff(theirs) <= 4);
    }
    let (ours, theirs) = (path(&finding.path), path(&said.location));
    let depth = |path: &str| path.matches('/').count();
    (ours.starts_with(&theirs) && depth(&ours) - depth(&theirs) <= 3)
        || (theirs.starts_with(&ours) && depth(&theirs) - depth(&ours) <= 3)
}

#[test]
fn examples_and_own_documents_pass() {
    let Some(shared) = shared() else {
        return;
    };
    let mut warnings = BTreeMap::new();
    for (name, text) in bases(&shared) {
        let verdict = check_document(text.as_bytes());
        let wrong: Vec<&Finding> = errors(&verdict.findings).collect();
        assert!(wrong.is_empty(), "{name}:\n{}", told(&wrong));
        for finding in &verdict.findings {
            *warnings.entry((name.clone(), finding.rule)).or_insert(0) += 1;
        }
        let own = name.ends_with("-n3") || name.ends_with("-n1");
        let all: Vec<&Finding> = verdict.findings.iter().collect();
        assert!(!own || all.is_empty(), "{name}:\n{}", told(&all));
    }
    for ((name, rule), number) in warnings {
        println!("{name}: {rule} ×{number}");
    }
}

#[test]
fn the_gate_finds_what_the_official_rules_find() {
    let Some(shared) = shared() else {
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
    let Some(answers) = official::ask(&shared.join("tools/validate-crbio"), &texts) else {
        return;
    };
    let mut table = Table::default();
    for ((base, mutant), said) in mutants.iter().zip(&answers) {
        let verdict = check_document(mutant.text.as_bytes());
        table.add(
            &format!("{} {}", bases[*base].0, mutant.what),
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
}

impl Table {
    fn add(&mut self, what: &str, said: &[Said], findings: &[Finding]) {
        let wrong: Vec<&Finding> = errors(findings).collect();
        let theirs: Vec<&Said> = said.iter().filter(|one| one.is_error()).collect();
        match (theirs.is_empty(), wrong.is_empty()) {
            (true, true) => self.neither += 1,
            (true, false) => {
                self.only_ours += 1;
                let mut rules: Vec<&str> = wrong.iter().map(|one| one.rule).collect();
                rules.sort_unstable();
                rules.dedup();
                for rule in wrong
                    .iter()
                    .map(|one| one.rule)
                    .filter(|rule| rules.contains(rule))
                {
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
                usize::from(!wrong.iter().any(|finding| near(finding, one)))
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
        for line in &self.elsewhere {
            println!("elsewhere: {line}");
        }
    }
}
