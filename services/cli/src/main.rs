//! The one binary: parses the command line, runs the command, says how it ended.

use std::process::ExitCode;

use clap::Parser;
use mimalloc::MiMalloc;
use zeroizing_alloc::ZeroAlloc;

use crate::args::{Cli, Command};
use crate::exit::Failure;
use crate::output::Output;

mod args;
mod audit;
mod backup;
mod bench;
mod bundle;
mod cmd;
mod connect;
mod demo;
mod exit;
mod gen_data;
mod import;
mod output;
mod progress;

/// Receipts are made on one thread and let go on another, and commit groups come and go by the
/// megabyte. The system's allocator answers both with lock waits and fresh pages, which stood out in
/// profiles of posting.
///
/// What is given back is wiped first: private parts pass through buffers of libraries that do not wipe them.
#[global_allocator]
static ALLOCATOR: ZeroAlloc<MiMalloc> = ZeroAlloc(MiMalloc);

fn main() -> ExitCode {
    let output = Output::from_environment();
    match run(Cli::parse(), &output) {
        Ok(()) => ExitCode::SUCCESS,
        Err(failure) => {
            output.failure(&failure);
            failure.exit().into()
        }
    }
}

/// Keeps private parts and keys out of core files, whichever command handles them.
fn forbid_core_files() -> Result<(), Failure> {
    use rustix::process::{Resource, Rlimit, setrlimit};

    let none = Rlimit {
        current: Some(0),
        maximum: Some(0),
    };
    let limited = setrlimit(Resource::Core, none).map_err(std::io::Error::from);
    limited.map_err(exit::io_failure("forbid", "core files"))
}

fn run(cli: Cli, output: &Output) -> Result<(), Failure> {
    forbid_core_files()?;
    if let Command::Publish(args) = &cli.command {
        // The threads of the runtime inherit it, so it comes before them.
        args.give_way()?;
    }
    let runtime = tokio::runtime::Builder::new_multi_thread()
        .enable_all()
        .build();
    let runtime = runtime.map_err(exit::io_failure("start", "threads"))?;
    runtime.block_on(cmd::run(cli.command, output))
}
