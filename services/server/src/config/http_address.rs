//! Where HTTP is served, as it is written in a configuration.

use std::fmt;
use std::net::SocketAddr;
use std::str::FromStr;

use serde::{Deserialize, Serialize};

/// Where HTTP is served: an address, or in relation to `listen.address`.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub enum HttpAddress {
    /// On the port after that of `listen.address`; on a free one if that takes a free one.
    #[default]
    Next,
    /// Nowhere.
    Off,
    /// On a loopback address; port 0 takes a free one.
    At(SocketAddr),
}

/// Text that says neither.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("http.address is {0:?}, expected next, off, or an address as 127.0.0.1:7401")]
pub struct HttpAddressError(String);

impl HttpAddress {
    /// The address to bind, if any, for a server that listens at `listen`.
    pub(super) fn resolve(self, listen: SocketAddr) -> Option<SocketAddr> {
        match self {
            Self::Off => None,
            Self::At(address) => Some(address),
            Self::Next => {
                // Behind the last port there is none to take but a free one.
                let port = match listen.port() {
                    0 => 0,
                    port => port.checked_add(1).unwrap_or_default(),
                };
                Some(SocketAddr::new(listen.ip(), port))
            }
        }
    }
}

impl FromStr for HttpAddress {
    type Err = HttpAddressError;

    fn from_str(text: &str) -> Result<Self, HttpAddressError> {
        match text {
            "next" => Ok(Self::Next),
            "off" => Ok(Self::Off),
            address => {
                let address = address.parse();
                let refused = |_cause: std::net::AddrParseError| HttpAddressError(text.to_owned());
                address.map(Self::At).map_err(refused)
            }
        }
    }
}

impl fmt::Display for HttpAddress {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Next => f.write_str("next"),
            Self::Off => f.write_str("off"),
            Self::At(address) => address.fmt(f),
        }
    }
}

impl TryFrom<String> for HttpAddress {
    type Error = HttpAddressError;

    fn try_from(text: String) -> Result<Self, HttpAddressError> {
        text.parse()
    }
}

impl From<HttpAddress> for String {
    fn from(address: HttpAddress) -> Self {
        address.to_string()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_form_is_written_as_it_is_read() {
        for text in ["next", "off", "127.0.0.1:7401", "[::1]:0"] {
            assert_eq!(text.parse::<HttpAddress>().unwrap().to_string(), text);
        }
        for text in ["", "on", "Next", "7401", "127.0.0.1", "localhost:7401"] {
            assert!(text.parse::<HttpAddress>().is_err(), "{text}");
        }
    }

    #[test]
    fn next_is_the_port_behind_and_free_stays_free() {
        for (listen, expected) in [
            ("127.0.0.1:7400", "127.0.0.1:7401"),
            ("[::1]:7400", "[::1]:7401"),
            ("127.0.0.1:0", "127.0.0.1:0"),
            ("127.0.0.1:65535", "127.0.0.1:0"),
        ] {
            let resolved = HttpAddress::Next.resolve(listen.parse().unwrap());
            assert_eq!(resolved, Some(expected.parse().unwrap()));
        }
        let listen = "127.0.0.1:7400".parse().unwrap();
        assert_eq!(HttpAddress::Off.resolve(listen), None);
    }
}
