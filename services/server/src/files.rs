//! File descriptors: each connection takes one, and the ledger needs some that nobody may take.

use rustix::process::{Resource, getrlimit, setrlimit};
use tracing::warn;

use crate::config::Config;
use crate::http;

/// For the ledger itself: its journal and store, what is shown and published, witnesses, logs.
const OWN: u64 = 256;

/// Raises the limit of this process on open files as far as the bounds on connections need it and
/// the system lets it, and logs where that is not enough. Many systems begin with 1,024, which that
/// many connections would use up.
pub fn make_room(config: &Config) {
    let needed = needed(config);
    let mut limit = getrlimit(Resource::Nofile);
    if limit.current.is_none_or(|current| current >= needed) {
        return;
    }
    limit.current = Some(limit.maximum.map_or(needed, |maximum| needed.min(maximum)));
    let raised = setrlimit(Resource::Nofile, limit);
    if raised.is_err() || limit.current < Some(needed) {
        let files = getrlimit(Resource::Nofile).current;
        warn!(
            files,
            needed,
            "fewer open files are allowed than connections; raise the limit on open files, or lower \
             connection.connections, http.connections and tls.handshakes"
        );
    }
}

/// Open files when all connections are taken.
fn needed(config: &Config) -> u64 {
    let handshakes = if config.tls.is_on() {
        2 * u64::from(config.tls.handshakes)
    } else {
        0
    };
    let connections = u64::from(config.connection.connections) + u64::from(config.http.connections);
    OWN + connections + http::SPARE as u64 + handshakes
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_connection_that_is_allowed_has_its_file() {
        let mut config = Config::default();
        assert_eq!(needed(&config), 256 + 4_096 + 256 + 16);
        config.tls.cert = "server.pem".to_owned();
        assert_eq!(needed(&config), 256 + 4_096 + 256 + 16 + 1_024);
    }
}
