//! `lisiere-hub report`: writes the documents of a report that comes as JSON, checks and reads documents of any producer,
//! without database or network.

mod check;
mod reading;

use std::io::Read;
use std::path::{Path, PathBuf};
use std::process::ExitCode;

use anyhow::Context;
use lisiere_report::{Finding, RenderError, Rendered, Severity};

/// A file larger than this is no report.
const LARGEST: u64 = 64 << 20;

/// Arguments of `lisiere-hub report`.
#[derive(Debug, clap::Args)]
pub struct Arguments {
    #[command(subcommand)]
    command: Command,
}

#[derive(Debug, clap::Subcommand)]
enum Command {
    #[command(
        about = "Écrire n3.xml, n1.xml, portable.xml (auto-présentable), report.pdf et report.html d'un compte rendu au format report.json"
    )]
    Render(Render),
    #[command(
        about = "Vérifier des documents CDA de tout producteur : N3, N1, auto-présentables, signés ou non"
    )]
    Check(check::Arguments),
    #[command(
        about = "Lire un compte rendu de tout producteur : CDA (N3, N1, auto-présentable) ou message ORU^R01"
    )]
    Read(reading::Arguments),
}

#[derive(Debug, clap::Args)]
struct Render {
    #[arg(
        long,
        value_name = "FICHIER",
        required_unless_present = "schema",
        help = "Compte rendu en JSON ; « - » pour l'entrée standard"
    )]
    input: Option<PathBuf>,
    #[arg(
        long,
        value_name = "DOSSIER",
        required_unless_present = "schema",
        help = "Dossier où écrire, créé au besoin"
    )]
    out: Option<PathBuf>,
    #[arg(long, help = "Imprimer le schéma JSON de report.json")]
    schema: bool,
}

/// Runs the command.
pub fn run(arguments: Arguments) -> anyhow::Result<ExitCode> {
    match arguments.command {
        Command::Render(arguments) => render(arguments),
        Command::Check(arguments) => Ok(check::run(&arguments)),
        Command::Read(arguments) => reading::run(&arguments),
    }
}

/// 0: everything is written; 1: the report is refused, and nothing is written.
fn render(Render { input, out, schema }: Render) -> anyhow::Result<ExitCode> {
    if schema {
        print!("{}", lisiere_report::SCHEMA);
        return Ok(ExitCode::SUCCESS);
    }
    let (Some(input), Some(out)) = (input, out) else {
        anyhow::bail!("--input et --out sont nécessaires");
    };
    let json = read(&input)?;
    let report = match lisiere_report::read(&json) {
        Ok(report) => report,
        Err(error) => {
            eprintln!("{} : {error}", input.display());
            eprintln!("  remède : {}", error.remedy);
            return Ok(ExitCode::FAILURE);
        }
    };
    for warning in lisiere_report::check(&report)
        .iter()
        .filter(|one| one.severity == Severity::Warning)
    {
        tell("avertissement", warning);
    }
    match lisiere_report::render(&report) {
        Ok(rendered) => write(&rendered, &out),
        Err(RenderError::Refused(findings)) => {
            for finding in &findings {
                tell("erreur", finding);
            }
            eprintln!(
                "{} : {} erreur(s), aucun document écrit",
                input.display(),
                findings.len()
            );
            Ok(ExitCode::FAILURE)
        }
        Err(error) => Err(error).context("mise en forme du compte rendu"),
    }
}

fn tell(kind: &str, finding: &Finding) {
    eprintln!("{kind} {} : {}", finding.path, finding.message);
    eprintln!("  remède : {}", finding.remedy);
}

fn read(input: &Path) -> anyhow::Result<Vec<u8>> {
    let mut json = Vec::new();
    let size = if input == Path::new("-") {
        std::io::stdin()
            .lock()
            .take(LARGEST + 1)
            .read_to_end(&mut json)
    } else {
        std::fs::File::open(input).and_then(|file| file.take(LARGEST + 1).read_to_end(&mut json))
    }
    .with_context(|| format!("lecture de {}", input.display()))?;
    anyhow::ensure!(
        u64::try_from(size)? <= LARGEST,
        "{} dépasse {} Mio : ce n'est pas un compte rendu",
        input.display(),
        LARGEST >> 20
    );
    Ok(json)
}

fn write(rendered: &Rendered, out: &Path) -> anyhow::Result<ExitCode> {
    std::fs::create_dir_all(out).with_context(|| format!("création de {}", out.display()))?;
    let portable = rendered.portable();
    let files = [
        ("n3.xml", rendered.n3.as_slice()),
        ("n1.xml", &rendered.n1),
        ("portable.xml", &portable),
        ("report.pdf", &rendered.pdf),
        ("report.html", rendered.html.as_bytes()),
    ];
    for (name, bytes) in files {
        let path = out.join(name);
        std::fs::write(&path, bytes).with_context(|| format!("écriture de {}", path.display()))?;
        println!("{}", path.display());
    }
    Ok(ExitCode::SUCCESS)
}
