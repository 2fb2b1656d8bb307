//! Properties: what is made verifies, and nothing near it does.

use std::collections::HashMap;

use caseledger_chain::{
    ChainCheck, DecodeError, Digest, EntryRef, Frontier, HEADER_LEN, Header, LedgerId, MemoryTree,
    MessageId, NodeInTile, NodeSource as _, Position, Size, StreamKey, SubmitterId, TILE_WIDTH,
    TileId, TlogProof, chain_hash, consistency_proof, encode, inclusion_proof, leaf_hash, root,
    verify_consistency, verify_inclusion,
};
use proptest::collection::vec;
use proptest::prelude::*;
use proptest::sample::Index;

use crate::reference;

/// Different leaves, so that no two subtrees have the same hash.
fn leaves(count: usize, seed: u64) -> Vec<Digest> {
    (0..count as u64)
        .map(|i| leaf_hash(&[seed.to_be_bytes(), i.to_be_bytes()].concat()))
        .collect()
}

/// A proof after one change.
fn mutations(proof: &[Digest]) -> Vec<Vec<Digest>> {
    let mut mutations = Vec::new();
    let mut add = |change: &dyn Fn(&mut Vec<Digest>)| {
        let mut changed = proof.to_vec();
        change(&mut changed);
        if changed != proof {
            mutations.push(changed);
        }
    };
    for at in 0..proof.len() {
        for bit in [0, 7, 100, 255] {
            add(&|proof| {
                let mut bytes = proof[at].to_bytes();
                bytes[bit / 8] ^= 1 << (bit % 8);
                proof[at] = Digest::from_bytes(bytes);
            });
        }
        add(&|proof| {
            proof.remove(at);
        });
        add(&|proof| proof.insert(at, proof[at]));
        add(&|proof| proof.swap(at, 0));
    }
    add(&|proof| proof.push(Digest::ZERO));
    add(&|proof| proof.insert(0, Digest::ZERO));
    mutations
}

fn flipped(digest: Digest) -> Digest {
    let mut bytes = digest.to_bytes();
    bytes[31] ^= 1;
    Digest::from_bytes(bytes)
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 64, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn roots_agree_with_the_reference(count in 0_usize..700, seed: u64) {
        let leaves = leaves(count, seed);
        let tree: MemoryTree = leaves.iter().copied().collect();
        let expected = reference::mth(&leaves);
        prop_assert_eq!(tree.root(), expected);
        prop_assert_eq!(root(&tree, tree.size()), Ok(expected));

        let half = Size::new(count as u64 / 2);
        let mut frontier = Frontier::load(&tree, half).unwrap();
        prop_assert_eq!(frontier.root(), reference::mth(&leaves[..count / 2]));
        frontier = Frontier::from_parts(frontier.size(), frontier.edge().to_vec()).unwrap();
        leaves[count / 2..].iter().for_each(|leaf| frontier.push(*leaf));
        prop_assert_eq!(frontier.root(), expected);
        prop_assert_eq!(frontier.size(), tree.size());
    }

    #[test]
    fn inclusion_proofs_verify_and_no_mutation_does(
        count in 1_usize..600, at: Index, other: Index, seed: u64,
    ) {
        let leaves = leaves(count, seed);
        let tree: MemoryTree = leaves.iter().copied().collect();
        let (m, size, root) = (at.index(count), tree.size(), tree.root());
        let position = Position::new(m as u64);
        let proof = inclusion_proof(&tree, position, size).unwrap();
        prop_assert_eq!(&proof, &reference::path(m, &leaves));

        let leaf = leaves[m];
        prop_assert_eq!(verify_inclusion(&leaf, position, size, &proof, &root), Ok(()));
        for changed in mutations(&proof) {
            prop_assert!(verify_inclusion(&leaf, position, size, &changed, &root).is_err());
        }
        prop_assert!(verify_inclusion(&flipped(leaf), position, size, &proof, &root).is_err());
        prop_assert!(verify_inclusion(&leaf, position, size, &proof, &flipped(root)).is_err());
        let elsewhere = other.index(count + 2);
        if elsewhere != m {
            let elsewhere = Position::new(elsewhere as u64);
            prop_assert!(verify_inclusion(&leaf, elsewhere, size, &proof, &root).is_err());
        }
    }

    #[test]
    fn consistency_proofs_verify_and_no_mutation_does(
        count in 1_usize..600, at: Index, seed: u64,
    ) {
        let leaves = leaves(count, seed);
        let tree: MemoryTree = leaves.iter().copied().collect();
        let m = at.index(count) + 1;
        let (old, new) = (Size::new(m as u64), tree.size());
        let (old_root, new_root) = (reference::mth(&leaves[..m]), tree.root());
        let proof = consistency_proof(&tree, old, new).unwrap();
        prop_assert_eq!(&proof, &reference::proof(m, &leaves));

        let verify = |proof: &[Digest], old_root: &Digest, new_root: &Digest| {
            verify_consistency(old, new, proof, old_root, new_root)
        };
        prop_assert_eq!(verify(&proof, &old_root, &new_root), Ok(()));
        for changed in mutations(&proof) {
            prop_assert!(verify(&changed, &old_root, &new_root).is_err());
        }
        prop_assert!(verify(&proof, &flipped(old_root), &new_root).is_err());
        prop_assert!(verify(&proof, &old_root, &flipped(new_root)).is_err());
    }

    #[test]
    fn no_rewritten_history_is_consistent(count in 2_usize..300, at: Index, cut: Index, seed: u64) {
        let mut leaves = leaves(count, seed);
        let m = cut.index(count - 1) + 1;
        let old_root = reference::mth(&leaves[..m]);
        let changed = at.index(m);
        leaves[changed] = flipped(leaves[changed]);
        let tree: MemoryTree = leaves.iter().copied().collect();
        let (old, new) = (Size::new(m as u64), tree.size());
        let proof = consistency_proof(&tree, old, new).unwrap();
        prop_assert!(verify_consistency(old, new, &proof, &old_root, &tree.root()).is_err());
    }

    #[test]
    fn tiles_hold_every_subtree(count in 1_usize..1200, seed: u64) {
        let leaves = leaves(count, seed);
        let tree: MemoryTree = leaves.iter().copied().collect();
        let mut tiles = HashMap::new();
        for tile in TileId::between(Size::ZERO, tree.size()) {
            prop_assert_eq!(TileId::parse(&tile.path()), Ok(tile));
            let first = tile.index() * u64::from(TILE_WIDTH);
            let hashes: Vec<u8> = (first..first + u64::from(tile.width()))
                .flat_map(|index| tree.node(8 * tile.level(), index).unwrap().to_bytes())
                .collect();
            tiles.insert((tile.level(), tile.index()), hashes);
        }
        for level in 0..11 {
            for index in 0..count as u64 >> level {
                let place = NodeInTile::locate(level, index).unwrap();
                let tile = &tiles[&(place.level(), place.index())];
                prop_assert_eq!(place.hash(tile), tree.node(level, index).ok());
            }
        }
    }

    #[test]
    fn entries_round_trip(header in header(), body in vec(any::<u8>(), 0..400), cut: Index) {
        let mut bytes = Vec::new();
        encode(&header, &body, &mut bytes).unwrap();
        prop_assert_eq!(bytes.len(), HEADER_LEN + body.len());
        let entry = EntryRef::decode(&bytes).unwrap();
        prop_assert_eq!(entry.header(), &header);
        prop_assert_eq!(entry.body(), &body);
        prop_assert!(EntryRef::decode(&bytes[..cut.index(bytes.len())]).is_err());
    }

    /// Whatever decodes is what encoding gives: there is one form of an entry.
    #[test]
    fn decoding_accepts_only_what_encoding_gives(
        header in header(), body in vec(any::<u8>(), 0..40), changes in vec((any::<Index>(), any::<u8>()), 1..4),
    ) {
        let mut bytes = Vec::new();
        encode(&header, &body, &mut bytes).unwrap();
        for (at, byte) in changes {
            let at = at.index(bytes.len());
            bytes[at] = byte;
        }
        let decoded: Result<_, DecodeError> = EntryRef::decode(&bytes);
        if let Ok(entry) = decoded {
            let mut again = Vec::new();
            encode(entry.header(), entry.body(), &mut again).unwrap();
            prop_assert_eq!(again, bytes);
        }
    }

    #[test]
    fn a_changed_entry_breaks_the_chain(
        shape in vec((0_u8..3, 1_u16..4, 0_u64..3), 1..12), entry: Index, at: Index, bit in 0_u8..8,
    ) {
        let mut ledger = ledger(&shape);
        let mut check = ChainCheck::new(LEDGER);
        for bytes in &ledger {
            prop_assert!(check.push(bytes).is_ok());
        }
        prop_assert!(check.finish().is_ok());

        // The last entry has no successor to vouch for it: that is what checkpoints are for.
        if ledger.len() > 1 {
            let entry = entry.index(ledger.len() - 1);
            let at = at.index(ledger[entry].len());
            ledger[entry][at] ^= 1 << bit;
            let mut check = ChainCheck::new(LEDGER);
            let refused = ledger.iter().find_map(|bytes| check.push(bytes).err());
            let position = refused.map(|error| error.position.get());
            prop_assert!(position == Some(entry as u64) || position == Some(entry as u64 + 1));
        }
    }

    #[test]
    fn a_missing_or_swapped_entry_breaks_the_chain(
        shape in vec((0_u8..3, 1_u16..4, 0_u64..3), 2..12), at: Index, other: Index,
    ) {
        let ledger = ledger(&shape);
        let at = at.index(ledger.len() - 1);
        let refused = |entries: &[Vec<u8>]| {
            let mut check = ChainCheck::new(LEDGER);
            entries.iter().any(|bytes| check.push(bytes).is_err())
        };
        let mut missing = ledger.clone();
        missing.remove(at);
        prop_assert!(refused(&missing));
        let other = other.index(ledger.len());
        if other != at {
            let mut swapped = ledger.clone();
            swapped.swap(at, other);
            prop_assert!(refused(&swapped));
        }
    }

    #[test]
    fn proof_texts_round_trip(
        index: u64, hashes in vec(any::<[u8; 32]>(), 0..64), extra in proptest::option::of(vec(any::<u8>(), 0..300)),
    ) {
        let proof = TlogProof {
            extra,
            index: Position::new(index),
            proof: hashes.into_iter().map(Digest::from_bytes).collect(),
            checkpoint: "anything\n".to_owned(),
        };
        prop_assert_eq!(TlogProof::parse(&proof.render()), Ok(proof));
    }
}

const LEDGER: LedgerId = LedgerId::from_bytes([0x4c; 16]);

/// A ledger of messages, each with a stream, a number of parts and a pause before it.
fn ledger(shape: &[(u8, u16, u64)]) -> Vec<Vec<u8>> {
    let mut ledger: Vec<Vec<u8>> = Vec::new();
    let mut streams: HashMap<StreamKey, (u64, Digest)> = HashMap::new();
    let mut recorded_at = 1;
    for (message, (stream, parts, pause)) in (0_u128..).zip(shape) {
        recorded_at += pause;
        for part in 0..*parts {
            let stream = StreamKey {
                kind: *stream,
                id: [u8::from(part == 1); 16],
            };
            let (revision, stream_prev) =
                streams.get(&stream).copied().unwrap_or((0, Digest::ZERO));
            let header = Header {
                ledger: LEDGER,
                position: Position::new(ledger.len() as u64),
                recorded_at,
                prev: ledger
                    .last()
                    .map_or(Digest::ZERO, |entry| chain_hash(entry)),
                stream,
                revision,
                stream_prev,
                submitter: SubmitterId::parse("court").unwrap(),
                submitter_seq: 0,
                message_id: MessageId::from_bytes(message.to_be_bytes()),
                part,
                parts: *parts,
                content: Digest::ZERO,
                commitment: Digest::ZERO,
                body_type: 1,
                body_version: 1,
            };
            let mut bytes = Vec::new();
            encode(&header, &[part as u8], &mut bytes).unwrap();
            streams.insert(stream, (revision + 1, chain_hash(&bytes)));
            ledger.push(bytes);
        }
    }
    ledger
}

fn digest() -> impl Strategy<Value = Digest> {
    any::<[u8; 32]>()
        .prop_map(Digest::from_bytes)
        .prop_filter("not none", |hash| !hash.is_zero())
}

fn header() -> impl Strategy<Value = Header> {
    let place = (any::<[u8; 16]>(), 0_u64..3, any::<u64>(), digest());
    let stream = (any::<u8>(), any::<[u8; 16]>(), 0_u64..3, digest());
    let message = (
        "[a-z0-9.-]{1,16}",
        any::<u64>(),
        any::<[u8; 16]>(),
        any::<(u16, u16)>(),
    );
    let content = (digest(), digest(), any::<u16>(), any::<u16>());
    (place, stream, message, content).prop_map(|(place, stream, message, content)| {
        let (ledger, position, recorded_at, prev) = place;
        let (kind, id, revision, stream_prev) = stream;
        let (submitter, submitter_seq, message_id, (part, parts)) = message;
        let (content, commitment, body_type, body_version) = content;
        let none_at_0 = |index, hash| if index == 0 { Digest::ZERO } else { hash };
        let parts = parts.max(1);
        Header {
            ledger: LedgerId::from_bytes(ledger),
            position: Position::new(position),
            recorded_at,
            prev: none_at_0(position, prev),
            stream: StreamKey { kind, id },
            revision,
            stream_prev: none_at_0(revision, stream_prev),
            submitter: SubmitterId::parse(&submitter).unwrap(),
            submitter_seq,
            message_id: MessageId::from_bytes(message_id),
            part: part % parts,
            parts,
            content,
            commitment,
            body_type,
            body_version,
        }
    })
}
