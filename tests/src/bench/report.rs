//! How fast a signed report becomes its documents, on one core, beside typst and WeasyPrint over the same rows.

use std::{fmt::Write as _, fs, hint::black_box, path::Path, process::Command, time::Duration};

use anyhow::{Context, Result, ensure};
use lisiere_model::report::{Item, Report};
use lisiere_report::{display, display::ItemBlock, gate, html, unchecked};
use serde_json::{Value, json};

use super::Figure;
use crate::{clock::Stopwatch, workspace};

/// Rows of the page.
const ROWS: usize = 28;
/// Results of the structured document.
const RESULTS: usize = 40;
/// How long the makers of documents take turns.
const SPELL: Duration = Duration::from_secs(5);
/// Documents in one turn: short, so that some turns meet a machine with nothing else to do.
const TURN: u32 = 8;
/// Documents of each other program.
const OTHERS: usize = 40;
/// Starts of the hub's command.
const STARTS: usize = 30;
/// Documents before memory is looked at first.
const WARM: usize = 2000;
/// Stands in the page for a number that differs from document to document.
const MARK: &str = "MARKE";
const PYTHON: &str = include_str!("report.py");

pub(super) fn measure(documents: usize) -> Result<Vec<Figure>> {
    let page = report(ROWS)?;
    let large = report(RESULTS)?;
    let pdf = unchecked::pdf(&page)?;
    let pages = pdf.windows(9).filter(|part| part == b"/MediaBox").count();
    ensure!(pages == 1, "{ROWS} rows take {pages} pages");
    let inside = unchecked::pdf(&large)?;
    let n3 = unchecked::n3(&large, &inside);
    let [one_pdf, one_n3, one_gate, one_all] = race([
        &mut || unchecked::pdf(&page).map_or(0, |pdf| pdf.len()),
        &mut || unchecked::n3(&large, &inside).len(),
        &mut || gate::check_own_document(&n3).findings.len(),
        &mut || lisiere_report::render(&large).map_or(0, |all| all.n3.len()),
    ]);
    let mut figures = vec![Figure::new(
        format!("PDF/A-1a, one page of {ROWS} rows"),
        rate(one_pdf),
        format!("{} bytes; aim 1000/s", pdf.len()),
    )];
    figures.extend(others(&page, one_pdf)?);
    figures.extend([
        Figure::new(
            format!("N3 of {RESULTS} results, unchecked, PDF given"),
            rate(one_n3),
            format!("{} bytes; aim 5000/s", n3.len()),
        ),
        Figure::new(
            format!("the gate over an N3 of {RESULTS} results"),
            rate(one_gate),
            "",
        ),
        Figure::new(
            format!("N3 of {RESULTS} results and the gate over it"),
            rate(one_n3 + one_gate),
            "aim 500/s",
        ),
        Figure::new(
            format!("all forms of {RESULTS} results, model checked"),
            rate(one_all),
            "N3, N1, PDF, HTML",
        ),
    ]);
    figures.push(first()?);
    figures.push(memory(&page, documents)?);
    Ok(figures)
}

fn rate(seconds: f64) -> String {
    format!("{:.0}/s", 1.0 / seconds)
}

/// Seconds that each takes for one document, in its best turn.
fn race<const N: usize>(mut makers: [&mut dyn FnMut() -> usize; N]) -> [f64; N] {
    let mut best = [f64::INFINITY; N];
    let whole = Stopwatch::start();
    while whole.elapsed() < SPELL {
        for (maker, best) in makers.iter_mut().zip(&mut best) {
            let watch = Stopwatch::start();
            for _ in 0..TURN {
                black_box(maker());
            }
            *best = best.min(watch.seconds() / f64::from(TURN));
        }
    }
    best
}

/// A chemistry page of so many rows, each with a range and one earlier result.
fn report(rows: usize) -> Result<Report> {
    let path = workspace::root().join("hub/report/fixtures/blood-count.json");
    let text = fs::read(&path).with_context(|| format!("reading {}", path.display()))?;
    let mut report = lisiere_report::read(&text)?;
    let mut chapter = report.chapters.pop().context("a chapter")?;
    let all = chapter.parts.iter().flat_map(|part| &part.items);
    let items: Vec<Item> = all.cloned().map(plain).collect();
    let mut part = chapter.parts.into_iter().next().context("a part")?;
    part.items = items.into_iter().cycle().take(rows).collect();
    part.comments.clear();
    part.title = None;
    chapter.parts = vec![part];
    report.chapters = vec![chapter];
    report.remarks.clear();
    Ok(report)
}

fn plain(mut item: Item) -> Item {
    if let Item::Result(result) = &mut item {
        result.comments.clear();
        result.method = None;
        result.reference_texts.clear();
        result.previous.truncate(1);
    }
    item
}

/// The same rows by other programs, in an environment of their own.
fn others(page: &Report, ours: f64) -> Result<Vec<Figure>> {
    let folder = workspace::target()?.join("bench-report");
    fs::create_dir_all(&folder).context("making a folder")?;
    let mut marked = page.clone();
    MARK.clone_into(&mut marked.record.extension);
    let sheet = display::sheet(&marked);
    fs::write(folder.join("page.html"), html::page(&sheet)).context("writing the page")?;
    fs::write(folder.join("page.typ"), typst(&sheet)).context("writing the page")?;
    fs::write(folder.join("report.py"), PYTHON).context("writing the script")?;
    let found = match compared(&folder) {
        Ok(found) => found,
        Err(error) => {
            let told = format!("skipped: {error:#}");
            return Ok(vec![Figure::new(
                "  the same rows, other programs",
                "-",
                told,
            )]);
        }
    };
    let figure = |name: &str, what: &str| {
        let said = |key: &str| found.get(name).and_then(|one| one.get(key));
        let label = format!("  the same rows, {what}");
        let Some(seconds) = said("seconds").and_then(Value::as_f64) else {
            let reason = said("skipped").and_then(Value::as_str);
            let reason = reason.and_then(|text| text.lines().next());
            let told = format!("skipped: {}", reason.unwrap_or("no answer"));
            return Figure::new(label, "-", told);
        };
        let bytes = said("bytes").and_then(Value::as_u64).unwrap_or_default();
        let told = format!("{bytes} bytes; ours is {:.1} times as fast", seconds / ours);
        Figure::new(label, rate(seconds), told)
    };
    Ok(vec![
        figure("typst", "typst (PDF/A-1a, warm)"),
        figure("weasyprint", "WeasyPrint (PDF/A-1b, warm)"),
    ])
}

/// What the script says; the programs are installed on the first run.
fn compared(folder: &Path) -> Result<Value> {
    let python = folder.join("python/bin/python");
    if !python.exists() {
        let mut make = Command::new("python3");
        quiet(make.args(["-m", "venv"]).arg(folder.join("python")))?;
        let mut install = Command::new(&python);
        let done = quiet(install.args(["-m", "pip", "install", "--quiet", "typst", "weasyprint"]));
        if done.is_err() {
            fs::remove_dir_all(folder.join("python")).context("removing half an environment")?;
        }
        done.context("installing typst and weasyprint")?;
    }
    let mut script = Command::new(python);
    script
        .arg(folder.join("report.py"))
        .arg(folder)
        .arg(OTHERS.to_string());
    let output = script.output().context("starting Python")?;
    serde_json::from_slice(&output.stdout).context("reading what the script said")
}

fn quiet(command: &mut Command) -> Result<()> {
    let output = command.output().context("starting Python")?;
    let said = String::from_utf8_lossy(&output.stderr);
    let last = said.lines().last().unwrap_or_default();
    ensure!(output.status.success(), "{last}");
    Ok(())
}

/// The page in typst's language: the same words in the same columns.
fn typst(sheet: &display::Sheet) -> String {
    let mut page = String::from(
        "#set document(title: \"Compte rendu\", date: datetime(year: 2026, month: 11, day: 2))\n\
         #set page(paper: \"a4\", margin: 1.4cm, footer: context [#counter(page).display(\"1 / 1\", both: true)])\n\
         #set text(lang: \"fr\", size: 9pt)\n",
    );
    let quoted = |text: &str| format!("#{}", json!(text));
    let _ = writeln!(page, "= {}\n", quoted(&sheet.laboratory.name));
    for line in sheet.laboratory.lines.iter().chain(&sheet.laboratory.side) {
        let _ = writeln!(page, "{}\n", quoted(line));
    }
    let _ = writeln!(
        page,
        "= {}\n\n== {}\n",
        quoted(&sheet.title),
        quoted(&sheet.patient.name)
    );
    page.push_str("#table(columns: (auto, 1fr), stroke: none,\n");
    for fact in sheet.patient.facts.iter().chain(&sheet.request) {
        let _ = writeln!(
            page,
            "{}, {},",
            json!(fact.name),
            json!(fact.lines.join(", "))
        );
    }
    page.push_str(")\n");
    for chapter in &sheet.chapters {
        let _ = writeln!(page, "== {}\n", quoted(&chapter.title));
        page.push_str("#table(columns: (3fr, auto, auto, auto, auto, auto), stroke: none,\n");
        page.push_str(
            "table.header([Examen], [], [Résultat], [Unité], [Référence], [Antériorité]),\n",
        );
        for item in chapter.parts.iter().flat_map(|part| &part.items) {
            let ItemBlock::Result(one) = item else {
                continue;
            };
            let earlier = one.previous.first().map_or("", |previous| &previous.value);
            for text in [
                &one.label,
                one.mark,
                &one.value,
                &one.unit,
                &one.reference,
                earlier,
            ] {
                let _ = write!(page, "{}, ", json!(text));
            }
            page.push('\n');
        }
        page.push_str(")\n");
    }
    for line in &sheet.signature {
        let _ = writeln!(page, "{}\n", quoted(line));
    }
    page
}

/// From the start of the hub's command to all documents on the disk.
fn first() -> Result<Figure> {
    let folder = tempfile::tempdir_in(workspace::target()?).context("making a folder")?;
    let input = folder.path().join("report.json");
    fs::write(&input, serde_json::to_vec(&report(ROWS)?)?).context("writing the report")?;
    let mut best = f64::INFINITY;
    for _ in 0..STARTS {
        let mut command = Command::new(workspace::hub()?);
        command
            .args(["report", "render", "--input"])
            .arg(&input)
            .arg("--out")
            .arg(folder.path());
        let watch = Stopwatch::start();
        let output = command.output().context("starting the hub's command")?;
        best = best.min(watch.seconds());
        let said = String::from_utf8_lossy(&output.stderr).into_owned();
        ensure!(output.status.success(), "{said}");
    }
    Ok(Figure::new(
        "start of the command to all forms of one report on disk",
        format!("{:.1} ms", best * 1000.0),
        "JSON read, model checked, N3, N1, PDF, HTML; aim 10 ms",
    ))
}

/// Documents that all differ, one after another.
fn memory(page: &Report, documents: usize) -> Result<Figure> {
    let mut page = page.clone();
    let mut before = 0;
    let watch = Stopwatch::start();
    for number in 0..documents.max(WARM + 1) {
        if number == WARM {
            before = resident()?;
        }
        page.record.extension = format!("26-{number}");
        let pdf = unchecked::pdf(&page)?;
        black_box(unchecked::n3(&page, &pdf));
    }
    let (after, seconds) = (resident()?, watch.seconds());
    Ok(Figure::new(
        format!("memory over {documents} documents (PDF and N3)"),
        format!("{:+} KiB", after - before),
        format!("{before} KiB after {WARM}, {after} KiB at the end; {seconds:.0} s"),
    ))
}

/// Resident memory of this process, in KiB.
fn resident() -> Result<i64> {
    let status = fs::read_to_string("/proc/self/status").context("reading /proc/self/status")?;
    let line = status.lines().find_map(|line| line.strip_prefix("VmRSS:"));
    let number = line.and_then(|line| line.split_whitespace().next());
    number.context("VmRSS")?.parse().context("VmRSS")
}
