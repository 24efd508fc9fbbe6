//! What a laboratory result is: identifiers, patients, specimens, orders, observations and reports.
//!
//! Invariants, mostly of what is absent: no input or output, no clock, no async. A value of a type here was checked when it
//! was made. Quantities are exact decimals that keep the text the analyzer sent; nothing here is a floating point number.
//! A type that carries a person's identity prints none of it in its `Debug` form.
//!
//! ```
//! use lisiere_model::{Ins, InsAuthority};
//! let ins = Ins::new("279035121518989", InsAuthority::Test)?;
//! assert_eq!(ins.authority().oid(), "1.2.250.1.213.1.4.10");
//! # Ok::<(), lisiere_model::InsError>(())
//! ```

mod code;
mod flag;
mod id;
mod ins;
mod observation;
mod order;
mod patient;
mod professional;
mod quantity;
mod range;
pub mod report;
mod specimen;
mod text;
mod time;

pub use code::{CodeError, CodeSystem, Coding, LocalCode, LoincCode, UcumUnit};
pub use flag::Interpretation;
pub use id::*;
pub use ins::{Environment, Ins, InsAuthority, InsError};
pub use observation::{Observation, ObservationKind, ResultStatus};
pub use order::{Order, OrderedTest, Priority};
pub use patient::{
    BirthDate, IdentityAttribute, IdentityStatus, Patient, PatientError, Sex, Traits,
};
pub use professional::{NationalId, NationalIdError, Rpps};
pub use quantity::{Comparator, MeasuredValue};
pub use range::{AgeBand, RangeError, ReferenceBand, ReferenceRange};
pub use specimen::{AccessionNumber, Specimen, SpecimenError};
pub use text::{Named, NamedError};
pub use time::{ClockQuality, UtcMicros};
