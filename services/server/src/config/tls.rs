//! How callers are told from strangers.

use std::time::Duration;

use serde::{Deserialize, Serialize};

/// TLS on both ports, and who is believed. Without a certificate neither port speaks TLS. All files
/// are in PEM and read anew when they change.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Tls {
    /// The server's certificate and what leads from it to its CA; none if empty.
    pub cert: String,
    /// Its private key, which nobody else may read.
    pub key: String,
    /// Certificates of the CAs that issue certificates to callers; none are taken if empty.
    pub client_ca: String,
    /// Their revocation lists, one for each CA; if empty, no certificate is revoked.
    pub client_crl: String,
    /// Time that a caller has for its handshake, in milliseconds.
    pub handshake_ms: u64,
    /// Unfinished handshakes on each port; one more ends the oldest of them.
    pub handshakes: u32,
    /// How often the files are looked at, in milliseconds.
    pub reload_ms: u64,
}

impl Default for Tls {
    fn default() -> Self {
        Self {
            cert: String::new(),
            key: String::new(),
            client_ca: String::new(),
            client_crl: String::new(),
            handshake_ms: 10_000,
            handshakes: 512,
            reload_ms: 5_000,
        }
    }
}

impl Tls {
    /// Whether both ports speak TLS.
    pub const fn is_on(&self) -> bool {
        !self.cert.is_empty()
    }

    /// [`Self::handshake_ms`].
    pub const fn handshake(&self) -> Duration {
        Duration::from_millis(self.handshake_ms)
    }

    /// [`Self::reload_ms`].
    pub const fn reload(&self) -> Duration {
        Duration::from_millis(self.reload_ms)
    }
}
