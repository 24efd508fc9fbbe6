//! The English of every sentence, in the order of the places.

/// French, English.
pub(super) const TABLE: &[(&str, &str)] = &[("Réception", "Reception")];
