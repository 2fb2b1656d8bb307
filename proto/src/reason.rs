//! The closed set of reasons for which a call fails: `ErrorInfo.reason` on the wire, what clients
//! branch on, and the table in `docs/API.md`.

use caseledger_domain::RULES;

/// `ErrorInfo.domain` of every reason.
pub const ERROR_DOMAIN: &str = "caseledger.v1";

macro_rules! reasons {
    ($($(#[$doc:meta])* $reason:ident = $code:literal $meaning:literal,)+) => {
        /// Why a call failed.
        #[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
        pub enum Reason {
            $($(#[$doc])* #[doc = concat!("`", $code, "`: ", $meaning, ".")] $reason,)+
            /// A rule of the domain refused it. The id is one of
            /// [`RULES`](caseledger_domain::RULES).
            Rule(&'static str),
        }

        impl Reason {
            /// Every reason that is not a rule of the domain, with its meaning in one line.
            pub const TECHNICAL: &'static [(Self, &'static str)] =
                &[$((Self::$reason, $meaning),)+];

            /// The stable code, upper case with underscores, at most 63 characters.
            pub const fn code(self) -> &'static str {
                match self {
                    $(Self::$reason => $code,)+
                    Self::Rule(id) => id,
                }
            }
        }
    };
}

reasons! {
    MalformedField = "MALFORMED_FIELD" "a field is not what it should be; the violations say which and why",
    MessageTooLarge = "MESSAGE_TOO_LARGE" "a message or an entry it would make exceeds the limit; send less at once",
    Unauthenticated = "UNAUTHENTICATED" "the caller is not known",
    NoIdentity = "NO_IDENTITY" "neither a client certificate nor a token was shown",
    CertificateWithoutUri = "CERTIFICATE_WITHOUT_URI" "the client certificate names no URI; one has to be its only one",
    CertificateUriAmbiguous = "CERTIFICATE_URI_AMBIGUOUS" "the client certificate names several URIs, or one with a wildcard",
    UnknownPrincipal = "UNKNOWN_PRINCIPAL" "no organisation is bound to the URI of the client certificate",
    PrincipalExpired = "PRINCIPAL_EXPIRED" "the URI of the client certificate was bound until a day that is over",
    TokenWithoutTls = "TOKEN_WITHOUT_TLS" "a token was sent where others can read it; have it revoked",
    TokenMalformed = "TOKEN_MALFORMED" "what was sent as a token is none",
    TokenUnknown = "TOKEN_UNKNOWN" "the ledger has issued no such token, or has revoked it",
    TokenExpired = "TOKEN_EXPIRED" "the token was valid until a day that is over",
    IdentitiesDisagree = "IDENTITIES_DISAGREE" "certificate, token and metadata name different organisations",
    RoleAmbiguous = "ROLE_AMBIGUOUS" "the organisation has several roles in force and the call names none",
    ReadNotAllowed = "READ_NOT_ALLOWED" "the caller may not read that",
    MessageIdReused = "DUPLICATE_MESSAGE_ID_OTHER_CONTENT" "the message id was used for other content; choose a new one",
    SignatureRequired = "SIGNATURE_REQUIRED" "the organisation must sign what it submits, and did not",
    SignatureInvalid = "SIGNATURE_INVALID" "the signature is not that of the key over this submission",
    SigningKeyUnknown = "SIGNING_KEY_UNKNOWN" "the key is no signing key of the organisation in force today",
    NumberUsed = "NUMBER_ALREADY_USED" "another message of the submitter has that number; the metadata say where",
    NumberGaps = "TOO_MANY_NUMBER_GAPS" "the number would leave one gap too many; send the missing numbers first",
    NoSuchMethod = "NO_SUCH_METHOD" "the server has no such service or method; reflection lists what it has",
    NotFound = "NOT_FOUND" "there is no such thing at that size",
    BeyondLedger = "BEYOND_LEDGER" "the ledger has no such position or size yet",
    RateLimited = "RATE_LIMITED" "the organisation sends more than it may; try again after the delay given",
    TooManyCalls = "TOO_MANY_CALLS" "the organisation has as many calls open as it may; try again when one has ended",
    Overloaded = "OVERLOADED" "the queue is full; try again after the delay given",
    DeadlineExceeded = "DEADLINE_EXCEEDED" "not begun before the deadline; nothing is recorded",
    ShuttingDown = "SHUTTING_DOWN" "the server is going down; nothing is recorded, try again",
    StoreUnavailable = "STORE_UNAVAILABLE" "the store takes no writes now; nothing is recorded, reads are served",
    ReadOnly = "READ_ONLY" "the ledger is served for reading only; nothing is recorded or signed, and another try will not help",
    OutcomeUnknown = "OUTCOME_UNKNOWN" "it may or may not be recorded; ask for its status, or send the same message again",
    DataLoss = "DATA_LOSS" "the store is damaged; nothing is served that cannot be trusted",
    Internal = "INTERNAL" "a fault of the server",
}

impl Reason {
    /// The reason with that code; none if neither this release nor its rules know it.
    pub fn from_code(code: &str) -> Option<Self> {
        let technical = Self::TECHNICAL.iter().map(|(reason, _)| *reason);
        let rules = RULES.iter().map(|(id, _)| Self::Rule(id));
        technical.chain(rules).find(|reason| reason.code() == code)
    }
}

#[cfg(test)]
mod tests {
    use std::collections::HashSet;

    use super::*;

    #[test]
    fn codes_are_unique_short_and_found_again() {
        let rules = RULES.iter().map(|(id, _)| Reason::Rule(id));
        let technical = Reason::TECHNICAL.iter().map(|(reason, _)| *reason);
        let mut seen = HashSet::new();
        for reason in technical.chain(rules) {
            let code = reason.code();
            assert!(seen.insert(code), "{code} stands twice");
            assert!((1..=63).contains(&code.len()), "{code}");
            assert!(
                code.bytes()
                    .all(|b| b.is_ascii_uppercase() || b.is_ascii_digit() || b == b'_'),
                "{code}"
            );
            assert_eq!(Reason::from_code(code), Some(reason));
        }
        assert_eq!(Reason::from_code("not_found"), None);
        assert_eq!(Reason::from_code(""), None);
    }
}
