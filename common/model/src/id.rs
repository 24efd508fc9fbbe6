//! One registry of typed identifiers, so that a specimen's id can never be passed where a patient's is due.

use serde::{Deserialize, Serialize};
use std::{fmt, str::FromStr};
use uuid::Uuid;

macro_rules! identifiers {
    ($($(#[$doc:meta])* $name:ident),+ $(,)?) => {$(
        $(#[$doc])*
        #[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
        #[serde(transparent)]
        pub struct $name(Uuid);

        impl $name {
            /// Takes a UUID made by the caller (version 7, so that ids sort by creation).
            pub const fn from_uuid(uuid: Uuid) -> Self {
                Self(uuid)
            }
            /// The UUID behind the id.
            pub const fn as_uuid(self) -> Uuid {
                self.0
            }
        }
        impl fmt::Display for $name {
            fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
                self.0.as_hyphenated().fmt(formatter)
            }
        }
        impl fmt::Debug for $name {
            fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
                write!(formatter, "{}({})", stringify!($name), self.0)
            }
        }
        impl FromStr for $name {
            type Err = uuid::Error;
            fn from_str(text: &str) -> Result<Self, Self::Err> {
                text.parse().map(Self)
            }
        }
    )+};
}

identifiers! {
    /// A person who signs in.
    AccountId,
    /// A message as it came from the wire, committed in the hub.
    CaptureId,
    /// One sending of a report to one destination.
    DeliveryId,
    /// One measured value in one version.
    ObservationId,
    /// A request for tests on one patient.
    OrderId,
    /// A person whose specimens are examined.
    PatientId,
    /// Something that waits for a person's decision.
    QueueEntryId,
    /// A signed document, over all its versions.
    ReportId,
    /// A tube, slide or pot.
    SpecimenId,
}
