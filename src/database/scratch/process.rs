//! Running a program that may take a while.

use std::fs::{self, File};
use std::os::unix::process::CommandExt as _;
use std::process::{Command, Stdio};
use std::time::Duration;

use super::ScratchError;
use super::supervisor::Supervisor;
use crate::database::Interrupt;

/// How often a running program is looked at.
const LOOK: Duration = Duration::from_millis(5);

/// What a program that ran to its end came to.
pub(super) enum Outcome {
    Done,
    /// It failed, with these words.
    Failed(String),
}

/// Runs a program in the supervisor's directory and process group, so that it cannot outlive it.
pub(super) fn run(
    command: &mut Command,
    supervisor: &Supervisor,
    interrupt: &Interrupt,
) -> Result<Outcome, ScratchError> {
    let said = supervisor.path().join("said");
    let program = command.get_program().display().to_string();
    let mut start = || {
        let file = File::create(&said)?;
        command.stdin(Stdio::null()).stdout(file.try_clone()?).stderr(file);
        command.current_dir(supervisor.path()).process_group(supervisor.group());
        command.spawn()
    };
    let mut child =
        start().map_err(|error| ScratchError::io(format!("cannot run {program}"), error))?;
    loop {
        let status = child
            .try_wait()
            .map_err(|error| ScratchError::io(format!("cannot wait for {program}"), error))?;
        if let Some(status) = status {
            return Ok(if status.success() {
                Outcome::Done
            } else {
                let said = fs::read(&said).unwrap_or_default();
                Outcome::Failed(String::from_utf8_lossy(&said).trim().to_owned())
            });
        }
        if interrupt.sleep(LOOK) {
            let _ = child.kill();
            let _ = child.wait();
            return Err(ScratchError::Interrupted);
        }
    }
}
