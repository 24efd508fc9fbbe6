//! `cargo suite`: installs what is missing, builds once, runs every test and every story, prints what took how long.

fn main() -> std::process::ExitCode {
    lisiere_tests::suite::main()
}
