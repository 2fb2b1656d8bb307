//! Follows a log from outside, by one or more views of it: compares what each view shows with what
//! it showed before, and with what the others show.
//!
//! ```text
//! checkpoints of all views --- signed? --- does the tree of each extend the last one seen there?
//!                                      --- is each one that is behind a prefix of one ahead?
//! ```
//!
//! Consistency is proven by hashes taken from the tiles, each of which is verified up to a signed
//! root. Where it fails, the same hashes are [`Evidence`]. Whether the entries are those of the tree
//! is for the caller, who replays them: only then does [`Monitor::keep`] remember a checkpoint.

use bytes::Bytes;
use caseledger_chain::{Size, VerifierKey};
use futures::future::join_all;

use crate::publish::tree::Tiles;
use crate::source::{LogSource, SourceError};

pub use self::evidence::{Evidence, EvidenceError, Signed};
pub use self::fault::ViewFault;
pub use self::state::{MonitorState, StateError};
pub use crate::publish::tree::TreeError;

use self::patience::Patience;

mod evidence;
mod fault;
mod patience;
mod state;
#[cfg(test)]
mod tests;

/// Something found in a view.
#[derive(Debug)]
pub struct Found {
    /// The view, as it was given.
    pub place: String,
    /// What is wrong.
    pub fault: ViewFault,
    /// What proves it to others, where two signed checkpoints contradict each other.
    pub evidence: Option<Box<Evidence>>,
}

/// What one view shows now.
#[derive(Debug)]
pub struct Shown {
    /// The view, as it was given.
    pub place: String,
    /// Its checkpoint; none if there is none that holds.
    pub signed: Option<Signed>,
    /// Why it could not be read, or not all that was needed of it.
    pub trouble: Option<SourceError>,
}

/// What all views of a log show now.
#[derive(Debug, Default)]
pub struct Look {
    /// Each view, in the order in which they were given.
    pub shown: Vec<Shown>,
    /// What was found.
    pub found: Vec<Found>,
}

impl Look {
    /// The view with the largest checkpoint among those that could be read.
    pub fn ahead(&self) -> Option<(usize, &Signed)> {
        let read = self.shown.iter().enumerate().rev();
        read.filter(|(_, shown)| shown.trouble.is_none())
            .filter_map(|(index, shown)| Some((index, shown.signed.as_ref()?)))
            .max_by_key(|(_, signed)| signed.size())
    }

    fn find(&mut self, place: &str, fault: ViewFault, evidence: Option<Box<Evidence>>) {
        self.found.push(Found {
            place: place.to_owned(),
            fault,
            evidence,
        });
    }

    /// Takes note of a tree that could not be had.
    fn tree(&mut self, index: usize, place: &str, error: TreeError) {
        match error {
            TreeError::Source(error) => self.source(index, place, error),
            TreeError::Root { .. } | TreeError::Tile { .. } => {
                self.find(place, ViewFault::Tile(error), None);
            }
        }
    }

    fn source(&mut self, index: usize, place: &str, error: SourceError) {
        match error {
            SourceError::Absent { .. } => self.find(place, ViewFault::NoTile(error), None),
            SourceError::Malformed { .. } => self.find(place, ViewFault::Malformed(error), None),
            SourceError::Unreachable { .. }
            | SourceError::Status { .. }
            | SourceError::Address { .. }
            | SourceError::Tls(_) => {
                if let Some(shown) = self.shown.get_mut(index) {
                    shown.trouble.get_or_insert(error);
                }
            }
        }
    }
}

/// One log, the views that are watched, and what was verified of it last.
#[derive(Debug)]
pub struct Monitor<S> {
    key: VerifierKey,
    views: Vec<View<S>>,
    file: String,
    last: Option<Signed>,
}

#[derive(Debug)]
struct View<S> {
    place: String,
    source: S,
    file: String,
    last: Option<Signed>,
}

/// A view in the comparison.
struct Viewing<'a, S> {
    index: usize,
    view: &'a View<S>,
    signed: Signed,
    tree: Option<Tiles<'a, Patience<'a, S>>>,
    /// The view that this one is proven to be a prefix of.
    prefix_of: Option<usize>,
    /// Whether it is proven to agree with the newest checkpoint that was kept.
    agrees: bool,
}

/// Why a view that is behind what was kept tells nothing.
#[derive(Debug, thiserror::Error)]
#[error("no view has its tiles, and without them size {size} may be of another history")]
struct Unproven {
    size: Size,
}

/// How two signed checkpoints stand to each other.
enum Relation {
    Extends,
    Contradicts(Option<Box<Evidence>>),
    /// Nobody has the tiles that would tell.
    Unknown,
}

impl<S: LogSource> Monitor<S> {
    /// Takes the views of the log that signs with this key, each with its name, and goes on where an
    /// earlier monitor ended.
    ///
    /// # Errors
    /// [`StateError`] if the state cannot be read.
    pub fn resume(
        key: VerifierKey,
        views: Vec<(String, S)>,
        state: &MonitorState,
    ) -> Result<Self, StateError> {
        let text = key.to_string();
        let file = state::name("log", &[&text]);
        let last = state.read(&file, &key)?;
        let views = views.into_iter().map(|(place, source)| {
            let file = state::name("view", &[&text, place.trim_end_matches('/')]);
            let last = state.read(&file, &key)?;
            Ok(View {
                place,
                source,
                file,
                last,
            })
        });
        let views = views.collect::<Result<_, StateError>>()?;
        Ok(Self {
            key,
            views,
            file,
            last,
        })
    }

    /// The key of the log.
    pub const fn key(&self) -> &VerifierKey {
        &self.key
    }

    /// The newest checkpoint that was kept.
    pub const fn last(&self) -> Option<&Signed> {
        self.last.as_ref()
    }

    /// Reads all views once and compares them. Nothing is kept. A view on which two minutes were
    /// spent is not read further.
    pub async fn look(&self) -> Look {
        let sources = self.views.iter().map(|view| Patience::new(&view.source));
        let sources: Vec<_> = sources.collect();
        let read = join_all(sources.iter().map(Patience::checkpoint)).await;
        let mut look = Look::default();
        for ((index, view), note) in self.views.iter().enumerate().zip(read) {
            look.shown.push(Shown {
                place: view.place.clone(),
                signed: None,
                trouble: None,
            });
            self.open(&mut look, index, &view.place, note);
        }
        let still = |(view, shown): (&View<S>, &Shown)| {
            let shown = shown.signed.as_ref().map(Signed::checkpoint);
            [&view.last, &self.last]
                .into_iter()
                .all(|last| shown.is_some() && last.as_ref().map(Signed::checkpoint) == shown)
        };
        // Where every view shows what was proven before there is nothing to prove.
        if !self.views.iter().zip(&look.shown).all(still) {
            self.compare(&mut look, &sources).await;
        }
        look
    }

    fn open(&self, look: &mut Look, index: usize, place: &str, note: Result<Bytes, SourceError>) {
        match note.map(|note| Signed::open(&note, &self.key)) {
            Ok(Ok(signed)) => {
                if let Some(shown) = look.shown.get_mut(index) {
                    shown.signed = Some(signed);
                }
            }
            Ok(Err(error)) => look.find(place, ViewFault::Checkpoint(error), None),
            Err(SourceError::Absent { .. }) => look.find(place, ViewFault::NoCheckpoint, None),
            Err(error) => look.source(index, place, error),
        }
    }

    async fn compare(&self, look: &mut Look, sources: &[Patience<'_, S>]) {
        let mut trees = Vec::new();
        let views = self.views.iter().zip(sources).zip(&look.shown);
        for (index, ((view, source), shown)) in views.enumerate() {
            if let Some(signed) = shown.signed.clone() {
                trees.push(async move {
                    let tree = Tiles::load(source, signed.checkpoint()).await;
                    (index, view, signed, tree)
                });
            }
        }
        let mut viewings = Vec::new();
        for (index, view, signed, tree) in join_all(trees).await {
            let tree = tree
                .map_err(|error| look.tree(index, &view.place, error))
                .ok();
            viewings.push(Viewing {
                index,
                view,
                signed,
                tree,
                prefix_of: None,
                agrees: false,
            });
        }
        // Those ahead first; those of one size stay in order.
        viewings.sort_by_key(|viewing| std::cmp::Reverse(viewing.signed.size()));
        for behind in 1..viewings.len() {
            if let Some((viewing, ahead)) = viewings
                .get_mut(..=behind)
                .and_then(<[Viewing<'_, S>]>::split_last_mut)
            {
                split(look, viewing, ahead).await;
            }
        }
        // What those ahead are proven to be goes for their prefixes, too.
        let mut agreeing = Vec::new();
        for viewing in &mut viewings {
            viewing.agrees = viewing
                .prefix_of
                .is_some_and(|ahead| agreeing.contains(&ahead));
            self.earlier(look, viewing, sources).await;
            if viewing.agrees {
                agreeing.push(viewing.index);
            }
        }
        // One view may lag behind another; that all lag behind what the log was is no lag.
        if let Some(last) = &self.last
            && let Some(ahead) = viewings.first()
            && viewings.len() == self.views.len()
            && ahead.signed.size() < last.size()
            && look.found.is_empty()
        {
            let (size, before) = (ahead.signed.size(), last.size());
            let fault = ViewFault::RolledBack { size, before };
            look.find(&ahead.view.place, fault, None);
        }
    }

    /// Compares a view with what was seen before.
    async fn earlier(
        &self,
        look: &mut Look,
        viewing: &mut Viewing<'_, S>,
        sources: &[Patience<'_, S>],
    ) {
        let (place, size) = (viewing.view.place.as_str(), viewing.signed.size());
        if let Some(last) = &viewing.view.last {
            let before = last.size();
            match against(viewing, last, sources).await {
                Ok(Relation::Contradicts(evidence)) => {
                    let fault = ViewFault::Rewritten { size, before };
                    return look.find(place, fault, evidence);
                }
                // What is not known of a view that grew is why its tree could not be had.
                Ok(Relation::Extends | Relation::Unknown) => {}
                Err(error) => return look.tree(viewing.index, place, error),
            }
            if size < before {
                return look.find(place, ViewFault::RolledBack { size, before }, None);
            }
        }
        let Some(last) = self.last.as_ref() else {
            return;
        };
        if viewing.agrees || look.found.iter().any(|found| found.place == place) {
            return;
        }
        match against(viewing, last, sources).await {
            Ok(Relation::Contradicts(evidence)) => {
                let before = last.size();
                look.find(place, ViewFault::Rewritten { size, before }, evidence);
            }
            // A view that is behind is none of a log that was rolled back.
            Ok(Relation::Extends) => viewing.agrees = true,
            // It may as well be a fork: nothing of it is kept until somebody can tell.
            Ok(Relation::Unknown) => {
                let at = format!("{place}: the tree of size {} seen earlier", last.size());
                let source = Unproven { size }.into();
                look.source(
                    viewing.index,
                    place,
                    SourceError::Unreachable { at, source },
                );
            }
            Err(error) => look.tree(viewing.index, place, error),
        }
    }

    /// Remembers what was looked at, once the entries behind it are verified, too. Of a look that
    /// found anything nothing is kept: it would be found no more.
    ///
    /// # Errors
    /// [`StateError`]; what is kept then is true, and may be older.
    pub fn keep(&mut self, look: &Look, state: &MonitorState) -> Result<(), StateError> {
        if !look.found.is_empty() {
            return Ok(());
        }
        if let Some((_, ahead)) = look.ahead()
            && self
                .last
                .as_ref()
                .is_none_or(|last| last.size() < ahead.size())
        {
            state.keep(&self.file, ahead)?;
            self.last = Some(ahead.clone());
        }
        for (view, shown) in self.views.iter_mut().zip(&look.shown) {
            let Some(signed) = shown.signed.as_ref().filter(|_| shown.trouble.is_none()) else {
                continue;
            };
            if view.last.as_ref() != Some(signed) {
                state.keep(&view.file, signed)?;
                view.last = Some(signed.clone());
            }
        }
        Ok(())
    }
}

/// How what a view shows stands to an earlier checkpoint.
async fn against<S: LogSource>(
    viewing: &mut Viewing<'_, S>,
    last: &Signed,
    sources: &[Patience<'_, S>],
) -> Result<Relation, TreeError> {
    if last.size() <= viewing.signed.size() {
        return relation(viewing.tree.as_mut(), &viewing.signed, last).await;
    }
    // The tiles of a larger tree: any view may still have them.
    for source in sources {
        if let Ok(mut tree) = Tiles::load(source, last.checkpoint()).await
            && let Ok(relation) = relation(Some(&mut tree), last, &viewing.signed).await
        {
            return Ok(relation);
        }
    }
    Ok(Relation::Unknown)
}

/// Compares a view with the first of those ahead that can tell.
async fn split<S: LogSource>(
    look: &mut Look,
    viewing: &mut Viewing<'_, S>,
    ahead: &mut [Viewing<'_, S>],
) {
    for other in ahead {
        match relation(other.tree.as_mut(), &other.signed, &viewing.signed).await {
            Ok(Relation::Unknown) => {}
            Ok(Relation::Extends) => {
                viewing.prefix_of = Some(other.index);
                return;
            }
            Ok(Relation::Contradicts(evidence)) => {
                let fault = ViewFault::Split {
                    size: viewing.signed.size(),
                    other: other.view.place.clone(),
                    other_size: other.signed.size(),
                };
                return look.find(&viewing.view.place, fault, evidence);
            }
            Err(error) => look.tree(other.index, &other.view.place, error),
        }
    }
}

/// Whether a signed tree extends a checkpoint that is not larger.
async fn relation<S: LogSource>(
    tree: Option<&mut Tiles<'_, S>>,
    new: &Signed,
    old: &Signed,
) -> Result<Relation, TreeError> {
    let prove = |root, proof| {
        let evidence = Evidence::prove(old.clone(), new.clone(), root, proof);
        evidence.ok().map(Box::new)
    };
    if old.size() == new.size() {
        return Ok(if old.root() == new.root() {
            Relation::Extends
        } else {
            Relation::Contradicts(prove(new.root(), Vec::new()))
        });
    }
    let Some(tree) = tree else {
        return Ok(Relation::Unknown);
    };
    let root = tree.root_at(old.size()).await?;
    if root == old.root() {
        return Ok(Relation::Extends);
    }
    let proof = tree.proof(old.size()).await?;
    Ok(Relation::Contradicts(prove(root, proof)))
}
