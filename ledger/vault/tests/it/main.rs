//! A vault as it is used: made, opened, re-wrapped, interrupted, and looked at with whatever files are left.

#[cfg(test)]
mod crash;
#[cfg(test)]
#[cfg(target_os = "linux")]
mod memory;
#[cfg(test)]
mod open;
#[cfg(test)]
mod rewrap;
#[cfg(test)]
mod seam;
#[cfg(test)]
mod support;
