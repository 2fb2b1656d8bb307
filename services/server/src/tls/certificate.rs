//! The name in a certificate: exactly one URI among its alternative names, and nothing else.

use std::sync::Arc;

use rustls::pki_types::CertificateDer;
use x509_parser::prelude::{FromDer as _, GeneralName, ParsedExtension, X509Certificate};

use crate::identity::IdentityError;

/// The URI of a certificate, and the second since 1970 at which it ends. The common name is not
/// looked at: CAs and clients have never agreed on what stands there.
pub(super) fn named(certificate: &CertificateDer<'_>) -> (Result<Arc<str>, IdentityError>, i64) {
    let Ok((_, certificate)) = X509Certificate::from_der(certificate) else {
        return (Err(IdentityError::NoUri), 0);
    };
    let until = certificate.validity().not_after.timestamp();
    (uri(&certificate), until)
}

fn uri(certificate: &X509Certificate<'_>) -> Result<Arc<str>, IdentityError> {
    let extensions = certificate.extensions().iter();
    let names = extensions.filter_map(|extension| match extension.parsed_extension() {
        ParsedExtension::SubjectAlternativeName(names) => Some(&names.general_names),
        _ => None,
    });
    let mut uris = names.flatten().filter_map(|name| match name {
        GeneralName::URI(uri) => Some(*uri),
        _ => None,
    });
    let first = uris.next().ok_or(IdentityError::NoUri)?;
    // A pattern names nobody, whoever signed it.
    if uris.next().is_some() || first.contains('*') {
        return Err(IdentityError::AmbiguousUri);
    }
    Ok(first.into())
}
