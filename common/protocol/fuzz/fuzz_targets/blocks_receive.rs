//! A link of answered blocks fed with any bytes, time and verdicts.

#![no_main]

use libfuzzer_sys::fuzz_target;
use lisiere_protocol::fuzzing;

fuzz_target!(|data: &[u8]| fuzzing::makers::blocks_receive(data));
