//! The laboratory itself: who is examined, what was asked for, what the analyzers found, what was answered.
//!
//! Everything here is called by the pages and by the interpretation worker, and takes the moment as an argument. A change
//! and its audit entry are made in one transaction. Nothing that is not certain is decided: it goes to [`queue`].

pub mod bench;
mod clocks;
pub mod conformity;
pub mod conservation;
pub mod controls;
pub mod dossier;
mod elsewhere;
mod gather;
pub mod identity;
pub mod incoming;
pub mod letterhead;
pub mod limits;
pub mod matching;
pub mod names;
pub mod order_file;
mod order_rows;
pub mod orders;
pub mod patients;
mod placing;
pub(crate) mod progress;
pub mod queue;
pub mod reading;
mod repeats;
pub mod report;
pub mod rules;
pub mod signing;
mod tubes;
pub mod units;
pub mod words;
pub mod worker;

use std::sync::Arc;

use jiff::tz::TimeZone;
use lisiere_driver::Library;
use lisiere_driver::catalogue::{self, Catalogue};
use lisiere_model::{Environment, UtcMicros};
use serde_json::Value;

use crate::app::App;
use crate::review::state::Refusal;
use crate::review::{Actor, Person};
use crate::store::{self, Store, Tx, audit};

/// What the laboratory works with. Cheap to clone.
#[derive(Debug, Clone)]
pub struct Laboratory {
    /// The database.
    pub store: Store,
    /// The tests it makes.
    pub catalogue: Arc<Catalogue>,
    /// The analyzers it can read.
    pub library: Arc<Library>,
    /// Real or fictitious patients: decides which INS may be entered.
    pub environment: Environment,
    /// The zone of its clocks and of its paper.
    pub zone: TimeZone,
}

impl Laboratory {
    /// The laboratory around a store, with the catalogue and the drivers that come with the product.
    pub fn new(store: Store, environment: Environment) -> Result<Self, Error> {
        let catalogue = catalogue::builtin().map_err(|e| Error::Product(e.to_string()))?;
        let library = Library::builtin().map_err(|e| Error::Product(e.to_string()))?;
        Ok(Self {
            store,
            catalogue: Arc::new(catalogue),
            library: Arc::new(library),
            environment,
            zone: TimeZone::get("Europe/Paris").unwrap_or(TimeZone::UTC),
        })
    }

    /// The laboratory of a running hub.
    pub fn of(app: &App) -> Result<Self, Error> {
        Self::new(app.store.clone(), app.settings.environment)
    }
}

/// Why something was not done. The text is for the person who tried: it says what to do.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum Error {
    /// The database failed.
    #[error(transparent)]
    Store(#[from] store::Error),
    /// What the act is about does not exist.
    #[error("{0} introuvable")]
    NotFound(&'static str),
    /// Fields that cannot be used, each with what to do.
    #[error("{}", listed(.0))]
    Invalid(Vec<FieldProblem>),
    /// Someone else was faster; nothing was done.
    #[error("{0}")]
    Stale(String),
    /// Something forbids it.
    #[error("{0}")]
    Refused(String),
    /// The state of an observation, or the person's role, forbids it.
    #[error(transparent)]
    Lifecycle(#[from] Refusal),
    /// A file of the product itself cannot be read.
    #[error("fichier du produit : {0}")]
    Product(String),
}

/// A field of a form that cannot be used.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FieldProblem {
    /// The field's name in the form and in the imported file.
    pub field: &'static str,
    /// What is wrong and what to do.
    pub sentence: String,
}

impl FieldProblem {
    /// A problem of this field.
    pub fn new(field: &'static str, sentence: impl Into<String>) -> Self {
        Self {
            field,
            sentence: sentence.into(),
        }
    }
}

fn listed(problems: &[FieldProblem]) -> String {
    let lines: Vec<String> = problems
        .iter()
        .map(|problem| format!("{} : {}", problem.field, problem.sentence))
        .collect();
    lines.join(" ; ")
}

impl Error {
    /// One field is wrong.
    pub fn field(field: &'static str, sentence: impl Into<String>) -> Self {
        Self::Invalid(vec![FieldProblem::new(field, sentence)])
    }

    /// The person's role does not do this: « n'enregistre pas de dossier ».
    pub fn not_for_role(who: &Person, does_not: &str) -> Self {
        Self::Refused(format!("le rôle {} {does_not}", who.role.french()))
    }

    /// The sentence for an observation that changed since it was shown.
    pub fn stale_observation(code: &str) -> Self {
        Self::Stale(format!(
            "le résultat {code} a changé depuis l'affichage : rien n'a été enregistré, relire la page"
        ))
    }
}

/// A result of the laboratory.
pub type Result<T, E = Error> = std::result::Result<T, E>;

/// What is put into the audit trail about an act.
#[derive(Debug, Clone)]
pub(crate) struct Trace {
    action: String,
    subject_kind: &'static str,
    subject_id: String,
    detail: Value,
}

impl Trace {
    pub(crate) fn new(
        action: &str,
        subject_kind: &'static str,
        subject_id: impl std::fmt::Display,
        detail: Value,
    ) -> Self {
        Self {
            action: action.to_owned(),
            subject_kind,
            subject_id: subject_id.to_string(),
            detail,
        }
    }
}

/// Adds the entries to the trail and commits: the lock of the trail is taken as late as possible.
pub(crate) async fn commit(
    mut tx: Tx,
    traces: Vec<Trace>,
    actor: &Actor,
    now: UtcMicros,
) -> Result<()> {
    let who = signature(actor);
    for trace in traces {
        audit::append(
            &mut tx,
            audit::Entry {
                who: &who,
                action: &trace.action,
                subject_kind: trace.subject_kind,
                subject_id: &trace.subject_id,
                detail: trace.detail,
                at: now.0,
            },
        )
        .await?;
    }
    tx.commit().await?;
    Ok(())
}

/// Records that a person looked at patient data (P8).
pub async fn looked(
    laboratory: &Laboratory,
    who: &Person,
    subject_kind: &'static str,
    subject_id: &str,
    now: UtcMicros,
) -> Result<()> {
    let tx = laboratory.store.begin().await?;
    let trace = Trace::new("looked", subject_kind, subject_id, Value::Null);
    commit(tx, vec![trace], &Actor::from(who), now).await
}

/// How an actor is written in the trail: a person by account, the hub by its rule.
pub(crate) fn signature(actor: &Actor) -> String {
    match actor {
        Actor::Rule { name } => format!("hub:{name}"),
        Actor::Person(person) => format!("account:{}", person.account),
    }
}
