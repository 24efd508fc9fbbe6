//! The central laboratory's single binary: it takes the messages of many sites, turns them into observations,
//! has them reviewed by people and writes the reports.
//!
//! The way of one result through the rooms: `broker` → `ingest` → `store` → `laboratory` (interpret, match) → `review`
//! → `laboratory` (report). `web` and `people` are the doors for persons, `enrol` and `pki` those for appliances.

pub mod app;
pub mod broker;
pub mod cli;
pub mod clock;
pub mod command;
pub mod enrol;
pub mod events;
pub mod ingest;
pub mod laboratory;
pub mod offline;
pub mod oru;
pub mod people;
pub mod pki;
pub mod review;
pub mod settings;
pub mod store;
mod told;
pub mod web;
pub mod worklist;
