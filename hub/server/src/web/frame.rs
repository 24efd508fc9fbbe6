//! What surrounds every page: the bar, the places with what waits in them, the person, the notice of what was done.

use super::Site;
use super::door::Who;
use super::problem::Problem;
use super::waiting::Waiting;
use super::words::Words;
use crate::people::permission::Permission;

/// One place of the left column.
#[derive(Debug, Clone)]
pub(super) struct Place {
    pub(super) path: &'static str,
    pub(super) name: &'static str,
    pub(super) icon: &'static str,
    pub(super) count: i64,
    pub(super) current: bool,
    pub(super) gap: bool,
}

/// Everything `frame.html` shows around a page.
#[derive(Debug, Clone)]
pub(super) struct Frame {
    pub(super) w: Words,
    pub(super) title: String,
    pub(super) site: String,
    pub(super) name: String,
    pub(super) role: &'static str,
    pub(super) account: String,
    pub(super) form_token: String,
    pub(super) places: Vec<Place>,
    pub(super) alarms: i64,
    pub(super) alarms_at: &'static str,
    pub(super) may_search: bool,
    pub(super) notice: Option<&'static str>,
    pub(super) done: Option<&'static str>,
    pub(super) refresh: &'static str,
    /// The page has no list that refreshes itself and the counts with it.
    pub(super) alone: bool,
}

/// Path, name, what opens it, icon, first of a group.
const PLACES: [(&str, &str, Permission, &str, bool); 10] = [
    (
        "/reception",
        "Réception",
        Permission::ReadOrders,
        "M2 3h12v10H2zM2 9h4l1 2h2l1-2h4",
        false,
    ),
    (
        "/paillasse",
        "Paillasse",
        Permission::ReadBench,
        "M6 2h4M7 2v5l-4 6a1 1 0 0 0 1 1h8a1 1 0 0 0 1-1L9 7V2",
        false,
    ),
    (
        "/validation",
        "Validation biologique",
        Permission::ReadReview,
        "M2 13h12M4 9l2.5 2L13 4",
        false,
    ),
    (
        "/dossiers",
        "Dossiers",
        Permission::ReadOrders,
        "M4 2h6l3 3v9H4zM10 2v3h3M6 8h5M6 11h5",
        false,
    ),
    (
        "/recus",
        "Comptes rendus reçus",
        Permission::ReadOrders,
        "M2 5h12v8H2zM2 5l6 5 6-5M8 1v5M6 4l2 2 2-2",
        false,
    ),
    (
        "/quarantaine",
        "Quarantaine",
        Permission::ReadQuarantine,
        "M8 2l6 11H2zM8 6v4M8 11.5v.5",
        true,
    ),
    (
        "/controles",
        "Contrôles",
        Permission::ReadControls,
        "M2 8h2l2-5 3 10 2-7 1 2h2",
        false,
    ),
    (
        "/boitiers",
        "Boîtiers",
        Permission::ReadFleet,
        "M2 4h12v6H2zM5 13h6M8 10v3M4.5 7h.5",
        true,
    ),
    (
        "/audit",
        "Audit",
        Permission::ReadAudit,
        "M7 3a4 4 0 1 0 .1 0M10 10l4 4",
        false,
    ),
    (
        "/reglages",
        "Réglages",
        Permission::ReadSettings,
        "M2 5h8M12 5h2M10 3v4M2 11h2M6 11h8M6 9v4",
        false,
    ),
];

/// What `?fait=` may say was done; anything else in an address says nothing.
const NOTICES: [(&str, &str, Option<&str>); 22] = [
    ("enregistre", "Dossier enregistré.", Some("dossier")),
    (
        "existant",
        "Cette demande était déjà enregistrée : le dossier existant est montré.",
        Some("dossier"),
    ),
    ("valide", "Validé.", None),
    ("retenu", "Retenu.", None),
    ("repasse", "Repasse demandée.", None),
    (
        "rejete",
        "Résultat rejeté ; il reste lisible dans le dossier.",
        None,
    ),
    ("commente", "Commentaire enregistré.", None),
    ("renvoye", "Renvoyé à la paillasse.", None),
    (
        "retire",
        "Résultat retiré ; la prochaine version du compte rendu le dira.",
        None,
    ),
    ("signe", "Compte rendu signé et rendu.", None),
    (
        "resolu",
        "Réglé ; les résultats concernés ont repris leur chemin.",
        None,
    ),
    ("ecarte", "Écarté ; la trace est gardée.", None),
    ("revoque", "Boîtier révoqué.", None),
    (
        "ordre",
        "Ordre envoyé au boîtier ; sa réponse paraît ci-dessous.",
        None,
    ),
    ("compte", "Compte enregistré.", Some("compte")),
    (
        "laboratoire",
        "Identité du laboratoire enregistrée.",
        Some("laboratoire"),
    ),
    ("moi", "Réglages personnels enregistrés.", None),
    ("annule", "Analyse annulée.", None),
    (
        "recu",
        "Compte rendu reçu ; il attend d'être rattaché.",
        None,
    ),
    (
        "deja-recu",
        "Ce document était déjà reçu : il est montré tel qu'il est connu.",
        None,
    ),
    (
        "rattache",
        "Compte rendu rattaché ; ses résultats gardent leur laboratoire d'origine.",
        None,
    ),
    (
        "recu-ecarte",
        "Compte rendu écarté ; il reste lisible ici.",
        None,
    ),
];

impl Frame {
    /// The frame of a page, with what waits everywhere.
    pub(super) async fn new(
        site: &Site,
        who: &Who,
        path: &'static str,
        title: &str,
    ) -> Result<Self, Problem> {
        let waiting = Waiting::count(site).await?;
        let account = &who.signed_in.account;
        let places = PLACES
            .iter()
            .filter(|(.., permission, _, _)| who.may(*permission))
            .map(|(place, name, _, icon, gap)| Place {
                path: place,
                name,
                icon,
                count: waiting.at(place),
                current: *place == path,
                gap: *gap && who.may(Permission::ReadOrders),
            })
            .collect();
        let reads_fleet = who.may(Permission::ReadFleet);
        Ok(Self {
            w: who.words,
            title: title.to_owned(),
            site: waiting.site,
            name: account.name.clone(),
            role: account.role.french(),
            account: account.id.to_string(),
            form_token: who.signed_in.form_token.clone(),
            places,
            alarms: if reads_fleet { waiting.alarms } else { 0 },
            alarms_at: if reads_fleet { "/boitiers" } else { "/" },
            may_search: who.may(Permission::ReadOrders),
            notice: None,
            done: None,
            refresh: path,
            alone: true,
        })
    }

    /// The frame of a page whose own list refreshes the counts.
    pub(super) fn with_list(mut self) -> Self {
        self.alone = false;
        self
    }

    /// The frame, saying what was just done.
    pub(super) fn after(mut self, done: Option<&str>) -> Self {
        if let Some((_, sentence, draft)) =
            done.and_then(|done| NOTICES.iter().find(|(word, ..)| *word == done))
        {
            self.notice = Some(sentence);
            self.done = *draft;
        }
        self
    }
}

/// Every sentence of this file that a page may show, for the test of the translation.
#[cfg(test)]
pub(super) fn sentences() -> Vec<&'static str> {
    PLACES
        .iter()
        .map(|(_, name, ..)| *name)
        .chain(NOTICES.iter().map(|(_, sentence, _)| *sentence))
        .collect()
}
