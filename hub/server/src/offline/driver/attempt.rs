//! `driver try`: what a driver would give, as a table for a person or as JSON for a program.

use std::io::Write;

use lisiere_driver::line::Line;
use lisiere_driver::{Driver, Interpretation};

use super::{CLEAR, Trial, UNREADABLE, WAITING, note, source};

pub(super) fn run(trial: &Trial, out: &mut dyn Write, notes: &mut dyn Write) -> u8 {
    let (library, wanted) = match source::library(&trial.which) {
        Ok(found) => found,
        Err(mistakes) => {
            for mistake in &mistakes {
                note(notes, mistake);
            }
            return UNREADABLE;
        }
    };
    let mut worst = CLEAR;
    for path in &trial.files {
        let name = path.display().to_string();
        let opened = source::open(path).and_then(|source| {
            let (driver, sureness) = source::choose(&library, &wanted, &source.bytes)?;
            Ok((source, driver, sureness))
        });
        let (source, driver, sureness) = match opened {
            Ok(opened) => opened,
            Err(reason) => {
                note(notes, &format!("{name} : {reason}"));
                worst = UNREADABLE;
                continue;
            }
        };
        if let Some(sureness) = sureness {
            let (whole, tenth) = (sureness.per_mille / 10, sureness.per_mille % 10);
            let evidence = sureness.evidence.join(", ");
            note(
                notes,
                &format!("{name} : {} à {whole},{tenth} % ({evidence})", driver.id()),
            );
        }
        let messages = source.messages(driver);
        for (number, message) in (1..).zip(&messages) {
            let read = driver.interpret(message);
            let which = if messages.len() > 1 {
                format!("{name}, message {number}")
            } else {
                name.clone()
            };
            worst = worst.max(show(trial.json, driver, &which, &read, out, notes));
        }
    }
    worst
}

fn show(
    json: bool,
    driver: &Driver,
    name: &str,
    read: &Interpretation,
    out: &mut dyn Write,
    notes: &mut dyn Write,
) -> u8 {
    for problem in &read.problems {
        note(notes, &format!("{name} : {problem}"));
    }
    if let Some(problem) = read.unreadable() {
        note(notes, &format!("{name} : illisible, {problem}"));
        return UNREADABLE;
    }
    let readings = read.readings.iter().map(Line::from);
    let lines: Vec<Line> = readings
        .chain(read.unknown.iter().map(Line::from))
        .collect();
    if json {
        for line in &lines {
            let _ = writeln!(out, "{}", serde_json::to_string(line).unwrap_or_default());
        }
    } else {
        let _ = writeln!(out, "{name} · {} {}", driver.id(), read.version);
        table(&lines, out);
    }
    for query in &read.queries {
        let _ = writeln!(
            notes,
            "{name} : question de l'analyseur sur {} tube(s)",
            query.specimens.len()
        );
    }
    for record in &read.ignored {
        note(
            notes,
            &format!(
                "{name} : enregistrement {} écarté : {}",
                record.letter, record.why.reason
            ),
        );
    }
    let waiting = lines
        .iter()
        .filter(|line| line.quarantine.is_some())
        .count();
    note(
        notes,
        &format!(
            "{name} : {} ligne(s), dont {waiting} qui attendent une personne",
            lines.len()
        ),
    );
    if read.is_clear() { CLEAR } else { WAITING }
}

/// The lines in columns; why one waits stands below it.
fn table(lines: &[Line], out: &mut dyn Write) {
    const HEADS: [&str; 8] = [
        "tube", "code", "valeur", "unité", "signes", "LOINC", "nature", "état",
    ];
    let rows: Vec<[String; 8]> = lines
        .iter()
        .map(|line| {
            [
                line.specimen.clone().unwrap_or_else(|| "—".to_owned()),
                line.code.clone(),
                line.value.clone(),
                line.ucum
                    .clone()
                    .or_else(|| line.unit.clone())
                    .unwrap_or_default(),
                line.flags.join(" "),
                line.loinc.clone().unwrap_or_else(|| "—".to_owned()),
                line.kind.clone(),
                line.status.clone(),
            ]
        })
        .collect();
    let mut widths = HEADS.map(|head| head.chars().count());
    for row in &rows {
        for (width, cell) in widths.iter_mut().zip(row) {
            *width = (*width).max(cell.chars().count().min(40));
        }
    }
    let print = |cells: &[String], out: &mut dyn Write| {
        let mut text = String::new();
        for (cell, width) in cells.iter().zip(widths) {
            let cell: String = cell.chars().take(40).collect();
            let blank = width.saturating_sub(cell.chars().count());
            text.push_str(&cell);
            text.extend(std::iter::repeat_n(' ', blank.saturating_add(2)));
        }
        let _ = writeln!(out, "  {}", text.trim_end());
    };
    print(&HEADS.map(str::to_owned), out);
    for (row, line) in rows.iter().zip(lines) {
        print(row, out);
        if let Some(reason) = &line.quarantine {
            let _ = writeln!(out, "      ↳ {reason}");
        }
    }
}
