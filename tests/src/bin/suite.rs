//! `suite`.

fn main() {}
