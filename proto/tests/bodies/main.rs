//! Bodies of entries: golden vectors of every fact kind, round trips, and what is refused.

#[cfg(test)]
mod annotate;
#[cfg(test)]
mod explained;
#[cfg(test)]
mod golden;
#[cfg(test)]
mod private;
#[cfg(test)]
mod props;
#[cfg(test)]
mod refused;
#[cfg(test)]
mod sample;
#[cfg(test)]
mod signed;
