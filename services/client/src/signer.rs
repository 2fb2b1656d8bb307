//! Signing what is submitted, so that nobody else can have submitted it.

use caseledger_chain::{
    LedgerId, MessageId, PostedParts, SALT_LEN, SigningKey, SubmitterId, SubmitterStatement,
    subject_commitment,
};
use caseledger_proto::convert::{posted_fact, posted_subject};
use caseledger_proto::pb::event::v1::Role;
use caseledger_proto::pb::v1;
use prost::Message as _;

use crate::principal::Principal;

/// Signs for one ledger: what is signed for one is nothing to another.
#[derive(Clone, Copy, Debug)]
pub struct Signer {
    ledger: LedgerId,
}

/// Why a submission was not signed.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum SignError {
    /// A message id has 16 bytes.
    #[error("message id has {0} bytes, expected 16")]
    MessageId(usize),
    /// More posts than a statement can count.
    #[error("{0} posts, expected at most 65535")]
    Posts(usize),
    /// A signature is somebody's.
    #[error("nobody is named who signs; connect as an organisation in a role")]
    Nobody,
    /// A court's message has no place for a signature: what is recorded of it is read by the server.
    #[error(
        "a court's message bears no signature, and a signing key is given; post the facts as submissions, or send it \
         without the key"
    )]
    CourtMessage,
    /// A signature is that of a role.
    #[error("role {0} is none that this release knows")]
    Role(String),
    /// The system gave no random bytes.
    #[error("the system gives no random bytes: {0}")]
    Random(getrandom::Error),
}

impl Signer {
    /// Signs for that ledger.
    pub const fn new(ledger: LedgerId) -> Self {
        Self { ledger }
    }

    /// The submission with a signature over it, by that key and in the name of that principal. The ledger has to know the
    /// key as one of the organisation's. It also holds the salts, which the ledger
    /// does not keep: whoever wants to show later which case an entry of its own is about keeps the whole submission.
    ///
    /// # Errors
    /// [`SignError`] if it cannot be signed, by whomever.
    pub fn signed(
        self,
        key: &SigningKey,
        principal: &Principal,
        mut submission: v1::Submission,
    ) -> Result<v1::Submission, SignError> {
        let mut parts = Vec::with_capacity(submission.posts.len());
        for post in &submission.posts {
            let mut salt = [0; SALT_LEN];
            getrandom::fill(&mut salt).map_err(SignError::Random)?;
            parts.push(v1::SignedPost {
                public_part: posted_fact(post).encode_to_vec().into(),
                subject: posted_subject(post).encode_to_vec().into(),
                salt: salt.to_vec().into(),
            });
        }
        let mut signed = v1::SignedSubmission {
            key: key.verifier().public_bytes().to_vec().into(),
            signature: Vec::new().into(),
            posts: parts,
        };
        let statement = self.statement(principal, &submission, &signed)?;
        signed.signature = statement.sign(key).to_vec().into();
        submission.signed = Some(signed);
        Ok(submission)
    }

    fn statement(
        self,
        principal: &Principal,
        submission: &v1::Submission,
        signed: &v1::SignedSubmission,
    ) -> Result<SubmitterStatement, SignError> {
        let message: [u8; 16] = submission
            .message_id
            .as_ref()
            .try_into()
            .map_err(|_other| SignError::MessageId(submission.message_id.len()))?;
        let count = signed.posts.len();
        u16::try_from(count).map_err(|_more| SignError::Posts(count))?;
        if principal.role().is_empty() {
            return Err(SignError::Nobody);
        }
        let submitter =
            SubmitterId::parse(principal.org()).map_err(|_checked| SignError::Nobody)?;
        let role = Role::from_str_name(&format!("ROLE_{}", principal.role()))
            .and_then(|role| u16::try_from(i32::from(role)).ok())
            .ok_or_else(|| SignError::Role(principal.role().to_owned()))?;
        let posts = signed.posts.iter().map(|post| {
            let mut salt = [0; SALT_LEN];
            salt.copy_from_slice(&post.salt);
            PostedParts {
                public: &post.public_part,
                commitment: subject_commitment(&salt, &post.subject),
            }
        });
        Ok(SubmitterStatement::new(
            self.ledger,
            submitter,
            role,
            MessageId::from_bytes(message),
            submission.submitter_sequence,
            posts,
        ))
    }
}
