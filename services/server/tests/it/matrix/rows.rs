//! Whoever is refused for who he is: each by name, with the reason that he and the operator are told.

use caseledger_domain::vocabulary::{Role, Severity};
use caseledger_domain::{CaseFact, Charge, Fact, FactKind as K};
use caseledger_proto::pb::event::v1::{self as ev, fact::Kind};
use caseledger_proto::pb::v1;
use caseledger_proto::pb::v1::command_service_client::CommandServiceClient;
use caseledger_server::ROLE;
use rcgen::ExtendedKeyUsagePurpose;
use sha2::{Digest as _, Sha256};
use time::{Duration, OffsetDateTime};
use tokio::io::AsyncReadExt as _;
use tokio::time::timeout;
use tonic::transport::Channel;
use tonic::{Code, Request, Status};

use super::facts::charge;
use super::scene::{Scene, on_the_wire};
use super::table::{MEMBERS, Member};
use super::{Stage, uri};
use crate::published::LONG;
use crate::support::{message_id, submission, submit};
use crate::tls::ca::{Ca, Certified, uri as named};
use crate::tls::declared::{
    LADA, LEFT, OVER, TOKEN, about, bound, granted, issued, lasting, registered, revoked,
};
use crate::tls::served::{alert_to, ask, measure, refusal, state_all};

/// Issued to `former`, and taken back.
const TAKEN_BACK: &str = "clt_EEEEEEEEEEEEEEEEEEEEEEEEEEEEEEEEEEEEEEEEEEE";

/// Issued to nobody.
const UNKNOWN: &str = "clt_DDDDDDDDDDDDDDDDDDDDDDDDDDDDDDDDDDDDDDDDDDD";

fn limited(role: ev::Role, counties: &[u32], courts: &[&str]) -> Kind {
    Kind::RoleGranted(ev::RoleGranted {
        role: role.into(),
        counties: counties.to_vec(),
        courts: courts.iter().copied().map(str::to_owned).collect(),
        valid_from: 20_210_101,
        valid_until: 0,
    })
}

/// Organisations of which each lacks something.
fn cast() -> Vec<v1::Post> {
    let court = on_the_wire(Role::Court);
    let known = |org: &'static str, facts: Vec<Kind>| {
        let first = [registered(&org.to_ascii_uppercase()), bound(&uri(org), 0)];
        let facts = first.into_iter().chain(facts);
        facts.map(move |fact| about(org, fact)).collect::<Vec<_>>()
    };
    let sha256 = Sha256::digest(TAKEN_BACK.as_bytes()).to_vec();
    let back = Kind::TokenRevoked(ev::TokenRevoked { sha256 });
    let other_county = limited(ev::Role::ProsecutorCounty, &[75], &[]);
    let other_court = limited(court, &[], &["SFSC"]);
    [
        known("sfda", vec![other_county]),
        known("sfsc", vec![other_court]),
        known("early", vec![lasting(20_211_001, 0)]),
        known(
            "former",
            vec![granted(court), issued(TAKEN_BACK, 0), revoked(court), back],
        ),
        known(
            "both",
            vec![granted(court), granted(on_the_wire(Role::Defender))],
        ),
        known("none", Vec::new()),
    ]
    .concat()
}

/// Whoever posts without having what it takes: what he shows and asks, and what he and the operator are told.
struct Row {
    name: &'static str,
    channel: Channel,
    token: Option<&'static str>,
    role: Option<&'static str>,
    post: v1::Post,
    code: Code,
    reason: &'static str,
    /// Organisation and role of the line; empty where they are not proven.
    noted: (&'static str, &'static str),
}

impl Row {
    async fn submit(&self, id: [u8; 16]) -> Result<(), Status> {
        let mut request = Request::new(submit(submission(id, vec![self.post.clone()])));
        if let Some(role) = self.role {
            request.metadata_mut().insert(ROLE, role.parse().unwrap());
        }
        if let Some(token) = self.token {
            let bearer = format!("Bearer {token}");
            let metadata = request.metadata_mut();
            metadata.insert("authorization", bearer.parse().unwrap());
        }
        let mut commands = CommandServiceClient::new(self.channel.clone());
        commands.submit(request).await.map(|_recorded| ())
    }
}

fn member(role: Role) -> Member {
    MEMBERS
        .into_iter()
        .find(|member| member.role == role)
        .unwrap()
}

/// A case that a city attorney identifies as its own, and that is a felony.
fn felony(scene: &Scene) -> v1::Post {
    let CaseFact::CaseIdentified {
        cohort,
        row,
        source,
        county,
        court,
        agency,
        person,
        ..
    } = scene.case(K::CaseIdentified)
    else {
        panic!("not identified");
    };
    let felony = Charge {
        severity: Severity::Felony,
        ..charge(1)
    };
    let identified = CaseFact::CaseIdentified {
        cohort,
        row,
        source,
        county,
        court,
        agency,
        person,
        charges: vec![felony],
    };
    scene.stating(K::CaseIdentified, &Fact::Case(identified))
}

#[expect(clippy::too_many_lines, reason = "a table")]
async fn rows(stage: &mut Stage) -> Vec<Row> {
    let canonical = stage.first_case().await;
    let known = |role, kind| Scene::new(1, member(role), kind, canonical);
    let determined = known(Role::ProsecutorCounty, K::EligibilityDetermined);
    let determined = determined.post(K::EligibilityDetermined);
    let not_found = known(Role::Court, K::RecordNotFound).post(K::RecordNotFound);
    let city = Scene::new(
        2,
        member(Role::ProsecutorCity),
        K::CaseIdentified,
        canonical,
    );
    let address = stage.server.address;
    let show = |certified: Option<Certified>| stage.ca.channel(address, certified.as_ref());
    let org = |org| show(Some(stage.ca.client(&[&uri(org)])));
    let row = |name, channel, reason, noted| Row {
        name,
        channel,
        token: None,
        role: None,
        post: not_found.clone(),
        code: Code::Unauthenticated,
        reason,
        noted,
    };
    let denied = |name, channel, reason, noted| Row {
        code: Code::PermissionDenied,
        ..row(name, channel, reason, noted)
    };
    let token = |name, token, reason| Row {
        token: Some(token),
        ..row(name, show(None), reason, ("", ""))
    };
    let role_of = |name, asked, reason, noted| Row {
        role: Some(asked),
        ..denied(name, org("lasc"), reason, noted)
    };
    let not_granted = "ROLE_NOT_GRANTED";
    vec![
        Row {
            post: determined.clone(),
            ..denied(
                "wrong county",
                org("sfda"),
                "OUTSIDE_COUNTIES",
                ("sfda", "PROSECUTOR_COUNTY"),
            )
        },
        denied(
            "wrong court",
            org("sfsc"),
            "OUTSIDE_COURTS",
            ("sfsc", "COURT"),
        ),
        Row {
            post: felony(&city),
            ..denied(
                "city attorney on a felony",
                org("pasadena"),
                "CITY_ATTORNEY_FELONY",
                ("pasadena", "PROSECUTOR_CITY"),
            )
        },
        Row {
            post: determined,
            ..denied(
                "case of another",
                org("pasadena"),
                "NOT_YOUR_CASE",
                ("pasadena", "PROSECUTOR_CITY"),
            )
        },
        denied(
            "role before its first day",
            org("early"),
            not_granted,
            ("early", ""),
        ),
        denied(
            "role after its last day",
            org("late"),
            not_granted,
            ("late", ""),
        ),
        denied("role revoked", org("former"), not_granted, ("former", "")),
        denied("no role", org("none"), not_granted, ("none", "")),
        role_of(
            "role of another",
            "OPERATOR",
            not_granted,
            ("lasc", "OPERATOR"),
        ),
        Row {
            code: Code::InvalidArgument,
            ..denied(
                "two roles and none named",
                org("both"),
                "ROLE_AMBIGUOUS",
                ("both", ""),
            )
        },
        row("no certificate", show(None), "NO_IDENTITY", ("", "")),
        row(
            "right CA, another name",
            org("nobody"),
            "UNKNOWN_PRINCIPAL",
            ("", ""),
        ),
        row(
            "right CA, no name",
            show(Some(stage.ca.client(&[]))),
            "CERTIFICATE_WITHOUT_URI",
            ("", ""),
        ),
        row(
            "right CA, two names",
            show(Some(stage.ca.client(&[LADA, &uri("lasc")]))),
            "CERTIFICATE_URI_AMBIGUOUS",
            ("", ""),
        ),
        row(
            "name bound until yesterday",
            show(Some(stage.ca.client(&[LEFT]))),
            "PRINCIPAL_EXPIRED",
            ("lada", ""),
        ),
        Row {
            noted: ("lada", ""),
            ..token("token after its last day", OVER, "TOKEN_EXPIRED")
        },
        token("token revoked", TAKEN_BACK, "TOKEN_UNKNOWN"),
        token("unknown token", UNKNOWN, "TOKEN_UNKNOWN"),
        token("no token", "clt_AAAA", "TOKEN_MALFORMED"),
        Row {
            token: Some(TOKEN),
            ..row(
                "token of another",
                org("lasc"),
                "IDENTITIES_DISAGREE",
                ("", ""),
            )
        },
    ]
}

#[tokio::test]
async fn whoever_lacks_something_is_refused_by_its_name_noted_and_leaves_no_trace() {
    let mut stage = Stage::new().await;
    state_all(&stage.ca, &stage.server, 1, cast()).await;
    let rows = rows(&mut stage).await;
    let mut expected = Vec::new();
    for (number, row) in (5_000..).zip(&rows) {
        let before = stage.shown().await;
        let told = refusal(row.submit(message_id(number)).await);
        assert_eq!(told, (row.code, row.reason.to_owned()), "{}", row.name);
        assert_eq!(stage.shown().await, before, "{}", row.name);
        // Whoever proves nothing, or does not any more, is turned away before his message is read.
        let read = !row.noted.0.is_empty() && !row.reason.ends_with("_EXPIRED");
        let id = if read {
            message_id(number).to_vec()
        } else {
            Vec::new()
        };
        let (org, role) = row.noted;
        expected.push((
            row.name,
            org.to_owned(),
            role.to_owned(),
            row.reason.to_owned(),
            id,
            read,
        ));
    }
    let found = stage.refusals().await;
    assert_eq!(found.len(), rows.len());
    let found: Vec<_> = found
        .into_iter()
        .zip(&rows)
        .map(|(post, row)| {
            assert_eq!(post.method, "Submit", "{}", row.name);
            let digest = post.content.len() == 32;
            (
                row.name,
                post.submitter,
                post.role,
                post.reason,
                post.message_id.to_vec(),
                digest,
            )
        })
        .collect();
    assert_eq!(found, expected);
    stage.server.stop().await;
}

/// How often a certificate was refused for that reason.
async fn counted(ca: &Ca, stage: &Stage, reason: &str) -> Option<u64> {
    let line = format!("caseledger_tls_certificates_refused_total{{reason=\"{reason}\"}}");
    measure(ca, &stage.server, &line).await
}

#[tokio::test]
async fn a_certificate_that_is_refused_is_counted_by_its_reason_and_leaves_no_trace() {
    let stage = Stage::new().await;
    let (others, namesake) = (Ca::new("theirs"), Ca::new("ours"));
    let ca = &stage.ca;
    let address = stage.server.address;
    let in_days = |from: i64, until: i64| {
        ca.issue("client", vec![named(LADA)], |params| {
            params.not_before = OffsetDateTime::now_utc() + Duration::days(from);
            params.not_after = OffsetDateTime::now_utc() + Duration::days(until);
        })
    };
    let for_servers = ca.issue("client", vec![named(LADA)], |params| {
        params.extended_key_usages = vec![ExtendedKeyUsagePurpose::ServerAuth];
    });
    // Revoked while it is used: it is cut off by the list of the moment.
    let revoked = ca.client(&[LADA]);
    ask(&ca.channel(address, Some(&revoked))).await.unwrap();
    let mut open = ca.stream(address, Some(&revoked), b"h2").await;
    ca.revoke(&[&revoked]);
    let _end = timeout(LONG, open.read_to_end(&mut Vec::new()))
        .await
        .unwrap();

    let before = stage.shown().await;
    for (identity, alert, reason) in [
        (in_days(-2, -1), "CertificateExpired", "expired"),
        (in_days(1, 2), "CertificateExpired", "not_valid_yet"),
        (revoked, "CertificateRevoked", "revoked"),
        (others.client(&[LADA]), "UnknownCA", "unknown_ca"),
        (namesake.client(&[LADA]), "DecryptError", "bad_signature"),
        (for_servers, "UnsupportedCertificate", "wrong_use"),
    ] {
        assert_eq!(counted(ca, &stage, reason).await, None, "{reason}");
        let told = alert_to(ca, address, &identity).await;
        assert!(told.contains(alert), "{reason}: {told}");
        let once = async { while counted(ca, &stage, reason).await != Some(1) {} };
        timeout(LONG, once).await.unwrap();
    }
    let failed = "caseledger_tls_handshakes_total{outcome=\"failed\"}";
    // The last one is over when it has closed its side, too.
    let all = async { while measure(ca, &stage.server, failed).await != Some(6) {} };
    timeout(LONG, all).await.unwrap();
    // Nothing was posted, so nothing is noted as a refused post.
    assert_eq!(stage.refusals().await, []);
    assert_eq!(stage.shown().await, before);
    stage.server.stop().await;
}
