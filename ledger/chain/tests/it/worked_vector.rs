//! A complete log of five entries with a witness, of which every byte was checked by independent
//! programs in Go and Python.

use caseledger_chain::{
    AddCheckpoint, Checkpoint, Cosignature, CosigningKey, Digest, KeyName, MemoryTree, Note,
    Origin, Position, SigningKey, Size, Statement, TileId, TlogProof, VerifierKey,
    consistency_proof, decode_bundle, inclusion_proof, judge, leaf_hash, push_bundle_entry, root,
    verify_consistency, verify_inclusion,
};
use sha2::Digest as _;

const LOG: &str = "ledger.example/audit";
const LOG_VKEY: &str = "ledger.example/audit+2a52108c+AQOhB7/zzhC+HXDdGOdLwJln5NYwm6UNXx3chmQSVTG4";
const LOG_SKEY: &str =
    "PRIVATE+KEY+ledger.example/audit+2a52108c+AQABAgMEBQYHCAkKCwwNDg8QERITFBUWFxgZGhscHR4f";
const WITNESS_VKEY: &str =
    "witness.example/w1+20324abe+BCmsuuFBvMrwsi4alNNNC8c2HlJtC/4SyJeUvJMilm3X";
const LEAVES: [&str; 5] = [
    "956ae51bd3e285ccb826298dd523dd08824ce5579749994f2e0021737b9dd4b8",
    "d38b823b070424fc9303ff6f20f4ddeef6dc32aa02c75d9c8c3ae46062c78f6b",
    "e76eb1b97b06757150f95e06357a7dc404ca511b63a90330a56a94df3d0d66d1",
    "d5bdb58a19173a6a0111df3f1f62dbaa00e44221e0f09b47489812a010cd5314",
    "8e1f887cfc7c7a5e43f202daf67d99ae8f8fd4b33a6b251bcf9f5d83476303ea",
];
const ROOTS: [&str; 6] = [
    "47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFU=",
    "lWrlG9Pihcy4JimN1SPdCIJM5VeXSZlPLgAhc3ud1Lg=",
    "cY+gNp10dQmbxstDJ+OCOklyKF+SvUmXGlg8nwj/to0=",
    "ZLJJxOBgbj2XQsSb/VfNHj6xcPXM76JuoEXKGT1kp18=",
    "lWabN2vE41RNoJgl5ZriAqNawPxeWAmiymPYHonRfWw=",
    "4U5DYn5HMHDekm/gJsxnCCDmAogImr0flfg/Qv6B96s=",
];
const BUNDLE: &str = "0002653000026531000265320002653300026534";
const CHECKPOINT_TEXT: &str =
    "ledger.example/audit\n5\n4U5DYn5HMHDekm/gJsxnCCDmAogImr0flfg/Qv6B96s=\n";
const LOG_LINE: &str = concat!(
    "\u{2014} ledger.example/audit ",
    "KlIQjEJJ93LSVhrQdEGiKxdVixLCITHtyejCHeNYy28KfIDw6Mv57SxClQGV7RM+X30J0ykz/5it6BJtZh1nupZySAM=\n",
);
const WITNESS_LINE: &str = concat!(
    "\u{2014} witness.example/w1 ",
    "IDJKvgAAAABlU/EASb96Ggid5WoK8HdL5Q6fWxy+8b3AGkpqCOXc5p+taAuKGLYUy5dBRjcPlY4/3RdinNYnFpoqjyhC",
    "Ou5ZpwHAAA==\n",
);
const PROOF_LINES: &str = concat!(
    "c2sp.org/tlog-proof@v1\n",
    "index 3\n",
    "526xuXsGdXFQ+V4GNXp9xATKURtjqQMwpWqU3z0NZtE=\n",
    "cY+gNp10dQmbxstDJ+OCOklyKF+SvUmXGlg8nwj/to0=\n",
    "jh+IfPx8el5D8gLa9n2Zro+P1LM6ayUbz59dg0djA+o=\n",
);
const CONSISTENCY_3_TO_5: [&str; 4] = [
    "526xuXsGdXFQ+V4GNXp9xATKURtjqQMwpWqU3z0NZtE=",
    "1b21ihkXOmoBEd8/H2LbqgDkQiHg8JtHSJgSoBDNUxQ=",
    "cY+gNp10dQmbxstDJ+OCOklyKF+SvUmXGlg8nwj/to0=",
    "jh+IfPx8el5D8gLa9n2Zro+P1LM6ayUbz59dg0djA+o=",
];
const COSIGNED_SHA256: &str = "86b04f1dfe0fe2ca42cd3b43858796d8f0ac6308d824e325aa5ffecfbba9ae6e";
const PROOF_SHA256: &str = "cf852d07b1f9ecb2c1b167d0bf6a02cc82655e73eba17d5115e71b53752e2fff";
const ADD_CHECKPOINT_SHA256: &str =
    "3befde0ec8ee35ea1e3d893ddb8577abba5c27981e7668f9b2c271ee456fbe25";
const WITNESS_LINE_SHA256: &str =
    "7b0a582b962c942b12f07370831e3a971c7f221494ff3b18dc68419d6ae09d1f";

fn entries() -> [&'static [u8]; 5] {
    [b"e0", b"e1", b"e2", b"e3", b"e4"]
}

fn tree() -> MemoryTree {
    entries().into_iter().map(leaf_hash).collect()
}

fn log_key() -> SigningKey {
    SigningKey::from_seed(
        KeyName::parse(LOG).unwrap(),
        &std::array::from_fn(|i| i as u8),
    )
}

fn witness_key() -> CosigningKey {
    let name = KeyName::parse("witness.example/w1").unwrap();
    CosigningKey::from_seed(name, &std::array::from_fn(|i| 32 + i as u8))
}

fn digest(base64: &str) -> Digest {
    Digest::from_base64(base64).unwrap()
}

fn signed_note() -> String {
    let origin = Origin::parse(LOG).unwrap();
    let checkpoint = Checkpoint::new(origin, tree().size(), tree().root());
    checkpoint.sign(&log_key()).unwrap().into_note()
}

fn cosigned_note() -> String {
    signed_note()
        + &witness_key()
            .cosign(CHECKPOINT_TEXT, 1_700_000_000)
            .unwrap()
}

fn assert_text(text: &str, len: usize, sha256: &str) {
    assert_eq!(text.len(), len);
    assert_eq!(hex::encode(sha2::Sha256::digest(text)), sha256);
}

#[test]
fn keys_have_the_stated_texts() {
    assert_eq!(log_key().vkey(), LOG_VKEY);
    assert_eq!(log_key().expose_skey(), LOG_SKEY);
    assert_eq!(SigningKey::parse_skey(LOG_SKEY).unwrap().vkey(), LOG_VKEY);
    assert_eq!(witness_key().verifier().to_string(), WITNESS_VKEY);
    for vkey in [LOG_VKEY, WITNESS_VKEY] {
        assert_eq!(VerifierKey::parse(vkey).unwrap().to_string(), vkey);
    }
}

#[test]
fn leaves_and_roots_have_the_stated_hashes() {
    let tree = tree();
    for (entry, leaf) in entries().into_iter().zip(LEAVES) {
        assert_eq!(leaf_hash(entry).to_string(), leaf);
    }
    for (size, expected) in (0..).map(Size::new).zip(ROOTS) {
        assert_eq!(root(&tree, size).unwrap().to_base64(), expected);
    }
}

#[test]
fn bundle_has_the_stated_bytes() {
    let mut bundle = Vec::new();
    for entry in entries() {
        push_bundle_entry(&mut bundle, entry).unwrap();
    }
    assert_eq!(hex::encode(&bundle), BUNDLE);
    assert_eq!(decode_bundle(&bundle, 5).unwrap(), entries());
    let tiles: Vec<String> = TileId::between(Size::ZERO, Size::new(5))
        .map(|tile| tile.path())
        .collect();
    assert_eq!(tiles, ["tile/0/000.p/5"]);
}

#[test]
fn checkpoint_has_the_stated_text_and_signatures() {
    assert_eq!(signed_note(), format!("{CHECKPOINT_TEXT}\n{LOG_LINE}"));
    assert_eq!(
        cosigned_note(),
        format!("{CHECKPOINT_TEXT}\n{LOG_LINE}{WITNESS_LINE}")
    );
    assert_text(&cosigned_note(), 315, COSIGNED_SHA256);
    assert_text(WITNESS_LINE, 128, WITNESS_LINE_SHA256);
}

#[test]
fn checkpoint_opens_with_the_keys_of_log_and_witness() {
    let note = cosigned_note();
    let keys = [LOG_VKEY, WITNESS_VKEY].map(|vkey| VerifierKey::parse(vkey).unwrap());
    let open = Note::open(note.as_bytes(), &keys).unwrap();
    let statements: Vec<_> = open
        .signatures()
        .iter()
        .map(|signature| signature.statement)
        .collect();
    assert_eq!(open.text(), CHECKPOINT_TEXT);
    assert_eq!(
        statements,
        [
            Statement::Signed,
            Statement::Cosigned {
                time: 1_700_000_000
            }
        ]
    );

    let checkpoint = Checkpoint::open(note.as_bytes(), &keys[0]).unwrap();
    assert_eq!(checkpoint.size.get(), 5);
    assert_eq!(checkpoint.root.to_base64(), ROOTS[5]);
}

#[test]
fn tlog_proof_has_the_stated_text() {
    let proof = TlogProof {
        extra: None,
        index: Position::new(3),
        proof: inclusion_proof(&tree(), Position::new(3), Size::new(5)).unwrap(),
        checkpoint: cosigned_note(),
    };
    let text = proof.render();
    assert_eq!(text, format!("{PROOF_LINES}\n{}", cosigned_note()));
    assert_text(&text, 482, PROOF_SHA256);
    assert_eq!(TlogProof::parse(&text), Ok(proof.clone()));
    let leaf = leaf_hash(b"e3");
    verify_inclusion(
        &leaf,
        proof.index,
        Size::new(5),
        &proof.proof,
        &digest(ROOTS[5]),
    )
    .unwrap();
}

#[test]
fn add_checkpoint_request_has_the_stated_text() {
    let (old, new) = (Size::new(3), Size::new(5));
    let proof = consistency_proof(&tree(), old, new).unwrap();
    assert_eq!(proof, CONSISTENCY_3_TO_5.map(digest));
    verify_consistency(old, new, &proof, &digest(ROOTS[3]), &digest(ROOTS[5])).unwrap();

    let request = AddCheckpoint {
        old,
        proof,
        checkpoint: signed_note(),
    };
    let text = request.render();
    assert_text(&text, 374, ADD_CHECKPOINT_SHA256);
    assert_eq!(AddCheckpoint::parse(text.as_bytes()), Ok(request));
}

#[test]
fn witness_answers_the_stated_request_with_the_stated_line() {
    let (old, new) = (Size::new(3), Size::new(5));
    let request = AddCheckpoint {
        old,
        proof: CONSISTENCY_3_TO_5.map(digest).to_vec(),
        checkpoint: signed_note(),
    };
    let stored = Some((old, digest(ROOTS[3])));
    let accepted = judge(stored, &request, Some(log_key().verifier())).unwrap();
    assert_eq!((accepted.size, accepted.root), (new, digest(ROOTS[5])));
    let answer = witness_key()
        .cosign(&accepted.text(), 1_700_000_000)
        .unwrap();
    assert_text(&answer, 128, WITNESS_LINE_SHA256);

    let key = VerifierKey::parse(WITNESS_VKEY).unwrap();
    let found = Cosignature::find(CHECKPOINT_TEXT, answer.as_bytes(), &key).unwrap();
    assert_eq!((found.line(), found.time()), (WITNESS_LINE, 1_700_000_000));
}
