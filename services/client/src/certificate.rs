//! Why a server does not take a certificate, from the alert by which it ends the handshake.

use rustls::AlertDescription;

/// What a server says against a certificate that it was shown, with the remedy.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum CertificateRefusal {
    /// Its days are over, or have not come.
    #[error("it is not in its days; have a new one issued, or set the clock right")]
    Expired,
    /// Its CA has taken it back.
    #[error("it is revoked; have a new one issued")]
    Revoked,
    /// Nobody whom the server believes vouches for it.
    #[error(
        "the server believes no CA that vouches for it, or has no current revocation list of that CA; \
         show one of a CA of the server, or ask its operator for both"
    )]
    UnknownCa,
    /// It is for other things than to say who calls.
    #[error("it is not for client authentication; have one issued that is")]
    WrongUse,
    /// The server takes nobody without one.
    #[error("one is required and none was shown; show one")]
    Missing,
    /// Not the CA of that name has signed it, or not its key the handshake.
    #[error(
        "its signature is wrong: it is of another CA of the same name, or not of its key; show one of a CA of the \
         server, with its key"
    )]
    Signature,
    /// It cannot be read, or is not taken for what is in it.
    #[error("it is malformed; have a new one issued")]
    Malformed,
}

impl CertificateRefusal {
    /// The refusal that an error of TLS is; none if the server did not say it, or not of the certificate.
    pub(crate) fn of(error: &rustls::Error) -> Option<Self> {
        match error {
            rustls::Error::AlertReceived(alert) => Self::told(*alert),
            // Ours, or about something else; the set grows with the library.
            _ => None,
        }
    }

    /// What an alert says of a certificate (RFC 8446, section 6.2); nothing if it is about
    /// something else.
    const fn told(alert: AlertDescription) -> Option<Self> {
        match alert {
            AlertDescription::CertificateExpired => Some(Self::Expired),
            AlertDescription::CertificateRevoked => Some(Self::Revoked),
            AlertDescription::UnknownCA => Some(Self::UnknownCa),
            AlertDescription::UnsupportedCertificate => Some(Self::WrongUse),
            AlertDescription::DecryptError => Some(Self::Signature),
            AlertDescription::CertificateRequired => Some(Self::Missing),
            AlertDescription::BadCertificate
            | AlertDescription::CertificateUnknown
            | AlertDescription::AccessDenied => Some(Self::Malformed),
            _ => None,
        }
    }
}

#[cfg(test)]
mod tests {
    use std::io;

    use tonic::Status;

    use super::*;
    use crate::error::ClientError;

    /// A failure as the transport hands it on: the alert lies in an error of the system.
    fn failed(error: rustls::Error) -> Status {
        Status::from_error(Box::new(io::Error::other(error)))
    }

    #[test]
    fn an_alert_against_the_certificate_is_told_from_every_other_failure() {
        let of = |error| match ClientError::from(failed(error)) {
            ClientError::Certificate(refusal) => Some(refusal),
            _ => None,
        };
        let received = rustls::Error::AlertReceived;
        for (alert, expected) in [
            (
                AlertDescription::CertificateExpired,
                Some(CertificateRefusal::Expired),
            ),
            (
                AlertDescription::CertificateRevoked,
                Some(CertificateRefusal::Revoked),
            ),
            (
                AlertDescription::UnknownCA,
                Some(CertificateRefusal::UnknownCa),
            ),
            (
                AlertDescription::DecryptError,
                Some(CertificateRefusal::Signature),
            ),
            (
                AlertDescription::BadCertificate,
                Some(CertificateRefusal::Malformed),
            ),
            (AlertDescription::HandshakeFailure, None),
            (AlertDescription::InternalError, None),
        ] {
            assert_eq!(of(received(alert)), expected, "{alert:?}");
        }
        let ours = rustls::Error::InvalidCertificate(rustls::CertificateError::Revoked);
        // A handshake of ours comes in two errors of the system.
        let twice = io::Error::other(io::Error::other(ours));
        let server = ClientError::from(Status::from_error(Box::new(twice)));
        assert!(matches!(server, ClientError::Server(_)), "{server}");
        let closed = Status::from_error(Box::new(io::Error::from(io::ErrorKind::BrokenPipe)));
        let closed = ClientError::from(closed);
        assert!(matches!(closed, ClientError::Unreachable(_)), "{closed}");
    }
}
