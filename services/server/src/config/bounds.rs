//! The range of every number in the configuration, in one table.

use caseledger_engine::limits::QUEUE_SUBMISSIONS_MAX;
use toml::Table;
use tracing_subscriber::EnvFilter;

use super::{Config, ConfigError, Tls};

/// Key, least, most.
const RANGES: [(&str, u64, u64); 35] = [
    ("connection.age_grace_ms", 0, 3_600_000),
    ("connection.age_ms", 1_000, 604_800_000),
    ("connection.connections", 1, 65_536),
    ("connection.keepalive_ms", 1_000, 7_200_000),
    ("connection.keepalive_timeout_ms", 1_000, 600_000),
    ("connection.streams", 1, 65_536),
    ("drain.timeout_ms", 0, 600_000),
    ("http.age_ms", 1_000, 604_800_000),
    ("http.answer_ms", 1_000, 3_600_000),
    ("http.bytes", 32 << 20, 2 << 30),
    ("http.connections", 1, 65_536),
    ("http.header_ms", 100, 600_000),
    ("http.publish_interval_ms", 10, 3_600_000),
    ("http.read_ms", 100, 600_000),
    ("http.reads", 1, 64),
    ("http.write_ms", 100, 600_000),
    ("limits.heartbeat_ms", 100, 600_000),
    ("limits.lag", 1, 1_000_000_000),
    ("limits.long_reads", 1, 64),
    ("limits.long_reads_waiting", 0, 10_000),
    ("limits.principal_burst", 1, 1_000_000_000),
    ("limits.principal_calls", 1, 100_000),
    ("limits.principal_rate", 1, 1_000_000_000),
    ("limits.reply_bytes", 1 << 20, 256 << 20),
    ("limits.request_bytes", 1 << 16, 64 << 20),
    ("limits.request_ms", 100, 600_000),
    ("limits.stream_submissions", 1, 100_000),
    ("limits.submissions", 1, QUEUE_SUBMISSIONS_MAX as u64),
    ("limits.subscriptions", 1, 10_000),
    ("refused.bytes", 1 << 20, 1 << 30),
    ("refused.per_minute", 1, 1_000_000),
    ("tls.handshake_ms", 100, 600_000),
    ("tls.handshakes", 1, 65_536),
    ("tls.reload_ms", 10, 3_600_000),
    ("witness.timeout_ms", 100, 600_000),
];

/// Keys that say nothing without another one.
fn together(tls: &Tls) -> [(&'static str, &str, &'static str, &str); 4] {
    [
        ("tls.cert", &tls.cert, "tls.key", &tls.key),
        ("tls.key", &tls.key, "tls.cert", &tls.cert),
        ("tls.client_ca", &tls.client_ca, "tls.cert", &tls.cert),
        (
            "tls.client_crl",
            &tls.client_crl,
            "tls.client_ca",
            &tls.client_ca,
        ),
    ]
}

/// Refuses the first value that is out of range.
pub(super) fn check(config: &Config) -> Result<(), ConfigError> {
    let table = config.table();
    for (key, min, max) in RANGES {
        // Every row names a key that there is; a test walks over all of them.
        let value = number(&table, key).unwrap_or_default();
        if !(min..=max).contains(&value) {
            return Err(ConfigError::Range {
                key,
                value,
                min,
                max,
            });
        }
    }
    for (given, value, missing, needed) in together(&config.tls) {
        if !value.is_empty() && needed.is_empty() {
            return Err(ConfigError::Together { given, missing });
        }
    }
    if EnvFilter::try_new(&config.log.filter).is_err() {
        let value = config.log.filter.clone();
        return Err(ConfigError::Filter { value });
    }
    Ok(())
}

fn number(table: &Table, key: &str) -> Option<u64> {
    let (section, name) = key.split_once('.')?;
    let value = table.get(section)?.get(name)?.as_integer()?;
    u64::try_from(value).ok()
}
