//! `lisiere-analyzer`: plays any analyzer that Lisière has a profile of, for tests, training and acceptance on site.

fn main() -> std::process::ExitCode {
    lisiere_tests::analyzer::program::main()
}
