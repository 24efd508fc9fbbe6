//! Compressed streams: zlib's format (RFC 1950), the same bytes on every machine.

use std::cell::RefCell;

use miniz_oxide::DataFormat;
use miniz_oxide::deflate::core::{
    CompressionStrategy, CompressorOxide, TDEFLFlush, TDEFLStatus, compress,
};

thread_local! {
    /// Its tables are large: made once a thread, emptied for each stream.
    static PRESS: RefCell<Option<(u8, Box<CompressorOxide>)>> = const { RefCell::new(None) };
}

/// For what is written once a document: quick.
pub(crate) const QUICK: u8 = 3;
/// For what is kept and used in every document.
pub(crate) const SMALL: u8 = 6;

/// The bytes, compressed.
pub(crate) fn deflate(bytes: &[u8], level: u8) -> Vec<u8> {
    PRESS.with_borrow_mut(|kept| {
        if kept.as_ref().is_none_or(|(of, _)| *of != level) {
            let strategy = CompressionStrategy::Default;
            let press = CompressorOxide::with_params(DataFormat::Zlib, level, strategy, 15);
            *kept = Some((level, Box::new(press)));
        }
        kept.as_mut().map_or_else(Vec::new, |(_, press)| {
            press.reset();
            squeeze(press, bytes)
        })
    })
}

fn squeeze(press: &mut CompressorOxide, mut bytes: &[u8]) -> Vec<u8> {
    let mut out = vec![0; bytes.len() / 2 + 256];
    let mut at = 0;
    loop {
        let room = out.get_mut(at..).unwrap_or_default();
        let (status, read, written) = compress(press, bytes, room, TDEFLFlush::Finish);
        bytes = bytes.get(read..).unwrap_or_default();
        at += written;
        if status != TDEFLStatus::Okay {
            out.truncate(at);
            return out;
        }
        out.resize(out.len() * 2, 0);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_was_pressed_comes_out_again() {
        let text: Vec<u8> = (0..50_000_u32)
            .flat_map(|one| (one % 251).to_le_bytes())
            .collect();
        for level in [QUICK, SMALL, QUICK] {
            for bytes in [b"".as_slice(), b"a", &text, &text[..777]] {
                let pressed = deflate(bytes, level);
                let again = miniz_oxide::inflate::decompress_to_vec_zlib(&pressed).unwrap();
                assert!(again == bytes);
            }
        }
    }
}
