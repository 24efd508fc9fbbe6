//! Room `enrol`.
