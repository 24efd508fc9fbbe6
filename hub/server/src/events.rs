//! `events`.
