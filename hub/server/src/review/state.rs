//! The life of an observation: one enum, and one transition that returns the new state and the audit entry together, so that
//! neither exists without the other.

use std::fmt;

use serde::{Deserialize, Serialize};

use super::actor::Actor;

/// Where an observation stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(tag = "state", rename_all = "snake_case")]
pub enum State {
    /// Read from a capture; nobody has looked at it.
    Received,
    /// A rule or a person wants it looked at before it goes on.
    Held,
    /// The measurement is to be made again.
    RepeatRequested,
    /// Not to be used; kept, with the reason.
    Rejected,
    /// The measurement is acceptable.
    TechnicallyReviewed,
    /// A biologist takes responsibility for it.
    BiologicallyReviewed,
    /// It stands in this version of the report.
    Reported {
        /// The latest version of the report that shows it.
        version: u32,
    },
    /// Another value replaced it in this version of the report.
    Amended {
        /// The version that no longer shows it.
        version: u32,
    },
    /// Withdrawn after it was reported.
    Cancelled {
        /// The version of the report that tells so; none until it is signed.
        told: Option<u32>,
    },
}

impl State {
    /// Every state, with versions set to 1: for lists and counts.
    pub const ALL: [Self; 9] = [
        Self::Received,
        Self::Held,
        Self::RepeatRequested,
        Self::Rejected,
        Self::TechnicallyReviewed,
        Self::BiologicallyReviewed,
        Self::Reported { version: 1 },
        Self::Amended { version: 1 },
        Self::Cancelled { told: None },
    ];

    /// The word in the database and in `/api/etat`.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Received => "received",
            Self::Held => "held",
            Self::RepeatRequested => "repeat_requested",
            Self::Rejected => "rejected",
            Self::TechnicallyReviewed => "technically_reviewed",
            Self::BiologicallyReviewed => "biologically_reviewed",
            Self::Reported { .. } => "reported",
            Self::Amended { .. } => "amended",
            Self::Cancelled { .. } => "cancelled",
        }
    }

    /// The word of the bench.
    pub const fn french(self) -> &'static str {
        match self {
            Self::Received => "reçu",
            Self::Held => "retenu",
            Self::RepeatRequested => "repasse demandée",
            Self::Rejected => "rejeté",
            Self::TechnicallyReviewed => "validé techniquement",
            Self::BiologicallyReviewed => "validé biologiquement",
            Self::Reported { .. } => "rendu",
            Self::Amended { .. } => "remplacé",
            Self::Cancelled { .. } => "annulé",
        }
    }

    /// The report version that goes with the state, where there is one.
    pub const fn report_version(self) -> Option<u32> {
        match self {
            Self::Reported { version } | Self::Amended { version } => Some(version),
            Self::Cancelled { told } => told,
            _ => None,
        }
    }

    /// The state with this name and version, as the database keeps them.
    pub fn from_parts(name: &str, version: Option<u32>) -> Option<Self> {
        let state = Self::ALL.into_iter().find(|state| state.name() == name)?;
        match (state, version) {
            (Self::Reported { .. }, Some(version)) => Some(Self::Reported { version }),
            (Self::Amended { .. }, Some(version)) => Some(Self::Amended { version }),
            (Self::Reported { .. } | Self::Amended { .. }, None) => None,
            (Self::Cancelled { .. }, told) => Some(Self::Cancelled { told }),
            (other, _) => Some(other),
        }
    }

    /// Whether a technician's decision is due.
    pub const fn awaits_technical_review(self) -> bool {
        matches!(self, Self::Received | Self::Held)
    }
}

/// What is done to an observation.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Act {
    /// Stop it until someone has looked, for a reason that people read.
    Hold {
        /// The sentence.
        reason: String,
    },
    /// Accept the measurement.
    ReviewTechnically {
        /// Why it is accepted although it was held; needed exactly then.
        despite: Option<String>,
    },
    /// Have it measured again.
    RequestRepeat {
        /// Why.
        reason: String,
    },
    /// Set it aside for good, before it was reported.
    Reject {
        /// Why.
        reason: String,
    },
    /// Give it back to the bench.
    SendBack {
        /// What the biologist wants to be looked at.
        reason: String,
    },
    /// Take responsibility for it.
    ReviewBiologically,
    /// Show it in a signed report.
    Report {
        /// The report's version.
        version: u32,
    },
    /// Replace it by another value in a later version of the report.
    Amend {
        /// The report's version.
        version: u32,
    },
    /// Withdraw it after it was reported.
    Cancel {
        /// Why.
        reason: String,
    },
}

impl Act {
    /// The word of the act in the audit trail.
    pub const fn name(&self) -> &'static str {
        match self {
            Self::Hold { .. } => "observation.hold",
            Self::ReviewTechnically { .. } => "observation.review_technically",
            Self::RequestRepeat { .. } => "observation.request_repeat",
            Self::Reject { .. } => "observation.reject",
            Self::SendBack { .. } => "observation.send_back",
            Self::ReviewBiologically => "observation.review_biologically",
            Self::Report { .. } => "observation.report",
            Self::Amend { .. } => "observation.amend",
            Self::Cancel { .. } => "observation.cancel",
        }
    }

    /// The reason given, where the act has one.
    pub fn reason(&self) -> Option<&str> {
        match self {
            Self::Hold { reason }
            | Self::RequestRepeat { reason }
            | Self::Reject { reason }
            | Self::SendBack { reason }
            | Self::Cancel { reason } => Some(reason),
            Self::ReviewTechnically { despite } => despite.as_deref(),
            Self::ReviewBiologically | Self::Report { .. } | Self::Amend { .. } => None,
        }
    }
}

/// What the audit trail says of an act.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Entry {
    /// The act's word.
    pub act: String,
    /// The state before.
    pub from: State,
    /// The state after.
    pub to: State,
    /// The reason given.
    pub reason: Option<String>,
    /// Who acted.
    pub actor: Actor,
}

/// Why an act was refused; the sentence is for the person who tried.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Refusal {
    /// The act does not follow from the state.
    #[error("ce résultat est {from} : on ne peut pas {act}")]
    OutOfOrder {
        /// The state's word.
        from: &'static str,
        /// What was tried.
        act: &'static str,
    },
    /// The person's role does not allow it.
    #[error("{act} demande le rôle {needed}")]
    Role {
        /// What was tried.
        act: &'static str,
        /// Who may.
        needed: &'static str,
    },
    /// The reason is missing.
    #[error("un motif est nécessaire pour {0}")]
    Reason(&'static str),
}

/// Applies an act: the new state and the audit entry, or why not.
pub fn transition(from: State, act: &Act, actor: &Actor) -> Result<(State, Entry), Refusal> {
    allowed(act, actor)?;
    if act.reason().is_some_and(|reason| reason.trim().is_empty()) {
        return Err(Refusal::Reason(infinitive(act)));
    }
    let to = next(from, act)?;
    let entry = Entry {
        act: act.name().to_owned(),
        from,
        to,
        reason: act.reason().map(str::to_owned),
        actor: actor.clone(),
    };
    Ok((to, entry))
}

/// The state machine itself; who may act is [`allowed`]'s business.
fn next(from: State, act: &Act) -> Result<State, Refusal> {
    use State::{
        Amended, BiologicallyReviewed, Cancelled, Held, Received, Rejected, RepeatRequested,
        Reported, TechnicallyReviewed,
    };
    match (act, from) {
        (Act::Hold { .. }, Received | Held | TechnicallyReviewed | BiologicallyReviewed)
        | (Act::SendBack { .. }, TechnicallyReviewed | BiologicallyReviewed) => Ok(Held),
        (Act::ReviewTechnically { .. }, Received)
        | (Act::ReviewTechnically { despite: Some(_) }, Held) => Ok(TechnicallyReviewed),
        (Act::ReviewTechnically { despite: None }, Held) => {
            Err(Refusal::Reason("valider un résultat retenu"))
        }
        (
            Act::RequestRepeat { .. },
            Received | Held | TechnicallyReviewed | BiologicallyReviewed,
        ) => Ok(RepeatRequested),
        (
            Act::Reject { .. },
            Received | Held | RepeatRequested | TechnicallyReviewed | BiologicallyReviewed,
        ) => Ok(Rejected),
        (Act::ReviewBiologically, TechnicallyReviewed) => Ok(BiologicallyReviewed),
        (Act::Report { version }, BiologicallyReviewed) if *version > 0 => {
            Ok(Reported { version: *version })
        }
        (Act::Report { version }, Reported { version: shown }) if *version > shown => {
            Ok(Reported { version: *version })
        }
        (Act::Amend { version }, Reported { version: shown }) if *version > shown => {
            Ok(Amended { version: *version })
        }
        (Act::Cancel { .. }, Reported { .. }) => Ok(Cancelled { told: None }),
        (Act::Report { version }, Cancelled { told })
            if *version > 0 && told.is_none_or(|shown| *version > shown) =>
        {
            Ok(Cancelled {
                told: Some(*version),
            })
        }
        // A value measured anew after the withdrawal takes its place in the next version.
        (Act::Amend { version }, Cancelled { told })
            if *version > 0 && told.is_none_or(|shown| *version > shown) =>
        {
            Ok(Amended { version: *version })
        }
        _ => Err(Refusal::OutOfOrder {
            from: from.french(),
            act: infinitive(act),
        }),
    }
}

/// Whether this actor may perform this act. The hub itself may only hold; P5 asks a named biologist for everything that
/// leads out of the laboratory.
fn allowed(act: &Act, actor: &Actor) -> Result<(), Refusal> {
    let verb = infinitive(act);
    let person = match actor {
        Actor::Rule { .. } if matches!(act, Act::Hold { .. }) => return Ok(()),
        Actor::Rule { .. } => {
            return Err(Refusal::Role {
                act: verb,
                needed: "d'une personne",
            });
        }
        Actor::Person(person) => person,
    };
    match act {
        Act::Hold { .. }
        | Act::ReviewTechnically { .. }
        | Act::RequestRepeat { .. }
        | Act::Reject { .. } => {
            if person.role.may_review_technically() {
                return Ok(());
            }
            Err(Refusal::Role {
                act: verb,
                needed: "de technicien ou de biologiste",
            })
        }
        Act::SendBack { .. }
        | Act::ReviewBiologically
        | Act::Report { .. }
        | Act::Amend { .. }
        | Act::Cancel { .. } => {
            if person.biologist_rpps().is_some() {
                return Ok(());
            }
            Err(Refusal::Role {
                act: verb,
                needed: "de biologiste avec un numéro RPPS",
            })
        }
    }
}

const fn infinitive(act: &Act) -> &'static str {
    match act {
        Act::Hold { .. } => "retenir",
        Act::ReviewTechnically { .. } => "valider techniquement",
        Act::RequestRepeat { .. } => "demander une repasse",
        Act::Reject { .. } => "rejeter",
        Act::SendBack { .. } => "renvoyer à la paillasse",
        Act::ReviewBiologically => "valider biologiquement",
        Act::Report { .. } => "rendre",
        Act::Amend { .. } => "remplacer",
        Act::Cancel { .. } => "annuler",
    }
}

impl fmt::Display for State {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}
