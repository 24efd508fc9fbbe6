//! What the hub may ask an appliance to do, and what the appliance answers.
//!
//! A broker may be anyone's, so a command is signed by the hub's own key: [`Signed`] carries the [`Command`] as bytes, the
//! signature over them, and the certificates that lead to the authority the appliance was enrolled with. What an appliance
//! checks besides: its own name, the time window, and that it has not seen the number before.

use crate::Label;
use lisiere_model::UtcMicros;
use serde::{Deserialize, Serialize};

/// Set before the command when it is signed, so that a signature made for something else never fits.
const PURPOSE: &[u8] = b"lisiere down/command 1\n";

/// `down/command`: a command with the proof that the hub gave it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Signed {
    /// Certificates in DER: the signer's own first, then those between it and the authority.
    pub chain: Vec<Vec<u8>>,
    /// The [`Command`], as [`crate::encode`] wrote it.
    pub body: Vec<u8>,
    /// ECDSA P-256 with SHA-256, in ASN.1, over [`Signed::signed_bytes`] of the body.
    pub signature: Vec<u8>,
}

impl Signed {
    /// What is signed, byte for byte.
    pub fn signed_bytes(body: &[u8]) -> Vec<u8> {
        [PURPOSE, body].concat()
    }
}

/// Something to do.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Command {
    /// A random number, never used twice; the answers name it.
    pub id: u128,
    /// The appliance meant.
    pub appliance: Label,
    /// When it was given, by the hub's clock.
    pub issued_at: UtcMicros,
    /// From then on it is refused.
    pub expires_at: UtcMicros,
    /// What to do.
    pub act: Act,
}

/// What an appliance can be asked to do. None of it changes its settings or talks to an analyzer, save that
/// recognition answers a confirmed enquiry with ACK.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Act {
    /// Publish what goes over a line on `up/trace`, for so long or until told otherwise.
    Watch {
        /// The port.
        port: String,
        /// For how long at most.
        seconds: u32,
    },
    /// Publish it no longer.
    Unwatch {
        /// The port.
        port: String,
    },
    /// Find out what stands at a port.
    Recognise {
        /// The port.
        port: String,
    },
    /// End in good order; the service manager starts it again.
    Restart,
    /// Send captures again that the journal still holds.
    Replay {
        /// Number of the first.
        from: u64,
        /// Number of the last.
        to: u64,
    },
}

/// `up/reply`: what became of a command. `Accepted` may be followed by one `Done` or `Refused`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Reply {
    /// The command's number.
    pub id: u128,
    /// How it stands.
    pub outcome: Outcome,
}

/// How a command stands.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Outcome {
    /// It is genuine and under way.
    Accepted,
    /// It is done.
    Done {
        /// What came of it, as JSON; `{}` when there is nothing to say.
        json: String,
    },
    /// It is not done.
    Refused {
        /// Why, in French.
        reason: String,
    },
}
