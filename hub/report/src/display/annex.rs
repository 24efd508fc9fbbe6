//! The words of what stands beside the results, and of the rarer facts about them.

use lisiere_model::report::{Conversion, Fact, NonHuman, Problem, Report, SecondLine, Vaccination};

use super::{AnnexBlock, AnnexKind, value};
use crate::text::{NBSP, line, lines};

/// Everything beside the results, in the order of the document's sections.
pub(super) fn all(report: &Report) -> Vec<AnnexBlock> {
    let mut all: Vec<AnnexBlock> = report
        .second_line
        .iter()
        .enumerate()
        .map(|(place, one)| second_line(one, place))
        .collect();
    if let Some(reason) = &report.recommendation {
        let facts = reason.facts.iter().map(fact);
        let problems = reason.problems.iter().map(problem);
        all.push(AnnexBlock {
            kind: AnnexKind::Recommendation,
            title: "Raison de la recommandation".to_owned(),
            lines: std::iter::once(lines(&reason.text))
                .chain(facts)
                .chain(problems)
                .collect(),
        });
    }
    if !report.vaccinations.is_empty() {
        all.push(AnnexBlock {
            kind: AnnexKind::Vaccinations,
            title: "Vaccinations".to_owned(),
            lines: report.vaccinations.iter().map(vaccination).collect(),
        });
    }
    all
}

fn second_line(one: &SecondLine, place: usize) -> AnnexBlock {
    let mut said = vec![lines(&one.text)];
    if let Some(laboratory) = &one.laboratory {
        said.push(format!("Laboratoire{NBSP}: {}", line(laboratory)));
    }
    if let Some(at) = one.at {
        said.push(format!("Compte rendu du {}", value::moment(at)));
    }
    if one.pdf.is_some() {
        said.push("Compte rendu reçu, joint au document électronique.".to_owned());
    }
    AnnexBlock {
        kind: AnnexKind::SecondLine(place),
        title: line(&one.title),
        lines: said,
    }
}

fn fact(fact: &Fact) -> String {
    let mut text = line(&fact.label);
    if let Some(found) = &fact.value {
        text = format!("{text}{NBSP}: {}", value::value(found));
        if let Some(unit) = found.unit() {
            text = format!("{text} {}", value::unit(unit));
        }
    }
    match fact.at {
        Some(at) => format!("{text} ({})", value::date(at.date())),
        None => text,
    }
}

fn problem(problem: &Problem) -> String {
    let label = line(&problem.label);
    match problem.since {
        Some(since) => format!("{label} (depuis le {})", value::date(since.date())),
        None => label,
    }
}

fn vaccination(one: &Vaccination) -> String {
    let mut text = line(&one.label);
    if !one.done {
        text.push_str(", non réalisée");
    }
    if let Some(kind) = &one.kind {
        text = format!("{text}, {}", line(&kind.display));
    }
    if let Some(rank) = one.rank {
        text = format!("{text}, dose n°{NBSP}{rank}");
    }
    if let Some(on) = one.on {
        text = format!("{text}, le {}", value::date(on));
    }
    if let Some(lot) = &one.lot {
        text = format!("{text}, lot {}", line(lot));
    }
    match &one.comment {
        Some(comment) => format!("{text}. {}", line(comment)),
        None => text,
    }
}

/// What was examined in a human's stead.
pub(super) fn subject(subject: &NonHuman) -> String {
    let place: Vec<String> = subject
        .address
        .lines
        .iter()
        .chain(&subject.address.postal_code)
        .chain(&subject.address.city)
        .map(|part| line(part))
        .filter(|part| !part.is_empty())
        .collect();
    let label = line(&subject.label);
    if place.is_empty() {
        format!("Échantillon non humain{NBSP}: {label}")
    } else {
        format!(
            "Échantillon non humain{NBSP}: {label} ({})",
            place.join(" ")
        )
    }
}

/// The same quantity in another unit.
pub(super) fn conversion(other: &Conversion) -> String {
    let text = format!(
        "Soit {} {}",
        value::number(other.number),
        value::unit(&other.unit)
    );
    match &other.reference {
        Some(range) => format!("{text} (référence{NBSP}: {})", value::range(range)),
        None => text,
    }
}
