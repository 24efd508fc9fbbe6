//! A bounded, repeatable run of every fuzz target.

use lisiere_protocol::fuzzing;

/// Bytes that mean something to the code under test come more often than others.
const FAVOURITES: &[u8] =
    b"\x02\x03\x04\x05\x06\x15\x17\r\nHPORLhl|\\^&`@0123456789ABCDEFabcdef\x00\xff ";

/// A sequence that is the same in every run (xorshift64*).
struct Sequence(u64);

impl Sequence {
    fn draw(&mut self) -> u32 {
        self.0 ^= self.0 >> 12;
        self.0 ^= self.0 << 25;
        self.0 ^= self.0 >> 27;
        (self.0.wrapping_mul(0x2545_F491_4F6C_DD1D) >> 32) as u32
    }
}

fn run(iterations: u32, target: fn(&[u8])) {
    run_with(FAVOURITES, iterations, target);
}

pub(crate) fn run_with(favourites: &[u8], iterations: u32, target: fn(&[u8])) {
    let mut sequence = Sequence(0x5EED);
    let mut data = Vec::new();
    for _ in 0..iterations {
        data.clear();
        for _ in 0..sequence.draw() % 160 {
            let draw = sequence.draw();
            let favourite = favourites[(draw >> 8) as usize % favourites.len()];
            data.push(if draw & 3 == 0 {
                (draw >> 24) as u8
            } else {
                favourite
            });
        }
        target(&data);
    }
}

#[test]
fn link_receive() {
    run(20_000, fuzzing::link_receive);
}

#[test]
fn frame_decode() {
    run(20_000, fuzzing::frame_decode);
}

#[test]
fn record_read() {
    run(20_000, fuzzing::record_read);
}

#[test]
fn deframing() {
    run(20_000, fuzzing::deframing);
}
