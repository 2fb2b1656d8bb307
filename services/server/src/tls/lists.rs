//! Revocation lists, none of which is taken unread: the verifier of handshakes looks at a signature
//! only when somebody comes, and then it would keep everybody out.

use std::path::PathBuf;

use rustls::pki_types::{CertificateDer, CertificateRevocationListDer};
use x509_parser::prelude::{CertificateRevocationList, FromDer as _, X509Certificate};

use super::set::{items, now, read};
use super::{TlsError, provider};

const KEY: &str = "tls.client_crl";

/// A list, and the second since 1970 at which it is over.
pub(super) type RevocationList = (CertificateRevocationListDer<'static>, Option<i64>);

/// The lists of a file. Each is signed by one of these CAs, and is not over.
///
/// # Errors
/// [`TlsError`], naming the file and what is wrong with it.
pub(super) fn revocation_lists(
    path: &str,
    cas: &[CertificateDer<'static>],
) -> Result<Vec<RevocationList>, TlsError> {
    let text = read(KEY, path)?;
    let lists: Vec<CertificateRevocationListDer<'static>> =
        items(KEY, path, "revocation list", &text)?;
    let dated = lists.into_iter().map(|list| {
        let parsed = CertificateRevocationList::from_der(list.as_ref());
        let (_, parsed) = parsed.map_err(|_form| TlsError::Pem {
            key: KEY,
            path: PathBuf::from(path),
            expected: "revocation list that can be read",
            source: None,
        })?;
        if !cas.iter().any(|ca| has_signed(ca, &parsed)) {
            return Err(TlsError::ListUnsigned {
                path: PathBuf::from(path),
                issuer: parsed.issuer().to_string(),
            });
        }
        let next = parsed.next_update();
        match next.map(|next| next.timestamp()) {
            Some(until) if until <= now() => Err(TlsError::Over {
                path: PathBuf::from(path),
                over: next.map(|next| next.to_string()).unwrap_or_default(),
            }),
            until => Ok((list, until)),
        }
    });
    dated.collect()
}

/// Whether a CA has the name of the one in a list and has signed it, by an algorithm that handshakes
/// know: one that they do not would fail there.
fn has_signed(ca: &CertificateDer<'_>, list: &CertificateRevocationList<'_>) -> bool {
    let Ok((_, ca)) = X509Certificate::from_der(ca) else {
        return false;
    };
    let key = &ca.public_key().subject_public_key.data;
    let (signed, signature) = (list.tbs_cert_list.as_ref(), &list.signature_value.data);
    let known = provider().signature_verification_algorithms.all;
    ca.subject().as_raw() == list.issuer().as_raw()
        && known.iter().any(|algorithm| {
            let verified = algorithm.verify_signature(key, signed, signature);
            verified.is_ok()
        })
}
