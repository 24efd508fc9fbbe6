//! Room `laboratory`.
