//! What a request brings along to prove who sends it, and what the ledger makes of that.

use std::net::SocketAddr;
use std::sync::Arc;

use caseledger_domain::OrgId;
use caseledger_domain::vocabulary::{Role, Vocabulary};
use caseledger_proto::token;
use http::header::AUTHORIZATION;
use http::{Extensions, HeaderMap};
use sha2::{Digest as _, Sha256};

use crate::status::Failure;

use super::{Directory, IdentityError, Known, PRINCIPAL, Principal, ROLE, Unknown, single};

/// The other end of a connection.
#[derive(Clone, Debug)]
pub(crate) struct Peer {
    pub(crate) address: SocketAddr,
    pub(crate) shown: Shown,
}

/// What it has shown when it connected.
#[derive(Clone, Debug)]
pub(crate) enum Shown {
    /// Nothing, and everybody on the way reads along.
    Plain,
    /// A handshake.
    Tls {
        /// The URI of its certificate, or why that has none; none without a certificate.
        certificate: Option<Result<Arc<str>, IdentityError>>,
    },
}

/// Who sends a request. Asked again it answers by what the ledger knows then.
#[derive(Clone, Debug)]
pub(crate) struct Caller(Kind);

#[derive(Clone, Debug)]
enum Kind {
    /// It says so itself.
    Said(Result<Principal, IdentityError>),
    /// It proves it.
    Proven(Arc<Proofs>),
}

#[derive(Debug)]
struct Proofs {
    directory: Arc<dyn Directory>,
    certificate: Option<Result<Arc<str>, IdentityError>>,
    /// The digest of the token; the token itself is forgotten at once.
    token: Option<Result<[u8; 32], IdentityError>>,
    /// The organisation that the metadata names.
    org: Option<Result<OrgId, IdentityError>>,
    /// The role that the metadata names.
    role: Option<Result<Role, IdentityError>>,
}

/// Nobody, and why.
#[derive(Clone, Copy, Debug)]
struct Nobody {
    why: IdentityError,
    /// The organisation whose certificate or token has run out, or that its certificate proves.
    was: Option<OrgId>,
}

impl From<IdentityError> for Nobody {
    fn from(why: IdentityError) -> Self {
        Self { why, was: None }
    }
}

/// Who calls, as of one moment. Whoever works for the caller later, when its message is there or its stream goes on,
/// asks [`Caller`] again: it may have been revoked meanwhile.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Recognised {
    /// As [`Caller::admit`].
    pub(crate) org: Result<Option<OrgId>, IdentityError>,
    /// As [`Caller::principal`].
    pub(crate) principal: Result<Principal, IdentityError>,
    /// The organisation that it was until a day that is over.
    was: Option<OrgId>,
    /// The role that an organisation that is proven, or was, asks for.
    asked: Option<Role>,
}

impl Recognised {
    /// Who it is, as far as that is known. The role of an organisation that has not got it is the one
    /// that it asks for.
    pub(crate) fn known(&self) -> Known {
        match (self.principal, self.org) {
            (Ok(principal), _) => principal.into(),
            (Err(_), Ok(org)) => Known {
                org,
                role: self.asked,
            },
            (Err(_), Err(_)) => Known {
                org: self.was,
                role: self.was.and(self.asked),
            },
        }
    }
}

impl Caller {
    /// Reads what a request brings along. A request that came in by no door of ours has shown
    /// nothing.
    pub(crate) fn new(
        directory: &Arc<dyn Directory>,
        extensions: &Extensions,
        headers: &HeaderMap,
    ) -> Self {
        let certificate = match extensions.get::<Peer>().map(|peer| &peer.shown) {
            Some(Shown::Plain) => {
                let said = if headers.contains_key(AUTHORIZATION) {
                    Err(IdentityError::TokenInTheClear)
                } else {
                    Principal::said(headers)
                };
                return Self(Kind::Said(said));
            }
            Some(Shown::Tls { certificate }) => certificate.clone(),
            None => None,
        };
        let org = |text: Option<&str>| text.and_then(|text| text.parse().ok());
        let role = |text: Option<&str>| text.and_then(Role::from_code);
        Self(Kind::Proven(Arc::new(Proofs {
            directory: Arc::clone(directory),
            certificate,
            token: token(headers),
            org: optional(headers, PRINCIPAL, org, IdentityError::Org),
            role: optional(headers, ROLE, role, IdentityError::Role),
        })))
    }

    /// The caller of a request that has passed the edge of the server.
    ///
    /// # Errors
    /// [`IdentityError::Nothing`] for one that has not.
    pub(crate) fn of(extensions: &Extensions) -> Result<&Self, IdentityError> {
        extensions.get().ok_or(IdentityError::Nothing)
    }

    /// Refuses whoever proves nothing where proofs are asked for, or proves it wrongly. Without
    /// TLS nobody has to say who he is before a call needs it; but nobody sends a token. The organisation, as far as
    /// it is known.
    ///
    /// # Errors
    /// [`IdentityError`] says what is missing or wrong.
    pub(crate) fn admit(&self) -> Result<Option<OrgId>, IdentityError> {
        self.admitted().map_err(|nobody| nobody.why)
    }

    fn admitted(&self) -> Result<Option<OrgId>, Nobody> {
        match &self.0 {
            Kind::Said(Err(why @ IdentityError::TokenInTheClear)) => Err((*why).into()),
            Kind::Said(said) => Ok(said.ok().map(|principal| principal.org)),
            Kind::Proven(proofs) => proofs.org().map(Some),
        }
    }

    /// What the ledger says of the caller now, asked once for everything that depends on it.
    pub(crate) fn recognise(&self) -> Recognised {
        let admitted = self.admitted();
        let was = admitted.err().and_then(|nobody| nobody.was);
        let org = admitted.map_err(|nobody| nobody.why);
        let (principal, asked) = match (&self.0, org) {
            (Kind::Said(said), _) => (*said, None),
            (Kind::Proven(proofs), Ok(Some(org))) => (
                proofs.role(org).map(|role| Principal { org, role }),
                proofs.role.and_then(Result::ok),
            ),
            (Kind::Proven(_), Ok(None)) => (Err(IdentityError::Nothing), None),
            (Kind::Proven(proofs), Err(error)) => (Err(error), proofs.role.and_then(Result::ok)),
        };
        Recognised {
            org,
            principal,
            was,
            asked,
        }
    }

    /// As [`Recognised::known`], as of now.
    pub(crate) fn known(&self) -> Known {
        self.recognise().known()
    }

    /// The organisation in the role in which it acts.
    ///
    /// # Errors
    /// [`IdentityError`] says what is missing or wrong.
    pub(crate) fn principal(&self) -> Result<Principal, IdentityError> {
        self.recognise().principal
    }

    /// Whether the role reads about single cases.
    ///
    /// # Errors
    /// [`Failure`] if not, or if there is none.
    pub(crate) fn read_cases(&self) -> Result<(), Failure> {
        self.principal()?.read_cases()
    }
}

impl Proofs {
    /// The organisation that all proofs and the metadata agree on.
    fn org(&self) -> Result<OrgId, Nobody> {
        let certificate = self.certificate.as_ref().map(|uri| {
            let uri = uri.as_ref().map_err(|error| *error)?;
            self.directory
                .principal(uri)
                .map_err(|unknown| match unknown {
                    Unknown::Absent => IdentityError::UnknownPrincipal.into(),
                    Unknown::Expired { was } => Nobody {
                        why: IdentityError::PrincipalExpired,
                        was: Some(was),
                    },
                })
        });
        let token = self.token.map(|digest| {
            self.directory
                .token(&digest?)
                .map_err(|unknown| match unknown {
                    Unknown::Absent => IdentityError::TokenUnknown.into(),
                    Unknown::Expired { was } => Nobody {
                        why: IdentityError::TokenExpired,
                        was: Some(was),
                    },
                })
        });
        let certificate = certificate.transpose()?;
        let token = token.transpose().map_err(|nobody: Nobody| Nobody {
            // What is proven counts more than what was.
            was: certificate.or(nobody.was),
            ..nobody
        })?;
        let proven = certificate.or(token).ok_or(IdentityError::Nothing)?;
        let named = [certificate, token, self.org.transpose()?];
        if named.into_iter().flatten().any(|other| other != proven) {
            return Err(IdentityError::Disagree.into());
        }
        Ok(proven)
    }

    /// The role that it asks for, or the only one that it has.
    fn role(&self, org: OrgId) -> Result<Role, IdentityError> {
        let granted = self.directory.roles(org);
        match (self.role.transpose()?, &granted[..]) {
            (Some(asked), _) if granted.contains(&asked) => Ok(asked),
            (None, [only]) => Ok(*only),
            (Some(_), _) | (None, []) => Err(IdentityError::RoleNotGranted),
            (None, _) => Err(IdentityError::RoleOpen),
        }
    }
}

/// An entry that may be left out.
fn optional<T>(
    headers: &HeaderMap,
    name: &'static str,
    parse: impl FnOnce(Option<&str>) -> Option<T>,
    malformed: IdentityError,
) -> Option<Result<T, IdentityError>> {
    headers.contains_key(name).then(|| {
        let text = single(headers, name)?;
        parse(text).ok_or(malformed)
    })
}

/// The digest of the token that a request brings along.
fn token(headers: &HeaderMap) -> Option<Result<[u8; 32], IdentityError>> {
    let name = AUTHORIZATION.as_str();
    optional(headers, name, digest, IdentityError::TokenForm).map(|digest| {
        // However it is malformed, what is expected is the same.
        digest.map_err(|_form| IdentityError::TokenForm)
    })
}

fn digest(text: Option<&str>) -> Option<[u8; 32]> {
    let (scheme, token) = text?.split_once(' ')?;
    let formed = scheme.eq_ignore_ascii_case("bearer") && token::is_formed(token);
    formed.then(|| Sha256::digest(token.as_bytes()).into())
}
