//! What a submission was signed with. Foreign clients encode what they sign as their libraries do; it is compared with
//! what they post, and kept as it came.

use caseledger_chain::{SALT_LEN, subject_commitment};
use prost::Message as _;

use crate::event_codec::Signature;
use crate::field::exact_bytes;
use crate::pb::event::v1::{self as event, PostedReference, posted_stream::Stream};
use crate::pb::v1::{self as pb, filing_reference, order_reference, scope, target::Target};
use crate::posted::{self, PostedError};
use crate::submission::{SignedPost, SignedSubmission};
use crate::wire_error::{Reader, Why};

/// The public part of a post: what it says, but for the keys of cases, orders and filings and for references.
pub fn posted_fact(post: &pb::Post) -> event::PostedFact {
    let charges = match post.scope.as_ref().and_then(|scope| scope.scope.as_ref()) {
        Some(scope::Scope::Charges(list)) => list.ids.clone(),
        Some(scope::Scope::WholeCase(_)) | None => Vec::new(),
    };
    let target = post
        .target
        .as_ref()
        .and_then(|target| target.target.as_ref());
    let references = post.references.as_ref();
    let given = |given: bool, reference: PostedReference| given.then_some(reference.into());
    let references = references.map_or_else(Vec::new, |references| {
        let listed = [
            given(references.person.is_some(), PostedReference::Person),
            given(references.order.is_some(), PostedReference::Order),
            given(
                references.vacated_order.is_some(),
                PostedReference::VacatedOrder,
            ),
            given(references.filing.is_some(), PostedReference::Filing),
            given(
                references.canonical_case.is_some(),
                PostedReference::CanonicalCase,
            ),
        ];
        listed.into_iter().flatten().collect()
    });
    event::PostedFact {
        occurred_on: post.occurred_on,
        fact: post.fact.clone(),
        charges,
        stream: target.and_then(by_id).map(|stream| event::PostedStream {
            stream: Some(stream),
        }),
        references,
    }
}

/// The rest of a post, which stands in no entry.
pub fn posted_subject(post: &pb::Post) -> pb::PostedSubject {
    let target = post.target.as_ref();
    let key = target.filter(|target| target.target.as_ref().and_then(by_id).is_none());
    pb::PostedSubject {
        target: key.cloned(),
        references: post.references.clone(),
        private: post.private.clone(),
    }
}

/// The stream that a target names by the ledger's id.
fn by_id(target: &Target) -> Option<Stream> {
    Some(match target {
        Target::CaseId(id) => Stream::CaseId(id.to_vec()),
        Target::CaseKey(_) => return None,
        Target::Initiative(id) => Stream::Initiative(id.clone()),
        Target::Cohort(id) => Stream::Cohort(id.clone()),
        Target::Filing(filing) => match filing.reference.as_ref()? {
            filing_reference::Reference::Id(id) => Stream::FilingId(id.to_vec()),
            filing_reference::Reference::Key(_) => return None,
        },
        Target::Order(order) => match order.reference.as_ref()? {
            order_reference::Reference::Id(id) => Stream::OrderId(id.to_vec()),
            order_reference::Reference::Key(_) => return None,
        },
        Target::Announcement(id) => Stream::Announcement(id.clone()),
        Target::Organisation(id) => Stream::Org(id.clone()),
    })
}

/// Reads what the posts were signed with. Whether the signature holds is asked where the poster is known.
pub(super) fn take_signed(
    wire: pb::SignedSubmission,
    posts: &[pb::Post],
    r: &mut Reader,
) -> Option<SignedSubmission> {
    let key = exact_bytes(&wire.key, "key", r);
    let signature = exact_bytes(&wire.signature, "signature", r);
    r.count("posts", wire.posts.len(), (posts.len(), posts.len()))?;
    let parts = wire.posts.into_iter().zip(posts);
    let posts = r.items("posts", parts, |(signed, post), r| {
        take_post(&signed, post, r)
    });
    let by = Signature {
        key: key?,
        signature: signature?,
    };
    Some(SignedSubmission::new(by, posts?))
}

fn take_post(signed: &pb::SignedPost, post: &pb::Post, r: &mut Reader) -> Option<SignedPost> {
    let said = |read: Result<bool, Why>, field, r: &mut Reader| {
        let why = match read {
            Ok(true) => return,
            Ok(false) => Why::SignedOtherwise,
            Err(why) => why,
        };
        r.reject(field, why);
    };
    let public = posted::decode(&signed.public_part).map_err(|error| match error {
        PostedError::Hidden { expected, found } => Why::Hidden { expected, found },
        PostedError::Malformed(_) | PostedError::Fields(_) => Why::NotMessage("PostedFact"),
    });
    said(
        public.map(|public| public == posted_fact(post)),
        "public_part",
        r,
    );
    let subject = pb::PostedSubject::decode(signed.subject.as_ref())
        .map_err(|_cause| Why::NotMessage("PostedSubject"))
        .and_then(|subject| {
            let (expected, found) = (subject.encoded_len(), signed.subject.len());
            if expected != found {
                return Err(Why::Hidden { expected, found });
            }
            Ok(subject == posted_subject(post))
        });
    said(subject, "subject", r);
    let salt: [u8; SALT_LEN] = exact_bytes(&signed.salt, "salt", r)?;
    Some(SignedPost {
        public: signed.public_part.to_vec(),
        commitment: subject_commitment(&salt, &signed.subject),
    })
}
