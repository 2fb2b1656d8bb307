//! How fast entries are replayed: `replay_rate FILE`, a file of `caseledger export --raw`.

#![expect(clippy::print_stdout, reason = "the figures are what it is for")]

use std::{env, error::Error, fs, time::Instant};

use caseledger_audit::{Batch, Plan, Recount, Replay};

fn main() -> Result<(), Box<dyn Error>> {
    let file = env::args().nth(1).ok_or("usage: replay_rate FILE")?;
    let bytes = fs::read(file)?;
    for recount in [Recount::AtEnd, Recount::EveryPosition] {
        let started = Instant::now();
        let mut replay = Replay::start(Plan {
            ledger: None,
            recount,
            // For a log that declares no authority, which is what the rate is measured of.
            day: |_micros| None,
        })?;
        let mut batch = Batch::new();
        let mut rest = bytes.as_slice();
        while let Some((length, after)) = rest.split_first_chunk() {
            let length = usize::from(u16::from_be_bytes(*length));
            let (entry, after) = after.split_at_checked(length).ok_or("cut")?;
            batch.push(entry);
            rest = after;
            if batch.len() == 256 {
                replay.push(std::mem::take(&mut batch));
            }
        }
        replay.push(batch);
        let followed = replay.finish();
        let passed = started.elapsed();
        let again = followed.again().count();
        let derived = followed.conclude();
        let size = derived.size.get().max(1);
        let nanos = started.elapsed().as_nanos() / u128::from(size);
        println!(
            "{recount:?}: {size} entries in {:.2?} (pass {passed:.2?}), {nanos} ns each, root {}, \
             {} streams, {again} to look at again, {} findings, not checked {:?}",
            started.elapsed(),
            derived.root().to_base64(),
            derived.streams.len(),
            derived.integrity.len() + derived.completeness.len(),
            derived.not_checked,
        );
    }
    Ok(())
}
