//! A link under any sequence of bytes, verdicts and waiting times.

#![no_main]

use libfuzzer_sys::fuzz_target;
use lisiere_protocol::fuzzing;

fuzz_target!(|data: &[u8]| fuzzing::link_receive(data));
