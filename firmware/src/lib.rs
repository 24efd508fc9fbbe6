//! The box beside each analyzer.
