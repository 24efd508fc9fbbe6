//! One real process of the product or of a tool: started, killed, stopped, its log kept in a file.

use std::{
    fs::{File, OpenOptions},
    path::{Path, PathBuf},
    process::{Child, Command, ExitStatus, Stdio},
    time::Duration,
};

use anyhow::{Context, Result, anyhow};
use rustix::process::{Pid, Signal, kill_process};

use crate::wait;

/// A running process; dropping it kills it.
#[derive(Debug)]
pub struct Process {
    name: String,
    child: Child,
    log: PathBuf,
}

impl Process {
    /// Starts `command` with both outputs appended to `log`.
    pub fn start(name: &str, command: &mut Command, log: &Path) -> Result<Self> {
        let out = open_log(log)?;
        let err = out
            .try_clone()
            .with_context(|| format!("sharing {}", log.display()))?;
        let child = command
            .stdin(Stdio::null())
            .stdout(out)
            .stderr(err)
            .spawn()
            .with_context(|| format!("starting {name}: {}", command.get_program().display()))?;
        Ok(Self {
            name: name.to_owned(),
            child,
            log: log.to_owned(),
        })
    }

    /// What the harness calls it.
    pub fn name(&self) -> &str {
        &self.name
    }

    /// The process id.
    pub fn id(&self) -> u32 {
        self.child.id()
    }

    /// Whether it has not ended.
    pub fn running(&mut self) -> bool {
        matches!(self.child.try_wait(), Ok(None))
    }

    /// SIGKILL: the nearest a test comes to pulling the plug.
    pub fn kill(&mut self) -> Result<()> {
        self.child
            .kill()
            .with_context(|| format!("killing {}", self.name))?;
        self.child
            .wait()
            .with_context(|| format!("reaping {}", self.name))?;
        Ok(())
    }

    /// SIGTERM, then a clean end within `bound`.
    pub async fn stop(&mut self, bound: Duration) -> Result<ExitStatus> {
        if let Some(status) = self
            .child
            .try_wait()
            .context("asking for the exit status")?
        {
            return Ok(status);
        }
        self.signal(Signal::TERM)?;
        self.exit(bound).await
    }

    /// Sends one signal.
    pub fn signal(&self, signal: Signal) -> Result<()> {
        let id = i32::try_from(self.child.id()).context("reading the process id")?;
        let pid = Pid::from_raw(id).ok_or_else(|| anyhow!("{} has no process id", self.name))?;
        kill_process(pid, signal).with_context(|| format!("signalling {}", self.name))
    }

    /// Waits for an end that is already on its way (a signal was sent).
    pub fn reap(&mut self) {
        self.child.wait().ok();
    }

    /// Waits until it ends by itself.
    pub async fn exit(&mut self, bound: Duration) -> Result<ExitStatus> {
        let what = format!("the end of {}", self.name);
        let child = &mut self.child;
        let ended = wait::until(&what, bound, async || Ok(child.try_wait()?)).await;
        ended.with_context(|| self.tail(30))
    }

    /// The last lines of its log, for a failure that explains itself.
    pub fn tail(&self, lines: usize) -> String {
        let text = self.log_text();
        let all: Vec<&str> = text.lines().collect();
        let kept = all
            .get(all.len().saturating_sub(lines)..)
            .unwrap_or_default();
        format!(
            "--- {} ({}), last lines:\n{}",
            self.name,
            self.log.display(),
            kept.join("\n")
        )
    }

    /// Everything it has written so far.
    pub fn log_text(&self) -> String {
        let bytes = std::fs::read(&self.log).unwrap_or_default();
        String::from_utf8_lossy(&bytes).into_owned()
    }

    /// Resident memory in KiB, read from `/proc`.
    pub fn resident_kib(&self) -> Result<u64> {
        let path = format!("/proc/{}/status", self.child.id());
        let text = std::fs::read_to_string(&path).with_context(|| format!("reading {path}"))?;
        text.lines()
            .find_map(|line| line.strip_prefix("VmRSS:"))
            .and_then(|rest| rest.trim().trim_end_matches("kB").trim().parse().ok())
            .ok_or_else(|| anyhow!("no VmRSS in {path}"))
    }
}

impl Drop for Process {
    fn drop(&mut self) {
        if self.running() {
            // Nothing is left to report to: the owner is going away.
            self.kill().ok();
        }
    }
}

/// What a short command said and how it ended.
#[derive(Debug)]
pub struct Outcome {
    /// Exit code; -1 when a signal ended it.
    pub code: i32,
    /// Standard output.
    pub stdout: String,
    /// Standard error.
    pub stderr: String,
}

/// Runs a short command to its end, `input` on its standard input.
pub fn run(command: &mut Command, input: &str) -> Result<Outcome> {
    use std::io::Write as _;
    let what = command.get_program().display().to_string();
    let mut child = command
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .with_context(|| format!("starting {what}"))?;
    if let Some(mut stdin) = child.stdin.take() {
        // A command that does not read its input may close it first; its exit code tells the rest.
        stdin.write_all(input.as_bytes()).ok();
    }
    let output = child
        .wait_with_output()
        .with_context(|| format!("waiting for {what}"))?;
    Ok(Outcome {
        code: output.status.code().unwrap_or(-1),
        stdout: String::from_utf8_lossy(&output.stdout).into_owned(),
        stderr: String::from_utf8_lossy(&output.stderr).into_owned(),
    })
}

/// Runs a short command and insists that it succeeds.
pub fn run_ok(command: &mut Command, input: &str) -> Result<String> {
    let what = format!("{command:?}");
    let outcome = run(command, input)?;
    if outcome.code == 0 {
        return Ok(outcome.stdout);
    }
    Err(anyhow!(
        "{what} ended with {}\n{}{}",
        outcome.code,
        outcome.stdout,
        outcome.stderr
    ))
}

fn open_log(log: &Path) -> Result<File> {
    if let Some(folder) = log.parent() {
        std::fs::create_dir_all(folder).with_context(|| format!("making {}", folder.display()))?;
    }
    OpenOptions::new()
        .create(true)
        .append(true)
        .open(log)
        .with_context(|| format!("opening {}", log.display()))
}
