//! Whole-system stories, the demo, simulators and benchmarks.
//!
//! Everything here drives the real binaries from outside: as an analyzer on a serial line, as a network that breaks,
//! as a person at a browser. It links the pure crates only, never the hub or the appliance.

pub mod analyzer;
pub mod appliance;
pub mod asker;
pub mod bench;
pub mod browser;
pub mod census;
pub mod chance;
pub mod clock;
pub mod demo;
pub mod desk;
pub mod device;
pub mod faults;
pub mod fleet;
pub mod http;
pub mod hub;
pub mod letter;
pub mod messages;
pub mod mosquitto;
pub mod pace;
pub mod packages;
pub mod patients;
pub mod ports;
pub mod postgres;
pub mod process;
pub mod proxy;
pub mod pty;
pub mod recognition;
pub mod repertoire;
pub mod rooms;
pub mod suite;
pub mod system;
pub mod uart;
pub mod validators;
pub mod wait;
pub mod wire;
pub mod wire_tap;
pub mod workspace;
