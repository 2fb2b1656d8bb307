//! The form of a bearer token, and its only home: `clt_` and 32 random bytes in base64 for URLs
//! (RFC 4648, section 5) without padding. Who issues one, who sends one and who is sent one agree on
//! it here. The ledger itself only ever has a token's SHA-256.

use caseledger_chain::Digest;

/// What every token begins with, so that one that got lost is recognised where it lies.
const PREFIX: &str = "clt_";

/// Characters behind that.
const CHARACTERS: usize = 43;

/// A token of so much randomness. It is a secret.
pub fn form(random: [u8; 32]) -> String {
    let base64 = Digest::from_bytes(random).to_base64();
    let random = base64
        .trim_end_matches('=')
        .replace('+', "-")
        .replace('/', "_");
    format!("{PREFIX}{random}")
}

/// Whether a text has the form of a token; whether it is one is for the ledger to say.
pub fn is_formed(text: &str) -> bool {
    let base64url = |byte: u8| byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'_');
    text.strip_prefix(PREFIX)
        .is_some_and(|random| random.len() == CHARACTERS && random.bytes().all(base64url))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_token_is_written_in_the_form_in_which_it_is_read() {
        assert_eq!(
            form([0xfb; 32]),
            "clt_-_v7-_v7-_v7-_v7-_v7-_v7-_v7-_v7-_v7-_v7-_s"
        );
        for byte in [0, 0x3e, 0x3f, 0xfb, 0xff] {
            assert!(is_formed(&form([byte; 32])), "{byte}");
        }
    }

    #[test]
    fn what_has_another_form_is_no_token() {
        let token = form([1; 32]);
        for text in [
            "",
            PREFIX,
            &token[..46],
            &token[4..],
            &format!("{token}A"),
            &format!("{}+", &token[..46]),
            &format!("{}=", &token[..46]),
            &token.replace("clt_", "CLT_"),
            &format!(" {token}"),
        ] {
            assert!(!is_formed(text), "{text}");
        }
    }
}
