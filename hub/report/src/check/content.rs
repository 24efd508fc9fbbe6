//! Specimens, chapters, panels and results.

use std::collections::BTreeSet;

use lisiere_model::AccessionNumber;
use lisiere_model::report::{
    Chapter, Item, Panel, Part, Report, ReportStatus, TestCode, TestResult, Value,
};

use super::{Findings, item, people, unit};

/// Code systems of the national list of specimens: HL7 table 0487 and HL7 SpecimenType.
const KINDS: [&str; 2] = ["2.16.840.1.113883.18.311", "2.16.840.1.113883.5.129"];

pub(super) fn check(report: &Report, findings: &mut Findings) {
    let mut seen = BTreeSet::new();
    for (place, specimen) in report.specimens.iter().enumerate() {
        let path = format!("/specimens/{place}");
        if !seen.insert(specimen.accession.as_str()) {
            findings.error(
                "specimen",
                &path,
                "Ce numéro de tube figure deux fois.",
                "Garder une seule entrée par tube.",
            );
        }
        findings.present(
            "specimen",
            &format!("{path}/kind/code"),
            &specimen.kind.code,
            "Nature du prélèvement",
            "Choisir un code de la table HL7 0487.",
        );
        if !KINDS.contains(&specimen.kind.system.as_str()) {
            findings.error(
                "specimen",
                &format!("{path}/kind/system"),
                "La nature du prélèvement n'est d'aucune des deux tables admises.",
                "Choisir un code de la table HL7 0487 (2.16.840.1.113883.18.311).",
            );
        }
        if let (Some(taken), Some(received)) = (specimen.collected_at, specimen.received_at)
            && taken > received
        {
            findings.error(
                "times",
                &path,
                "Le tube est reçu avant d'être prélevé.",
                "Vérifier les heures et leur décalage.",
            );
        }
    }
    findings.present(
        "record",
        "/record/extension",
        &report.record.extension,
        "Numéro de dossier",
        "Attribuer un numéro de dossier.",
    );
    for (place, remark) in report.remarks.iter().enumerate() {
        let path = format!("/remarks/{place}");
        findings.present(
            "remark",
            &path,
            &remark.title,
            "Titre de la remarque",
            "Donner un titre.",
        );
        findings.present(
            "remark",
            &path,
            &remark.text,
            "Texte de la remarque",
            "Écrire la remarque, ou la retirer.",
        );
    }
    if report.chapters.is_empty() {
        findings.error(
            "empty",
            "/chapters",
            "Le compte rendu n'a aucun chapitre.",
            "Ne pas éditer un compte rendu sans résultat.",
        );
    }
    for (place, chapter) in report.chapters.iter().enumerate() {
        self::chapter(report, chapter, &format!("/chapters/{place}"), findings);
    }
}

fn chapter(report: &Report, chapter: &Chapter, path: &str, findings: &mut Findings) {
    findings.present(
        "title",
        &format!("{path}/title"),
        &chapter.title,
        "Titre du chapitre",
        "Donner un titre au chapitre.",
    );
    findings.present(
        "title",
        &format!("{path}/display"),
        &chapter.display,
        "Libellé du code du chapitre",
        "Renseigner le libellé LOINC.",
    );
    if chapter.parts.is_empty() {
        findings.error(
            "empty",
            &format!("{path}/parts"),
            format!("Le chapitre « {} » est vide.", chapter.title),
            "Retirer le chapitre, ou y mettre ses résultats.",
        );
    }
    let many = chapter.parts.len() > 1;
    for (place, part) in chapter.parts.iter().enumerate() {
        let path = format!("{path}/parts/{place}");
        if many
            && part
                .title
                .as_deref()
                .is_none_or(|title| title.trim().is_empty())
        {
            findings.error(
                "title",
                &format!("{path}/title"),
                "Un sous-chapitre n'a pas de titre.",
                "Donner un titre à chaque sous-chapitre.",
            );
        }
        self::part(report, part, &path, findings);
    }
}

fn part(report: &Report, part: &Part, path: &str, findings: &mut Findings) {
    match &part.validated {
        Some(by) => people::known(report, by, &format!("{path}/validated"), findings),
        None => findings.warning(
            "validation",
            &format!("{path}/validated"),
            "Le biologiste qui a validé n'est pas indiqué.",
            "Renseigner validated.",
        ),
    }
    people::subcontractor(part.subcontractor.as_ref(), path, findings);
    specimens(report, &part.specimens, path, findings);
    item::involved(&part.involved, path, findings);
    if let Some(subject) = &part.subject {
        item::non_human(subject, &format!("{path}/subject"), findings);
    }
    if let Some(period) = part.period
        && period.from > period.to
    {
        findings.error(
            "times",
            &format!("{path}/period"),
            "La réalisation finit avant de commencer.",
            "Vérifier les heures et leur décalage.",
        );
    }
    if part.items.is_empty() {
        findings.error(
            "empty",
            &format!("{path}/items"),
            "Cette partie n'a aucun résultat.",
            "La retirer, ou y mettre ses résultats.",
        );
    }
    for (place, item) in part.items.iter().enumerate() {
        let path = format!("{path}/items/{place}");
        match item {
            Item::Result(one) => result(report, one, &format!("{path}/result"), findings),
            Item::Isolate(one) => {
                item::isolate(report, one, &format!("{path}/isolate"), findings);
            }
            Item::Image(one) => item::image(one, &format!("{path}/image"), findings),
            Item::Panel(one) => panel(report, one, &format!("{path}/panel"), findings),
        }
    }
}

/// Numbers of tubes that the report must describe.
fn specimens(report: &Report, numbers: &[AccessionNumber], path: &str, findings: &mut Findings) {
    for (place, accession) in numbers.iter().enumerate() {
        if report.specimen(accession).is_none() {
            findings.error(
                "specimen",
                &format!("{path}/specimens/{place}"),
                format!("Le tube {accession} n'est pas décrit."),
                "L'ajouter à specimens.",
            );
        }
    }
}

pub(super) fn panel(report: &Report, panel: &Panel, path: &str, findings: &mut Findings) {
    findings.present(
        "label",
        &format!("{path}/label"),
        &panel.label,
        "Nom du bilan",
        "Donner un nom au bilan.",
    );
    people::subcontractor(panel.subcontractor.as_ref(), path, findings);
    specimens(report, &panel.specimens, path, findings);
    item::involved(&panel.involved, path, findings);
    if let Some(by) = &panel.validated {
        people::known(report, by, &format!("{path}/validated"), findings);
    }
    for (place, one) in panel.images.iter().enumerate() {
        item::image(one, &format!("{path}/images/{place}"), findings);
    }
    if panel.results.is_empty() {
        findings.error(
            "empty",
            &format!("{path}/results"),
            format!("Le bilan « {} » est vide.", panel.label),
            "Le retirer, ou y mettre ses résultats.",
        );
    }
    for (place, one) in panel.results.iter().enumerate() {
        result(report, one, &format!("{path}/results/{place}"), findings);
    }
}

pub(super) fn result(report: &Report, result: &TestResult, path: &str, findings: &mut Findings) {
    findings.present(
        "label",
        &format!("{path}/label"),
        &result.label,
        "Nom de l'examen",
        "Donner le nom de l'examen.",
    );
    let (code, display) = match &result.code {
        TestCode::Loinc { code, display } => (code.as_str(), display),
        TestCode::Waiting { code, display } => (code.as_str(), display),
        TestCode::Local { code, display, .. } => (code.as_str(), display),
    };
    findings.present(
        "code",
        &format!("{path}/code"),
        code,
        "Code de l'examen",
        "Renseigner le code.",
    );
    findings.present(
        "code",
        &format!("{path}/code"),
        display,
        "Libellé du code de l'examen",
        "Renseigner le libellé.",
    );
    people::subcontractor(result.subcontractor.as_ref(), path, findings);
    if let Some(by) = &result.validated {
        people::known(report, by, &format!("{path}/validated"), findings);
    }
    value(&result.value, &format!("{path}/value"), findings);
    standing(report, result, path, findings);
    specimens(report, &result.specimens, path, findings);
    item::involved(&result.involved, path, findings);
    if let Some(subject) = &result.subject {
        item::non_human(subject, &format!("{path}/subject"), findings);
    }
    conversions(result, path, findings);
    if result.reference.is_some()
        && result.value.unit().is_none()
        && result.reference_unit.is_none()
        && result.value.is_given()
    {
        findings.error(
            "reference",
            &format!("{path}/reference"),
            "Un intervalle de référence accompagne une valeur sans unité.",
            "Écrire la référence dans reference_texts.",
        );
    }
    contradiction(result, path, findings);
    earlier(report, result, path, findings);
}

fn conversions(result: &TestResult, path: &str, findings: &mut Findings) {
    for (place, other) in result.conversions.iter().enumerate() {
        let path = format!("{path}/conversions/{place}");
        unit::check(&other.unit.ucum, &format!("{path}/unit"), findings);
        if !matches!(result.value, Value::Quantity { .. }) {
            findings.error(
                "conversion",
                &path,
                "Seul un nombre avec son unité se convertit.",
                "Retirer la conversion.",
            );
        }
    }
}

fn earlier(report: &Report, result: &TestResult, path: &str, findings: &mut Findings) {
    for (place, previous) in result.previous.iter().enumerate() {
        let path = format!("{path}/previous/{place}");
        value(&previous.value, &format!("{path}/value"), findings);
        let same = previous.value.unit().map(|unit| &unit.ucum)
            == result.value.unit().map(|unit| &unit.ucum);
        let number = |value: &Value| value.unit().is_some();
        if number(&previous.value) && number(&result.value) && !same {
            findings.error(
                "previous",
                &path,
                "L'antériorité n'est pas dans l'unité du résultat.",
                "La convertir, ou la retirer.",
            );
        }
        if previous.at > report.created_at {
            findings.error(
                "times",
                &path,
                "L'antériorité est postérieure au compte rendu.",
                "Vérifier sa date.",
            );
        }
    }
}

/// A value that the state of the report denies: nothing is awaited once it is final, nothing stands once it is withdrawn.
fn standing(report: &Report, result: &TestResult, path: &str, findings: &mut Findings) {
    let path = format!("{path}/value");
    match (report.status, &result.value) {
        (ReportStatus::Final | ReportStatus::Corrected, Value::Pending) => findings.error(
            "status",
            &path,
            format!(
                "« {} » est en attente dans un compte rendu complet.",
                result.label
            ),
            "Passer le compte rendu à « partial », ou donner le résultat.",
        ),
        (ReportStatus::Withdrawn, value) if value.is_given() || *value == Value::Pending => {
            findings.error(
                "status",
                &path,
                format!(
                    "« {} » garde une valeur dans un compte rendu annulé.",
                    result.label
                ),
                "La remplacer par withdrawn avec son motif.",
            );
        }
        _ => {}
    }
}

/// A mark that the range on the same line denies: a reader would not know which to believe.
fn contradiction(result: &TestResult, path: &str, findings: &mut Findings) {
    use lisiere_model::Interpretation::{CriticalHigh, CriticalLow, High, Low, Normal};
    let (
        Value::Quantity {
            number,
            comparator: None,
            ..
        },
        Some(range),
        Some(found),
    ) = (&result.value, &result.reference, result.interpretation)
    else {
        return;
    };
    let above = range
        .high()
        .is_some_and(|high| *number > high || (range.high_open() && *number == high));
    let below = range
        .low()
        .is_some_and(|low| *number < low || (range.low_open() && *number == low));
    let wrong = match found {
        Normal => above || below,
        High | CriticalHigh => !above,
        Low | CriticalLow => !below,
        _ => false,
    };
    if wrong {
        findings.warning(
            "interpretation",
            &format!("{path}/interpretation"),
            format!(
                "« {} » : la marque {} contredit l'intervalle de référence.",
                result.label,
                found.code()
            ),
            "Vérifier la marque et l'intervalle.",
        );
    }
}

fn value(value: &Value, path: &str, findings: &mut Findings) {
    if let Some(found) = value.unit() {
        unit::check(&found.ucum, &format!("{path}/unit"), findings);
    }
    match value {
        Value::Text { text } | Value::Literal { text } => findings.present(
            "value",
            path,
            text,
            "Texte du résultat",
            "Saisir le résultat, ou le déclarer non réalisé avec son motif.",
        ),
        Value::NotDone { reason } => findings.present(
            "value",
            path,
            reason,
            "Motif de non-réalisation",
            "Dire pourquoi l'examen n'est pas réalisé.",
        ),
        Value::Withdrawn { reason } => findings.present(
            "value",
            path,
            reason,
            "Motif d'annulation",
            "Dire pourquoi le résultat est annulé.",
        ),
        Value::Coded(coded) => {
            findings.present(
                "value",
                path,
                &coded.code,
                "Code du résultat",
                "Renseigner le code, ou passer en texte.",
            );
            findings.present(
                "value",
                path,
                &coded.display,
                "Libellé du résultat",
                "Renseigner le libellé.",
            );
        }
        Value::Interval { low, high, .. } if low > high => findings.error(
            "value",
            path,
            "La borne basse dépasse la borne haute.",
            "Corriger l'intervalle.",
        ),
        Value::Ratio { denominator: 0, .. } => findings.error(
            "value",
            path,
            "Le dénominateur est nul.",
            "Corriger le titre.",
        ),
        _ => {}
    }
}
