//! French words for the model's closed lists.

use lisiere_model::report::{Civility, Confidentiality, EncounterKind, PersonName, Title};
use lisiere_model::{IdentityStatus, Interpretation, Sex};

use crate::text::line;

/// A sex.
pub fn sex(sex: Sex) -> &'static str {
    match sex {
        Sex::Female => "Féminin",
        Sex::Male => "Masculin",
        Sex::Unknown => "Indéterminé",
    }
}

/// What stands before a birth date.
pub fn born(sex: Sex) -> &'static str {
    match sex {
        Sex::Female => "Née le",
        Sex::Male => "Né le",
        Sex::Unknown => "Né(e) le",
    }
}

/// The trust in an identity.
pub fn identity(status: IdentityStatus) -> &'static str {
    match status {
        IdentityStatus::Provisional => "provisoire",
        IdentityStatus::Recovered => "récupérée",
        IdentityStatus::Validated => "validée",
        IdentityStatus::Qualified => "qualifiée",
    }
}

/// An interpretation.
pub fn interpretation(interpretation: Interpretation) -> &'static str {
    match interpretation {
        Interpretation::Normal => "Normal",
        Interpretation::High => "Haut",
        Interpretation::Low => "Bas",
        Interpretation::CriticalHigh => "Très haut, critique",
        Interpretation::CriticalLow => "Très bas, critique",
        Interpretation::Abnormal => "Anormal",
        Interpretation::CriticalAbnormal => "Anormal, critique",
        Interpretation::OffScaleHigh => "Au-dessus du domaine de mesure",
        Interpretation::OffScaleLow => "Au-dessous du domaine de mesure",
        Interpretation::Positive => "Positif",
        Interpretation::Negative => "Négatif",
        Interpretation::Indeterminate => "Indéterminé",
        Interpretation::Susceptible => "Sensible à posologie standard",
        Interpretation::Intermediate => "Sensible à forte posologie",
        Interpretation::Resistant => "Résistant",
        Interpretation::OffScale => "Hors du domaine de mesure",
        Interpretation::AboveThreshold => "Au-dessus du seuil",
        Interpretation::BelowThreshold => "Au-dessous du seuil",
        Interpretation::SignificantlyHigh => "Nettement haut",
        Interpretation::SignificantlyLow => "Nettement bas",
        Interpretation::Better => "En amélioration",
        Interpretation::Worse => "En dégradation",
        Interpretation::Raised => "En hausse nette",
        Interpretation::Lowered => "En baisse nette",
        Interpretation::Equivocal => "Équivoque",
        Interpretation::InsufficientEvidence => "Non interprétable faute de données",
        Interpretation::NoBreakpoint => "Sans critère d’interprétation",
        Interpretation::SusceptibleDoseDependent => "Sensible, selon la dose",
        Interpretation::NonSusceptible => "Non sensible",
        Interpretation::SynergySusceptible => "Synergie, sensible",
        Interpretation::SynergyResistant => "Synergie, résistant",
        Interpretation::Detected => "Détecté",
        Interpretation::NotDetected => "Non détecté",
        Interpretation::Reactive => "Réactif",
        Interpretation::WeaklyReactive => "Faiblement réactif",
        Interpretation::NonReactive => "Non réactif",
        Interpretation::Expected => "Attendu",
        Interpretation::Unexpected => "Inattendu",
        Interpretation::Carrier => "Porteur",
    }
}

/// A confidentiality.
pub fn confidentiality(confidentiality: Confidentiality) -> &'static str {
    match confidentiality {
        Confidentiality::Normal => "Normal",
        Confidentiality::Restricted => "Restreint",
        Confidentiality::VeryRestricted => "Très restreint",
    }
}

/// A kind of encounter.
pub fn encounter(kind: EncounterKind) -> &'static str {
    match kind {
        EncounterKind::Ambulatory => "Ambulatoire",
        EncounterKind::Inpatient => "Hospitalisation",
        EncounterKind::Emergency => "Urgence",
        EncounterKind::Outpatient => "Consultation externe",
        EncounterKind::Home => "Domicile",
        EncounterKind::Virtual => "À distance",
        EncounterKind::Field => "Hors structure",
        EncounterKind::Session => "Séances",
    }
}

/// A professional's name with the title or the civility: `Dr Alice EXEMPLE`.
pub fn name(name: &PersonName) -> String {
    let before = match (name.title, name.civility) {
        (Some(Title::Dr), _) => Some("Dr"),
        (Some(Title::Pr), _) => Some("Pr"),
        (None, Some(Civility::M)) => Some("M."),
        (None, Some(Civility::Mme)) => Some("Mme"),
        (None, None) => None,
    };
    let given = name.given.as_deref().map(line);
    let family = line(&name.family);
    [before.map(str::to_owned), given, Some(family)]
        .into_iter()
        .flatten()
        .filter(|part| !part.is_empty())
        .collect::<Vec<_>>()
        .join("\u{a0}")
}
