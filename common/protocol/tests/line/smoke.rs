//! A bounded, repeatable run of the fuzz targets of the line.

use lisiere_protocol::fuzzing::line;

/// Bytes that mean something to the code under test come more often than others.
const FAVOURITES: &[u8] = b"\x02\x03\x04\x05\x05\x06\x0b\x1c\r\nH|\\^&1E5 <STX>#-Z2026";

fn run(iterations: u32, target: fn(&[u8])) {
    let mut sequence = 0x5EED_u64;
    let mut draw = || {
        sequence ^= sequence >> 12;
        sequence ^= sequence << 25;
        sequence ^= sequence >> 27;
        (sequence.wrapping_mul(0x2545_F491_4F6C_DD1D) >> 32) as u32
    };
    for _ in 0..iterations {
        let length = draw() % 200;
        let data: Vec<u8> = (0..length)
            .map(|_| {
                let drawn = draw();
                let favourite = FAVOURITES[(drawn >> 8) as usize % FAVOURITES.len()];
                if drawn & 1 == 0 {
                    (drawn >> 24) as u8
                } else {
                    favourite
                }
            })
            .collect();
        target(&data);
    }
}

#[test]
fn session_read() {
    run(20_000, line::session_read);
}

#[test]
fn recognise() {
    run(1_500, line::recognise);
}
