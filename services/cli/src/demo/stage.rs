//! The stage: a real server on loopback, and the clients that play on it.

use std::time::{Duration, Instant};

use bytes::Bytes;
use caseledger_chain::{Origin, VerifierKey};
use caseledger_client::pb::event::v1 as event;
use caseledger_client::pb::v1::{self, expected::Expectation, scope, stream_ref, target};
use caseledger_client::{Accepted, Client, ClientError, Principal, Trust};
use caseledger_domain::{CaseFact, CaseId, ChargeId, Date, Fact, FilingId, OrderId};
use caseledger_engine::{LedgerPaths, SystemRandom};
use caseledger_server::{Config, ServeError, Server};
use sha2::{Digest as _, Sha256};
use tokio::sync::oneshot;
use tokio::task::JoinHandle;

use super::Mismatch;
use crate::connect;
use crate::exit::{Exit, Failure};
use crate::progress;

/// The name of the demonstration's ledger.
const ORIGIN: &str = "demo.caseledger.example/synthetic";

/// Submissions in one message of the stream.
const BATCH: usize = 250;

/// Messages that are sent ahead of their answers.
const WINDOW: usize = 8;

/// A running ledger, and how much was played on it.
#[derive(Debug)]
pub(super) struct Stage {
    client: Client,
    key: VerifierKey,
    seed: u64,
    stop: oneshot::Sender<()>,
    server: JoinHandle<Result<(), ServeError>>,
    played: Played,
}

/// What was played so far.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Played {
    /// Entries recorded, each with its receipt verified.
    pub(super) receipts: u64,
    /// Time spent posting.
    pub(super) took: Duration,
}

/// One run of posts by one party, as the progress bar and the message ids name it.
#[derive(Clone, Copy, Debug)]
pub(super) struct Act<'a> {
    /// Who posts.
    pub(super) party: &'a Client,
    /// What they do; with the number of a post it gives the message id.
    pub(super) what: &'a str,
}

impl Stage {
    /// Makes a ledger in a new folder and serves it.
    ///
    /// # Errors
    /// [`Failure`] if the folder is taken or the server does not start.
    pub(super) async fn open(paths: LedgerPaths, seed: u64) -> Result<Self, Failure> {
        let origin = Origin::parse(ORIGIN).map_err(|error| Failure::new(Exit::Refused, error))?;
        let created_by = concat!("caseledger ", env!("CARGO_PKG_VERSION"), " demo");
        caseledger_engine::init(&paths, &origin, created_by, &SystemRandom)?;
        let (engine, _) = connect::open_engine(paths).await?;
        let key = engine.identity().verifier().clone();
        let config = Config::load(None, [], &[("listen.address", "127.0.0.1:0".to_owned())])?;
        let server = Server::bind(config, engine).await?;
        let address = format!("http://{}", server.local_addr());
        let (stop, stopped) = oneshot::channel();
        let server = tokio::spawn(server.serve(async {
            // A sender that is gone asks for the same.
            let _either_way = stopped.await;
        }));
        let client = Client::connect(&address, None, Trust::pinned(key.clone())).await?;
        Ok(Self {
            client,
            key,
            seed,
            stop,
            server,
            played: Played::default(),
        })
    }

    /// A client that speaks for an organisation.
    ///
    /// # Errors
    /// [`Failure`] if organisation or role are none.
    pub(super) fn party(&self, org: &str, role: &str) -> Result<Client, Failure> {
        Ok(self.client.speaking_for(Principal::new(org, role)?))
    }

    /// What was played so far.
    pub(super) const fn played(&self) -> Played {
        self.played
    }

    /// What the message ids are made from.
    pub(super) const fn seed(&self) -> u64 {
        self.seed
    }

    /// The key that every receipt was verified with.
    pub(super) const fn key(&self) -> &VerifierKey {
        &self.key
    }

    /// Size of the ledger now: an as-of point.
    ///
    /// # Errors
    /// [`Failure`] if the newest checkpoint cannot be verified.
    pub(super) async fn size(&self) -> Result<u64, Failure> {
        Ok(self.client.checkpoint().await?.size.get())
    }

    /// Posts everything, in order, and verifies every receipt.
    ///
    /// # Errors
    /// [`Failure`] if a post is refused: nothing in the play may be.
    pub(super) async fn play(
        &mut self,
        act: Act<'_>,
        posts: impl ExactSizeIterator<Item = v1::Post>,
    ) -> Result<Vec<v1::StreamRef>, Failure> {
        let seed = self.seed;
        let posts = posts.enumerate().map(|(number, post)| v1::Submission {
            message_id: message_id(seed, act.what, number as u64),
            submitter_sequence: 0,
            posts: vec![post],
            signed: None,
        });
        self.send(act, posts).await
    }

    /// The same with submissions that have their message ids.
    ///
    /// # Errors
    /// As [`Self::play`].
    pub(super) async fn send(
        &mut self,
        act: Act<'_>,
        submissions: impl ExactSizeIterator<Item = v1::Submission>,
    ) -> Result<Vec<v1::StreamRef>, Failure> {
        let begun = Instant::now();
        let mut streams = Vec::with_capacity(submissions.len());
        let bar =
            progress::bar(submissions.len() as u64, "posts").with_message(act.what.to_owned());
        let mut submitter = act.party.submitter(WINDOW);
        let mut batch = Vec::with_capacity(BATCH);
        let mut submissions = submissions.peekable();
        while let Some(submission) = submissions.next() {
            batch.push(submission);
            if batch.len() < BATCH && submissions.peek().is_some() {
                continue;
            }
            let full = std::mem::replace(&mut batch, Vec::with_capacity(BATCH));
            if let Some(answer) = submitter.push(full).await? {
                bar.inc(answer.results.len() as u64);
                self.settle(act, answer.results, &mut streams)?;
            }
        }
        while let Some(answer) = submitter.next().await? {
            bar.inc(answer.results.len() as u64);
            self.settle(act, answer.results, &mut streams)?;
        }
        bar.finish_and_clear();
        self.played.took += begun.elapsed();
        Ok(streams)
    }

    fn settle(
        &mut self,
        act: Act<'_>,
        results: Vec<Result<Accepted, ClientError>>,
        streams: &mut Vec<v1::StreamRef>,
    ) -> Result<(), Failure> {
        for result in results {
            let accepted = result.map_err(|error| {
                Failure::from(error).hint(format!("while playing: {}", act.what))
            })?;
            self.played.receipts += accepted.receipts.len() as u64;
            let first = accepted
                .receipts
                .first()
                .and_then(|receipt| receipt.message().stream.clone());
            streams.extend(first);
        }
        Ok(())
    }

    /// Posts one fact and says which stream it went to.
    ///
    /// # Errors
    /// As [`Self::play`].
    pub(super) async fn one(
        &mut self,
        act: Act<'_>,
        post: v1::Post,
    ) -> Result<v1::StreamRef, Failure> {
        let streams = self.play(act, [post].into_iter()).await?;
        streams
            .into_iter()
            .next()
            .ok_or_else(|| Mismatch::failure(act.what, "one receipt", "none"))
    }

    /// Stops the server; the ledger is closed after it.
    ///
    /// # Errors
    /// [`Failure`] if it did not close well.
    pub(super) async fn close(self) -> Result<(), Failure> {
        // The connection goes first, so that there is nothing to drain.
        drop(self.client);
        // A server that has ended already says so below.
        let _either_way = self.stop.send(());
        let ended = self.server.await;
        Ok(ended.map_err(|error| Failure::new(Exit::Refused, error))??)
    }
}

/// The same play has the same message ids: the first 16 bytes of SHA-256 over seed, act and
/// number.
pub(super) fn message_id(seed: u64, act: &str, number: u64) -> Bytes {
    let digest = Sha256::new()
        .chain_update(b"caseledger demo message\0")
        .chain_update(seed.to_be_bytes())
        .chain_update(act.as_bytes())
        .chain_update(number.to_be_bytes())
        .finalize();
    Bytes::copy_from_slice(digest.get(..16).unwrap_or_default())
}

/// A post about a case, for these charges; for the whole case if there are none.
pub(super) fn about_case(case: CaseId, charges: &[ChargeId], on: Date, fact: CaseFact) -> v1::Post {
    let scope = if charges.is_empty() {
        scope::Scope::WholeCase(v1::WholeCase {})
    } else {
        scope::Scope::Charges(v1::ChargeList {
            ids: charges.iter().map(|id| id.0.into()).collect(),
        })
    };
    let target = target::Target::CaseId(Bytes::copy_from_slice(case.as_ref()));
    v1::Post {
        scope: Some(v1::Scope { scope: Some(scope) }),
        ..about(target, on, &Fact::Case(fact))
    }
}

/// A post about any other stream.
pub(super) fn about(target: target::Target, on: Date, fact: &Fact) -> v1::Post {
    v1::Post {
        target: Some(v1::Target {
            target: Some(target),
        }),
        expected: Some(v1::Expected {
            expectation: Some(Expectation::State(v1::ExpectedState::Any.into())),
        }),
        scope: None,
        occurred_on: on.yyyymmdd(),
        fact: Some(event::Fact::from(fact)),
        references: None,
        private: None,
    }
}

/// An order as its court numbers it.
pub(super) fn order_target(court: &str, number: &str) -> target::Target {
    let key = v1::OrderKey {
        court: court.to_owned(),
        number: number.to_owned(),
    };
    target::Target::Order(v1::OrderReference {
        reference: Some(v1::order_reference::Reference::Key(key)),
    })
}

/// A filing as its court numbers it.
pub(super) fn filing_target(court: &str, filing_id: &str) -> target::Target {
    let key = v1::FilingKey {
        court: court.to_owned(),
        filing_id: filing_id.to_owned(),
    };
    target::Target::Filing(v1::FilingReference {
        reference: Some(v1::filing_reference::Reference::Key(key)),
    })
}

macro_rules! id_of {
    ($($name:ident: $variant:ident -> $id:ty;)+) => {
        $(
            /// The id in a receipt.
            pub(super) fn $name(stream: &v1::StreamRef) -> Result<$id, Failure> {
                match &stream.stream {
                    Some(stream_ref::Stream::$variant(bytes)) => {
                        <$id>::try_from(bytes.as_ref()).map_err(|error| Failure::new(Exit::Refused, error))
                    }
                    _ => Err(Mismatch::failure("receipt", stringify!($variant), "another stream")),
                }
            }
        )+
    };
}

id_of! {
    case_id: CaseId -> CaseId;
    filing_id: FilingId -> FilingId;
    order_id: OrderId -> OrderId;
}
