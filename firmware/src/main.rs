//! Entry point of `lisiere-appliance`.

fn main() {}
