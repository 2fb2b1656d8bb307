//! Tiles and bundles, compared with those that the whole tree in memory has.

use caseledger_chain::{
    BundleId, Checkpoint, Digest, MemoryTree, NodeSource as _, Position, Size, TileId,
    decode_bundle, leaf_hash, root,
};
use caseledger_engine::Publisher;

use crate::support::*;

/// The bytes of a tile, straight from its definition.
fn derived(tree: &MemoryTree, tile: TileId) -> Vec<u8> {
    let first = tile.index() * 256;
    let hashes = (first..first + u64::from(tile.width())).map(|at| {
        let node: Digest = tree.node(tile.level() * 8, at).unwrap();
        node.to_bytes()
    });
    hashes.flatten().collect()
}

fn tile(level: u8, index: u64, width: u16) -> TileId {
    TileId::new(level, index, width).unwrap()
}

fn bundle(index: u64, width: u16) -> BundleId {
    BundleId::new(index, width).unwrap()
}

/// Everything that a log of that size publishes, read entry by entry and compared.
fn check(publisher: &Publisher, entries: &[Vec<u8>], size: usize) {
    let tree: MemoryTree = entries[..size]
        .iter()
        .map(|entry| leaf_hash(entry))
        .collect();
    let end = Size::new(size as u64);
    for tile in TileId::between(Size::ZERO, end) {
        let found = publisher.tile(tile).unwrap().unwrap();
        assert_eq!(found, derived(&tree, tile), "{tile} at size {size}");
    }
    let mut all = Vec::new();
    for bundle in BundleId::between(Size::ZERO, end) {
        let bytes = publisher.bundle(bundle).unwrap().unwrap();
        let found = decode_bundle(&bytes, bundle.width()).unwrap();
        all.extend(found.into_iter().map(<[u8]>::to_vec));
    }
    assert_eq!(all, entries[..size]);
}

#[test]
fn every_size_up_to_the_checkpoint_can_be_published() {
    let memory = Memory::opened();
    let job = (0..598).map(|number| submission(number, vec![identify(number)]));
    memory
        .engine
        .submit_wait(prosecutor(), job.collect())
        .unwrap();
    let publisher = memory.engine.publisher();
    let latest = publisher.latest();
    assert_eq!(latest.size, Size::new(600));
    let reader = memory.engine.reader();
    let entries = reader.read(Position::ZERO, 600).unwrap();
    let entries: Vec<Vec<u8>> = entries.iter().map(|(_, entry)| entry.to_vec()).collect();
    for size in [1, 2, 255, 256, 257, 511, 512, 513, 599, 600] {
        check(&publisher, &entries, size);
    }
    for absent in [
        tile(0, 2, 89),
        tile(0, 2, 256),
        tile(0, 3, 1),
        tile(1, 0, 3),
        tile(1, 1, 1),
        tile(2, 0, 1),
        tile(8, 0, 1),
        tile(63, 0, 1),
        tile(0, u64::MAX, 256),
    ] {
        assert_eq!(publisher.tile(absent).unwrap(), None, "{absent}");
    }
    for absent in [
        bundle(2, 89),
        bundle(2, 256),
        bundle(3, 1),
        bundle(u64::MAX, 1),
    ] {
        assert_eq!(publisher.bundle(absent).unwrap(), None, "{absent}");
    }
}

#[test]
fn nothing_is_published_of_a_ledger_without_entries() {
    let publisher = memory().engine.publisher();
    assert_eq!(publisher.latest().size, Size::ZERO);
    assert_eq!(publisher.tile(tile(0, 0, 1)).unwrap(), None);
    assert_eq!(publisher.bundle(bundle(0, 1)).unwrap(), None);
}

#[test]
fn a_checkpoint_is_never_ahead_of_its_tiles_and_entries() {
    let folder = Folder::new();
    let (engine, _) = folder.open();
    open(&engine);
    let publisher = engine.publisher();
    std::thread::scope(|scope| {
        let ended = scope.spawn(|| {
            for number in 0..300 {
                accept(
                    &engine,
                    prosecutor(),
                    submission(number, vec![identify(number)]),
                );
            }
        });
        let (mut seen, mut tree) = (Size::ZERO, MemoryTree::new());
        while !ended.is_finished() || publisher.latest().size > seen {
            // Whatever the store has applied by now: what the checkpoint covers must be there.
            let latest = publisher.latest();
            for bundle in BundleId::between(seen, latest.size) {
                let bytes = publisher.bundle(bundle).unwrap().unwrap();
                let found = decode_bundle(&bytes, bundle.width()).unwrap();
                let known = (tree.size().get() - bundle.index() * 256) as usize;
                found[known..]
                    .iter()
                    .for_each(|entry| tree.push(leaf_hash(entry)));
            }
            for tile in TileId::between(seen, latest.size) {
                let bytes = publisher.tile(tile).unwrap().unwrap();
                assert_eq!(bytes, derived(&tree, tile), "{tile}");
            }
            let key = engine.identity().verifier();
            let opened = Checkpoint::open(latest.note.as_bytes(), key).unwrap();
            assert_eq!(opened.root, root(&tree, latest.size).unwrap());
            seen = latest.size;
        }
        ended.join().unwrap();
        assert_eq!(seen, Size::new(302));
    });
    engine.close().unwrap();
}
