//! A bounded, repeatable run of every fuzz target.

use lisiere_protocol::fuzzing::hl7 as targets;

/// Bytes that mean something to the code under test come more often than others.
const FAVOURITES: &[u8] = b"\x0B\x1C\rMSH|^~\\&\nDN2199OBXZFSTREXCM.brspAL\x02\x00\xff\xC3\xA9 ";

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
    let mut sequence = Sequence(0x5EED);
    let mut data = Vec::new();
    for _ in 0..iterations {
        data.clear();
        for _ in 0..sequence.draw() % 160 {
            let draw = sequence.draw();
            let favourite = FAVOURITES[(draw >> 8) as usize % FAVOURITES.len()];
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
fn mllp_receive() {
    run(8_000, targets::mllp_receive);
}

#[test]
fn hybrid_open() {
    run(20_000, targets::hybrid_open);
}

#[test]
fn hl7_read() {
    run(8_000, targets::hl7_read);
}

#[test]
fn hl7_deblock() {
    run(8_000, targets::hl7_deblock);
}
