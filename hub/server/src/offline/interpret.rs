//! `lisiere-hub interpret`: reads captures with a driver and prints one JSON object a line.

use std::{
    fs,
    io::{self, Read as _, Write},
    path::{Path, PathBuf},
    process::ExitCode,
};

use clap::Args;
use lisiere_driver::{Driver, Interpretation, Library, Recognition, line::Line};

/// Read, with nothing left open.
const CLEAR: u8 = 0;
/// Read, and something waits for a person.
const WAITING: u8 = 1;
/// Not readable.
const UNREADABLE: u8 = 2;

const AFTER_HELP: &str = "\
Sortie standard : un objet JSON par ligne, clés dans cet ordre : specimen, code, name, value (texte tel qu'envoyé), number (décimal \
exact, en texte, ou null), comparator, unit (telle qu'envoyée), ucum, flags, status, time (RFC 3339 avec décalage), kind \
(patient, qc, calibration, other), loinc, quarantine (null ou la raison), bytes [premier octet, octet après le dernier], puis \
companions s'il y en a (indice, Ct, signal brut, dilution).
Un enregistrement qu'aucune règle ne connaît est une ligne de plus : code = sa lettre, value = son texte, status \"unknown\", kind \
\"other\", quarantine = la raison. Les questions de l'analyseur, les enregistrements écartés par une règle du pilote et les \
remarques sur les trames vont sur la sortie d'erreur.

Code de sortie : 0 tout est lu ; 1 lu, mais quelque chose attend une personne (quarantaine, inconnu, trame douteuse) ; \
2 illisible (raison et octet sur la sortie d'erreur) ou pilote inconnu. Avec plusieurs fichiers, le plus grand.";

/// What to read, and with which driver.
#[derive(Args, Clone, Debug)]
#[command(after_help = AFTER_HELP)]
pub struct Arguments {
    /// Nom du pilote, ou « auto » : reconnaître l'analyseur d'après le message
    #[arg(
        long,
        value_name = "PILOTE",
        required_unless_present = "list",
        conflicts_with = "list"
    )]
    driver: Option<String>,

    /// Lister les pilotes : nom, analyseur, version du profil, nombre de codes
    #[arg(long)]
    list: bool,

    /// Captures à lire, avec ou sans trames ; « - » pour l'entrée standard
    #[arg(
        value_name = "FICHIER",
        required_unless_present = "list",
        conflicts_with = "list"
    )]
    files: Vec<PathBuf>,
}

/// Runs the command and returns its exit code.
pub fn run(arguments: &Arguments) -> ExitCode {
    let mut out = io::stdout().lock();
    let mut notes = io::stderr().lock();
    ExitCode::from(run_into(arguments, &mut out, &mut notes))
}

fn run_into(arguments: &Arguments, out: &mut dyn Write, notes: &mut dyn Write) -> u8 {
    let library = match Library::builtin() {
        Ok(library) => library,
        Err(error) => {
            note(
                notes,
                &format!("lisiere-hub : profils de pilotes : {error}"),
            );
            return UNREADABLE;
        }
    };
    if arguments.list {
        return list(&library, out);
    }
    let wanted = arguments.driver.as_deref().unwrap_or("auto");
    if wanted != "auto" && library.get(wanted).is_none() {
        note(notes, &format!("lisiere-hub : pas de pilote « {wanted} »"));
        note(notes, "  hint: lisiere-hub interpret --list");
        return UNREADABLE;
    }
    let mut worst = CLEAR;
    for path in &arguments.files {
        let mut file = File {
            name: path.display().to_string(),
            out: &mut *out,
            notes: &mut *notes,
        };
        worst = worst.max(file.read(&library, wanted, path));
    }
    worst
}

/// One file on its way to the two outputs. A reader that goes away ends the lines, not the verdict.
struct File<'a> {
    name: String,
    out: &'a mut dyn Write,
    notes: &'a mut dyn Write,
}

impl File<'_> {
    fn read(&mut self, library: &Library, wanted: &str, path: &Path) -> u8 {
        let capture = match bytes_of(path) {
            Ok(capture) => capture,
            Err(error) => {
                self.say(&error.to_string());
                return UNREADABLE;
            }
        };
        let driver = match wanted {
            "auto" => self.recognise(library, &capture),
            id => library.get(id),
        };
        let Some(driver) = driver else {
            return UNREADABLE;
        };
        let read = driver.interpret(&capture);
        if let Some(problem) = read.unreadable() {
            self.say(&format!("illisible, {problem}"));
            return UNREADABLE;
        }
        self.print(&read);
        self.summarise(driver, &read);
        if read.is_clear() { CLEAR } else { WAITING }
    }

    fn recognise<'l>(&mut self, library: &'l Library, capture: &[u8]) -> Option<&'l Driver> {
        let ranked = library.recognise(capture);
        for one in &ranked {
            self.say(&sureness(one));
        }
        if let Some((driver, _)) = library.choose(capture) {
            if driver.profile().generic {
                self.say(&format!(
                    "aucun pilote n'est assez sûr : lu avec {}, chaque résultat attend d'être relié",
                    driver.id()
                ));
            }
            return Some(driver);
        }
        let any = library
            .drivers()
            .iter()
            .find(|driver| driver.profile().generic);
        let read = any.map(|driver| driver.interpret(capture));
        match read.as_ref().and_then(Interpretation::unreadable) {
            Some(problem) => self.say(&format!("illisible, {problem}")),
            None => self.say("octet 0 : aucun pilote ne reconnaît l'analyseur"),
        }
        None
    }

    fn print(&mut self, read: &Interpretation) {
        let readings = read.readings.iter().map(Line::from);
        let mut lines: Vec<Line> = readings
            .chain(read.unknown.iter().map(Line::from))
            .collect();
        lines.sort_by_key(|line| line.bytes);
        for line in lines {
            if let Ok(text) = serde_json::to_string(&line) {
                let _ = writeln!(self.out, "{text}");
            }
        }
        let _ = self.out.flush();
    }

    fn summarise(&mut self, driver: &Driver, read: &Interpretation) {
        for problem in &read.problems {
            self.say(&problem.to_string());
        }
        for query in &read.queries {
            let asked = query.specimens.join(", ");
            let unread = query.unreadable.join(", ");
            self.say(&format!(
                "question de l'analyseur : [{asked}], étiquettes non lues : [{unread}]"
            ));
        }
        for record in &read.ignored {
            self.say(&format!(
                "octets {} à {} : enregistrement {} écarté : {}",
                record.bytes.from, record.bytes.to, record.letter, record.why.reason
            ));
        }
        let waiting = read
            .readings
            .iter()
            .filter(|reading| !reading.is_clear())
            .count();
        let companions: usize = read
            .readings
            .iter()
            .map(|reading| reading.companions.len())
            .sum();
        self.say(&format!(
            "{} {} : {} message(s), {} résultat(s) dont {waiting} en quarantaine, {companions} annexe(s), \
             {} enregistrement(s) inconnu(s), {} écarté(s)",
            driver.id(),
            read.version,
            read.messages.len(),
            read.readings.len(),
            read.unknown.len(),
            read.ignored.len(),
        ));
    }

    fn say(&mut self, text: &str) {
        let name = &self.name;
        note(self.notes, &format!("{name} : {text}"));
    }
}

fn sureness(one: &Recognition) -> String {
    let (whole, tenth) = (one.per_mille / 10, one.per_mille % 10);
    format!(
        "{} à {whole},{tenth} % ({})",
        one.driver,
        one.evidence.join(", ")
    )
}

fn note(notes: &mut dyn Write, text: &str) {
    let _ = writeln!(notes, "{text}");
}

fn bytes_of(path: &Path) -> io::Result<Vec<u8>> {
    if path == Path::new("-") {
        let mut capture = Vec::new();
        io::stdin().lock().read_to_end(&mut capture)?;
        return Ok(capture);
    }
    fs::read(path)
}

fn list(library: &Library, out: &mut dyn Write) -> u8 {
    for driver in library.drivers() {
        let profile = driver.profile();
        let _ = writeln!(
            out,
            "{}\t{} {}\tprofil {}\t{} codes",
            profile.id,
            profile.maker,
            profile.model,
            profile.version,
            profile.code.len()
        );
    }
    CLEAR
}

#[cfg(test)]
mod tests {
    use super::*;
    use clap::Parser;

    #[derive(Parser)]
    struct Program {
        #[command(flatten)]
        arguments: Arguments,
    }

    fn fixture(name: &str) -> String {
        format!(
            "{}/../../common/driver/fixtures/{name}",
            env!("CARGO_MANIFEST_DIR")
        )
    }

    /// Exit code, standard output, standard error.
    fn check(words: &[&str]) -> (u8, String, String) {
        let words = ["interpret"].iter().chain(words);
        let program = Program::try_parse_from(words)
            .map_err(|error| error.to_string())
            .unwrap();
        let (mut out, mut notes) = (Vec::new(), Vec::new());
        let code = run_into(&program.arguments, &mut out, &mut notes);
        (
            code,
            String::from_utf8(out).unwrap(),
            String::from_utf8(notes).unwrap(),
        )
    }

    #[test]
    fn one_object_a_line_with_the_keys_in_order() {
        let (code, out, _) = check(&[
            "--driver",
            "abbott-afinion2",
            &fixture("abbott-afinion2/hba1c.astm"),
        ]);
        assert_eq!((code, out.lines().count()), (0, 2));
        let line = out.lines().next().unwrap();
        let keys = [
            "specimen",
            "code",
            "name",
            "value",
            "number",
            "comparator",
            "unit",
            "ucum",
            "flags",
            "status",
            "time",
            "kind",
            "loinc",
            "quarantine",
            "bytes",
        ];
        let places: Vec<usize> = keys
            .iter()
            .map(|key| line.find(&format!("\"{key}\":")).unwrap())
            .collect();
        assert!(places.is_sorted(), "{line}");
        assert!(
            line.contains("\"value\":\"7.10\",\"number\":\"7.10\""),
            "{line}"
        );
    }

    #[test]
    fn exit_codes_say_read_waiting_unreadable() {
        let waiting = fixture("roche-cobas-c311/patient.astm");
        let (code, out, notes) = check(&["--driver", "auto", &waiting]);
        assert_eq!((code, out.lines().count()), (1, 10));
        assert!(notes.contains("roche-cobas-c311 à 97,2 %"), "{notes}");
        let (code, out, notes) = check(&["--driver", "auto", &fixture("../Cargo.toml")]);
        assert_eq!((code, out.as_str()), (2, ""));
        assert!(notes.contains("illisible, octet 0"), "{notes}");
        let (code, _, notes) = check(&["--driver", "sysmex-xp", &fixture("../Cargo.toml")]);
        assert_eq!(code, 2);
        assert!(notes.contains("illisible, octet 0"), "{notes}");
        let (code, _, notes) = check(&["--driver", "sysmex-xp", "/nowhere/at/all"]);
        assert_eq!(code, 2, "{notes}");
        let (code, _, notes) = check(&["--driver", "none-such", &waiting]);
        assert!(code == 2 && notes.contains("--list"), "{notes}");
    }

    #[test]
    fn an_unknown_model_is_read_by_the_generic_driver() {
        for name in ["generic-hl7/oul-r22.hl7", "generic-lis2a2/conforme.astm"] {
            let (code, out, notes) = check(&["--driver", "auto", &fixture(name)]);
            assert_eq!(code, 1, "{notes}");
            assert!(out.lines().count() >= 2, "{out}");
            assert!(out.lines().all(|line| line.contains("à relier")), "{out}");
            assert!(notes.contains("aucun pilote n'est assez sûr"), "{notes}");
        }
    }

    #[test]
    fn unknown_records_are_lines_too() {
        let (code, out, _) = check(&[
            "--driver",
            "auto",
            &fixture("roche-cobas-c311/accents.astm"),
        ]);
        assert_eq!(code, 1);
        let unknown: Vec<&str> = out
            .lines()
            .filter(|line| line.contains("\"status\":\"unknown\""))
            .collect();
        assert_eq!(unknown.len(), 2, "{out}");
        assert!(!out.contains("Gwénaëlle"));
    }

    #[test]
    fn several_files_and_the_list() {
        let clear = fixture("sysmex-xp/numeration.astm");
        let waiting = fixture("sysmex-xp/non-mesure.astm");
        let (code, out, _) = check(&["--driver", "auto", &clear, &waiting]);
        assert_eq!((code, out.lines().count()), (1, 14));
        let (code, out, _) = check(&["--list"]);
        assert_eq!(
            (code, out.lines().count()),
            (0, lisiere_driver::ids().count())
        );
        assert!(
            out.contains("sysmex-xp\tSysmex") && out.contains("generic-hl7\t"),
            "{out}"
        );
        assert!(Program::try_parse_from(["interpret"]).is_err());
        assert!(Program::try_parse_from(["interpret", "--driver", "auto"]).is_err());
    }
}
