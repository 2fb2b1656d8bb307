//! Organisations of a ledger that declares authority: posted, refused, shown page by page.

use caseledger_domain::{
    Command, Date, Expected, Fact, OrgFact, OrgId, Scope, Target, vocabulary::Role,
};
use caseledger_engine::{Engine, Poster, Submission};
use caseledger_proto::pb::event::v1::{self as ev, fact::Kind};
use caseledger_proto::pb::v1;
use caseledger_proto::pb::v1::command_service_client::CommandServiceClient;
use caseledger_proto::pb::v1::query_service_client::QueryServiceClient;
use caseledger_proto::pb::v1::target::Target as Aim;
use tonic::transport::Channel;
use tonic::{Code, Request};

use crate::support::{
    Fault, Running, acting, as_court, engine, message_id, opened, post, submission, submit,
};

/// What `init --operator-uri` records.
pub(crate) fn declare(engine: &Engine) {
    let facts = [
        OrgFact::OrganisationRegistered {
            name: "OFFICE".parse().unwrap(),
        },
        OrgFact::RoleGranted {
            role: Role::Operator,
            counties: Vec::new(),
            courts: Vec::new(),
            valid_from: Date::MIN,
            valid_until: None,
        },
        OrgFact::PrincipalBound {
            uri: "urn:operator".parse().unwrap(),
            valid_until: None,
        },
    ];
    let command = |fact| Command {
        target: Target::Ledger,
        expected: Expected::Any,
        scope: Scope::WholeCase,
        occurred_on: Date::from_yyyymmdd(20_210_927).unwrap(),
        fact: Fact::Org(fact),
    };
    let submission = Submission {
        message_id: [0xee; 16],
        submitter_seq: 0,
        content: [1; 32],
        bytes: 0,
        commands: facts.map(command).to_vec(),
        canonical_cases: Vec::new(),
        courts: Vec::new(),
        private: Vec::new(),
        signed: None,
    };
    let poster = Poster {
        org: OrgId::OPERATOR,
        role: Role::Operator,
    };
    let outcomes = engine.submit_wait(poster, vec![submission]).unwrap();
    assert!(outcomes.iter().all(Result::is_ok), "{outcomes:?}");
}

pub(crate) fn as_operator<T>(message: T) -> Request<T> {
    acting("operator", "OPERATOR", message)
}

pub(crate) fn about(organisation: &str, kind: Kind) -> v1::Post {
    post(Aim::Organisation(organisation.to_owned()), kind)
}

pub(crate) fn registered(organisation: &str) -> v1::Post {
    let name = organisation.to_ascii_uppercase();
    about(
        organisation,
        Kind::OrganisationRegistered(ev::OrganisationRegistered { name }),
    )
}

fn listed(token: &str) -> v1::ListOrganisationsRequest {
    let token = token.to_owned();
    let page = v1::Page { limit: 1000, token };
    v1::ListOrganisationsRequest { page: Some(page) }
}

/// Ids of all organisations, page by page, of a ledger that has the entries of the test below.
async fn ids(queries: &mut QueryServiceClient<Channel>) -> Vec<String> {
    let (mut token, mut seen) = (String::new(), Vec::new());
    loop {
        let page = queries.list_organisations(as_operator(listed(&token)));
        let page = page.await.unwrap().into_inner();
        assert!(page.declared && page.organisations.len() <= 100);
        assert_eq!(page.complete_to, 3 + 100 + 6);
        let ids = page.organisations.into_iter();
        seen.extend(ids.map(|shown| shown.organisation));
        token = page.next;
        if token.is_empty() {
            return seen;
        }
    }
}

#[tokio::test]
async fn organisations_are_posted_by_the_operator_and_shown_in_pages_without_digests() {
    let fault = Fault::default();
    let engine = engine(&fault);
    declare(&engine);
    let server = Running::over(engine, fault, |_| {}).await;
    let mut commands = CommandServiceClient::new(server.channel().await);
    let mut queries = QueryServiceClient::new(server.channel().await);

    let refused = commands.submit(as_court(submit(opened(message_id(1), "ONE"))));
    let refused = refused.await.unwrap_err();
    assert_eq!(refused.code(), Code::PermissionDenied, "{refused:?}");
    let posts = (0..100).map(|number| registered(&format!("org-{number:03}")));
    let posts = submission(message_id(2), posts.collect());
    commands.submit(as_operator(submit(posts))).await.unwrap();
    let token = ev::TokenIssued {
        sha256: vec![7; 32],
        valid_until: 21_991_231,
    };
    let required = ev::ApprovalRequired { required: true };
    let oversight = ev::RoleGranted {
        role: ev::Role::Oversight.into(),
        valid_from: 20_200_101,
        ..ev::RoleGranted::default()
    };
    let bound = ev::PrincipalBound {
        uri: "urn:ag".to_owned(),
        valid_until: 0,
    };
    let posts = vec![
        about("org-001", Kind::TokenIssued(token.clone())),
        registered("ag"),
        about("ag", Kind::RoleGranted(oversight)),
        about("ag", Kind::PrincipalBound(bound)),
        about("operator", Kind::ApprovalRequired(required)),
        about(
            "org-002",
            Kind::TokenIssued(ev::TokenIssued {
                sha256: vec![8; 32],
                ..token
            }),
        ),
    ];
    let posts = submission(message_id(3), posts);
    commands.submit(as_operator(submit(posts))).await.unwrap();

    let seen = ids(&mut queries).await;
    assert!(seen.len() == 102 && seen.is_sorted(), "{seen:?}");
    let no_token = queries
        .list_organisations(as_operator(listed("ORG 1")))
        .await;
    let no_token = no_token.unwrap_err();
    assert_eq!(no_token.code(), Code::InvalidArgument, "{no_token:?}");

    let mut get = async |organisation: &str| {
        let organisation = organisation.to_owned();
        let request = v1::GetOrganisationRequest { organisation };
        let reply = queries.get_organisation(as_operator(request)).await;
        reply.map(|reply| reply.into_inner().organisation.unwrap())
    };
    let shown = get("org-001").await.unwrap();
    assert_eq!(
        (shown.name.as_str(), shown.tokens[0].valid_until),
        ("ORG-001", 21_991_231)
    );
    let waits = get("org-002").await.unwrap();
    assert!(waits.tokens.is_empty());
    let [act] = &waits.pending[..] else {
        panic!("{waits:?}");
    };
    assert_eq!((act.revision, act.proposer.as_str()), (1, "operator"));
    let Some(Kind::TokenIssued(hidden)) = act.act.as_ref().and_then(|act| act.kind.as_ref()) else {
        panic!("{act:?}");
    };
    assert!(hidden.sha256.is_empty() && hidden.valid_until == 21_991_231);
    let nobody = get("nobody").await.unwrap_err();
    assert_eq!(nobody.code(), Code::NotFound);
    assert!(nobody.message().contains("organisation"), "{nobody:?}");
    assert_eq!(
        get("NOBODY").await.unwrap_err().code(),
        Code::InvalidArgument
    );
    server.stop().await;
}
