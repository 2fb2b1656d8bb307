//! A token that proves who calls.

use std::fmt;
use std::str::FromStr;

use caseledger_proto::token;
use tonic::metadata::{Ascii, MetadataValue};

/// A token that a ledger has issued. It is never shown.
#[derive(Clone)]
pub struct Token(MetadataValue<Ascii>);

/// This is no token. What was given is not repeated: it may be nearly one.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("this is no token, expected clt_ and 43 characters of A-Z a-z 0-9 - _")]
pub struct TokenError;

impl FromStr for Token {
    type Err = TokenError;

    fn from_str(text: &str) -> Result<Self, TokenError> {
        if !token::is_formed(text) {
            return Err(TokenError);
        }
        let value: Result<MetadataValue<Ascii>, _> = format!("Bearer {text}").parse();
        let mut value = value.map_err(|_form| TokenError)?;
        // Neither shown nor kept in the tables of HTTP/2.
        value.set_sensitive(true);
        Ok(Self(value))
    }
}

impl Token {
    /// As it is sent.
    pub(crate) fn value(&self) -> MetadataValue<Ascii> {
        self.0.clone()
    }
}

impl fmt::Debug for Token {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Token(..)")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const TEXT: &str = "clt_AbCdEfGhIjKlMnOpQrStUvWxYz0123456789-_AbCdE";

    #[test]
    fn a_token_is_never_shown() {
        let token: Token = TEXT.parse().unwrap();
        assert_eq!(
            format!("{token:?} {:?}", token.value()),
            "Token(..) Sensitive"
        );
    }

    #[test]
    fn what_is_no_token_is_not_repeated() {
        for text in [
            "",
            "clt_",
            &TEXT[..46],
            &TEXT[4..],
            &format!("{TEXT}A"),
            &TEXT.replace('-', "+"),
        ] {
            let error = text.parse::<Token>().unwrap_err();
            assert!(!error.to_string().contains("AbC"), "{error}");
        }
    }
}
