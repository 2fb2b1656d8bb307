use caseledger_chain::{Checkpoint, CosigningKey, Digest, Origin, Policy, SigningKey};

use super::*;

const GRACE: Duration = Duration::from_secs(11);

fn log() -> SigningKey {
    SigningKey::from_seed("ledger.example/test".parse().unwrap(), &[5; 32])
}

fn witness(seed: u8) -> CosigningKey {
    let name = format!("witness.example/w{seed}").parse().unwrap();
    CosigningKey::from_seed(name, &[seed; 32])
}

fn quorum(rule: &str) -> Quorum {
    let keys = [1, 2].map(|seed| witness(seed).verifier().to_string());
    let [one, two] = keys;
    let text = format!(
        "witness w1 {one} http://127.0.0.1:1/\nwitness w2 {two} http://127.0.0.1:2/\n\
         group both all w1 w2\nquorum {rule}\n"
    );
    Quorum::new(Policy::parse(&text).unwrap(), log().verifier())
}

fn root(size: u64) -> Digest {
    Digest::from_bytes([u8::try_from(size).unwrap(); 32])
}

fn text(size: u64) -> Checkpoint {
    let origin = Origin::parse("ledger.example/test").unwrap();
    Checkpoint::new(origin, Size::new(size), root(size))
}

fn published(size: u64, quorum: Option<&Quorum>) -> Published {
    let note = text(size).sign(&log()).unwrap().into_note();
    let latest = LatestCheckpoint {
        size: Size::new(size),
        root: root(size),
        note: note.into(),
    };
    Published::new(&latest, quorum)
}

fn line(size: u64, seed: u8) -> String {
    witness(seed).cosign(&text(size).text(), 77).unwrap()
}

fn cosign(now: &mut Showing, size: u64, seed: u8, quorum: &Quorum) {
    let signed = published(size, None).signed;
    let applies = now.cosign(&signed, usize::from(seed) - 1, &line(size, seed), quorum);
    assert!(applies);
}

#[test]
fn what_has_its_quorum_is_shown_until_a_newer_one_has_it_or_the_grace_is_over() {
    let quorum = quorum("both");
    let start = Instant::now();
    let mut now = Showing {
        shown: published(1, Some(&quorum)),
        asked: None,
        since: start,
    };
    let sizes = |now: &Showing| (now.shown.size.get(), now.newest().size.get());
    let advance = |now: &mut Showing, size, after: u64| {
        let at = start + Duration::from_secs(after);
        now.advance(published(size, Some(&quorum)), at, GRACE)
    };
    // What nobody has cosigned is not replaced while they may still do it.
    assert!(!advance(&mut now, 2, 10));
    cosign(&mut now, 1, 1, &quorum);
    assert!(!advance(&mut now, 2, 10));
    cosign(&mut now, 1, 2, &quorum);
    // From here on a log that never rests is cosigned all the same.
    assert!(advance(&mut now, 3, 10));
    assert_eq!(sizes(&now), (1, 3));
    assert!(!advance(&mut now, 4, 20));
    cosign(&mut now, 3, 2, &quorum);
    assert_eq!(sizes(&now), (1, 3));
    cosign(&mut now, 3, 1, &quorum);
    assert_eq!(sizes(&now), (3, 3));
    assert!(now.shown.reached && quorum.is_reached(&now.shown.note));
    assert!(advance(&mut now, 5, 20));
    assert_eq!(sizes(&now), (3, 5));
    // Nobody answers: it is shown as it is, and what came after it is asked for.
    assert!(advance(&mut now, 6, 31));
    assert_eq!(sizes(&now), (6, 6));
    assert!(!now.shown.reached);
}

#[test]
fn without_a_policy_the_newest_is_shown_at_once() {
    let start = Instant::now();
    let mut now = Showing {
        shown: published(1, None),
        asked: None,
        since: start,
    };
    assert!(now.advance(published(2, None), start, GRACE));
    assert!(!now.advance(published(1, None), start, GRACE));
    assert_eq!((now.shown.size, now.asked), (Size::new(2), None));
}

#[test]
fn what_is_kept_is_shown_again_only_if_all_of_it_holds() {
    let both = quorum("both");
    let dir = tempfile::tempdir().unwrap();
    let file = dir.path().join("shown.checkpoint");
    let load = |quorum: &Quorum, root: Option<Digest>| {
        kept::load(&file, log().verifier(), Some(quorum), |_size| root)
    };
    assert!(load(&both, Some(root(3))).unwrap().is_none());

    let mut expected = published(3, Some(&both));
    for seed in [1, 2] {
        // With fewer than the policy asks for, the newest may as well be shown.
        kept::store(&file, Some(&expected.note)).unwrap();
        assert!(load(&both, Some(root(3))).unwrap().is_none());
        let signed = expected.signed.clone();
        expected.cosign(&signed, usize::from(seed) - 1, &line(3, seed), &both);
    }
    kept::store(&file, Some(&expected.note)).unwrap();
    assert_eq!(load(&both, Some(root(3))).unwrap(), Some(expected.clone()));
    // The ledger is another one, or an older copy.
    load(&both, Some(root(4))).unwrap_err();
    load(&both, None).unwrap_err();
    // A cosignature of something else.
    let false_line = published(3, None).note.to_vec();
    let false_line = [false_line, line(4, 1).into_bytes(), line(3, 2).into_bytes()].concat();
    kept::store(&file, Some(&false_line)).unwrap();
    load(&quorum("w2"), Some(root(3))).unwrap_err();
    kept::store(&file, Some(&expected.note[..80])).unwrap();
    load(&both, Some(root(3))).unwrap_err();

    kept::store(&file, None).unwrap();
    kept::store(&file, None).unwrap();
    assert!(load(&both, Some(root(3))).unwrap().is_none());
    assert_eq!(std::fs::read_dir(dir.path()).unwrap().count(), 0);
}
