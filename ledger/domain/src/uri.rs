//! Names of principals: the URI that stands in the certificate of whoever calls.

use core::fmt;
use core::str::FromStr;

use serde::{Deserialize, Deserializer, Serialize};

/// The subject alternative name (RFC 5280, 4.2.1.6) of a principal, compared byte for byte: 1 to 255 characters of
/// RFC 3986 with a scheme, as in `spiffe://lasc.example/clerk`.
///
/// No fragment, and no `@`: a name of a system has neither user information nor anybody's mail address.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
pub struct Uri(Box<str>);

/// Why a text is no name of a principal.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum UriError {
    /// Nothing there.
    #[error("empty URI")]
    Empty,
    /// More than the limit.
    #[error("URI of {len} bytes is longer than {}", Uri::LEN_MAX)]
    Long {
        /// Length found.
        len: usize,
    },
    /// A character that no URI has.
    #[error("byte 0x{byte:02x} at {at} is not allowed in a URI; write it with %")]
    Byte {
        /// Offset of the byte.
        at: usize,
        /// The byte.
        byte: u8,
    },
    /// No scheme, or nothing behind it.
    #[error("URI without a scheme and a name; write it as spiffe://lasc.example/clerk")]
    Scheme,
    /// A part of a document.
    #[error("URI with a fragment; a principal is no part of a document")]
    Fragment,
    /// User information or a mail address.
    #[error("URI with @; name a system, not a user of it")]
    User,
}

impl Uri {
    /// Most bytes.
    pub const LEN_MAX: usize = 255;

    /// Parses a name.
    ///
    /// # Errors
    /// [`UriError`] names the first rule that the text breaks.
    pub fn parse(text: &str) -> Result<Self, UriError> {
        let bytes = text.as_bytes();
        if bytes.is_empty() {
            return Err(UriError::Empty);
        }
        if bytes.len() > Self::LEN_MAX {
            return Err(UriError::Long { len: bytes.len() });
        }
        if let Some((at, &byte)) = bytes.iter().enumerate().find(|(_, b)| !allowed(**b)) {
            return Err(match byte {
                b'#' => UriError::Fragment,
                b'@' => UriError::User,
                byte => UriError::Byte { at, byte },
            });
        }
        match text.split_once(':') {
            Some((scheme, rest)) if is_scheme(scheme) && !rest.trim_matches('/').is_empty() => {
                Ok(Self(text.into()))
            }
            Some(_) | None => Err(UriError::Scheme),
        }
    }

    /// The text.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

/// RFC 3986, 2.2 and 2.3, without `#` and `@`.
fn allowed(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || b"-._~:/?[]!$&'()*+,;=%".contains(&byte)
}

/// RFC 3986, 3.1.
fn is_scheme(text: &str) -> bool {
    text.starts_with(|first: char| first.is_ascii_alphabetic())
        && text
            .bytes()
            .all(|b| b.is_ascii_alphanumeric() || b"+-.".contains(&b))
}

impl fmt::Debug for Uri {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Debug::fmt(&self.0, f)
    }
}

impl fmt::Display for Uri {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(&self.0)
    }
}

impl FromStr for Uri {
    type Err = UriError;

    fn from_str(text: &str) -> Result<Self, UriError> {
        Self::parse(text)
    }
}

impl<'de> Deserialize<'de> for Uri {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = <&str>::deserialize(deserializer)?;
        Self::parse(text).map_err(serde::de::Error::custom)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_of_systems_are_taken_and_everything_else_is_refused() {
        for good in [
            "spiffe://lasc.example/clerk",
            "urn:uuid:2b0e",
            "https://a/?b=%20",
        ] {
            assert_eq!(Uri::parse(good).unwrap().as_str(), good);
        }
        let long = format!("a:{}", "b".repeat(253));
        assert!(Uri::parse(&long).is_ok());
        let rows = [
            ("", UriError::Empty),
            ("lasc.example/clerk", UriError::Scheme),
            ("1a://b", UriError::Scheme),
            ("spiffe://", UriError::Scheme),
            (":a", UriError::Scheme),
            ("https://a/#b", UriError::Fragment),
            ("https://me@a/", UriError::User),
            ("mailto:clerk@lasc.example", UriError::User),
            ("https://a b", UriError::Byte { at: 9, byte: b' ' }),
            ("https://a\u{e9}", UriError::Byte { at: 9, byte: 0xc3 }),
            ("https://a<b", UriError::Byte { at: 9, byte: b'<' }),
        ];
        for (bad, why) in rows {
            assert_eq!(Uri::parse(bad), Err(why), "{bad}");
        }
        let longer = format!("{long}b");
        assert_eq!(Uri::parse(&longer), Err(UriError::Long { len: 256 }));
    }
}
