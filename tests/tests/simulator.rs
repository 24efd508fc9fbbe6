//! The simulator as a person uses it: its command against a real box, and what it says to a bad command line.

use std::{net::SocketAddr, process::Command, time::Duration};

use anyhow::{Context, Result, ensure};
use lisiere_tests::{
    appliance::{Appliance, Port, Setup, Wiring},
    ports,
    process::{self, Outcome},
    wait, workspace,
};

const MINUTE: Duration = Duration::from_mins(1);
const MESSAGES: usize = 8;

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_bad_line_is_played_to_the_end() -> Result<()> {
    let folder = workspace::target()?.join("stories").join("simulator");
    if folder.exists() {
        std::fs::remove_dir_all(&folder).context("emptying the story's folder")?;
    }
    let address = SocketAddr::from(([127, 0, 0, 1], ports::free()?));
    let device = folder.join("lines").join("kx");
    let port = |name: &str, driver: &str, wiring| Port {
        name: name.to_owned(),
        driver: driver.to_owned(),
        wiring,
    };
    let setup = Setup {
        ports: vec![
            port("c311", "roche-cobas-c311", Wiring::Listen(address)),
            port(
                "xp",
                "sysmex-xp",
                Wiring::Serial {
                    device: device.clone(),
                    baud: 38_400,
                },
            ),
        ],
        ..Setup::default()
    };
    let mut appliance = Appliance::create(&folder, "formation", &setup)?;
    appliance.start()?;
    let on_network = tokio::task::spawn_blocking(move || {
        let port = format!("tcp:{address}");
        let faults = "flip=1500,drop=6000,duplicate=6000,noise=4000,silence=9000";
        let arguments = ["--faults", faults, "--haste", "2", "--seed", "5"];
        play("roche-cobas-c311", &port, &arguments)
    });
    let on_cable = tokio::task::spawn_blocking(move || {
        let port = format!("pty:{}", device.display());
        play("sysmex-xp", &port, &["--rate", "38400", "--controls", "2"])
    });
    for (run, accepted) in [(on_network, MESSAGES), (on_cable, MESSAGES + 2)] {
        let outcome = run.await.context("joining")??;
        ensure!(
            outcome.code == 0,
            "{}{}\n{}",
            outcome.stdout,
            outcome.stderr,
            appliance.tail(20)
        );
        let line = format!("{:<34} {accepted:>10}", "messages acceptés");
        ensure!(outcome.stdout.contains(&line), "{}", outcome.stdout);
    }
    let kept = wait::until("every message to be in the journal", MINUTE, async || {
        let listed = appliance.command_output(&["journal", "list"])?;
        Ok((listed.stdout.lines().count() == 2 * MESSAGES + 2).then_some(()))
    });
    kept.await.with_context(|| appliance.tail(20))?;
    appliance.stop().await
}

#[test]
fn a_bad_command_line_is_answered_with_every_mistake() -> Result<()> {
    let outcome = process::run(
        command()?.args(["--profile", "cobas", "--rate", "vite", "--fauts", "flip=1"]),
        "",
    )?;
    ensure!(outcome.code == 2, "ended with {}", outcome.code);
    for part in ["cobas", "--port manque", "vite", "--fauts"] {
        ensure!(outcome.stderr.contains(part), "{}", outcome.stderr);
    }
    let help = process::run_ok(command()?.arg("--help"), "")?;
    ensure!(
        help.contains("Usage : lisiere-analyzer --profile ID"),
        "{help}"
    );
    let list = process::run_ok(command()?.arg("--list"), "")?;
    ensure!(list.contains("roche-cobas-c311"), "{list}");
    Ok(())
}

fn command() -> Result<Command> {
    Ok(Command::new(workspace::binary("lisiere-analyzer")?))
}

fn play(profile: &str, port: &str, arguments: &[&str]) -> Result<Outcome> {
    let mut command = command()?;
    command.args(["--profile", profile, "--port", port]);
    command.args(["--messages", &MESSAGES.to_string()]);
    if !arguments.contains(&"--controls") {
        command.args(["--controls", "0"]);
    }
    process::run(command.args(arguments), "")
}
