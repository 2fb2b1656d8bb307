//! What a submission is once it has been read: commands of the domain, and the keyed hashes that
//! stand in for everything personal in it.

use core::fmt;

use caseledger_chain::{
    Digest, LedgerId, MessageId, PostedParts, StatementError, SubmitterId, SubmitterStatement,
};
use caseledger_domain::vocabulary::{Role, Vocabulary as _};
use caseledger_domain::{CaseToken, Command, FilingId, OrderId, PersonRef, Text};
use zeroize::Zeroizing;

use crate::event_codec::Signature;

/// Turns names of the outside world into pseudonyms. Implemented with a keyed hash whose key is
/// kept outside the store: without it nobody can tell which docket number a token stands for, nor
/// try numbers out. Each method is a domain of its own; equal arguments give equal results for
/// ever. Arguments are normalised already.
pub trait Pseudonyms {
    /// The token of a case: court, normalised docket number, defendant.
    fn case_token(&self, court: &str, number: &str, defendant: &str) -> CaseToken;

    /// The pseudonym of a person: who gave the identifier, and the identifier.
    fn person(&self, issuer: &str, value: &str) -> PersonRef;

    /// The id of an order: court and order number.
    fn order(&self, court: &str, number: &str) -> OrderId;

    /// The id of a filing: court and filing id.
    fn filing(&self, court: &str, id: &str) -> FilingId;

    /// The message id of a message that its source names in its own way: what kind of name it is,
    /// and its parts.
    fn message(&self, parts: &[&str]) -> [u8; 16];

    /// The digest of a submission's content, which holds docket numbers.
    fn content(&self, canonical: &[u8]) -> [u8; 32];
}

/// A submission that was read without a violation.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Submission {
    /// Chosen by the poster, once for each content.
    pub message_id: [u8; 16],
    /// The poster's own sequence number; 0 if it keeps none.
    pub submitter_seq: u64,
    /// Keyed digest of everything else in the message but the signature. The same message id with another digest is
    /// a conflict.
    pub content: [u8; 32],
    /// Length in bytes of the message, as it is encoded: what it weighs while it waits.
    pub bytes: usize,
    /// 1 to 100 commands, to be recorded together in this order or not at all.
    pub commands: Vec<Command>,
    /// Cases that `DuplicateLinked` facts name by key.
    pub canonical_cases: Vec<CanonicalCase>,
    /// Courts that the keys of targets name, by ascending command. They stand in no entry.
    pub courts: Vec<NamedCourt>,
    /// What is private, by ascending command.
    pub private: Vec<PrivateOf>,
    /// The poster's own signature, if it signed.
    pub signed: Option<SignedSubmission>,
}

/// What is private of one command: the key that its target was named by, and what the poster gave to be kept.
#[derive(Clone, PartialEq, Eq)]
pub struct PrivateOf {
    /// Index of the command in the submission.
    pub command: usize,
    /// Whether the poster gave details to be kept; otherwise only the names that the post used are here.
    pub explicit: bool,
    /// One `caseledger.v1.PrivatePart`, encoded; at most [`PRIVATE_PART_MAX`] bytes.
    pub bytes: Zeroizing<Vec<u8>>,
}

/// Most bytes of a private part.
pub const PRIVATE_PART_MAX: usize = 16 * 1024;

impl fmt::Debug for PrivateOf {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("PrivateOf")
            .field("command", &self.command)
            .finish_non_exhaustive()
    }
}

/// What a poster signed. That it says what the commands say was seen to when it was read.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SignedSubmission {
    /// Key and signature; neither is believed.
    pub by: Signature,
    /// One per command, in order.
    pub posts: Vec<SignedPost>,
    /// What verifying came to, and for whom: so that it is done once, and not where everybody waits for it.
    verified: Option<(Signer, Result<(), StatementError>)>,
}

/// What was signed of one post.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SignedPost {
    /// The public part, as the poster encoded it.
    pub public: Vec<u8>,
    /// The commitment to the rest.
    pub commitment: Digest,
}

/// Who signs, and to which ledger.
type Signer = (LedgerId, SubmitterId, Role);

impl SignedSubmission {
    /// A signature that nobody has verified.
    pub const fn new(by: Signature, posts: Vec<SignedPost>) -> Self {
        Self {
            by,
            posts,
            verified: None,
        }
    }
}

impl Submission {
    /// Verifies the signature, if there is one, as that of this poster to this ledger, and remembers what came of it.
    /// Takes as long as many other things together: call it where it holds up nobody.
    ///
    /// # Errors
    /// [`StatementError`] if it does not hold. Whether the key is the poster's is not asked here.
    pub fn verify_signature(
        &mut self,
        ledger: LedgerId,
        submitter: SubmitterId,
        role: Role,
    ) -> Result<(), StatementError> {
        let by_whom = (ledger, submitter, role);
        let Some(signed) = &mut self.signed else {
            return Ok(());
        };
        if let Some((known, result)) = signed.verified
            && known == by_whom
        {
            return result;
        }
        let posts = signed.posts.iter().map(|post| PostedParts {
            public: &post.public,
            commitment: post.commitment,
        });
        let statement = SubmitterStatement::new(
            ledger,
            submitter,
            role.number().into(),
            MessageId::from_bytes(self.message_id),
            self.submitter_seq,
            posts,
        );
        let result = statement.verify(&signed.by.key, &signed.by.signature);
        signed.verified = Some((by_whom, result));
        result
    }
}

/// The court that the key of a target names. The key itself becomes a pseudonym; what an organisation may state about it
/// depends on the court.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct NamedCourt {
    /// Index of the command in the submission.
    pub command: usize,
    /// Code of the court, in upper case.
    pub court: Text<16>,
}

/// A `DuplicateLinked` fact whose canonical case was named by its key. Only the writer knows which
/// case that is at the moment of recording; until it has put the id into the fact, the fact names
/// the case of 16 zero bytes, which does not exist.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct CanonicalCase {
    /// Index of the command in the submission.
    pub command: usize,
    /// The key of the case that counts.
    pub token: CaseToken,
}
