//! Any bytes read as blocks, fields and lines of makers' own formats.

#![no_main]

use libfuzzer_sys::fuzz_target;
use lisiere_protocol::fuzzing;

fuzz_target!(|data: &[u8]| fuzzing::makers::makers_read(data));
