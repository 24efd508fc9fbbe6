//! `cargo demo`: the whole product on one machine, to look at or unattended.

fn main() -> std::process::ExitCode {
    lisiere_tests::demo::main()
}
