//! The hub's backbone against real databases, a real broker and real MQTT clients: the way in, exactly once.

#![allow(unreachable_pub, missing_docs, reason = "a test binary has no outside")]

#[path = "../store/direct.rs"]
mod direct;
#[path = "../store/postgres.rs"]
mod postgres;

mod audit;
mod broker;
mod database;
mod enrolment;
mod hardship;
mod ingest;
mod joining;
mod rig;
