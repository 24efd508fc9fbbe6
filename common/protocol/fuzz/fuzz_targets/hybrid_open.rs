//! Hybrid blocks made, damaged and opened.

#![no_main]

use libfuzzer_sys::fuzz_target;
use lisiere_protocol::fuzzing;

fuzz_target!(|data: &[u8]| fuzzing::hl7::hybrid_open(data));
