//! Agreement with independent implementations: `ct-merkle`, `tlog_tiles` and `signed_note`.

use caseledger_chain::{
    Checkpoint, Digest, MemoryTree, NodeSource as _, Note, Origin, Position, SigningKey, Size,
    TileId, consistency_proof, inclusion_proof, leaf_hash, verify_consistency, verify_inclusion,
};
use ct_merkle::mem_backed_tree::MemoryBackedTree;
use sha2::Sha256;
use signed_note::{StandardVerifier, VerifierList};
use tlog_tiles::{Hash, HashReader, Tile};

const LEAVES: u64 = 70;

fn entry(index: u64) -> Vec<u8> {
    index.to_be_bytes().to_vec()
}

fn tree() -> MemoryTree {
    (0..LEAVES).map(|index| leaf_hash(&entry(index))).collect()
}

fn bytes(proof: &[Digest]) -> Vec<u8> {
    proof.iter().flat_map(|hash| hash.to_bytes()).collect()
}

fn hash(digest: Digest) -> Hash {
    Hash(digest.to_bytes())
}

/// Our tree as the store of the other implementation.
struct Reader(MemoryTree);

impl HashReader for Reader {
    fn read_hashes(&self, indexes: &[u64]) -> Result<Vec<Hash>, tlog_tiles::Error> {
        let node = |index: &u64| {
            let (level, index) = tlog_tiles::split_stored_hash_index(*index);
            hash(self.0.node(level, index).unwrap())
        };
        Ok(indexes.iter().map(node).collect())
    }
}

#[test]
fn ct_merkle_makes_the_same_trees_and_proofs() {
    let ours = tree();
    let mut theirs = MemoryBackedTree::<Sha256, Vec<u8>>::new();
    let mut roots = vec![theirs.root()];
    for new in 1..=LEAVES {
        theirs.push(entry(new - 1));
        roots.push(theirs.root());
        let size = Size::new(new);
        let root = caseledger_chain::root(&ours, size).unwrap();
        assert_eq!(root.to_bytes(), <[u8; 32]>::from(*theirs.root().as_bytes()));
        for index in 0..new {
            let proof = inclusion_proof(&ours, Position::new(index), size).unwrap();
            let their_proof = theirs.prove_inclusion(index as usize);
            assert_eq!(
                bytes(&proof),
                their_proof.as_bytes(),
                "inclusion {index} in {new}"
            );
        }
        for old in 1..new {
            let proof = consistency_proof(&ours, Size::new(old), size).unwrap();
            let their_proof = theirs.prove_consistency((new - old) as usize);
            assert_eq!(
                bytes(&proof),
                their_proof.as_bytes(),
                "consistency {old} to {new}"
            );
            let old_root = &roots[old as usize];
            theirs
                .root()
                .verify_consistency(old_root, &their_proof)
                .unwrap();
        }
    }
}

#[test]
fn tlog_tiles_makes_and_accepts_the_same_proofs() {
    let reader = Reader(tree());
    for new in 1..=LEAVES {
        let size = Size::new(new);
        let root = caseledger_chain::root(&reader.0, size).unwrap();
        assert_eq!(tlog_tiles::tree_hash(new, &reader).unwrap(), hash(root));
        for index in 0..new {
            let position = Position::new(index);
            let leaf = leaf_hash(&entry(index));
            let theirs = tlog_tiles::prove_record(new, index, &reader).unwrap();
            let proof: Vec<_> = theirs
                .iter()
                .map(|hash| Digest::from_bytes(hash.0))
                .collect();
            assert_eq!(
                inclusion_proof(&reader.0, position, size),
                Ok(proof.clone())
            );
            verify_inclusion(&leaf, position, size, &proof, &root).unwrap();
            tlog_tiles::check_record(&theirs, new, hash(root), index, hash(leaf)).unwrap();
        }
        for old in 1..=new {
            let old_size = Size::new(old);
            let old_root = caseledger_chain::root(&reader.0, old_size).unwrap();
            let theirs = tlog_tiles::prove_tree(new, old, &reader).unwrap();
            let proof: Vec<_> = theirs
                .iter()
                .map(|hash| Digest::from_bytes(hash.0))
                .collect();
            assert_eq!(
                consistency_proof(&reader.0, old_size, size),
                Ok(proof.clone())
            );
            verify_consistency(old_size, size, &proof, &old_root, &root).unwrap();
            tlog_tiles::check_tree(&theirs, new, hash(root), old, hash(old_root)).unwrap();
        }
    }
}

/// The other implementation writes the height of tiles, always 8 here, into the path.
#[test]
fn tlog_tiles_publishes_the_same_tiles() {
    let sizes = [
        0, 1, 2, 255, 256, 257, 511, 512, 1_000, 65_535, 65_536, 70_000, 1_234_067,
    ];
    for old in sizes {
        for new in sizes.into_iter().filter(|new| *new >= old) {
            let ours: Vec<String> = TileId::between(Size::new(old), Size::new(new))
                .map(|tile| tile.path())
                .collect();
            let theirs: Vec<String> = Tile::new_tiles(8, old, new)
                .iter()
                .map(|tile| tile.path().replacen("tile/8/", "tile/", 1))
                .collect();
            assert_eq!(ours, theirs, "from {old} to {new}");
        }
    }
}

#[test]
fn signed_note_and_tlog_tiles_read_our_checkpoints() {
    let key = SigningKey::from_seed("ledger.example/audit".parse().unwrap(), &[3; 32]);
    let origin = Origin::parse("ledger.example/audit").unwrap();
    let signed = Checkpoint::new(origin, tree().size(), tree().root())
        .sign(&key)
        .unwrap();

    let note = signed_note::Note::from_bytes(signed.note().as_bytes()).unwrap();
    let verifier = StandardVerifier::new(&key.vkey()).unwrap();
    let (known, unknown) = note
        .verify(&VerifierList::new(vec![Box::new(verifier)]))
        .unwrap();
    assert_eq!((known.len(), unknown.len()), (1, 0));

    let checkpoint = tlog_tiles::Checkpoint::from_bytes(note.text()).unwrap();
    assert_eq!(checkpoint.origin(), "ledger.example/audit");
    assert_eq!(checkpoint.size(), LEAVES);
    assert_eq!(*checkpoint.hash(), hash(tree().root()));
}

#[test]
fn we_open_notes_that_signed_note_signs() {
    let key = SigningKey::from_seed("ledger.example/audit".parse().unwrap(), &[4; 32]);
    let signer = signed_note::StandardSigner::new(&key.expose_skey()).unwrap();
    let mut note = signed_note::Note::new(b"a text\nof two lines\n", &[]).unwrap();
    note.add_sigs(&[&signer]).unwrap();
    let bytes = note.to_bytes();
    let open = Note::open(&bytes, std::slice::from_ref(key.verifier())).unwrap();
    assert_eq!(open.text(), "a text\nof two lines\n");
    assert_eq!(key.sign(open.text()).unwrap().as_bytes(), bytes);
}
