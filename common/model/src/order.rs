//! Orders: what was asked for, for whom, by whom.

use crate::{LocalCode, OrderId, PatientId, Rpps, UtcMicros};
use serde::{Deserialize, Serialize};

/// How soon the answer is wanted.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Priority {
    /// In the ordinary course.
    #[default]
    Routine,
    /// Before the others.
    Urgent,
}

/// A test that was asked for.
#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct OrderedTest {
    /// The laboratory's code.
    pub code: LocalCode,
    /// Taken back since.
    pub cancelled: bool,
}

/// A request for tests on one patient.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Order {
    /// Identity in the hub.
    pub id: OrderId,
    /// The number people use (*numéro de dossier*).
    pub number: String,
    /// For whom.
    pub patient: PatientId,
    /// The prescriber's RPPS number, where known.
    pub prescriber_rpps: Option<Rpps>,
    /// The prescriber's name as it is printed.
    pub prescriber_name: Option<String>,
    /// Date of the prescription.
    pub prescribed_on: Option<jiff::civil::Date>,
    /// When the laboratory registered it.
    pub registered_at: UtcMicros,
    /// How soon.
    pub priority: Priority,
    /// What is asked for.
    pub tests: Vec<OrderedTest>,
}
