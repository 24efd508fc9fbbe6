//! HL7 segments read, written and read again.

#![no_main]

use libfuzzer_sys::fuzz_target;
use lisiere_protocol::fuzzing;

fuzz_target!(|data: &[u8]| fuzzing::hl7::hl7_read(data));
