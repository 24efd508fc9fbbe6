//! Any capture read by any builtin driver, and all drivers asked whether they know it.

#![no_main]

use std::sync::LazyLock;

use libfuzzer_sys::fuzz_target;
use lisiere_driver::Library;

static LIBRARY: LazyLock<Library> =
    LazyLock::new(|| Library::builtin().expect("the builtin profiles are sound"));

fuzz_target!(|data: &[u8]| {
    let [choice, capture @ ..] = data else {
        return;
    };
    let drivers = LIBRARY.drivers();
    let driver = &drivers[usize::from(*choice) % drivers.len()];
    let read = driver.interpret(capture);
    for reading in &read.readings {
        let bytes = reading.bytes;
        assert!(
            bytes.from <= bytes.to && bytes.to <= capture.len(),
            "a reading points into its capture"
        );
    }
    for record in read.unknown.iter().chain(&read.ignored) {
        assert!(
            record.bytes.to <= capture.len(),
            "a record points into its capture"
        );
    }
    if *choice >= 0xf0 {
        LIBRARY.recognise(capture);
    }
});
