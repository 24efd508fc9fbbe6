//! `/audit`: the trail, and whether its chain still holds.

use std::collections::HashMap;

use askama::Template;
use axum::extract::{OriginalUri, State};
use axum::response::{Html, IntoResponse, Response};
use serde_json::Value;

use super::Site;
use super::door::Who;
use super::fields;
use super::frame::Frame;
use super::problem::Problem;
use super::show;
use crate::store::account;
use crate::store::audit::{self, Filter, Recorded, Verdict};

const PATH: &str = "/audit";
/// Entries of one page.
const PAGE: i64 = 100;

/// An entry as it is shown.
#[derive(Debug, Clone)]
pub(super) struct Line {
    pub(super) seq: i64,
    pub(super) at: String,
    pub(super) who: String,
    pub(super) action: String,
    pub(super) subject: String,
    pub(super) subject_id: String,
    /// The tail of the identifier: enough to recognise it, short enough for a column.
    pub(super) short_id: String,
    pub(super) detail: String,
}

#[derive(Template)]
#[template(path = "audit.html")]
struct Page {
    f: Frame,
    lines: Vec<Line>,
    older: Option<i64>,
    verdict: Option<Verdict>,
    subject: String,
}

/// `GET /audit`; `?verifier=oui` reads the whole chain.
pub(super) async fn page(
    State(site): State<Site>,
    who: Who,
    OriginalUri(uri): OriginalUri,
) -> Result<Response, Problem> {
    let asked = fields::from_urlencoded(uri.query().unwrap_or_default().as_bytes());
    let filter = Filter {
        before: asked.text("avant").parse().ok(),
        subject_id: asked.given("sujet"),
        ..Filter::default()
    };
    let mut reader = site.app.store.read().await?;
    let verdict = match asked.text("verifier") {
        "oui" => Some(audit::verify(&mut reader, 1).await?),
        _ => None,
    };
    let recorded = audit::list(&mut reader, &filter, PAGE).await?;
    drop(reader);
    let full = i64::try_from(recorded.len()).unwrap_or(i64::MAX) >= PAGE;
    let page = Page {
        f: Frame::new(&site, &who, PATH, who.words.say("Audit")).await?,
        older: recorded.last().filter(|_| full).map(|entry| entry.seq),
        lines: lines(&site, &recorded).await?,
        verdict,
        subject: filter.subject_id.unwrap_or_default(),
    };
    Ok(Html(page.render()?).into_response())
}

/// Entries with the names of the people in them.
pub(super) async fn lines(site: &Site, recorded: &[Recorded]) -> Result<Vec<Line>, Problem> {
    let names: HashMap<String, String> = account::list(&mut *site.app.store.read().await?)
        .await?
        .into_iter()
        .map(|account| (account.trail(), account.name))
        .collect();
    Ok(recorded
        .iter()
        .map(|entry| Line {
            seq: entry.seq,
            at: show::date_time(lisiere_model::UtcMicros(entry.at)),
            who: names
                .get(&entry.who)
                .cloned()
                .unwrap_or_else(|| entry.who.clone()),
            action: named(&ACTIONS, &entry.action).to_owned(),
            subject: named(&SUBJECTS, &entry.subject_kind).to_owned(),
            subject_id: entry.subject_id.clone(),
            short_id: short(&entry.subject_id),
            detail: readable(&entry.detail),
        })
        .collect())
}

/// What a verification found, for people.
fn in_words(reason: &str) -> &'static str {
    match reason {
        "entries are missing at the end" => "Des entrées manquent à la fin de la piste.",
        "an entry is missing" => "Une entrée manque.",
        "the entry does not follow the one before it" => {
            "L'entrée ne suit pas celle qui la précède."
        }
        "the entry was edited" => "L'entrée a été modifiée.",
        _ => "La dernière entrée n'est pas celle qui a été écrite en dernier.",
    }
}

/// The acts of the trail in words; one that is not here stands as it is.
pub(super) const ACTIONS: [(&str, &str); 45] = [
    ("looked", "consulté"),
    ("order.registered", "dossier enregistré"),
    ("order.test_cancelled", "analyse annulée"),
    ("order.test_restored", "analyse redemandée"),
    ("patient.registered", "patient enregistré"),
    ("patient.changed", "identité modifiée"),
    ("capture.interpreted", "message interprété"),
    ("observation.matched", "résultat rattaché"),
    ("observation.hold", "résultat retenu"),
    ("observation.review_technically", "validé techniquement"),
    ("observation.request_repeat", "repasse demandée"),
    ("observation.reject", "résultat rejeté"),
    ("observation.send_back", "renvoyé à la paillasse"),
    ("observation.review_biologically", "validé biologiquement"),
    ("observation.report", "rendu"),
    ("observation.amend", "remplacé"),
    ("observation.cancel", "retiré"),
    ("observation.comment", "commenté"),
    ("report.signed", "compte rendu signé"),
    ("report.refused", "compte rendu non conforme"),
    ("queue.attached", "rattaché à un tube"),
    ("queue.code_mapped", "code associé"),
    ("queue.unit_mapped", "unité associée"),
    ("queue.test_added", "analyse ajoutée"),
    ("queue.doubt_accepted", "doute levé"),
    ("queue.rejected", "résultat écarté"),
    ("queue.dismissed", "classé"),
    ("queue.read_again", "message relu"),
    ("payload.settled", "message classé"),
    ("account.added", "compte créé"),
    ("account.changed", "compte modifié"),
    ("account.signed_in", "connexion"),
    ("account.signed_out", "déconnexion"),
    ("account.sign_in_refused", "connexion refusée"),
    ("appliance.invited", "boîtier invité"),
    ("appliance.enrolled", "boîtier inscrit"),
    ("appliance.revoked", "boîtier révoqué"),
    ("appliance.commanded", "ordre donné au boîtier"),
    ("line.watched", "ligne regardée"),
    (
        "laboratory.identity_set",
        "identité du laboratoire modifiée",
    ),
    ("laboratory.logo_set", "logo modifié"),
    ("laboratory.installation_named", "installation nommée"),
    ("incoming.received", "compte rendu reçu"),
    ("incoming.attached", "compte rendu reçu rattaché"),
    ("incoming.set_aside", "compte rendu reçu écarté"),
];

/// What the acts are about, in words.
pub(super) const SUBJECTS: [(&str, &str); 12] = [
    ("order", "dossier"),
    ("page", "liste"),
    ("observation", "résultat"),
    ("report", "compte rendu"),
    ("incoming", "compte rendu reçu"),
    ("patient", "patient"),
    ("account", "compte"),
    ("appliance", "boîtier"),
    ("queue", "quarantaine"),
    ("payload", "message"),
    ("laboratory", "laboratoire"),
    ("capture", "message"),
];

fn named<'a>(table: &[(&'a str, &'a str)], word: &'a str) -> &'a str {
    table
        .iter()
        .find(|(known, _)| *known == word)
        .map_or(word, |(_, french)| french)
}

/// The last part of an identifier; anything else stands as it is.
fn short(id: &str) -> String {
    match id.rsplit_once('-') {
        Some((_, tail)) if id.len() == 36 => format!("…{tail}"),
        _ => id.to_owned(),
    }
}

/// The detail without the signs of JSON. A list of orders is counted: each of them is in the trail's text.
fn readable(detail: &str) -> String {
    let Ok(Value::Object(fields)) = serde_json::from_str(detail) else {
        return String::new();
    };
    let shown =
        fields
            .iter()
            .filter(|(_, value)| !value.is_null())
            .map(|(name, value)| match value {
                Value::Array(items) if name == "orders" => format!("{} dossiers", items.len()),
                Value::String(text) => format!("{name} : {}", short(text)),
                other => format!(
                    "{name} : {}",
                    other.to_string().replace('"', "").replace(',', ", ")
                ),
            });
    shown.collect::<Vec<_>>().join(" · ")
}
