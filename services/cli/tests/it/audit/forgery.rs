//! The forger's tools: a ledger's entries, made anew and published.

use std::collections::HashMap;
use std::fs;
use std::path::Path;

use caseledger_chain::{
    BundleId, Checkpoint, Digest, EntryRef, Header, MemoryTree, MessageId, NodeSource as _, Origin,
    Position, SigningKey, Size, StreamKey, TILE_WIDTH, TileId, chain_hash, encode, leaf_hash,
    push_bundle_entry,
};
use caseledger_domain::vocabulary::Role;
use caseledger_domain::{CaseFact, ChargeId, Charges, Date, Event, Fact, Flags};
use caseledger_proto::event_codec::{BODY_VERSION, encode_event};

use crate::support::Place;

pub(crate) const ORIGIN: &str = "ledger.example/test";
/// More than a bundle, so that the tree has a second level of tiles.
pub(crate) const CASES: usize = 300;

pub(crate) fn key(seed: u8) -> SigningKey {
    SigningKey::from_seed(ORIGIN.parse().unwrap(), &[seed; 32])
}

/// The entries of an honest ledger: a list opened, its cases, and the list sealed.
pub(crate) fn honest(place: &Place) -> Vec<Vec<u8>> {
    place.ok(&format!(
        "gen-data --shape NEVADA-2020 --cases {CASES} --out list.csv --format court"
    ));
    place.ok(
        "import list.csv --format court --cohort NEVADA-2020.1 --agency nevcoda --data ledger \
         --as court-nevada --role COURT",
    );
    place.ok("export --data ledger --raw --out ledger.entries");
    let bytes = fs::read(place.path("ledger.entries")).unwrap();
    let mut entries = Vec::new();
    let mut rest = bytes.as_slice();
    while let Some((length, after)) = rest.split_first_chunk() {
        let (entry, after) = after.split_at(usize::from(u16::from_be_bytes(*length)));
        entries.push(entry.to_vec());
        rest = after;
    }
    assert_eq!(entries.len(), CASES + 2);
    entries
}

/// Writes a log as it is published, signed by `signer`.
pub(crate) fn publish(root: &Path, entries: &[Vec<u8>], signer: &SigningKey) {
    let size = Size::new(entries.len() as u64);
    let tree: MemoryTree = entries.iter().map(|entry| leaf_hash(entry)).collect();
    let write = |path: &str, bytes: &[u8]| {
        let path = root.join(path);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(path, bytes).unwrap();
    };
    for id in BundleId::between(Size::ZERO, size) {
        let first = usize::try_from(id.index()).unwrap() * usize::from(TILE_WIDTH);
        let mut bundle = Vec::new();
        for entry in &entries[first..first + usize::from(id.width())] {
            push_bundle_entry(&mut bundle, entry).unwrap();
        }
        write(&id.path(), &bundle);
    }
    for id in TileId::between(Size::ZERO, size) {
        let first = id.index() * u64::from(TILE_WIDTH);
        let hashes = (first..first + u64::from(id.width()))
            .flat_map(|index| tree.node(8 * id.level(), index).unwrap().to_bytes());
        write(&id.path(), &hashes.collect::<Vec<u8>>());
    }
    let checkpoint = Checkpoint::new(Origin::parse(ORIGIN).unwrap(), size, tree.root());
    let note = checkpoint.sign(signer).unwrap();
    // Whoever follows the log sees the old one or the new one.
    write(".checkpoint.new", note.note().as_bytes());
    fs::rename(root.join(".checkpoint.new"), root.join("checkpoint")).unwrap();
}

pub(crate) fn header(entry: &[u8]) -> Header {
    EntryRef::decode(entry).unwrap().into_header()
}

/// The entry with another header.
pub(crate) fn with(entry: &[u8], change: impl FnOnce(&mut Header)) -> Vec<u8> {
    let mut header = header(entry);
    change(&mut header);
    let body = EntryRef::decode(entry).unwrap().body().to_vec();
    let mut bytes = Vec::new();
    encode(&header, &body, &mut bytes).unwrap();
    bytes
}

/// Makes every entry name the one before it, in the log and in its stream.
pub(crate) fn chain_anew(entries: &mut [Vec<u8>]) {
    let mut prev = Digest::ZERO;
    let mut streams = HashMap::new();
    for (entry, position) in entries.iter_mut().zip(0..) {
        let stream = header(entry).stream;
        *entry = with(entry, |header| {
            header.position = Position::new(position);
            header.prev = prev;
            header.stream_prev = streams.get(&stream).copied().unwrap_or(Digest::ZERO);
        });
        prev = chain_hash(entry);
        streams.insert(stream, prev);
    }
}

/// A claim that moves nothing, and is in order wherever a case stands.
pub(crate) fn noticed() -> CaseFact {
    CaseFact::DefenderNoticed {
        defender: "pubdef".parse().unwrap(),
    }
}

/// The fact as stated without flags.
pub(crate) fn event(role: Role, charges: &[u16], fact: Fact) -> Event {
    Event {
        occurred_on: Date::from_yyyymmdd(20_210_927).unwrap(),
        role,
        flags: Flags::NONE,
        charges: Charges::new(charges.iter().copied().map(ChargeId).collect()),
        fact,
    }
}

/// Appends an entry about the first charge to the stream of the first case, well chained.
pub(crate) fn append(entries: &mut Vec<Vec<u8>>, fact: CaseFact, change: impl FnOnce(&mut Header)) {
    let stream = header(&entries[1]).stream;
    let event = event(Role::ProsecutorCounty, &[1], Fact::Case(fact));
    append_to(entries, stream, &event, change);
}

/// Appends an entry to a stream, well chained.
pub(crate) fn append_to(
    entries: &mut Vec<Vec<u8>>,
    stream: StreamKey,
    event: &Event,
    change: impl FnOnce(&mut Header),
) {
    let mut body = Vec::new();
    encode_event(event, &mut body);
    let last = header(entries.last().unwrap());
    let in_stream = entries
        .iter()
        .filter(|entry| header(entry).stream == stream);
    let before = in_stream.max_by_key(|entry| header(entry).revision);
    let (revision, stream_prev) = before.map_or((0, Digest::ZERO), |before| {
        (header(before).revision + 1, chain_hash(before))
    });
    let mut header = Header {
        position: Position::new(entries.len() as u64),
        prev: chain_hash(entries.last().unwrap()),
        stream,
        revision,
        stream_prev,
        message_id: MessageId::from_bytes([entries.len() as u8; 16]),
        part: 0,
        parts: 1,
        body_type: event.fact.kind().number(),
        body_version: BODY_VERSION,
        ..last
    };
    change(&mut header);
    let mut bytes = Vec::new();
    encode(&header, &body, &mut bytes).unwrap();
    entries.push(bytes);
}

pub(crate) type FileChange = Box<dyn Fn(&Path)>;
pub(crate) type Forge<'a> = &'a dyn Fn(&mut Forgery);

/// A ledger's entries, the folder they are published in, and what the forger does to them.
pub(crate) struct Forgery {
    pub(crate) entries: Vec<Vec<u8>>,
    pub(crate) signer: SigningKey,
    /// Changes of files, after they were published.
    pub(crate) files: Vec<FileChange>,
}

impl Forgery {
    pub(crate) fn file(&mut self, change: impl Fn(&Path) + 'static) {
        self.files.push(Box::new(change));
    }
}

pub(crate) fn flip(path: &Path, at: usize) {
    let mut bytes = fs::read(path).unwrap();
    bytes[at] ^= 1;
    fs::write(path, bytes).unwrap();
}
