//! Replacing the index key on a ledger that nobody serves, forgetting cases by their keys, and showing what there is
//! (docs/VAULT.md).
//!
//! ```text
//! rotate   1. tokens of all cases are made anew, from the docket keys in their private parts
//!          2. index-<n+1>.tmp: the new key and these tokens, synced
//!          3. renamed to index-<n+1>.key, the folder synced       THE COMMIT POINT
//!          4. the file of generation n is overwritten and removed
//! ```
//!
//! A crash in front of 3 leaves the key of before in force, one behind it is finished by the next start for writing. Nothing
//! is recorded: no entry has a token, and what is to be forgotten was recorded when it was ordered or set.
//!
//! The docket key of a shredded case is gone, so its token, the tombstone, cannot be made anew. It is taken along as it is,
//! with the part of its index key that makes it again; or else dropped, and then the case is forgotten.

use std::{fmt, sync::Arc};

use caseledger_chain::Size;
use caseledger_domain::{CaseId, CaseToken, Date, PrivateState, Retention, State, StreamId};
use caseledger_proto::Pseudonyms;
use hashbrown::HashMap;
use zeroize::Zeroizing;

use crate::{
    clock::{Clock, court_day},
    engine::{CloseError, Engine},
    error::ReadError,
    identity::KeyFileError,
    index_file::{self, ReplaceError, Token},
    index_key::IndexKey,
    own::{self, RecordError},
    packed::Packed,
    paths::LedgerPaths,
    random::NoRandomness,
    recovery::{Config, OpenError},
    shared::Shared,
};

/// Makes the token of the docket key in a private part, if it has one. What stands in a part is for `proto/convert` to
/// read, which the engine knows nothing of.
pub type TokenOfPart<'a> = &'a dyn Fn(&[u8], &dyn Pseudonyms) -> Option<CaseToken>;

/// The index key was not replaced.
#[derive(Debug, thiserror::Error)]
pub enum IndexError {
    /// The ledger was not opened.
    #[error(transparent)]
    Open(#[from] OpenError),
    /// Which day it is cannot be told.
    #[error(transparent)]
    Day(#[from] RecordError),
    /// A case could not be read.
    #[error(transparent)]
    Read(#[from] ReadError),
    /// The system gave no random bytes.
    #[error(transparent)]
    NoRandomness(#[from] NoRandomness),
    /// The file could not be replaced.
    #[error(
        "{0}; the index key is replaced wholly or not at all, and caseledger index status shows which"
    )]
    Replace(#[from] ReplaceError),
    /// The ledger was not closed; the key is replaced all the same.
    #[error("{done}; this is done, although the ledger was not closed well: {source}")]
    Close {
        /// What was done.
        done: Box<IndexRotated>,
        /// What went wrong then.
        #[source]
        source: CloseError,
    },
}

/// The index key was replaced.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct IndexRotated {
    /// Generation of the new key.
    pub generation: u32,
    /// Tokens that were made anew.
    pub renewed: usize,
    /// Tombstones that were taken along.
    pub tombstones: usize,
    /// Tombstones that were dropped: these cases are not known by their keys any more.
    pub forgotten: usize,
    /// Tokens of other cases that were taken along, because no private part at hand has their docket key.
    pub not_renewed: usize,
    /// Earlier generations of which a part stays, because a token that was taken along rests on it.
    pub rest_on: Vec<u32>,
}

impl fmt::Display for IndexRotated {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self {
            generation,
            renewed,
            tombstones,
            forgotten,
            not_renewed,
            rest_on: _,
        } = self;
        write!(
            f,
            "index key of generation {generation} is in force: {renewed} tokens renewed, {tombstones} tombstones taken along, \
             {forgotten} forgotten, {not_renewed} tokens not renewed"
        )
    }
}

/// The generation of the index key in a file of a key folder, by its name; none for any other file.
pub fn generation_of(name: &str) -> Option<u32> {
    index_file::generation_of(name)
}

/// Replaces the index key. `progress` hears how many cases of how many are done.
///
/// # Errors
/// [`IndexError`]. Whatever fails, the key is replaced wholly or not at all.
pub fn rotate(
    config: &Config,
    clock: &Arc<dyn Clock>,
    token_of: TokenOfPart<'_>,
    progress: &mut dyn FnMut(usize, usize),
) -> Result<IndexRotated, IndexError> {
    let (engine, _) = Engine::open(config, Arc::clone(clock), &|_step| ())?;
    let shared = engine.shared();
    let before = Arc::clone(shared.identity.index_key());
    let today = own::today(&**clock)?;
    // A clock that is set wrong is to forget nothing by itself. With no entry there is no case either.
    let recorded = court_day(shared.world().recorded_at());
    let day = recorded.map_or(Date::MIN, |recorded| recorded.min(today));
    let mut secret = Zeroizing::new([0; 32]);
    config.random.fill(&mut *secret)?;
    let since = shared.world().head().size;
    let mut renewal = Renewal {
        token_of,
        day,
        retention: shared.registry().retention(),
        key: before.next(&secret, since),
        before,
        pending: HashMap::new(),
        tokens: Vec::new(),
        kept: HashMap::new(),
        done: IndexRotated::default(),
    };
    let tokens: Vec<Token> = shared.world().tokens().collect();
    for token in &tokens {
        renewal.judge(shared, *token)?;
    }
    renewal.renew(shared, &mut |left| {
        progress(tokens.len() - left, tokens.len());
    })?;
    renewal.take_along();
    let Renewal {
        mut key,
        mut tokens,
        kept,
        mut done,
        ..
    } = renewal;
    key.keep(kept);
    tokens.sort_unstable();
    index_file::replace(&config.paths, &config.vault, &key, &tokens)?;
    done.generation = key.generation();
    done.rest_on = key
        .earlier
        .iter()
        .map(|(generation, _)| *generation)
        .collect();
    shared.replace_tokens(key.age, &tokens);
    // Saves the new tokens: what was saved before would be folded again.
    match engine.close() {
        Ok(()) => Ok(done),
        Err(source) => {
            let done = Box::new(done);
            Err(IndexError::Close { done, source })
        }
    }
}

/// Tokens while they are made anew.
struct Renewal<'a> {
    token_of: TokenOfPart<'a>,
    /// By which tombstones are judged: today, or that of the newest entry if it is earlier.
    day: Date,
    retention: Option<Retention>,
    before: Arc<IndexKey>,
    key: IndexKey,
    /// Tokens of before that are to be made anew, by their cases.
    pending: HashMap<CaseId, Vec<CaseToken>>,
    tokens: Vec<Token>,
    /// Those of earlier generations that are taken along.
    kept: HashMap<CaseToken, u32>,
    done: IndexRotated,
}

impl Renewal<'_> {
    /// Forgets a token, takes it along, or sets it aside to be made anew.
    fn judge(&mut self, shared: &Shared, (token, case): Token) -> Result<(), ReadError> {
        let private = {
            let world = shared.world();
            let state = world.stream(&StreamId::Case(case)).map(Packed::state);
            match state.transpose().map_err(ReadError::State)? {
                Some(State::Case(state)) => state.private,
                Some(_) | None => PrivateState::Open,
            }
        };
        let after = self
            .retention
            .map_or(0, |retention| retention.forget_after_days);
        if private.is_forgotten(after, self.day) {
            self.done.forgotten += 1;
        } else if private.is_given_up() {
            self.done.tombstones += 1;
            self.keep(token, case);
        } else {
            self.pending.entry(case).or_default().push(token);
        }
        Ok(())
    }

    /// Makes the tokens of cases anew of which a private part has the docket key that made the one of before. `progress`
    /// hears of how many cases none was found yet.
    fn renew(&mut self, shared: &Shared, progress: &mut dyn FnMut(usize)) -> Result<(), ReadError> {
        shared.each_part(&mut |case, open| {
            let Some(pending) = self.pending.get_mut(&case) else {
                return;
            };
            let Some(part) = open() else { return };
            // Nothing but the key that stands for the case today may stand for it from now on.
            let made = (self.token_of)(part.plaintext(), &*self.before);
            let Some(at) = pending.iter().position(|token| Some(*token) == made) else {
                return;
            };
            if let Some(renewed) = (self.token_of)(part.plaintext(), &self.key) {
                pending.swap_remove(at);
                if pending.is_empty() {
                    self.pending.remove(&case);
                }
                self.tokens.push((renewed, case));
                self.done.renewed += 1;
                progress(self.pending.len());
            }
        })
    }

    /// Takes along what could not be made anew.
    fn take_along(&mut self) {
        for (case, tokens) in std::mem::take(&mut self.pending) {
            for token in tokens {
                self.done.not_renewed += 1;
                self.keep(token, case);
            }
        }
    }

    fn keep(&mut self, token: CaseToken, case: CaseId) {
        self.tokens.push((token, case));
        self.kept.insert(token, self.before.generation_of(&token));
    }
}

/// What there is of index keys.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct IndexShown {
    /// Generation of the key in force.
    pub generation: u32,
    /// Size of the ledger when it took the place of the one before.
    pub since: Size,
    /// Tokens that it was made with; those that were made since stand in the journal.
    pub tokens: usize,
    /// Of these, tokens of earlier generations.
    pub kept: usize,
    /// Earlier generations of which a part stays, because such a token rests on it.
    pub rest_on: Vec<u32>,
}

/// Looks at the index key of the ledger at `paths`. Nothing is changed, and a server may have the ledger open.
///
/// # Errors
/// [`KeyFileError`] if it is missing, damaged, or open to others.
pub fn shown(paths: &LedgerPaths) -> Result<IndexShown, KeyFileError> {
    let mut identity = crate::Identity::load(paths)?;
    let tokens = identity.take_tokens().len();
    let key = identity.index_key();
    Ok(IndexShown {
        generation: key.generation(),
        since: key.age.since,
        tokens,
        kept: key.kept.len(),
        rest_on: key
            .earlier
            .iter()
            .map(|(generation, _)| *generation)
            .collect(),
    })
}
