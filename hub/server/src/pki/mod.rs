//! Room `pki`.
