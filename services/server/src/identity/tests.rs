//! Who is told from whom, without a network.

use http::{Extensions, HeaderValue};
use sha2::{Digest as _, Sha256};
use std::sync::Arc;
use std::sync::atomic::{AtomicU32, Ordering};

use super::*;

const URI: &str = "caseledger://org/lasc";
const TOKEN: &str = "clt_AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA";
const OTHERS: &str = "clt_BBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBB";
const OVER: &str = "clt_CCCCCCCCCCCCCCCCCCCCCCCCCCCCCCCCCCCCCCCCCCC";

/// A court with one role, and a prosecutor with two.
#[derive(Debug)]
struct Two;

impl Directory for Two {
    fn is_declared(&self) -> bool {
        true
    }

    fn principal(&self, uri: &str) -> Result<OrgId, Unknown> {
        match uri {
            URI => Ok("lasc".parse().unwrap()),
            "caseledger://org/lada" => Ok("lada".parse().unwrap()),
            "caseledger://org/over" => Err(Unknown::Expired { was: court().org }),
            _ => Err(Unknown::Absent),
        }
    }

    fn token(&self, sha256: &[u8; 32]) -> Result<OrgId, Unknown> {
        let is = |token: &str| Sha256::digest(token.as_bytes())[..] == sha256[..];
        if is(TOKEN) {
            Ok("lasc".parse().unwrap())
        } else if is(OTHERS) {
            Ok("lada".parse().unwrap())
        } else if is(OVER) {
            Err(Unknown::Expired { was: court().org })
        } else {
            Err(Unknown::Absent)
        }
    }

    fn roles(&self, org: OrgId) -> Vec<Role> {
        if org == "lasc".parse().unwrap() {
            vec![Role::Court]
        } else {
            vec![Role::ProsecutorCounty, Role::Publisher]
        }
    }
}

fn headers(entries: &[(&'static str, &str)]) -> HeaderMap {
    let mut headers = HeaderMap::new();
    for (name, value) in entries {
        headers.append(*name, HeaderValue::from_str(value).unwrap());
    }
    headers
}

fn caller(shown: Shown, entries: &[(&'static str, &str)]) -> Caller {
    let mut extensions = Extensions::new();
    let address = "127.0.0.1:9".parse().unwrap();
    extensions.insert(Peer { address, shown });
    let directory: Arc<dyn Directory> = Arc::new(Two);
    Caller::new(&directory, &extensions, &headers(entries))
}

fn proven(uri: Option<&str>, entries: &[(&'static str, &str)]) -> Result<Principal, IdentityError> {
    let certificate = uri.map(|uri| Ok(uri.into()));
    let caller = caller(Shown::Tls { certificate }, entries);
    if let Err(refused) = caller.admit() {
        assert_eq!(
            caller.principal(),
            Err(refused),
            "whoever is not admitted is nobody"
        );
    }
    caller.principal()
}

fn bearer(token: &str) -> String {
    format!("Bearer {token}")
}

fn court() -> Principal {
    let org = "lasc".parse().unwrap();
    let role = Role::Court;
    Principal { org, role }
}

#[test]
fn without_tls_a_caller_says_who_it_is() {
    let said = |entries| caller(Shown::Plain, entries).principal();
    assert_eq!(said(&[(PRINCIPAL, "lasc"), (ROLE, "COURT")]), Ok(court()));
    for (entries, expected) in [
        (&[][..], IdentityError::Missing(PRINCIPAL)),
        (&[(PRINCIPAL, "lasc")], IdentityError::Missing(ROLE)),
        (&[(ROLE, "COURT")], IdentityError::Missing(PRINCIPAL)),
        (&[(PRINCIPAL, "LASC"), (ROLE, "COURT")], IdentityError::Org),
        (&[(PRINCIPAL, ""), (ROLE, "COURT")], IdentityError::Org),
        (&[(PRINCIPAL, "lasc"), (ROLE, "court")], IdentityError::Role),
        (
            &[(PRINCIPAL, "a"), (PRINCIPAL, "b"), (ROLE, "COURT")],
            IdentityError::Repeated(PRINCIPAL),
        ),
    ] {
        assert_eq!(said(entries), Err(expected), "{entries:?}");
    }
}

#[test]
fn an_organisation_is_known_without_a_role_and_nobody_is_without_a_proof() {
    let lada = || "lada".parse().ok();
    let of = |uri: &str, entries| {
        let certificate = Some(Ok(uri.into()));
        caller(Shown::Tls { certificate }, entries).known()
    };
    let known = |org, role| Known { org, role };
    assert_eq!(of(URI, &[]), known("lasc".parse().ok(), Some(Role::Court)));
    let asked = of("caseledger://org/lada", &[(ROLE, "COURT")]);
    assert_eq!(asked, known(lada(), Some(Role::Court)));
    assert_eq!(of("caseledger://org/lada", &[]), known(lada(), None));
    // Who proves nothing is nobody, whatever he says.
    let said = [(PRINCIPAL, "lada"), (ROLE, "COURT")];
    assert_eq!(of("caseledger://org/nobody", &said), Known::default());
    let plain = caller(Shown::Plain, &said).known();
    assert_eq!(plain, known(lada(), Some(Role::Court)));
}

#[test]
fn whose_certificate_or_token_has_run_out_is_known_unless_another_is_proven() {
    let over = bearer(OVER);
    let known = |uri: Option<&str>, entries| {
        let certificate = uri.map(|uri| Ok(uri.into()));
        caller(Shown::Tls { certificate }, entries).known()
    };
    let of = |org: &str, role| Known {
        org: org.parse().ok(),
        role,
    };
    let said = [(PRINCIPAL, "lada"), (ROLE, "COURT")];
    let lasc = of("lasc", Some(Role::Court));
    assert_eq!(known(Some("caseledger://org/over"), &said), lasc);
    let token = [("authorization", &over[..])];
    assert_eq!(known(None, &token), of("lasc", None));
    let lada = Some("caseledger://org/lada");
    assert_eq!(known(lada, &token), of("lada", None));
}

#[test]
fn a_token_in_the_clear_is_refused_whatever_is_called() {
    let token = bearer(TOKEN);
    let entries = [
        (PRINCIPAL, "lasc"),
        (ROLE, "COURT"),
        ("authorization", &token),
    ];
    let refused = caller(Shown::Plain, &entries).admit();
    assert_eq!(refused, Err(IdentityError::TokenInTheClear));
    assert_eq!(caller(Shown::Plain, &[]).admit(), Ok(None));
}

#[test]
fn a_certificate_or_a_token_or_both_name_one_organisation() {
    let (own, others, over) = (bearer(TOKEN), bearer(OTHERS), bearer(OVER));
    let unknown = bearer("clt_DDDDDDDDDDDDDDDDDDDDDDDDDDDDDDDDDDDDDDDDDDD");
    let auth = "authorization";
    for (uri, entries, expected) in [
        (Some(URI), &[][..], Ok(court())),
        (None, &[(auth, &own[..])], Ok(court())),
        (Some(URI), &[(auth, &own)], Ok(court())),
        (
            Some(URI),
            &[(PRINCIPAL, "lasc"), (ROLE, "COURT")],
            Ok(court()),
        ),
        (None, &[], Err(IdentityError::Nothing)),
        (
            None,
            &[(PRINCIPAL, "lasc"), (ROLE, "COURT")],
            Err(IdentityError::Nothing),
        ),
        (
            Some("caseledger://org/lasc/"),
            &[],
            Err(IdentityError::UnknownPrincipal),
        ),
        (
            Some("caseledger://org/LASC"),
            &[],
            Err(IdentityError::UnknownPrincipal),
        ),
        (
            Some("caseledger://org/over"),
            &[],
            Err(IdentityError::PrincipalExpired),
        ),
        (None, &[(auth, &unknown)], Err(IdentityError::TokenUnknown)),
        (None, &[(auth, &over)], Err(IdentityError::TokenExpired)),
        (Some(URI), &[(auth, &others)], Err(IdentityError::Disagree)),
        (
            Some(URI),
            &[(auth, &unknown)],
            Err(IdentityError::TokenUnknown),
        ),
        (
            Some(URI),
            &[(PRINCIPAL, "lada")],
            Err(IdentityError::Disagree),
        ),
        (
            None,
            &[(auth, &own), (auth, &own)],
            Err(IdentityError::TokenForm),
        ),
    ] {
        assert_eq!(proven(uri, entries), expected, "{uri:?} {entries:?}");
    }
}

#[test]
fn a_certificate_that_names_nobody_or_several_is_no_proof_and_no_token_makes_up_for_it() {
    let token = bearer(TOKEN);
    for error in [IdentityError::NoUri, IdentityError::AmbiguousUri] {
        let certificate = Some(Err(error));
        let caller = caller(Shown::Tls { certificate }, &[("authorization", &token)]);
        assert_eq!(caller.admit(), Err(error));
    }
}

#[test]
fn what_is_no_token_is_told_from_one_that_is_not_known() {
    for text in [
        "",
        "Bearer",
        TOKEN,
        "Basic bGFzYzpsYXNj",
        "Bearer clt_AAAA",
        "Bearer xyz_AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA",
        "Bearer clt_AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA=",
        "Bearer  clt_AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA",
    ] {
        let found = proven(None, &[("authorization", text)]);
        assert_eq!(found, Err(IdentityError::TokenForm), "{text:?}");
    }
}

#[test]
fn a_role_is_granted_and_named_where_there_are_several() {
    let lada = Some("caseledger://org/lada");
    let publisher = proven(lada, &[(ROLE, "PUBLISHER")]).unwrap();
    assert_eq!(publisher.role, Role::Publisher);
    for (uri, entries, expected) in [
        (lada, &[][..], IdentityError::RoleOpen),
        (lada, &[(ROLE, "COURT")], IdentityError::RoleNotGranted),
        (
            Some(URI),
            &[(ROLE, "OPERATOR")],
            IdentityError::RoleNotGranted,
        ),
        (Some(URI), &[(ROLE, "court")], IdentityError::Role),
        (
            Some(URI),
            &[(ROLE, "COURT"), (ROLE, "COURT")],
            IdentityError::Repeated(ROLE),
        ),
    ] {
        assert_eq!(proven(uri, entries), Err(expected), "{entries:?}");
    }
}

#[test]
fn a_request_that_came_by_no_door_has_shown_nothing() {
    let directory: Arc<dyn Directory> = Arc::new(Two);
    let said = headers(&[(PRINCIPAL, "lasc"), (ROLE, "COURT")]);
    let caller = Caller::new(&directory, &Extensions::new(), &said);
    assert_eq!(caller.admit(), Err(IdentityError::Nothing));
}

#[test]
fn the_ledger_is_asked_once_for_the_organisation_and_its_role() {
    /// The same two, counting.
    #[derive(Debug, Default)]
    struct Asked(AtomicU32, AtomicU32);

    impl Directory for Asked {
        fn is_declared(&self) -> bool {
            Two.is_declared()
        }

        fn principal(&self, uri: &str) -> Result<OrgId, Unknown> {
            self.0.fetch_add(1, Ordering::Relaxed);
            Two.principal(uri)
        }

        fn token(&self, sha256: &[u8; 32]) -> Result<OrgId, Unknown> {
            Two.token(sha256)
        }

        fn roles(&self, org: OrgId) -> Vec<Role> {
            self.1.fetch_add(1, Ordering::Relaxed);
            Two.roles(org)
        }
    }

    let asked = Arc::new(Asked::default());
    let directory: Arc<dyn Directory> = Arc::clone(&asked) as _;
    let mut extensions = Extensions::new();
    let (address, certificate) = ("127.0.0.1:9".parse().unwrap(), Some(Ok(URI.into())));
    let shown = Shown::Tls { certificate };
    extensions.insert(Peer { address, shown });
    let recognised = Caller::new(&directory, &extensions, &HeaderMap::new()).recognise();
    let org = "lasc".parse().unwrap();
    assert_eq!(recognised.org, Ok(Some(org)));
    let role = Role::Court;
    assert_eq!(recognised.principal, Ok(Principal { org, role }));
    let times = [&asked.0, &asked.1].map(|times| times.load(Ordering::Relaxed));
    assert_eq!(times, [1, 1]);
}
