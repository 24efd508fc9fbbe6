//! A bounded, repeatable run of the fuzz targets of makers' own formats.

use lisiere_protocol::fuzzing::makers;

use crate::smoke::run_with;

/// Bytes that mean something to the code under test come more often than others.
const FAVOURITES: &[u8] =
    b"\x01\x02\x03\x04\x05\x06\x15\x17\x1d\x1e\r\nHLmtrsl|ci0123 \x00\xfd\xff";

#[test]
fn blocks_receive() {
    run_with(FAVOURITES, 8_000, makers::blocks_receive);
}

#[test]
fn listen_receive() {
    run_with(FAVOURITES, 8_000, makers::listen_receive);
}

#[test]
fn makers_read() {
    run_with(FAVOURITES, 8_000, makers::makers_read);
}
