//! `driver test-from`: a capture or a session becomes a fixture that may leave the laboratory, with what is read from it.

use std::collections::BTreeMap;
use std::io::Write;

use lisiere_driver::line::Line;
use lisiere_driver::{Driver, Interpretation, Language, Library};
use lisiere_model::ObservationKind;
use serde::Serialize;

use super::mask::{self, Pseudonyms};
use super::{CLEAR, Fixture, UNREADABLE, WAITING, frames, note, source};

/// What stands beside a fixture, as the tests of drivers read it.
#[derive(Serialize)]
struct Expected {
    recognised_per_mille: u16,
    readings: Vec<Line>,
    unknown: Vec<Line>,
    ignored: usize,
    asked: Vec<String>,
    asked_unreadable: Vec<String>,
    problems: Vec<String>,
}

pub(super) fn run(fixture: &Fixture, out: &mut dyn Write, notes: &mut dyn Write) -> u8 {
    match make(fixture, out, notes) {
        Ok(code) => code,
        Err(reasons) => {
            for reason in &reasons {
                note(notes, reason);
            }
            UNREADABLE
        }
    }
}

fn make(fixture: &Fixture, out: &mut dyn Write, notes: &mut dyn Write) -> Result<u8, Vec<String>> {
    let name = fixture.file.display().to_string();
    let failed = |reason: String| vec![format!("{name} : {reason}")];
    let (library, wanted) = source::library(&fixture.which)?;
    let source = source::open(&fixture.file).map_err(failed)?;
    let (driver, _) = source::choose(&library, &wanted, &source.bytes).map_err(failed)?;
    let before = driver.interpret(&source.bytes);
    if let Some(problem) = before.unreadable() {
        return Err(failed(format!("illisible, {problem}")));
    }
    let masked = masked(&source.bytes, driver, &before, &fixture.keep);
    let after = driver.interpret(&masked.bytes);
    let differences = differences(&before, &after, &masked.specimens);
    if !differences.is_empty() {
        let mut reasons = failed(
            "le masquage changerait ce qui est lu ; rien n'est écrit. Laisser tel quel ce qui n'est le numéro de personne : --keep TEXTE"
                .to_owned(),
        );
        reasons.extend(differences);
        return Err(reasons);
    }
    let left = leaks(&masked);
    if left > 0 {
        return Err(failed(format!(
            "{left} texte(s) personnel(s) resteraient dans la capture ; rien n'est écrit"
        )));
    }
    write(fixture, driver, &library, &masked, &after, out).map_err(failed)?;
    note(
        notes,
        &format!(
            "{} valeur(s) masquée(s), de même longueur et toujours la même ; sommes de contrôle recalculées",
            masked.values.len()
        ),
    );
    if masked.free > 0 {
        note(
            notes,
            &format!(
                "à relire avant de partager : {} texte(s) libre(s) laissé(s) tels quels (commentaires, impression)",
                masked.free
            ),
        );
        return Ok(WAITING);
    }
    Ok(CLEAR)
}

struct Masked {
    bytes: Vec<u8>,
    specimens: BTreeMap<String, String>,
    values: Vec<(Vec<u8>, Vec<u8>)>,
    language: Language,
    free: usize,
}

fn masked(capture: &[u8], driver: &Driver, read: &Interpretation, keep: &[String]) -> Masked {
    let language = driver.profile().language;
    let mut taken = frames::take(capture, language);
    let mut pseudonyms = Pseudonyms::default();
    let mut specimens = BTreeMap::new();
    for specimen in persons_specimens(read, keep) {
        let other = pseudonyms.of(specimen.as_bytes());
        let other = String::from_utf8_lossy(&other).into_owned();
        place_specimen(&mut taken.text, &specimen, &other);
        specimens.insert(specimen, other);
    }
    let free = mask::fields(&mut taken.text, driver, &mut pseudonyms);
    let values = pseudonyms.values();
    for (value, other) in &values {
        mask::everywhere(&mut taken.text, value, other);
    }
    debug_assert_eq!(values.len(), pseudonyms.len());
    Masked {
        bytes: taken.put(),
        specimens,
        values,
        language,
        free,
    }
}

/// Numbers of tubes that belong to people. Controls and calibrators keep theirs: rules know them by it.
fn persons_specimens(read: &Interpretation, keep: &[String]) -> Vec<String> {
    let of_people = read
        .readings
        .iter()
        .filter(|reading| {
            !matches!(
                reading.kind,
                ObservationKind::Qc | ObservationKind::Calibration
            )
        })
        .filter_map(|reading| reading.specimen.clone());
    let asked = read
        .queries
        .iter()
        .flat_map(|query| query.specimens.iter().chain(&query.unreadable).cloned());
    let mut all: Vec<String> = of_people.chain(asked).collect();
    all.sort();
    all.dedup();
    let has_digit = |text: &String| text.bytes().any(|byte| byte.is_ascii_digit());
    all.retain(|text| !keep.contains(text) && (has_digit(text) || text.len() > 3));
    all
}

/// A specimen number may be short: it is masked wherever it fills a component by itself.
fn place_specimen(text: &mut [u8], specimen: &str, other: &str) {
    let (value, other) = (specimen.as_bytes(), other.as_bytes());
    if value.len() != other.len() {
        return;
    }
    mask::everywhere(text, value, other);
    let apart = |byte: &u8| matches!(byte, b'|' | b'^' | b'\\' | b'~' | b'&' | b'\r' | b'\n');
    for part in text.split_mut(apart) {
        if part.trim_ascii() == value
            && let Some(start) = part.windows(value.len()).position(|piece| piece == value)
            && let Some(place) = part.get_mut(start..start.saturating_add(value.len()))
        {
            place.copy_from_slice(other);
        }
    }
}

/// What is read differently after masking, in words.
fn differences(
    before: &Interpretation,
    after: &Interpretation,
    specimens: &BTreeMap<String, String>,
) -> Vec<String> {
    let mut wanted: Vec<Line> = before.readings.iter().map(Line::from).collect();
    for line in &mut wanted {
        if let Some(other) = line
            .specimen
            .as_ref()
            .and_then(|known| specimens.get(known))
        {
            line.specimen = Some(other.clone());
        }
        line.quarantine = line
            .quarantine
            .take()
            .map(|reason| replaced(&reason, specimens));
    }
    let found: Vec<Line> = after.readings.iter().map(Line::from).collect();
    let mut all = Vec::new();
    if wanted.len() != found.len() {
        all.push(format!(
            "  {} résultat(s) avant, {} après",
            wanted.len(),
            found.len()
        ));
    }
    for (one, other) in wanted
        .iter()
        .zip(&found)
        .filter(|(one, other)| one != other)
        .take(5)
    {
        let shown = |line: &Line| {
            let reason = line.quarantine.as_deref().unwrap_or("—");
            format!("{} {} {}", line.code, line.kind, reason)
        };
        all.push(format!(
            "  octet {} : {} ; après : {}",
            one.bytes[0],
            shown(one),
            shown(other)
        ));
    }
    all
}

fn replaced(text: &str, specimens: &BTreeMap<String, String>) -> String {
    specimens
        .iter()
        .fold(text.to_owned(), |text, (known, other)| {
            text.replace(known, other)
        })
}

/// How many masked values still stand somewhere in the text.
fn leaks(masked: &Masked) -> usize {
    let text = frames::take(&masked.bytes, masked.language).text;
    let still = |value: &[u8], text: &[u8]| text.windows(value.len()).any(|part| part == value);
    let others: Vec<&[u8]> = masked
        .values
        .iter()
        .map(|(_, other)| other.as_slice())
        .collect();
    masked
        .values
        .iter()
        .filter(|(value, _)| value.len() >= 5 && !others.contains(&value.as_slice()))
        .filter(|(value, _)| still(value, &text) || still(value, &masked.bytes))
        .count()
}

fn write(
    fixture: &Fixture,
    driver: &Driver,
    library: &Library,
    masked: &Masked,
    read: &Interpretation,
    out: &mut dyn Write,
) -> Result<(), String> {
    let stem = fixture
        .file
        .file_stem()
        .unwrap_or_default()
        .to_string_lossy();
    let name = fixture.name.clone().unwrap_or_else(|| stem.into_owned());
    if name.is_empty() || name.contains(['/', '\\']) {
        return Err("--name : écrire un nom sans barre".to_owned());
    }
    let ranked = library.recognise(&masked.bytes);
    let own = ranked.iter().find(|one| one.driver == driver.id());
    let expected = Expected {
        recognised_per_mille: own.map_or(0, |one| one.per_mille),
        readings: read.readings.iter().map(Line::from).collect(),
        unknown: read.unknown.iter().map(Line::from).collect(),
        ignored: read.ignored.len(),
        asked: read
            .queries
            .iter()
            .flat_map(|query| query.specimens.clone())
            .collect(),
        asked_unreadable: read
            .queries
            .iter()
            .flat_map(|query| query.unreadable.clone())
            .collect(),
        problems: read.problems.iter().map(ToString::to_string).collect(),
    };
    let extension = match masked.language {
        Language::Lis2a2 => "astm",
        Language::Hl7 => "hl7",
        Language::Bci => "bci",
        Language::Au => "au",
        Language::Kx => "kx",
        Language::Abx => "abx",
        Language::Tosoh => "tosoh",
        Language::Text => "txt",
    };
    let shown = |error: std::io::Error| error.to_string();
    std::fs::create_dir_all(&fixture.out).map_err(shown)?;
    let json = serde_json::to_string_pretty(&expected).map_err(|error| error.to_string())?;
    for (end, bytes) in [
        (extension, masked.bytes.clone()),
        ("json", format!("{json}\n").into_bytes()),
    ] {
        let path = fixture.out.join(format!("{name}.{end}"));
        if path.exists() {
            return Err(format!(
                "{} existe déjà ; choisir un autre --name",
                path.display()
            ));
        }
        std::fs::write(&path, bytes).map_err(shown)?;
        let _ = writeln!(out, "{}", path.display());
    }
    let _ = writeln!(
        out,
        "{} : {} résultat(s). Ajouter « {name} » à la liste « tests » du profil {}.",
        name,
        read.readings.len(),
        driver.id()
    );
    Ok(())
}
