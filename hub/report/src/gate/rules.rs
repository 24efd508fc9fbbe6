//! The rules of the volet CR-BIO 2024.01 and of what it rests on.

use super::{Context, Findings};

/// Checks every rule.
pub(super) fn check(_context: &Context<'_>, _findings: &mut Findings<'_>) {}
