//! What is noted of posts of those who are no more, or not yet, known.

use caseledger_proto::pb::v1::command_service_client::CommandServiceClient;
use caseledger_server::ROLE;
use tonic::Request;

use super::ca::Ca;
use super::declared::{LEFT, OVER};
use super::served::{noted, refusal, serve, unauthenticated};
use crate::support::{message_id, opened, submit};

#[tokio::test]
async fn a_refused_post_names_whose_certificate_or_token_has_run_out() {
    let ca = Ca::new("ours");
    let server = serve(&ca, |_| {}).await;
    let (left, other) = (ca.client(&[LEFT]), ca.client(&["caseledger://org/nobody"]));
    let bearer = format!("Bearer {OVER}");
    for (identity, token, expected) in [
        (Some(&left), None, "PRINCIPAL_EXPIRED"),
        (None, Some(&bearer), "TOKEN_EXPIRED"),
        (Some(&other), None, "UNKNOWN_PRINCIPAL"),
    ] {
        let mut post = Request::new(submit(opened(message_id(1), "ONE")));
        let metadata = post.metadata_mut();
        metadata.insert(ROLE, "PROSECUTOR_COUNTY".parse().unwrap());
        if let Some(token) = token {
            metadata.insert("authorization", token.parse().unwrap());
        }
        let channel = ca.channel(server.address, identity);
        let posted = CommandServiceClient::new(channel).submit(post).await;
        let refused = refusal(posted.map(|_accepted| ()));
        assert_eq!(refused, unauthenticated(expected));
    }
    server.stop().await;
    let (lada, role) = (|| Some("lada".to_owned()), "PROSECUTOR_COUNTY".to_owned());
    assert_eq!(
        noted(&ca),
        [
            (lada(), Some(role.clone()), "PRINCIPAL_EXPIRED".to_owned()),
            (lada(), Some(role), "TOKEN_EXPIRED".to_owned()),
            (None, None, "UNKNOWN_PRINCIPAL".to_owned()),
        ]
    );
}
