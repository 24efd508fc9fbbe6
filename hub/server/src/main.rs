//! Entry point of `lisiere-hub`.

fn main() -> std::process::ExitCode {
    lisiere_hub::cli::main()
}
