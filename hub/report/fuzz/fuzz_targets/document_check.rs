//! The gate fed with any bytes: what it finds has a place and a remedy.

#![no_main]

use libfuzzer_sys::fuzz_target;
use lisiere_report::gate::check_document;

fuzz_target!(|data: &[u8]| {
    for finding in check_document(data).findings {
        assert!(
            !finding.path.is_empty() && !finding.message.is_empty() && !finding.remedy.is_empty()
        );
    }
});
