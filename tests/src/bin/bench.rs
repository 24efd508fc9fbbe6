//! `cargo bench-all`: one table of what the product can carry, each figure beside a baseline of the same run.

fn main() -> std::process::ExitCode {
    lisiere_tests::bench::main()
}
