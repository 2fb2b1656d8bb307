//! The engine as its callers see it: over a log in memory and over one on disk.

#[cfg(test)]
mod announcements;
#[cfg(test)]
mod authority;
#[cfg(test)]
mod bounds;
#[cfg(test)]
mod checks;
#[cfg(test)]
mod crash;
#[cfg(test)]
mod described;
#[cfg(test)]
mod faults;
#[cfg(test)]
mod guard;
#[cfg(test)]
mod hostile;
#[cfg(test)]
mod index;
#[cfg(test)]
mod index_checked;
#[cfg(test)]
mod index_linked;
#[cfg(test)]
mod index_older;
#[cfg(test)]
mod keys;
#[cfg(test)]
mod model;
#[cfg(test)]
mod numbers;
#[cfg(test)]
mod private;
#[cfg(test)]
mod proofs;
#[cfg(test)]
mod publishing;
#[cfg(test)]
mod queue;
#[cfg(test)]
mod recovery;
#[cfg(test)]
mod restore;
#[cfg(test)]
mod rewrapped;
#[cfg(test)]
mod rotation;
#[cfg(test)]
mod shred;
#[cfg(test)]
mod shred_rounds;
#[cfg(test)]
mod signatures;
#[cfg(test)]
mod submissions;
#[cfg(test)]
mod support;
#[cfg(test)]
mod taken_back;
#[cfg(test)]
mod tampered;
