//! Entry point of `lisiere-appliance`.

fn main() -> std::process::ExitCode {
    lisiere_appliance::cli::main()
}
