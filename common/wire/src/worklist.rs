//! Orders on their way to an appliance, what it holds of them, and what became of them at the analyzers.
//!
//! Nothing here names a patient: an order is a tube, its nature, its priority and its tests.

use crate::Label;
use lisiere_model::UtcMicros;
use serde::{Deserialize, Serialize};
use std::fmt;

/// One life of a hub's list, chosen at random when its database is made. Version numbers mean something only beside it.
#[derive(Clone, Copy, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct ListId(pub [u8; 16]);

impl fmt::Display for ListId {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0
            .iter()
            .try_for_each(|byte| write!(formatter, "{byte:02x}"))
    }
}

impl fmt::Debug for ListId {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "ListId({self})")
    }
}

/// `down/worklist`: orders the analyzers of an appliance may ask about, the whole list or what changed in it.
///
/// A whole list may come in parts, in order, and takes the old one's place only when all are there. A change applies to
/// the version that it names and to no other: whoever holds another one says so ([`WorklistHeld`]) and gets what it lacks.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Worklist {
    /// The list spoken of.
    pub list: ListId,
    /// Number of this state of the list; it never goes back.
    pub version: u64,
    /// The version this change applies to; absent for a whole list.
    pub since: Option<u64>,
    /// Which part of a whole list this is, from 0.
    pub part: u16,
    /// How many parts it has.
    pub parts: u16,
    /// Orders added or changed.
    pub entries: Vec<WorklistEntry>,
    /// Tubes that are no longer asked for: cancelled, or with their results.
    pub removed: Vec<WorklistKey>,
}

/// What an order on the list is found by.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct WorklistKey {
    /// The driver of the analyzers meant; empty for any.
    pub driver: String,
    /// Number on the tube.
    pub specimen: String,
}

/// What to run on one specimen, at analyzers of one driver.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct WorklistEntry {
    /// What it is found by.
    pub key: WorklistKey,
    /// HL7 table 0487.
    pub kind: String,
    /// Whether it goes before the others.
    pub urgent: bool,
    /// Codes of the tests, as the analyzer names them.
    pub tests: Vec<String>,
}

/// `up/reply`: what an appliance holds of the list. Said on each connection, after each change, and when a change does
/// not fit; the hub answers with what is lacking, if anything is.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct WorklistHeld {
    /// The list it holds; all zeros for none.
    pub list: ListId,
    /// The version it holds; 0 for none.
    pub version: u64,
    /// The drivers of its ports: what it wants to know of.
    pub drivers: Vec<String>,
}

/// The link word of captures that carry an [`OrderEvent`] and no analyzer's bytes.
pub const ORDER_EVENT_LINK: &str = "order-event";

/// What became of orders at an analyzer: the bytes of a capture, as JSON, so that it travels exactly once as results do.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct OrderEvent {
    /// What happened.
    pub state: OrderEventState,
    /// When, by the appliance's clock.
    pub at: UtcMicros,
    /// Version of the list the appliance held then.
    pub version: u64,
    /// To which tubes.
    pub tubes: Vec<OrderEventTube>,
    /// In the analyzer's words or the link's, where there are any.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub reason: String,
}

/// One tube of an event.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct OrderEventTube {
    /// Its number, as the laboratory knows it; as the analyzer sent it where the laboratory does not.
    pub specimen: String,
    /// Codes of the tests meant, as the analyzer names them.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub tests: Vec<String>,
}

/// What happened to orders.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum OrderEventState {
    /// The analyzer asked, and there is work.
    Asked,
    /// The analyzer has the orders.
    Sent,
    /// The analyzer does not take them.
    Refused,
    /// They could not be sent.
    Unsent,
    /// The analyzer asked about a tube that the list does not have.
    Unknown,
    /// The analyzer asked about a tube whose label it had not read.
    Unreadable,
    /// The analyzer took its question back.
    Cancelled,
}

impl OrderEventState {
    /// The word in JSON and in the database.
    pub const fn word(self) -> &'static str {
        match self {
            Self::Asked => "asked",
            Self::Sent => "sent",
            Self::Refused => "refused",
            Self::Unsent => "unsent",
            Self::Unknown => "unknown",
            Self::Unreadable => "unreadable",
            Self::Cancelled => "cancelled",
        }
    }
}

/// The first version named an appliance in each order and knew no drivers.
#[derive(Deserialize)]
pub(crate) struct Worklist1 {
    version: u64,
    since: Option<u64>,
    entries: Vec<Entry1>,
    removed: Vec<String>,
}

#[derive(Deserialize)]
struct Entry1 {
    specimen: String,
    kind: String,
    tests: Vec<String>,
    urgent: bool,
    #[serde(rename = "appliance")]
    _appliance: Label,
}

impl From<Worklist1> for Worklist {
    fn from(old: Worklist1) -> Self {
        let key = |specimen| WorklistKey {
            driver: String::new(),
            specimen,
        };
        Self {
            list: ListId::default(),
            version: old.version,
            since: old.since,
            part: 0,
            parts: 1,
            entries: old
                .entries
                .into_iter()
                .map(|entry| WorklistEntry {
                    key: key(entry.specimen),
                    kind: entry.kind,
                    urgent: entry.urgent,
                    tests: entry.tests,
                })
                .collect(),
            removed: old.removed.into_iter().map(key).collect(),
        }
    }
}
