//! Tests that need more than one module: the contract, the damage of every file, the fault matrix, the model.

mod contract;
mod copy;
mod damage;
mod faults;
mod forged;
mod full_disk;
mod guard;
mod journal;
mod props;
mod recovery;
mod support;
