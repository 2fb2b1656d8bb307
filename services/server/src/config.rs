//! One validated configuration out of four layers: built-in values, a TOML file, environment
//! variables `CASELEDGER__SECTION__KEY`, and overrides from the command line.
//!
//! A key that does not exist is refused in every layer, and so is a value out of range: an
//! operator who mistypes learns it at start, not in the night.

use std::io;
use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::time::Duration;

use caseledger_engine::open_regular;
use serde::{Deserialize, Serialize};
use toml::{Table, Value};

mod bounds;
mod http_address;
mod tls;

pub use self::http_address::{HttpAddress, HttpAddressError};
pub use self::tls::Tls;

/// Environment variables that begin like this are configuration, and nothing else may.
pub const ENV_PREFIX: &str = "CASELEDGER__";

/// Everything that can be set. Every key has a default; see `docs/API.md` for the list.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Config {
    /// Where to listen.
    pub listen: Listen,
    /// How callers are told from strangers.
    pub tls: Tls,
    /// How much is accepted at once.
    pub limits: Limits,
    /// How connections are kept.
    pub connection: Connection,
    /// How the ledger publishes itself.
    pub http: Http,
    /// Who cosigns what is published.
    pub witness: Witness,
    /// How courts are understood.
    pub court: Court,
    /// How much is kept of posts that were refused.
    pub refused: Refused,
    /// How the server stops.
    pub drain: Drain,
    /// What is logged, and how.
    pub log: Log,
}

/// Where to listen.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Listen {
    /// An address with a port; port 0 takes a free one. Without TLS every address but a loopback
    /// one is refused when the server binds, because callers are not authenticated then.
    pub address: SocketAddr,
}

/// How much is accepted at once.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Limits {
    /// Submissions that were handed to the writer and are not answered yet, over all callers.
    pub submissions: u32,
    /// The same for one `SubmitStream`; beyond it the stream is not read.
    pub stream_submissions: u32,
    /// Open streams of `Subscribe`, `Watch`, `ListWorklist` and `Reconcile`.
    pub subscriptions: u32,
    /// Batches of courts that are held until their trailers agree.
    pub batches: u32,
    /// Rows of one batch.
    pub batch_rows: u32,
    /// Bytes of the rows of one batch, held in memory.
    pub batch_bytes: u32,
    /// Calls and submissions that one organisation may begin in a second, in the long run.
    pub principal_rate: u32,
    /// How many of these it may begin at once after a silence. A message of a stream with more
    /// submissions than that counts as that many.
    pub principal_burst: u32,
    /// Calls that one organisation may have open at once, streams included.
    pub principal_calls: u32,
    /// Long reads (folds over the past, scans) that run at once.
    pub long_reads: u32,
    /// Long reads that may wait for their turn.
    pub long_reads_waiting: u32,
    /// A request without a deadline of its own gets this one, in milliseconds; a longer one is
    /// cut to it. It does not bound streams.
    pub request_ms: u64,
    /// The largest request, in bytes.
    pub request_bytes: u32,
    /// The largest reply, in bytes.
    pub reply_bytes: u32,
    /// Silence after which a subscription sends a checkpoint as a sign of life, in milliseconds.
    pub heartbeat_ms: u64,
    /// Entries that a subscription which had caught up may be behind before it is told so and
    /// ended.
    pub lag: u64,
}

/// How connections are kept.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Connection {
    /// Open connections.
    pub connections: u32,
    /// Requests in flight on one connection.
    pub streams: u32,
    /// Silence after which the server pings, in milliseconds.
    pub keepalive_ms: u64,
    /// Time the ping may take before the connection is closed, in milliseconds.
    pub keepalive_timeout_ms: u64,
    /// Age at which a connection is asked to close and the client to connect anew, in
    /// milliseconds; each connection takes up to a tenth more or less, so that clients that came
    /// together do not return together.
    pub age_ms: u64,
    /// Time that requests in flight get after that, in milliseconds, before the connection is cut.
    pub age_grace_ms: u64,
}

/// How the ledger publishes itself over HTTP: checkpoint, tiles and entries, health, metrics.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Http {
    /// Where to listen.
    pub address: HttpAddress,
    /// Age at which a connection is closed after the answer that it is in, in milliseconds; a
    /// tenth more or less, as for calls.
    pub age_ms: u64,
    /// Time from a request to the last byte of its answer or to the next request, in
    /// milliseconds, before the connection is cut.
    pub answer_ms: u64,
    /// Bytes of tiles and bundles that are read, or sent and not taken yet, over all connections.
    pub bytes: u32,
    /// Open connections. Some more are taken that get an answer to `/livez` and `/readyz` only.
    pub connections: u32,
    /// Tiles and bundles that are read at once; a bundle has up to 16 MiB.
    pub reads: u32,
    /// Time that a read may wait for its turn and take, in milliseconds.
    pub read_ms: u64,
    /// Time that a client has for the head of a request, and between two requests, in
    /// milliseconds.
    pub header_ms: u64,
    /// Time without progress after which an answer that nobody takes is given up, in
    /// milliseconds.
    pub write_ms: u64,
    /// How often a newer checkpoint is published, in milliseconds.
    pub publish_interval_ms: u64,
}

/// Who cosigns what is published over HTTP.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Witness {
    /// Certificates of the CAs that are believed about witnesses behind https, in PEM; those of
    /// the machine if empty.
    pub ca: String,
    /// A file that names the witnesses and where they are (C2SP tlog-policy); none if empty.
    pub policy: String,
    /// Time that a witness has to answer, in milliseconds.
    pub timeout_ms: u64,
}

/// How courts are understood.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Court {
    /// A file that says what courts' own codes mean (docs/COURTS.md); none if empty.
    pub codes: String,
}

/// How much is kept of posts that were refused.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Refused {
    /// Bytes of the log; beyond it the oldest refusals go.
    pub bytes: u64,
    /// Refusals of one organisation in a minute that have a line each; of others the number is kept.
    pub per_minute: u32,
}

/// How the server stops.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Drain {
    /// Time that requests in flight get, in milliseconds, before connections are cut.
    pub timeout_ms: u64,
}

/// What is logged, and how.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Log {
    /// Directives as `info` or `caseledger_server=debug,warn`; `debug` logs every request.
    pub filter: String,
    /// Lines for people or for machines.
    pub format: LogFormat,
}

/// The form of a log line.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum LogFormat {
    /// One line of text.
    #[default]
    Text,
    /// One JSON object.
    Json,
}

impl Default for Listen {
    fn default() -> Self {
        Self {
            address: SocketAddr::from(([127, 0, 0, 1], 7400)),
        }
    }
}

impl Default for Limits {
    fn default() -> Self {
        Self {
            submissions: 65_536,
            stream_submissions: 16_384,
            subscriptions: 256,
            batches: 8,
            batch_rows: 200_000,
            batch_bytes: 64 * 1024 * 1024,
            principal_rate: 20_000,
            principal_burst: 40_000,
            principal_calls: 1_024,
            long_reads: 8,
            long_reads_waiting: 1_024,
            request_ms: 30_000,
            request_bytes: 4 * 1024 * 1024,
            reply_bytes: 32 * 1024 * 1024,
            heartbeat_ms: 10_000,
            lag: 100_000,
        }
    }
}

impl Default for Connection {
    fn default() -> Self {
        Self {
            connections: 4_096,
            streams: 1_024,
            keepalive_ms: 30_000,
            keepalive_timeout_ms: 20_000,
            age_ms: 3_600_000,
            age_grace_ms: 60_000,
        }
    }
}

impl Default for Http {
    fn default() -> Self {
        Self {
            address: HttpAddress::Next,
            age_ms: 600_000,
            answer_ms: 120_000,
            bytes: 256 * 1024 * 1024,
            connections: 256,
            reads: 4,
            read_ms: 10_000,
            header_ms: 10_000,
            write_ms: 30_000,
            publish_interval_ms: 1_000,
        }
    }
}

impl Default for Witness {
    fn default() -> Self {
        Self {
            ca: String::new(),
            policy: String::new(),
            timeout_ms: 10_000,
        }
    }
}

impl Default for Refused {
    fn default() -> Self {
        Self {
            bytes: 64 * 1024 * 1024,
            per_minute: 600,
        }
    }
}

impl Default for Drain {
    fn default() -> Self {
        Self { timeout_ms: 10_000 }
    }
}

impl Default for Log {
    fn default() -> Self {
        Self {
            filter: "info".to_owned(),
            format: LogFormat::Text,
        }
    }
}

impl Limits {
    /// [`Self::request_ms`].
    pub const fn request(&self) -> Duration {
        Duration::from_millis(self.request_ms)
    }

    /// [`Self::heartbeat_ms`].
    pub const fn heartbeat(&self) -> Duration {
        Duration::from_millis(self.heartbeat_ms)
    }
}

/// Why a configuration is refused.
#[derive(Debug, thiserror::Error)]
pub enum ConfigError {
    /// The file cannot be read.
    #[error("configuration file {} cannot be read; give --config an existing file", path.display())]
    File {
        /// The file.
        path: PathBuf,
        /// Why.
        #[source]
        source: io::Error,
    },
    /// A layer is not what it should be: a key that does not exist, or a value of another type.
    #[error("{layer} is not a valid configuration")]
    Layer {
        /// Which layer.
        layer: Layer,
        /// What and where.
        #[source]
        source: Box<toml::de::Error>,
    },
    /// A name without section and key, or a section that has no such key.
    #[error("{layer} names {key}, which does not exist; keys are {known}")]
    UnknownKey {
        /// Which layer.
        layer: Layer,
        /// The key as given.
        key: String,
        /// All keys there are.
        known: String,
    },
    /// A value that the key cannot take.
    #[error("{layer} sets {key} to {value:?}, expected {expected}")]
    Type {
        /// Which layer.
        layer: Layer,
        /// The key.
        key: String,
        /// The value as given.
        value: String,
        /// What the key takes.
        expected: &'static str,
    },
    /// A value outside the allowed range.
    #[error("{key} is {value}, allowed is {min} to {max}")]
    Range {
        /// The key.
        key: &'static str,
        /// The value.
        value: u64,
        /// The least.
        min: u64,
        /// The most.
        max: u64,
    },
    /// A value that does nothing without another one.
    #[error("{given} is set and {missing} is not; set both, or neither")]
    Together {
        /// The key that has a value.
        given: &'static str,
        /// The key that has none.
        missing: &'static str,
    },
    /// Log directives that cannot be read.
    #[error(
        "log.filter {value:?} is no list of log directives; write info or caseledger_server=debug,warn"
    )]
    Filter {
        /// The value.
        value: String,
    },
}

/// Where a value came from.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Layer {
    /// The configuration file.
    #[error("configuration file {}", .0.display())]
    File(PathBuf),
    /// An environment variable.
    #[error("environment variable {0}")]
    Environment(String),
    /// The command line.
    #[error("the command line")]
    CommandLine,
}

impl Config {
    /// Where HTTP is served, if it is.
    pub fn http_address(&self) -> Option<SocketAddr> {
        self.http.address.resolve(self.listen.address)
    }

    /// Reads the file, if there is one, lays the environment and then the overrides over it, and
    /// checks every value.
    ///
    /// `environment` is all variables of the process; those without [`ENV_PREFIX`] are left
    /// alone. An override is a dotted key (`limits.page`) and its value as text.
    ///
    /// # Errors
    /// [`ConfigError`], naming the layer, the key and what it may be.
    pub fn load(
        file: Option<&Path>,
        environment: impl IntoIterator<Item = (String, String)>,
        overrides: &[(&str, String)],
    ) -> Result<Self, ConfigError> {
        let mut config = match file {
            None => Self::default(),
            Some(path) => {
                let text = open_regular(path).and_then(io::read_to_string);
                let text = text.map_err(|source| ConfigError::File {
                    path: path.to_owned(),
                    source,
                })?;
                toml::from_str(&text).map_err(|source| ConfigError::Layer {
                    layer: Layer::File(path.to_owned()),
                    source: Box::new(source),
                })?
            }
        };
        for (name, value) in environment {
            let Some(path) = name.strip_prefix(ENV_PREFIX) else {
                continue;
            };
            let key = path.to_ascii_lowercase().replace("__", ".");
            config = config.with(&Layer::Environment(name), &key, &value)?;
        }
        for (key, value) in overrides {
            config = config.with(&Layer::CommandLine, key, value)?;
        }
        bounds::check(&config)?;
        Ok(config)
    }

    /// With one key set. The type comes from the value that stands there.
    fn with(&self, layer: &Layer, key: &str, text: &str) -> Result<Self, ConfigError> {
        let layer_error = |source| ConfigError::Layer {
            layer: layer.clone(),
            source: Box::new(source),
        };
        let mut table = self.table();
        let known = keys(&table);
        let slot = key
            .split_once('.')
            .and_then(|(section, name)| table.get_mut(section)?.as_table_mut()?.get_mut(name));
        let Some(slot) = slot else {
            let key = key.to_owned();
            return Err(ConfigError::UnknownKey {
                layer: layer.clone(),
                key,
                known,
            });
        };
        *slot = match slot {
            Value::Integer(_) => Value::Integer(text.trim().parse().map_err(
                |_no_number: std::num::ParseIntError| ConfigError::Type {
                    layer: layer.clone(),
                    key: key.to_owned(),
                    value: text.to_owned(),
                    expected: "a whole number",
                },
            )?),
            _ => Value::String(text.to_owned()),
        };
        table.try_into().map_err(layer_error)
    }

    fn table(&self) -> Table {
        // Numbers, strings and tables only: there is nothing that TOML cannot say.
        Table::try_from(self).unwrap_or_default()
    }
}

/// All dotted keys, for error messages.
fn keys(table: &Table) -> String {
    let names = table.iter().flat_map(|(section, keys)| {
        keys.as_table()
            .into_iter()
            .flatten()
            .map(move |(key, _)| format!("{section}.{key}"))
    });
    names.collect::<Vec<_>>().join(", ")
}

#[cfg(test)]
mod tests;
