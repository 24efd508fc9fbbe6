//! Any bytes, errors and pauses on a line that is being recognised.

#![no_main]

use libfuzzer_sys::fuzz_target;
use lisiere_protocol::fuzzing::line;

fuzz_target!(|data: &[u8]| line::recognise(data));
