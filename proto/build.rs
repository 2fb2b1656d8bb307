//! Generates the messages and stubs from the `.proto` files. The compiler of protocol buffers is
//! a library, so that a checkout builds with the Rust toolchain alone.

use std::env;
use std::error::Error;
use std::fs;
use std::path::PathBuf;

const EVENT_PROTOS: &[&str] = &[
    "caseledger/event/v1/event.proto",
    "caseledger/event/v1/posted_fact.proto",
];

const SERVICE_PROTOS: &[&str] = &[
    "caseledger/v1/admin_service.proto",
    "caseledger/v1/audit_service.proto",
    "caseledger/v1/command_service.proto",
    "caseledger/v1/court_service.proto",
    "caseledger/v1/event_service.proto",
    "caseledger/v1/private.proto",
    "caseledger/v1/private_service.proto",
    "caseledger/v1/query_service.proto",
    "caseledger/v1/report_service.proto",
];

/// Messages with personal data: their `Debug` is written by hand and shows none of it.
const PERSONAL: &[&str] = &[
    ".caseledger.v1.CaseKey",
    ".caseledger.v1.CodeReading",
    ".caseledger.v1.DocketEntry",
    ".caseledger.v1.FilingConfirmation",
    ".caseledger.v1.FilingKey",
    ".caseledger.v1.ManifestHeader",
    ".caseledger.v1.OrderKey",
    ".caseledger.v1.PersonIdentifier",
    ".caseledger.v1.PrivateDetails",
    ".caseledger.v1.PrivatePart",
    ".caseledger.v1.ReviewedDocument",
    ".caseledger.v1.Ruling",
    ".caseledger.v1.SealingReport",
    ".caseledger.v1.SignedPost",
];

fn main() -> Result<(), Box<dyn Error>> {
    println!("cargo::rerun-if-changed=caseledger");
    let out = PathBuf::from(env::var("OUT_DIR")?);
    let rpc = env::var_os("CARGO_FEATURE_RPC").is_some();

    let mut compiler = protox::Compiler::new(["."])?;
    compiler.include_source_info(true).include_imports(true);
    compiler.open_files(EVENT_PROTOS)?;
    if rpc {
        compiler.open_files(SERVICE_PROTOS)?;
    }
    tonic_prost_build::configure()
        .bytes(".caseledger.v1")
        .skip_debug(PERSONAL)
        .emit_rerun_if_changed(false)
        .compile_fds(compiler.file_descriptor_set())?;

    // For reflection: without comments and positions.
    compiler.include_source_info(false);
    fs::write(
        out.join("descriptors.bin"),
        compiler.encode_file_descriptor_set(),
    )?;
    Ok(())
}
