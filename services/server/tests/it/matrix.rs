//! The whole of who may state what, over TLS: each role and each kind of fact, allowed and recorded, or
//! refused with its reason, noted, and without a trace in the ledger.

use std::collections::{BTreeMap, BTreeSet};

use caseledger_chain::EntryRef;
use caseledger_domain::vocabulary::Vocabulary as _;
use caseledger_domain::{CaseId, FactKind as K};
use caseledger_proto::pb::v1;
use caseledger_proto::pb::v1::audit_service_client::AuditServiceClient;
use caseledger_proto::pb::v1::command_service_client::CommandServiceClient;
use tonic::transport::Channel;
use tonic::{Code, Status};

use self::scene::{DEPUTY, Scene, Step, on_the_wire};
use self::table::{MADE_BY_THE_LEDGER, MEMBERS, Member, NEVER, TABLE, columns};
use crate::support::{Running, message_id, submission, submit};
use crate::tls::ca::Ca;
use crate::tls::declared::{about, bound, granted, registered};
use crate::tls::served::{refusal, serve, state_all};

mod facts;
mod rows;
mod scene;
mod table;

/// A server with everybody who takes part in its ledger.
struct Stage {
    ca: Ca,
    server: Running,
    channels: BTreeMap<&'static str, Channel>,
    messages: u64,
}

/// What the ledger shows of itself: its size, and its newest signed checkpoint.
type Shown = (u64, Vec<u8>);

/// A refused post as it should be noted: who in which role, why, and the message id.
type Noted = (String, String, String, Vec<u8>);

fn uri(org: &str) -> String {
    format!("caseledger://org/{org}")
}

impl Stage {
    async fn new() -> Self {
        let ca = Ca::new("ours");
        let server = serve(&ca, |config| config.refused.per_minute = 100_000).await;
        let deputy = Member {
            org: DEPUTY,
            ..MEMBERS[11]
        };
        let mut posts = Vec::new();
        for Member { role, org, .. } in MEMBERS.into_iter().chain([deputy]) {
            // The ledger begins with its operator, and with the district attorney.
            if matches!(org, "operator" | "lada") {
                continue;
            }
            posts.extend([
                about(org, registered(&org.to_ascii_uppercase())),
                about(org, granted(on_the_wire(role))),
                about(org, bound(&uri(org), 0)),
            ]);
        }
        state_all(&ca, &server, 0, posts).await;
        let orgs = MEMBERS.map(|member| member.org).into_iter().chain([DEPUTY]);
        let channels = orgs.map(|org| {
            let certified = ca.client(&[&uri(org)]);
            (org, ca.channel(server.address, Some(&certified)))
        });
        let channels = channels.collect();
        Self {
            ca,
            server,
            channels,
            messages: 0,
        }
    }

    /// Submits one post. Returns the message id, too.
    async fn submit(
        &mut self,
        org: &str,
        post: v1::Post,
    ) -> ([u8; 16], Result<v1::SubmitResponse, Status>) {
        self.messages += 1;
        let id = message_id(self.messages);
        let mut commands = CommandServiceClient::new(self.channels[org].clone());
        let answer = commands.submit(submit(submission(id, vec![post]))).await;
        (id, answer.map(tonic::Response::into_inner))
    }

    async fn record(&mut self, (org, post): Step) -> v1::SubmitResponse {
        let told = format!("{org}: {post:?}");
        let (_, answer) = self.submit(org, post).await;
        answer.unwrap_or_else(|status| panic!("{status:?}: {told}"))
    }

    async fn set(&mut self, scene: &Scene, kind: K) {
        for step in scene.before(kind) {
            self.record(step).await;
        }
    }

    async fn shown(&self) -> Shown {
        let mut audits = AuditServiceClient::new(self.channels["ag"].clone());
        let info = audits.get_ledger_info(v1::GetLedgerInfoRequest {}).await;
        let checkpoint = audits.get_checkpoint(v1::GetCheckpointRequest {}).await;
        let checkpoint = checkpoint.unwrap().into_inner().checkpoint;
        (info.unwrap().into_inner().size, checkpoint.to_vec())
    }

    /// Every refused post, oldest first.
    async fn refusals(&self) -> Vec<v1::RefusedPost> {
        let mut audits = AuditServiceClient::new(self.channels["ag"].clone());
        let (mut token, mut found) = (String::new(), Vec::new());
        loop {
            let page = v1::ListRefusalsRequest {
                page: Some(v1::Page {
                    limit: 1_000,
                    token,
                }),
                ..v1::ListRefusalsRequest::default()
            };
            let page = audits.list_refusals(page).await.unwrap().into_inner();
            found.extend(page.refusals);
            if page.next.is_empty() {
                found.reverse();
                return found;
            }
            token = page.next;
        }
    }

    /// A list of cases, and a case on it that others may be the same as.
    async fn first_case(&mut self) -> CaseId {
        let scene = Scene::new(
            1,
            MEMBERS[1],
            K::CaseIdentified,
            CaseId::from_bytes([0; 16]),
        );
        for number in 1..=2 {
            let opened = scene.list(number);
            self.record(("lada", opened)).await;
        }
        let recorded = self.record(("lada", scene.post(K::CaseIdentified))).await;
        let stream = recorded.receipts[0].stream.clone().unwrap().stream.unwrap();
        let v1::stream_ref::Stream::CaseId(id) = stream else {
            panic!("{stream:?}");
        };
        CaseId::from_bytes(id.as_ref().try_into().unwrap())
    }

    /// Posts a fact that is refused: with that reason, and the ledger as it was. Returns how it is to be noted.
    async fn refused(&mut self, scene: &Scene, kind: K, code: Code, reason: &str) -> Noted {
        let before = self.shown().await;
        let Member { role, org, .. } = scene.member;
        let (id, answer) = self.submit(org, scene.post(kind)).await;
        let told = refusal(answer.map(|_recorded| ()));
        assert_eq!(told, (code, reason.to_owned()), "{org}: {kind:?}");
        assert_eq!(self.shown().await, before, "{org}: {kind:?}");
        let (org, role) = (org.to_owned(), role.code().to_owned());
        (org, role, reason.to_owned(), id.to_vec())
    }

    /// Posts a fact that is recorded as what it is.
    async fn allowed(&mut self, scene: &Scene, kind: K) {
        let org = scene.member.org;
        let recorded = self.record((org, scene.post(kind))).await;
        let mut kinds = recorded.receipts.iter().map(|receipt| {
            let entry = EntryRef::decode(&receipt.entry).unwrap();
            entry.header().body_type
        });
        assert!(kinds.any(|found| found == kind as u16), "{org}: {kind:?}");
    }
}

#[test]
fn the_table_has_every_kind_of_fact_and_gives_nobody_what_he_must_never_post() {
    let listed = TABLE.iter().map(|(kind, _)| *kind);
    let listed: BTreeSet<K> = listed.chain(MADE_BY_THE_LEDGER).collect();
    assert_eq!(listed, K::ALL.iter().copied().collect());
    assert_eq!(listed.len(), TABLE.len() + MADE_BY_THE_LEDGER.len());
    let roles: BTreeSet<_> = MEMBERS.map(|member| member.role).into_iter().collect();
    assert_eq!(
        roles,
        caseledger_domain::vocabulary::Role::ALL
            .iter()
            .copied()
            .collect()
    );
    for (kind, line) in TABLE {
        let letters = line.split(' ').count();
        assert_eq!((letters, columns(line).count()), (13, 13), "{kind:?}");
    }
    for (letter, kinds) in NEVER {
        for kind in kinds {
            let (_, line) = TABLE.iter().find(|(listed, _)| listed == kind).unwrap();
            assert!(!line.contains(letter), "{letter}: {kind:?}");
        }
    }
}

#[tokio::test]
async fn each_role_states_what_the_table_gives_it_and_is_refused_the_rest() {
    let mut stage = Stage::new().await;
    let canonical = stage.first_case().await;
    let (mut number, mut noted) = (1, Vec::new());
    let mut scene = |member, kind| {
        number += 1;
        Scene::new(number, member, kind, canonical)
    };
    for (kind, line) in TABLE {
        let (may, may_not): (Vec<_>, Vec<_>) = columns(line).partition(|(_, allowed)| *allowed);
        let may: Vec<Member> = may.into_iter().map(|(member, _)| member).collect();
        // All of them where one that may could state it next.
        let first = scene(may.first().copied().unwrap_or(MEMBERS[11]), kind);
        stage.set(&first, kind).await;
        for (member, _) in may_not {
            let key_of_a_checkpoint =
                matches!(kind, K::CheckpointKeySucceeded | K::CheckpointKeyRetired);
            let reason = if key_of_a_checkpoint && member.letter == 'K' {
                "KEY_HOLDER_ONLY"
            } else {
                "ROLE_NOT_ALLOWED"
            };
            let there = Scene {
                member,
                ..first.clone()
            };
            let code = Code::PermissionDenied;
            noted.push(stage.refused(&there, kind, code, reason).await);
        }
        for (nth, member) in may.into_iter().enumerate() {
            let there = if nth == 0 {
                first.clone()
            } else {
                let another = scene(member, kind);
                stage.set(&another, kind).await;
                another
            };
            stage.allowed(&there, kind).await;
        }
    }
    for kind in MADE_BY_THE_LEDGER {
        for member in MEMBERS {
            let there = scene(member, kind);
            let (code, reason) = (Code::InvalidArgument, "MALFORMED_FIELD");
            noted.push(stage.refused(&there, kind, code, reason).await);
        }
    }
    // One line each and no other, with the digest that an entry would have carried.
    let found = stage.refusals().await;
    assert!(found.iter().all(|post| post.content.len() == 32));
    let told = found.into_iter().map(|post| {
        let v1::RefusedPost {
            submitter,
            role,
            reason,
            message_id,
            ..
        } = post;
        (submitter, role, reason, message_id.to_vec())
    });
    let told: Vec<Noted> = told.collect();
    assert_eq!(told, noted);
    stage.server.stop().await;
}
