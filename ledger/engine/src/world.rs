//! Everything the writer decides against, in memory: streams, look-up tokens, messages already
//! recorded, what submitters have numbered.
//!
//! The world is divided into shards by the bytes of the keys. A shard grows by itself, so that no
//! table is ever rehashed as a whole, and is saved by itself, so that saving never holds the writer
//! up for long. Shards may therefore be saved at different sizes; each knows its own, and replay
//! gives each exactly what it lacks.
//!
//! **Messages.** For each recorded message 12 bytes: 7 of a hash of (submitter, message id) and 5 of
//! its first entry's position. A hit is only a candidate; the entry itself decides, so a collision
//! costs a read and nothing else. There is no time window: a message is known for ever. The numbers
//! that submitters give their messages stand in the same tables, under prints of their own.

use std::collections::{BTreeMap, BTreeSet};

use caseledger_chain::{MessageId, Position, Size, SubmitterId};
use caseledger_domain::{CaseId, CaseToken, OrgId, StreamId};
use caseledger_store::Head;
use hashbrown::{HashMap, HashTable};
use serde::{Deserialize, Serialize};

use crate::{feed::Feed, index_key::Age, packed::Packed};

/// Number of shards.
pub(crate) const SHARDS: usize = 64;

/// The world. Default: of a ledger without entries.
#[derive(Debug)]
pub(crate) struct World {
    shards: Vec<Shard>,
    feeds: BTreeMap<SubmitterId, Feed>,
    /// Organisations that have a stream, which are few among many streams.
    orgs: BTreeSet<OrgId>,
    /// Cases of which it is ordered that private parts are destroyed, and not confirmed that they are.
    shreds: BTreeSet<CaseId>,
    /// Which index key made the tokens.
    age: Age,
    head: Head,
    recorded_at: u64,
}

#[derive(Debug, Default)]
struct Shard {
    /// Size of the ledger up to which the shard has everything.
    upto: u64,
    streams: HashMap<StreamId, Packed>,
    tokens: HashMap<CaseToken, CaseId>,
    messages: HashTable<Slot>,
}

/// A recorded message: 7 bytes of its print, 5 bytes of a position.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
struct Slot {
    print: [u8; 7],
    position: [u8; 5],
}

impl Slot {
    fn new(print: u64, position: u64) -> Self {
        let [_, print @ ..] = print.to_be_bytes();
        let [_, _, _, position @ ..] = position.to_be_bytes();
        Self { print, position }
    }

    fn position(self) -> u64 {
        let mut bytes = [0; 8];
        bytes[3..].copy_from_slice(&self.position);
        u64::from_be_bytes(bytes)
    }

    /// The table's hash. The print's low bits are the same within a shard, so they are spread over
    /// all 64: a table that used them as they are would crowd into a few buckets.
    fn hash(print: [u8; 7]) -> u64 {
        let spread = number(print).wrapping_mul(0x9e37_79b9_7f4a_7c15);
        spread ^ (spread >> 32)
    }
}

/// The print as a number, below 2^56.
fn number(print: [u8; 7]) -> u64 {
    let mut bytes = [0; 8];
    bytes[1..].copy_from_slice(&print);
    u64::from_be_bytes(bytes)
}

/// Seven bytes of a hash of a message's key, in the low bytes of the number.
pub(crate) fn message_print(submitter: SubmitterId, message: MessageId) -> u64 {
    let mut hasher = blake3::Hasher::new();
    hasher.update(&submitter.to_bytes());
    hasher.update(&message.to_bytes());
    let mut print = [0; 8];
    hasher.finalize_xof().fill(&mut print[1..]);
    u64::from_be_bytes(print)
}

/// The same for a number that a submitter gave a message. No message id is that long, so the two
/// never hash the same bytes.
pub(crate) fn number_print(submitter: SubmitterId, number: u64) -> u64 {
    let mut hasher = blake3::Hasher::new();
    hasher.update(&submitter.to_bytes());
    hasher.update(b"number of a submission");
    hasher.update(&number.to_be_bytes());
    let mut print = [0; 8];
    hasher.finalize_xof().fill(&mut print[1..]);
    u64::from_be_bytes(print)
}

/// What one commit group changes.
#[derive(Debug)]
pub(crate) struct Changes {
    pub(crate) head: Head,
    pub(crate) recorded_at: u64,
    pub(crate) streams: Vec<(StreamId, Packed)>,
    pub(crate) tokens: Vec<(CaseToken, CaseId)>,
    pub(crate) messages: Vec<(u64, u64)>,
    pub(crate) feeds: Vec<(SubmitterId, Feed)>,
    /// Cases of which it was ordered, or else confirmed, that private parts are destroyed; in order.
    pub(crate) shreds: Vec<(CaseId, bool)>,
}

impl Changes {
    pub(crate) const fn new(head: Head, recorded_at: u64) -> Self {
        Self {
            head,
            recorded_at,
            streams: Vec::new(),
            tokens: Vec::new(),
            messages: Vec::new(),
            feeds: Vec::new(),
            shreds: Vec::new(),
        }
    }
}

/// What is saved of one shard.
#[derive(Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct ShardImage {
    pub(crate) shard: u16,
    pub(crate) upto: u64,
    streams: Vec<(StreamId, Packed)>,
    tokens: Vec<(CaseToken, CaseId)>,
    messages: Vec<(u64, u64)>,
}

impl ShardImage {
    /// About how many bytes it takes.
    pub(crate) fn bytes(&self) -> usize {
        let streams: usize = self
            .streams
            .iter()
            .map(|(_, packed)| packed.len() + 48)
            .sum();
        streams + 32 * self.tokens.len() + 16 * self.messages.len()
    }
}

impl Default for World {
    fn default() -> Self {
        let shards = (0..SHARDS).map(|_| Shard::default()).collect();
        Self {
            shards,
            feeds: BTreeMap::new(),
            orgs: BTreeSet::new(),
            shreds: BTreeSet::new(),
            age: Age::FIRST,
            head: Head::EMPTY,
            recorded_at: 0,
        }
    }
}

fn stream_shard(stream: &StreamId) -> usize {
    // Ids are random or keyed hashes; slugs are few.
    stream.id_bytes().iter().fold(0_u8, |all, byte| all ^ byte) as usize % SHARDS
}

fn token_shard(token: &CaseToken) -> usize {
    let [first, ..] = token.to_bytes();
    usize::from(first) % SHARDS
}

const fn org_of(stream: &StreamId) -> Option<OrgId> {
    match stream {
        StreamId::Org(org) => Some(*org),
        StreamId::Case(_)
        | StreamId::Initiative(_)
        | StreamId::Cohort(_)
        | StreamId::Filing(_)
        | StreamId::Order(_)
        | StreamId::Announcement(_) => None,
    }
}

const fn message_shard(print: u64) -> usize {
    print as usize % SHARDS
}

impl World {
    /// The head up to which everything is in here.
    pub(crate) const fn head(&self) -> Head {
        self.head
    }

    /// When the last entry was recorded, in microseconds since 1970.
    pub(crate) const fn recorded_at(&self) -> u64 {
        self.recorded_at
    }

    pub(crate) fn stream(&self, stream: &StreamId) -> Option<&Packed> {
        self.shards[stream_shard(stream)].streams.get(stream)
    }

    pub(crate) fn case_of(&self, token: &CaseToken) -> Option<CaseId> {
        self.shards[token_shard(token)].tokens.get(token).copied()
    }

    /// Which index key made the tokens.
    pub(crate) const fn age(&self) -> Age {
        self.age
    }

    /// Every token, in no order.
    pub(crate) fn tokens(&self) -> impl Iterator<Item = (CaseToken, CaseId)> + '_ {
        let shards = self.shards.iter();
        shards.flat_map(|shard| shard.tokens.iter().map(|(token, case)| (*token, *case)))
    }

    /// Has these tokens instead of all others.
    pub(crate) fn replace_tokens(&mut self, age: Age, tokens: &[(CaseToken, CaseId)]) {
        for shard in &mut self.shards {
            shard.tokens = HashMap::new();
        }
        for (token, case) in tokens {
            let shard = &mut self.shards[token_shard(token)];
            shard.tokens.insert(*token, *case);
        }
        self.age = age;
    }

    /// Drops tokens of cases that have no entry: the index key is newer than the journal.
    pub(crate) fn drop_strange_tokens(&mut self) {
        let strange = |case: CaseId| self.stream(&StreamId::Case(case)).is_none();
        let strangers: Vec<_> = self.tokens().filter(|(_, case)| strange(*case)).collect();
        for (token, _) in strangers {
            self.shards[token_shard(&token)].tokens.remove(&token);
        }
    }

    /// Positions at which a message with this print was recorded first. Mostly none or one.
    pub(crate) fn candidates(&self, print: u64) -> Vec<Position> {
        let wanted = Slot::new(print, 0).print;
        let slots = self.shards[message_shard(print)]
            .messages
            .iter_hash(Slot::hash(wanted));
        let found = slots.filter(|slot| slot.print == wanted);
        found.map(|slot| Position::new(slot.position())).collect()
    }

    /// What a submitter has sent, if anything.
    pub(crate) fn feed(&self, submitter: &SubmitterId) -> Option<&Feed> {
        self.feeds.get(submitter)
    }

    /// What submitters have sent, in order of their ids.
    pub(crate) fn feeds(&self) -> &BTreeMap<SubmitterId, Feed> {
        &self.feeds
    }

    /// Makes the changes of one commit group, which begins where every shard ended at the latest.
    /// A shard that was saved behind this group keeps what it has.
    pub(crate) fn apply(&mut self, changes: Changes) {
        let Changes {
            head,
            recorded_at,
            streams,
            tokens,
            messages,
            feeds,
            shreds,
        } = changes;
        let end = head.size.get();
        for (stream, packed) in streams {
            self.orgs.extend(org_of(&stream));
            let shard = &mut self.shards[stream_shard(&stream)];
            if shard.upto < end {
                shard.streams.insert(stream, packed);
            }
        }
        for (token, case) in tokens {
            let shard = &mut self.shards[token_shard(&token)];
            if shard.upto < end {
                shard.tokens.insert(token, case);
            }
        }
        for (print, position) in messages {
            let shard = &mut self.shards[message_shard(print)];
            if shard.upto < end {
                let slot = Slot::new(print, position);
                let hash = |slot: &Slot| Slot::hash(slot.print);
                shard.messages.insert_unique(hash(&slot), slot, hash);
            }
        }
        for shard in &mut self.shards {
            shard.upto = shard.upto.max(end);
        }
        if end > self.head.size.get() {
            self.head = head;
            // Saved with the head, and so not older.
            self.feeds.extend(feeds);
            for (case, ordered) in shreds {
                if ordered {
                    self.shreds.insert(case);
                } else {
                    self.shreds.remove(&case);
                }
            }
        }
        self.recorded_at = recorded_at.max(self.recorded_at);
    }

    /// Whether the shard of a stream was saved behind `size` entries.
    pub(crate) fn knows(&self, stream: &StreamId, size: u64) -> bool {
        self.shards[stream_shard(stream)].upto >= size
    }

    /// The smallest size up to which every shard has everything.
    pub(crate) fn complete_to(&self) -> Size {
        Size::new(
            self.shards
                .iter()
                .map(|shard| shard.upto)
                .min()
                .unwrap_or_default(),
        )
    }

    /// One shard as it is saved, in a stable order.
    pub(crate) fn image(&self, shard: usize) -> ShardImage {
        let from = &self.shards[shard];
        let mut streams: Vec<_> = from
            .streams
            .iter()
            .map(|(stream, packed)| (*stream, packed.clone()))
            .collect();
        streams.sort_unstable_by_key(|(stream, _)| *stream);
        let mut tokens: Vec<_> = from
            .tokens
            .iter()
            .map(|(token, case)| (*token, *case))
            .collect();
        tokens.sort_unstable();
        let mut slots: Vec<_> = from.messages.iter().copied().collect();
        slots.sort_unstable();
        let messages = slots
            .into_iter()
            .map(|slot| (number(slot.print), slot.position()));
        let messages = messages.collect();
        ShardImage {
            shard: shard as u16,
            upto: from.upto,
            streams,
            tokens,
            messages,
        }
    }

    /// Takes over a saved shard.
    pub(crate) fn restore(&mut self, image: ShardImage) {
        let Some(shard) = self.shards.get_mut(usize::from(image.shard)) else {
            return;
        };
        shard.upto = image.upto;
        let streams = image.streams.iter();
        self.orgs
            .extend(streams.filter_map(|(stream, _)| org_of(stream)));
        shard.streams = image.streams.into_iter().collect();
        shard.tokens = image.tokens.into_iter().collect();
        let hash = |slot: &Slot| Slot::hash(slot.print);
        shard.messages = HashTable::with_capacity(image.messages.len());
        for (print, position) in image.messages {
            let slot = Slot::new(print, position);
            shard.messages.insert_unique(hash(&slot), slot, hash);
        }
    }

    /// Takes over what is saved beside the shards.
    pub(crate) fn restore_rest(
        &mut self,
        head: Head,
        recorded_at: u64,
        feeds: Vec<(SubmitterId, Feed)>,
        shreds: BTreeSet<CaseId>,
        age: Age,
    ) {
        self.age = age;
        self.head = head;
        self.shreds = shreds;
        self.recorded_at = recorded_at;
        self.feeds = feeds.into_iter().collect();
    }

    /// Cases of which it is ordered that private parts are destroyed, and not confirmed that they are.
    pub(crate) const fn shreds(&self) -> &BTreeSet<CaseId> {
        &self.shreds
    }

    /// Organisations that have a stream.
    pub(crate) fn orgs(&self) -> impl Iterator<Item = OrgId> + '_ {
        self.orgs.iter().copied()
    }

    /// The largest size that a shard has.
    pub(crate) fn newest(&self) -> Size {
        Size::new(
            self.shards
                .iter()
                .map(|shard| shard.upto)
                .max()
                .unwrap_or_default(),
        )
    }
}
