//! Turns a report into its words.

use lisiere_model::AccessionNumber;
use lisiere_model::report::{
    Image, Involved, Isolate, Item, Panel, Part, Previous, Report, ReportedSpecimen, Subcontractor,
    TestResult, Validation, Value,
};
use rust_decimal::Decimal;
use rust_decimal::prelude::ToPrimitive;

use super::{
    ChapterBlock, ImageBlock, IsolateBlock, ItemBlock, Note, NoteKind, PanelBlock, PartBlock,
    PreviousLine, RemarkBlock, ResultLine, Sheet, SpecimenLine, annex, frame, history, legend,
    value, words,
};
use crate::text::{NBSP, line, lines};

/// What a collection is called when no code says more.
const COLLECTION: &str = "Prélèvement";

/// The words of a report.
pub fn sheet(report: &Report) -> Sheet {
    Sheet {
        title: "Compte rendu d’examens biologiques".to_owned(),
        status: frame::status(report),
        notices: frame::notices(report),
        laboratory: frame::letterhead(report),
        patient: frame::patient(report),
        request: frame::request(report),
        remarks: report
            .remarks
            .iter()
            .map(|remark| RemarkBlock {
                title: line(&remark.title),
                text: lines(&remark.text),
            })
            .collect(),
        chapters: report
            .chapters
            .iter()
            .map(|chapter| ChapterBlock {
                title: line(&chapter.title),
                parts: chapter
                    .parts
                    .iter()
                    .map(|part| self::part(report, part))
                    .collect(),
            })
            .collect(),
        annexes: annex::all(report),
        signature: frame::signature(report),
        legend: legend::of(report),
        reference: format!("Document {} – version{NBSP}{}", report.id, report.version),
    }
}

/// The words of a report that nobody has signed yet: the same, but for saying so at both ends. A preview that is printed
/// must never pass for the document.
pub fn draft(report: &Report) -> Sheet {
    let mut sheet = sheet(report);
    sheet
        .notices
        .insert(0, "Aperçu : ce compte rendu n’est pas signé.".to_owned());
    sheet.signature = vec!["Aperçu, non signé".to_owned()];
    sheet
}

fn part(report: &Report, part: &Part) -> PartBlock {
    PartBlock {
        title: part
            .title
            .as_deref()
            .or(part.code.as_ref().map(|own| own.display.as_str()))
            .map(line),
        specimens: part
            .specimens
            .iter()
            .filter_map(|accession| report.specimen(accession))
            .map(specimen)
            .collect(),
        facts: facts(part),
        items: part
            .items
            .iter()
            .map(|item| self::item(report, item))
            .collect(),
        comments: part.comments.iter().map(|text| lines(text)).collect(),
        subcontractor: part.subcontractor.as_ref().map(subcontracted),
        validated: part
            .validated
            .as_ref()
            .map(|by| validated(report, by))
            .unwrap_or_default(),
    }
}

fn facts(part: &Part) -> Vec<String> {
    let mut facts = Vec::new();
    if let Some(subject) = &part.subject {
        facts.push(annex::subject(subject));
    }
    if let Some(period) = &part.period {
        facts.push(format!(
            "Examens réalisés du {} au {}",
            value::moment(period.from),
            value::moment(period.to)
        ));
    }
    facts.extend(involved(&part.involved));
    facts
}

/// Who and what else had a part in results, one line each.
fn involved(involved: &Involved) -> Vec<String> {
    let mut lines = Vec::new();
    if let Some(responsible) = &involved.responsible {
        let name = words::name(&responsible.person.name);
        lines.push(format!("Responsable{NBSP}: {name}"));
    }
    for author in &involved.authors {
        let name = words::name(&author.person.name);
        lines.push(format!("Réalisé par{NBSP}: {name}"));
    }
    for device in &involved.devices {
        let names = [line(&device.model), line(&device.software)];
        let names: Vec<&str> = names
            .iter()
            .map(String::as_str)
            .filter(|name| !name.is_empty())
            .collect();
        lines.push(format!("Automate{NBSP}: {}", names.join(", ")));
    }
    lines
}

fn specimen(specimen: &ReportedSpecimen) -> SpecimenLine {
    let act = specimen
        .act
        .as_ref()
        .map_or_else(|| COLLECTION.to_owned(), |act| line(&act.display));
    SpecimenLine {
        act,
        kind: line(&specimen.kind.display),
        accession: line(specimen.accession.as_str()),
        collected: specimen.collected_at.map(value::moment).unwrap_or_default(),
        received: specimen.received_at.map(value::moment).unwrap_or_default(),
    }
}

fn item(report: &Report, item: &Item) -> ItemBlock {
    match item {
        Item::Result(one) => ItemBlock::Result(result(report, one)),
        Item::Panel(one) => ItemBlock::Panel(panel(report, one)),
        Item::Isolate(one) => ItemBlock::Isolate(Box::new(isolate(report, one))),
        Item::Image(one) => ItemBlock::Image(image(one)),
    }
}

fn image(image: &Image) -> ImageBlock {
    ImageBlock {
        title: line(&image.title),
        picture: image.picture.clone(),
    }
}

fn panel(report: &Report, panel: &Panel) -> PanelBlock {
    let mut notes = circumstances(report, &panel.specimens, &panel.involved);
    notes.extend(answering(
        report,
        panel.subcontractor.as_ref(),
        panel.validated.as_ref(),
    ));
    notes.extend(panel.comments.iter().map(|text| comment(text)));
    let antibiogram = !panel.results.is_empty()
        && panel
            .results
            .iter()
            .all(|one| one.interpretation.is_some_and(value::is_susceptibility));
    PanelBlock {
        label: line(&panel.label),
        antibiogram,
        results: panel
            .results
            .iter()
            .map(|one| result(report, one))
            .collect(),
        images: panel.images.iter().map(image).collect(),
        notes,
    }
}

fn isolate(report: &Report, isolate: &Isolate) -> IsolateBlock {
    let mut notes = circumstances(report, &[], &isolate.involved);
    notes.extend(answering(
        report,
        isolate.subcontractor.as_ref(),
        isolate.validated.as_ref(),
    ));
    notes.extend(isolate.comments.iter().map(|text| comment(text)));
    IsolateBlock {
        label: line(&isolate.label),
        results: isolate
            .results
            .iter()
            .map(|one| result(report, one))
            .collect(),
        panels: isolate
            .panels
            .iter()
            .map(|one| panel(report, one))
            .collect(),
        images: isolate.images.iter().map(image).collect(),
        notes,
    }
}

/// Notes about where results come from.
fn circumstances(report: &Report, specimens: &[AccessionNumber], others: &Involved) -> Vec<Note> {
    let tubes = specimens
        .iter()
        .filter_map(|accession| report.specimen(accession))
        .map(|one| {
            let shown = specimen(one);
            let taken = if shown.collected.is_empty() {
                String::new()
            } else {
                format!(", prélevé le {}", shown.collected)
            };
            let received = if shown.received.is_empty() {
                String::new()
            } else {
                format!(", reçu le {}", shown.received)
            };
            format!(
                "{}{NBSP}: {}, tube {}{taken}{received}",
                shown.act, shown.kind, shown.accession
            )
        });
    let note = |kind: NoteKind| move |text: String| Note { kind, text };
    tubes
        .map(note(NoteKind::Specimen))
        .chain(
            involved(others)
                .into_iter()
                .map(note(NoteKind::Circumstance)),
        )
        .collect()
}

/// Notes about who made and who validated results.
fn answering(
    report: &Report,
    subcontractor: Option<&Subcontractor>,
    by: Option<&Validation>,
) -> Vec<Note> {
    let other = subcontractor.map(|other| Note {
        kind: NoteKind::Subcontractor,
        text: subcontracted(other),
    });
    let validator = by.map(|by| Note {
        kind: NoteKind::Validator,
        text: validated(report, by),
    });
    other.into_iter().chain(validator).collect()
}

fn comment(text: &str) -> Note {
    Note {
        kind: NoteKind::Comment,
        text: lines(text),
    }
}

fn result(report: &Report, result: &TestResult) -> ResultLine {
    let star = if result.accredited == Some(false) {
        "\u{a0}*"
    } else {
        ""
    };
    let numeric = matches!(
        result.value,
        Value::Quantity { .. }
            | Value::Interval { .. }
            | Value::Integer { .. }
            | Value::Real { .. }
            | Value::Ratio { .. }
    );
    ResultLine {
        label: format!("{}{star}", line(&result.label)),
        value: value::value(&result.value),
        numeric,
        unit: result.value.unit().map(value::unit).unwrap_or_default(),
        mark: result.interpretation.map_or("", value::mark),
        strong: result.interpretation.is_some_and(value::is_strong),
        reference: result
            .reference
            .as_ref()
            .map(|range| match &result.reference_unit {
                Some(unit) if result.value.unit().is_none() => {
                    format!("{}{NBSP}{}", value::range(range), value::unit(unit))
                }
                _ => value::range(range),
            })
            .unwrap_or_default(),
        position: position(result),
        previous: result.previous.iter().map(previous).collect(),
        history: if report.options.graphs {
            history::of(report, result).map(Box::new)
        } else {
            None
        },
        notes: notes(report, result),
    }
}

fn previous(previous: &Previous) -> PreviousLine {
    PreviousLine {
        date: value::date(previous.at.date()),
        value: match previous.interpretation.map_or("", value::mark) {
            "" => value::value(&previous.value),
            mark => format!("{} {mark}", value::value(&previous.value)),
        },
        caution: previous.caution.as_deref().map(line),
    }
}

fn notes(report: &Report, result: &TestResult) -> Vec<Note> {
    let mut notes = Vec::new();
    if let Some(sex) = result.reference_sex {
        let text = format!(
            "Valeurs de référence{NBSP}: sexe {}",
            words::sex(sex).to_lowercase()
        );
        notes.push(Note {
            kind: NoteKind::Reference,
            text,
        });
    }
    for text in &result.reference_texts {
        notes.push(Note {
            kind: NoteKind::Reference,
            text: line(text),
        });
    }
    if let Some(method) = &result.method {
        let text = format!("Méthode{NBSP}: {}", line(&method.text));
        notes.push(Note {
            kind: NoteKind::Method,
            text,
        });
    }
    for other in &result.conversions {
        notes.push(Note {
            kind: NoteKind::Conversion,
            text: annex::conversion(other),
        });
    }
    for earlier in &result.previous {
        let date = value::date(earlier.at.date());
        let method = earlier.method.as_ref().map(|method| line(&method.text));
        let range = earlier
            .reference
            .as_ref()
            .map(|range| format!("référence{NBSP}: {}", value::range(range)));
        let said: Vec<String> = [
            earlier.origin.as_deref().map(line),
            method,
            range,
            earlier.caution.as_deref().map(line),
        ]
        .into_iter()
        .flatten()
        .collect();
        if !said.is_empty() {
            notes.push(Note {
                kind: NoteKind::Caution,
                text: format!("Antériorité du {date}{NBSP}: {}", said.join(" ; ")),
            });
        }
    }
    if let Some(subject) = &result.subject {
        notes.push(Note {
            kind: NoteKind::Circumstance,
            text: annex::subject(subject),
        });
    }
    notes.extend(circumstances(report, &result.specimens, &result.involved));
    notes.extend(answering(
        report,
        result.subcontractor.as_ref(),
        result.validated.as_ref(),
    ));
    notes.extend(result.comments.iter().map(|text| comment(text)));
    notes
}

fn subcontracted(other: &Subcontractor) -> String {
    let town = other
        .organisation
        .address
        .city
        .as_deref()
        .map(|city| format!(", {}", line(city)));
    format!(
        "Examen sous-traité{NBSP}: {}{} ({})",
        line(&other.organisation.name),
        town.unwrap_or_default(),
        words::name(&other.biologist.name)
    )
}

fn validated(report: &Report, by: &Validation) -> String {
    let name = report.biologist(&by.rpps).map_or_else(
        || format!("RPPS{NBSP}{}", by.rpps),
        |one| words::name(&one.name),
    );
    format!("Validé par {name} {}", value::on_at(by.at))
}

/// Thousandths of the way from the low bound to the high one, held between one range below and one above.
fn position(result: &TestResult) -> Option<i32> {
    let (
        Value::Quantity {
            number,
            comparator: None,
            ..
        },
        Some(range),
    ) = (&result.value, &result.reference)
    else {
        return None;
    };
    // Most quantities begin at nothing.
    let (low, high) = match (range.low(), range.high()) {
        (Some(low), Some(high)) => (low, high),
        (None, Some(high)) if !number.is_sign_negative() => (Decimal::ZERO, high),
        _ => return None,
    };
    let width = high
        .checked_sub(low)
        .filter(|width| *width > Decimal::ZERO)?;
    let part = number
        .checked_sub(low)?
        .checked_mul(Decimal::ONE_THOUSAND)?
        .checked_div(width)?;
    part.clamp(Decimal::from(-1000), Decimal::from(2000))
        .round()
        .to_i32()
}
