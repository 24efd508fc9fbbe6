//! Room `offline`.
