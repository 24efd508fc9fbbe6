//! The shape of CDA R2 as the national schema extends it: which elements, in which order and number, with which attributes.

use super::{Context, Findings};

/// Checks the shape of the whole document.
pub(super) fn check(_context: &Context<'_>, _findings: &mut Findings<'_>) {}
