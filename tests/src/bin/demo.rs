//! `demo`.

fn main() {}
