//! The hub's own certification authority: made on first start, it vouches for the hub and for each appliance.
//!
//! Keys are ECDSA P-256, files are readable by their owner only. Two hubs may share the folder: what is missing is
//! made under a file lock, whole or not at all.

mod certificate;
mod folder;
pub mod tls;

pub use certificate::{Issued, days_left};
pub use folder::Pki;

/// Name in the certificate with which a hub joins the broker; no appliance may bear it.
pub const HUB_NAME: &str = "lisiere-hub";

/// Why the certification authority cannot do its work.
#[derive(Debug, thiserror::Error)]
pub enum PkiError {
    /// A file cannot be read or written.
    #[error("{action} {path}")]
    File {
        /// What was attempted.
        action: &'static str,
        /// The file.
        path: std::path::PathBuf,
        /// Why.
        #[source]
        source: std::io::Error,
    },
    /// A file does not hold what it should.
    #[error("{path} does not hold a readable {what}")]
    Content {
        /// The file.
        path: std::path::PathBuf,
        /// What should be in it.
        what: &'static str,
    },
    /// A certificate could not be made.
    #[error("making the certificate of {name}")]
    Making {
        /// Whose certificate.
        name: String,
        /// Why.
        #[source]
        source: rcgen::Error,
    },
    /// A certificate request of an appliance cannot be granted.
    #[error("the certificate request cannot be granted: {0}")]
    Request(String),
    /// The system gave no random numbers.
    #[error("the system gives no random numbers")]
    Random,
    /// A TLS setup could not be made from the certificates.
    #[error("preparing TLS")]
    Tls(#[from] rustls::Error),
}
