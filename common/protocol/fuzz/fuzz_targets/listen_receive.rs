//! A link on which nothing is answered, fed with any bytes, time and verdicts.

#![no_main]

use libfuzzer_sys::fuzz_target;
use lisiere_protocol::fuzzing;

fuzz_target!(|data: &[u8]| fuzzing::makers::listen_receive(data));
