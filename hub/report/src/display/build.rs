//! Turns a report into its words.

use lisiere_model::report::{
    Item, Part, Previous, Report, ReportedSpecimen, Subcontractor, TestResult, Validation, Value,
};
use rust_decimal::Decimal;
use rust_decimal::prelude::ToPrimitive;

use super::{
    ChapterBlock, ItemBlock, Note, NoteKind, PartBlock, PreviousLine, RemarkBlock, ResultLine,
    Sheet, SpecimenLine, frame, value, words,
};
use crate::text::{NBSP, line, lines};

/// What a collection is called when no code says more.
const COLLECTION: &str = "Prélèvement";

/// The words of a report.
pub fn sheet(report: &Report) -> Sheet {
    Sheet {
        title: "Compte rendu d'examens biologiques".to_owned(),
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
        signature: frame::signature(report),
        legend: frame::legend(report),
        reference: format!("Document {} – version{NBSP}{}", report.id, report.version),
    }
}

/// The words of a report that nobody has signed yet: the same, but for saying so at both ends. A preview that is printed
/// must never pass for the document.
pub fn draft(report: &Report) -> Sheet {
    let mut sheet = sheet(report);
    sheet
        .notices
        .insert(0, "Aperçu : ce compte rendu n'est pas signé.".to_owned());
    sheet.signature = vec!["Aperçu, non signé".to_owned()];
    sheet
}

fn part(report: &Report, part: &Part) -> PartBlock {
    PartBlock {
        title: part.title.as_deref().map(line),
        specimens: part
            .specimens
            .iter()
            .filter_map(|accession| report.specimen(accession))
            .map(specimen)
            .collect(),
        items: part
            .items
            .iter()
            .map(|item| self::item(report, item))
            .collect(),
        comments: part.comments.iter().map(|text| lines(text)).collect(),
        subcontractor: part.subcontractor.as_ref().map(subcontracted),
        validated: validated(report, &part.validated),
    }
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
        Item::Panel(panel) => {
            let mut notes = Vec::new();
            if let Some(other) = &panel.subcontractor {
                notes.push(Note {
                    kind: NoteKind::Subcontractor,
                    text: subcontracted(other),
                });
            }
            notes.extend(panel.comments.iter().map(|text| comment(text)));
            ItemBlock::Panel {
                label: line(&panel.label),
                results: panel
                    .results
                    .iter()
                    .map(|one| result(report, one))
                    .collect(),
                notes,
            }
        }
    }
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
            .map(value::range)
            .unwrap_or_default(),
        position: position(result),
        previous: result.previous.iter().map(previous).collect(),
        notes: notes(report, result),
    }
}

fn previous(previous: &Previous) -> PreviousLine {
    PreviousLine {
        date: value::date(previous.at.date()),
        value: value::value(&previous.value),
        caution: previous.caution.as_deref().map(line),
    }
}

fn notes(report: &Report, result: &TestResult) -> Vec<Note> {
    let mut notes = Vec::new();
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
    for earlier in &result.previous {
        if let Some(caution) = &earlier.caution {
            let date = value::date(earlier.at.date());
            let text = format!("Antériorité du {date}{NBSP}: {}", line(caution));
            notes.push(Note {
                kind: NoteKind::Caution,
                text,
            });
        }
    }
    if let Some(other) = &result.subcontractor {
        notes.push(Note {
            kind: NoteKind::Subcontractor,
            text: subcontracted(other),
        });
    }
    if let Some(by) = &result.validated {
        notes.push(Note {
            kind: NoteKind::Validator,
            text: validated(report, by),
        });
    }
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
    let (low, high) = (range.low()?, range.high()?);
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
