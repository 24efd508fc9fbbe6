//! Any text as a session file, any bytes spelled.

#![no_main]

use libfuzzer_sys::fuzz_target;
use lisiere_protocol::fuzzing::line;

fuzz_target!(|data: &[u8]| line::session_read(data));
