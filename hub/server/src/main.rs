//! Entry point of `lisiere-hub`.

fn main() {}
