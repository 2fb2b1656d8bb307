use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::io;
use std::os::unix::fs::{DirBuilderExt as _, OpenOptionsExt as _, PermissionsExt as _};
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use age::secrecy::ExposeSecret as _;
use caseledger_chain::{
    Digest, Header, KeyName, LedgerId, MessageId, Position, SigningKey, Size, StreamKey,
    SubmitterId, chain_hash, encode, leaf_hash,
};
use caseledger_engine::vault::LEAP;
use caseledger_engine::{Generation, Head, IndexKey, LedgerPaths};
use caseledger_store::{Commit, CommitLog as _, FileLog, JournalScan, Meta, OpenOptions};
use caseledger_vault::{Disk, FileKeyring, Means, Opened, SystemRandom, Vault};
use indicatif::ProgressBar;
use proptest::prelude::*;
use tempfile::TempDir;

use super::*;

mod guarded;

const LEDGER: LedgerId = LedgerId::from_bytes([0xb5; 16]);

/// A folder in memory where the system has one: a backup that is stopped at each of its steps makes thousands of files
/// durable, and a disk would be waited for each time.
fn folder() -> TempDir {
    let memory = Path::new("/dev/shm");
    let made = if memory.is_dir() {
        tempfile::tempdir_in(memory)
    } else {
        tempfile::tempdir()
    };
    made.unwrap()
}

fn options() -> OpenOptions {
    OpenOptions {
        segment_bytes: 16 << 10,
        ..OpenOptions::default()
    }
}

/// The index key of every ledger here.
const INDEX: [u8; 32] = [0xa7; 32];

/// A ledger of the store's, being written: what is in the entries is none of a backup's business. Keys and vault can be used.
struct Ledger {
    folder: TempDir,
    id: LedgerId,
    paths: LedgerPaths,
    log: FileLog,
    head: Head,
}

/// A file that only its owner may read, in place of the one that is there.
fn secret(path: &Path, text: &str) {
    let mut options = fs::OpenOptions::new();
    let options = options.write(true).create(true).truncate(true).mode(0o600);
    io::Write::write_all(&mut options.open(path).unwrap(), text.as_bytes()).unwrap();
}

/// What the vault in `folder` works with.
fn means(folder: &Path, id: LedgerId) -> Means {
    let (random, disk) = (Arc::new(SystemRandom), Disk::default());
    let keys = FileKeyring::new(folder, id, Arc::new(SystemRandom), disk.clone());
    Means {
        keys: Box::new(keys),
        random,
        disk,
    }
}

impl Ledger {
    fn new(id: LedgerId) -> Self {
        let folder = folder();
        let paths = LedgerPaths::beside(folder.path().join("ledger")).unwrap();
        let name = KeyName::parse("ledger.example/test").unwrap();
        let key = SigningKey::from_seed(name, &[1; 32]);
        let index = IndexKey::new(&INDEX);
        let meta = Meta::new(id, key.verifier().clone(), index.commitment(), "tests").unwrap();
        FileLog::init_with(paths.store(), &meta, &options()).unwrap();
        let mut builder = fs::DirBuilder::new();
        builder.mode(0o700).create(paths.keys()).unwrap();
        secret(&paths.checkpoint_key(), &format!("{}\n", key.expose_skey()));
        secret(&paths.index_key(), &format!("{}\n", "a7".repeat(32)));
        secret(&paths.keys().join("checkpoint-2.key.new"), "half");
        Vault::create(paths.vault(), id, means(paths.vault(), id)).unwrap();
        let (log, _) = FileLog::open(paths.store(), options(), &()).unwrap();
        Self {
            folder,
            id,
            paths,
            log,
            head: Head::EMPTY,
        }
    }

    /// The vault as it is after a shredding, and another one that was cut short.
    fn rotate_vault(&self) {
        self.rotate_vault_beyond(1);
    }

    /// The same, with a generation behind that one.
    fn rotate_vault_beyond(&self, known: u32) {
        let folder = self.paths.vault();
        let opened = Vault::open(folder, self.id, means(folder, self.id), None);
        let Opened { mut vault, .. } = opened.unwrap();
        let size = Size::new(self.head.size.get());
        vault.go_beyond(Generation::new(known).unwrap());
        let rewrapped = vault.rewrap([], &BTreeSet::new(), size, &mut |_, _| ());
        rewrapped.unwrap();
        secret(&folder.join("datakeys.tmp"), "half");
    }

    /// The bytes of a file beside the data.
    fn read(&self, name: &str) -> Vec<u8> {
        fs::read(self.folder.path().join(name)).unwrap()
    }

    /// Appends a commit with an entry of each length.
    fn append(&mut self, bodies: &[usize], fill: u8) {
        let mut commit = Commit::new(Position::new(self.head.size.get()), self.head.chain);
        let mut at = self.head;
        for body in bodies {
            let position = at.size.get();
            let mut id = [0; 16];
            id[..8].copy_from_slice(&position.to_be_bytes());
            let header = Header {
                ledger: self.id,
                position: Position::new(position),
                recorded_at: position,
                prev: at.chain,
                stream: StreamKey { kind: 1, id },
                revision: 0,
                stream_prev: Digest::ZERO,
                submitter: SubmitterId::parse("court.example").unwrap(),
                submitter_seq: 0,
                message_id: MessageId::from_bytes(id),
                part: 0,
                parts: 1,
                content: Digest::ZERO,
                commitment: Digest::ZERO,
                body_type: 1,
                body_version: 1,
            };
            let mut entry = Vec::new();
            encode(&header, &vec![fill; *body], &mut entry).unwrap();
            commit.push_entry(&entry).unwrap();
            commit.push_leaf(leaf_hash(&entry));
            at = Head::new(position + 1, chain_hash(&entry));
        }
        commit.set_last_chain(at.chain);
        self.head = self.log.append(self.head, Arc::new(commit)).unwrap();
    }

    /// Several segments.
    fn fill(&mut self, fill: u8) {
        for _ in 0..9 {
            self.append(&[3_000, 800], fill);
        }
    }

    fn back_up(&self, to: &Path) -> Result<Vec<Done>, BackupError> {
        self.back_up_with(to, false, &[], &|_| Ok(()))
    }

    fn back_up_with(
        &self,
        to: &Path,
        keep: bool,
        recipients: &[Recipient],
        before: Before<'_>,
    ) -> Result<Vec<Done>, BackupError> {
        let progress = &ProgressBar::hidden();
        let manner = Manner {
            recipients,
            before,
            progress,
        };
        let which = (self.id, "ledger.example/test");
        let vault = Contents::vault(&self.paths)?.unwrap();
        let keys = Contents::keys(&self.paths)?;
        Ok(vec![
            back_up_journal(&self.paths, to.join("journal"), manner)?,
            back_up_set(which, &vault, to.join("vault"), keep, manner)?,
            back_up_set(which, &keys, to.join("keys"), keep, manner)?,
        ])
    }
}

/// Everything in a folder, by its path in it.
fn files(folder: &Path) -> BTreeMap<PathBuf, Vec<u8>> {
    let mut found = BTreeMap::new();
    let mut folders = vec![folder.to_owned()];
    while let Some(next) = folders.pop() {
        for child in fs::read_dir(next).unwrap() {
            let path = child.unwrap().path();
            if path.is_dir() {
                folders.push(path);
            } else {
                let name = path.strip_prefix(folder).unwrap().to_owned();
                found.insert(name, fs::read(&path).unwrap());
            }
        }
    }
    found
}

fn copy(from: &Path) -> TempDir {
    let to = folder();
    for (name, bytes) in files(from) {
        let path = to.path().join(name);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(path, bytes).unwrap();
    }
    to
}

/// Checks every file of a backup and writes it out.
fn restored(from: &Path, identities: &Identities) -> Result<TempDir, BackupError> {
    let to = folder();
    let at = |name| to.path().join(name);
    let paths = LedgerPaths::beside(at("restored")).unwrap();
    let staged = Staged::beside(&paths);
    let progress = ProgressBar::hidden();
    let found = find(&[from.to_owned()], &[])?;
    for part in &found {
        part.check(&staged, identities, &progress)?;
    }
    let staging = Staging::begin(&paths)?;
    for part in &found {
        part.write(&staging.at, identities, &progress)?;
    }
    staging.place(&|_| Ok(()))?;
    for (part, name) in [
        ("restored", "ledger"),
        ("restored.keys", "keys"),
        ("restored.vault", "vault"),
    ] {
        // A part that is not in the backup is not restored.
        drop(fs::rename(at(part), at(name)));
    }
    Ok(to)
}

/// The head of a ledger that was written out, every frame of it checked.
fn scanned(ledger: &Path) -> Head {
    let mut scan = JournalScan::open(ledger.join("ledger/journal"), LEDGER).unwrap();
    while let Some(step) = scan.next_frame() {
        step.unwrap();
    }
    scan.head()
}

fn head_of(backup: &Path) -> Head {
    scanned(restored(backup, &Identities::default()).unwrap().path())
}

fn someone() -> (age::x25519::Identity, Recipient) {
    let identity = age::x25519::Identity::generate();
    let public = recipient(&identity.to_public().to_string()).unwrap();
    (identity, public)
}

/// As from a file.
fn identities(identity: &age::x25519::Identity) -> Identities {
    let folder = folder();
    let path = folder.path().join("identity");
    let text = identity.to_string();
    fs::write(&path, format!("# mine\n{}\n", text.expose_secret())).unwrap();
    let mode = fs::Permissions::from_mode(0o600);
    fs::set_permissions(&path, mode).unwrap();
    Identities::load(&[path]).unwrap()
}

#[test]
fn a_backup_of_a_ledger_that_is_written_restores_every_part_of_it() {
    let mut ledger = Ledger::new(LEDGER);
    ledger.fill(1);
    ledger.rotate_vault();
    let backup = folder();
    let done = ledger.back_up(backup.path()).unwrap();
    assert_eq!(done[0].manifest.head, Some(ledger.head));
    let restored = restored(backup.path(), &Identities::default()).unwrap();
    assert_eq!(scanned(restored.path()), ledger.head);
    let found = files(restored.path());
    for (name, original) in [
        ("keys/checkpoint.key", "ledger.keys/checkpoint.key"),
        ("keys/index.key", "ledger.keys/index.key"),
        ("vault/keyring-2", "ledger.vault/keyring-2"),
        ("vault/datakeys", "ledger.vault/datakeys"),
        ("ledger/ledger.toml", "ledger/ledger.toml"),
    ] {
        assert!(found[Path::new(name)] == ledger.read(original), "{name}");
    }
    let half = found.keys().find(|name| {
        let name = name.to_string_lossy();
        name.ends_with(".tmp") || name.ends_with(".new")
    });
    assert_eq!(half, None);
}

#[test]
fn only_what_is_new_is_copied() {
    let mut ledger = Ledger::new(LEDGER);
    ledger.fill(1);
    let backup = folder();
    let first = ledger.back_up(backup.path()).unwrap().remove(0);
    assert!(first.copied >= 4, "{first:?}");
    let again = ledger.back_up(backup.path()).unwrap().remove(0);
    assert_eq!((again.copied, again.manifest), (0, first.manifest));
    ledger.append(&[10], 2);
    let more = ledger.back_up(backup.path()).unwrap().remove(0);
    assert_eq!(more.copied, 1);
    assert_eq!(head_of(backup.path()), ledger.head);
    // The end of before is not kept.
    let parts = files(backup.path());
    let parts = parts
        .keys()
        .filter(|name| name.extension().is_some_and(|end| end == "part"));
    assert_eq!(parts.count(), 1);
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(8))]

    #[test]
    fn backups_with_writes_between_are_each_the_ledger_of_their_moment(
        steps in proptest::collection::vec(
            (proptest::collection::vec(1_usize..3_500, 1..3), any::<bool>()), 1..14)
    ) {
        let mut ledger = Ledger::new(LEDGER);
        let backup = folder();
        for (bodies, backs_up) in steps {
            ledger.append(&bodies, 3);
            if backs_up {
                ledger.back_up(backup.path()).unwrap();
                prop_assert_eq!(head_of(backup.path()), ledger.head);
            }
        }
        ledger.back_up(backup.path()).unwrap();
        prop_assert_eq!(head_of(backup.path()), ledger.head);
    }
}

/// Where a backup ends, all of its files compared with what its manifests say of them.
fn checked(backup: &Path) -> Head {
    let found = find(&[backup.to_owned()], &[]).unwrap();
    for part in &found {
        let staged = Staged::beside(&LedgerPaths::beside("nowhere").unwrap());
        part.check(&staged, &Identities::default(), &ProgressBar::hidden())
            .unwrap();
    }
    found[0].manifest.head.unwrap()
}

/// Backs up onto copies of `start`, stopped before each change in turn; gives how many there are.
fn stopped_everywhere(ledger: &Ledger, start: &Path, old: Option<Head>) -> usize {
    for stop in 0.. {
        let backup = copy(start);
        let count = AtomicUsize::new(0);
        let fuse = |_: Step| {
            if count.fetch_add(1, Ordering::Relaxed) >= stop {
                return Err(io::Error::other("stopped"));
            }
            Ok(())
        };
        let ended = ledger.back_up_with(backup.path(), false, &[], &fuse);
        let whole = find(&[backup.path().to_owned()], &[Part::Journal]);
        match (whole, old) {
            (Ok(_), _) => {
                let head = checked(backup.path());
                assert!(head == ledger.head || Some(head) == old, "{stop}: {head}");
            }
            (Err(BackupError::NoPart(..)), None) => assert!(ended.is_err()),
            (Err(error), _) => panic!("{stop}: {error}"),
        }
        let done = ledger.back_up(backup.path()).unwrap();
        assert_eq!(checked(backup.path()), ledger.head, "{stop}");
        let left = files(backup.path());
        let left = left.keys().find(|name| {
            let name = name.to_string_lossy();
            name.contains(".tmp") || name.contains("unfinished")
        });
        assert_eq!(left, None, "{stop}");
        for part in ["keys", "vault"] {
            let sets = fs::read_dir(backup.path().join(part)).unwrap();
            let sets = sets.filter(|set| set.as_ref().unwrap().path().is_dir());
            assert_eq!(sets.count(), 1, "{stop}: {part}");
        }
        if ended.is_ok() {
            assert_eq!(done[0].copied, 0);
            return stop;
        }
    }
    0
}

#[test]
fn a_backup_that_is_stopped_anywhere_is_as_it_was_or_done_and_the_next_one_goes_on() {
    let mut ledger = Ledger::new(LEDGER);
    ledger.fill(1);
    let none = folder();
    assert!(stopped_everywhere(&ledger, none.path(), None) > 40);
    let start = folder();
    ledger.back_up(start.path()).unwrap();
    let old = ledger.head;
    ledger.fill(2);
    ledger.rotate_vault();
    assert!(stopped_everywhere(&ledger, start.path(), Some(old)) > 40);
}

#[test]
fn what_an_interrupted_backup_has_finished_is_not_copied_again() {
    let mut ledger = Ledger::new(LEDGER);
    ledger.fill(1);
    let backup = folder();
    let named = AtomicUsize::new(0);
    // Each sealed segment gets its name, and then the manifest that tells of it.
    let fuse = |step| match step {
        Step::Rename if named.fetch_add(1, Ordering::Relaxed) == 5 => {
            Err(io::Error::other("stopped"))
        }
        _ => Ok(()),
    };
    let stopped = ledger.back_up_with(backup.path(), false, &[], &fuse);
    assert!(stopped.is_err());
    let done = ledger.back_up(backup.path()).unwrap().remove(0);
    assert_eq!(done.copied, done.manifest.file_count() - 3);
    assert_eq!(head_of(backup.path()), ledger.head);
}

#[test]
fn a_file_that_is_not_what_was_written_is_named() {
    let mut ledger = Ledger::new(LEDGER);
    ledger.fill(1);
    let backup = folder();
    ledger.back_up(backup.path()).unwrap();
    let names = files(backup.path());
    let names = names.keys().filter(|name| !name.ends_with("lock"));
    let names: Vec<&PathBuf> = names.collect();
    assert!(names.len() > 10, "{names:?}");
    let damages: [fn(&mut Vec<u8>); 4] = [
        |bytes| bytes[0] ^= 1,
        |bytes| *bytes.last_mut().unwrap() ^= 0x80,
        |bytes| bytes.truncate(bytes.len() - 1),
        |bytes| bytes.push(0),
    ];
    for name in &names {
        for (at, damage) in damages.iter().enumerate() {
            let bad = copy(backup.path());
            let path = bad.path().join(name);
            let mut bytes = fs::read(&path).unwrap();
            damage(&mut bytes);
            fs::write(&path, bytes).unwrap();
            let refused = restored(bad.path(), &Identities::default()).unwrap_err();
            let said = refused.to_string();
            assert!(said.contains(&*name.to_string_lossy()), "{at}: {said}");
        }
        let bad = copy(backup.path());
        fs::remove_file(bad.path().join(name)).unwrap();
        let refused = restored(bad.path(), &Identities::default());
        if name.ends_with("manifest.json") {
            // A part without its manifest is not there; without a journal there is no backup.
            let journal = name.starts_with("journal");
            assert_eq!(matches!(refused, Err(BackupError::NoPart(..))), journal);
        } else {
            assert!(matches!(refused, Err(BackupError::Missing { .. })));
        }
    }
}

#[test]
fn two_files_that_changed_places_are_noticed() {
    let mut ledger = Ledger::new(LEDGER);
    ledger.fill(1);
    let backup = folder();
    ledger.back_up(backup.path()).unwrap();
    let journal = backup.path().join("journal");
    let mut sealed: Vec<PathBuf> = fs::read_dir(&journal)
        .unwrap()
        .map(|file| file.unwrap().path())
        .filter(|path| path.extension().is_some_and(|end| end == "seg"))
        .collect();
    sealed.sort();
    let (first, second) = (fs::read(&sealed[0]).unwrap(), fs::read(&sealed[1]).unwrap());
    assert_eq!(first.len(), second.len());
    fs::write(&sealed[0], second).unwrap();
    fs::write(&sealed[1], first).unwrap();
    let refused = restored(backup.path(), &Identities::default()).unwrap_err();
    assert!(matches!(refused, BackupError::Checksum { .. }), "{refused}");
}

#[test]
fn an_encrypted_backup_is_opened_by_its_identity_alone() {
    let mut ledger = Ledger::new(LEDGER);
    ledger.fill(b'M');
    let backup = folder();
    let ((mine, public), (others, other)) = (someone(), someone());
    let both = [public.clone(), other];
    let before: Before<'_> = &|_| Ok(());
    let again_for =
        |recipients: &[Recipient]| ledger.back_up_with(backup.path(), false, recipients, before);
    again_for(&both).unwrap();
    let sealed = files(backup.path());
    for (name, bytes) in &sealed {
        let plain = ["caseledger kek", "caseledger dek", "PRIVATE", "a7a7a7a7"];
        let mut plain = plain.into_iter().chain(["MMMMMMMM", "created_by"]);
        let shows = |text: &&str| {
            bytes
                .windows(text.len())
                .any(|found| found == text.as_bytes())
        };
        assert_eq!(plain.find(shows), None, "{}", name.display());
    }
    // What is sealed is encrypted once.
    let again = again_for(&both).unwrap().remove(0);
    assert_eq!(again.copied, 0);
    for identity in [&mine, &others] {
        let opened = restored(backup.path(), &identities(identity)).unwrap();
        assert_eq!(scanned(opened.path()), ledger.head);
        let keys = fs::read(opened.path().join("keys/index.key"));
        assert!(keys.unwrap() == ledger.read("ledger.keys/index.key"));
    }
    let (stranger, _) = someone();
    let refused = restored(backup.path(), &identities(&stranger)).unwrap_err();
    assert!(matches!(refused, BackupError::Decrypt { .. }), "{refused}");
    let refused = restored(backup.path(), &Identities::default()).unwrap_err();
    assert!(
        matches!(refused, BackupError::Encrypted { .. }),
        "{refused}"
    );
    for recipients in [&[][..], &[public]] {
        let refused = again_for(recipients).unwrap_err();
        let named = matches!(refused, BackupError::OtherRecipients { .. });
        assert!(named, "{refused}");
    }
}

#[test]
fn another_ledger_an_older_copy_and_another_history_are_refused() {
    let mut ledger = Ledger::new(LEDGER);
    ledger.append(&[10, 20], 1);
    let (early, backup) = (folder(), folder());
    ledger.back_up(early.path()).unwrap();
    ledger.fill(1);
    ledger.back_up(backup.path()).unwrap();
    let kept = files(backup.path());

    let other = Ledger::new(LedgerId::from_bytes([0xb6; 16]));
    let refused = other.back_up(backup.path()).unwrap_err();
    assert!(
        matches!(refused, BackupError::OtherLedger { .. }),
        "{refused}"
    );

    let mut behind = Ledger::new(LEDGER);
    behind.append(&[10, 20], 1);
    let refused = behind.back_up(backup.path()).unwrap_err();
    let sizes = match &refused {
        BackupError::Ahead {
            expected, found, ..
        } => (expected.size.get(), found.size.get()),
        _ => panic!("{refused}"),
    };
    assert_eq!(sizes, (2, ledger.head.size.get()));
    behind.back_up(early.path()).unwrap();

    let mut forked = Ledger::new(LEDGER);
    forked.append(&[10, 20], 1);
    forked.fill(9);
    forked.fill(9);
    let refused = forked.back_up(backup.path()).unwrap_err();
    assert!(matches!(refused, BackupError::Forked { .. }), "{refused}");
    let now = files(backup.path());
    for (name, bytes) in kept {
        assert_eq!(now[&name], bytes, "{}", name.display());
    }
    ledger.append(&[5], 1);
    ledger.back_up(backup.path()).unwrap();
    assert_eq!(head_of(backup.path()), ledger.head);
}

#[test]
fn an_old_keyring_goes_with_the_next_backup_unless_it_is_to_be_kept() {
    let ledger = Ledger::new(LEDGER);
    let backup = folder();
    let keyrings = || {
        let found = files(backup.path());
        let names = found.keys().filter_map(|name| name.file_name()?.to_str());
        let mut names: Vec<String> = names
            .filter(|name| name.starts_with("keyring"))
            .map(str::to_owned)
            .collect();
        names.sort();
        names
    };
    ledger.back_up(backup.path()).unwrap();
    ledger.rotate_vault();
    ledger.back_up(backup.path()).unwrap();
    assert_eq!(keyrings(), ["keyring-2"]);
    ledger.rotate_vault();
    let before: Before<'_> = &|_| Ok(());
    ledger
        .back_up_with(backup.path(), true, &[], before)
        .unwrap();
    assert_eq!(keyrings(), ["keyring-2", "keyring-3"]);
    let newest = restored(backup.path(), &Identities::default()).unwrap();
    assert!(newest.path().join("vault/keyring-3").exists());
    ledger.back_up(backup.path()).unwrap();
    assert_eq!(keyrings(), ["keyring-3"]);
}

#[test]
fn parts_are_found_wherever_they_lie_and_must_be_of_one_ledger() {
    let mut ledger = Ledger::new(LEDGER);
    ledger.append(&[10], 1);
    let (one, two) = (folder(), folder());
    ledger.back_up(one.path()).unwrap();
    ledger.back_up(two.path()).unwrap();
    let parts = |folders: &[PathBuf], wanted: &[Part]| {
        let found = find(folders, wanted)?;
        let parts = found.iter().map(|found| found.manifest.part);
        Ok::<_, BackupError>(parts.collect::<Vec<_>>())
    };
    let (journal, keys) = (one.path().join("journal"), two.path().join("keys"));
    let apart = [journal.clone(), keys.clone()];
    assert_eq!(parts(&apart, &[]).unwrap(), [Part::Journal, Part::Keys]);
    let wanted = parts(&apart, &[Part::Vault]).unwrap_err();
    assert!(matches!(wanted, BackupError::NoPart(..)), "{wanted}");
    let twice = parts(&[one.path().to_owned(), keys.clone()], &[]).unwrap_err();
    assert!(matches!(twice, BackupError::Twice { .. }), "{twice}");
    assert_eq!(
        parts(&[one.path().to_owned()], &[Part::Journal]).unwrap(),
        [Part::Journal]
    );
    let alone = parts(&[keys], &[]).unwrap_err();
    assert!(matches!(alone, BackupError::NoPart(..)), "{alone}");

    let other = Ledger::new(LedgerId::from_bytes([0xb6; 16]));
    let three = folder();
    other.back_up(three.path()).unwrap();
    let mixed = parts(&[journal, three.path().join("vault")], &[]).unwrap_err();
    assert!(matches!(mixed, BackupError::OtherLedger { .. }), "{mixed}");
}

#[test]
fn what_is_in_an_identity_file_is_never_told() {
    let (identity, _) = someone();
    let secret = identity.to_string();
    assert_eq!(format!("{:?}", identities(&identity)), "Identities(1)");
    let folder = folder();
    let path = folder.path().join("identity");
    fs::write(&path, format!("{}X\n", secret.expose_secret())).unwrap();
    let open = Identities::load(std::slice::from_ref(&path)).unwrap_err();
    assert!(open.to_string().contains("mode"), "{open}");
    let mode = fs::Permissions::from_mode(0o600);
    fs::set_permissions(&path, mode).unwrap();
    let refused = Identities::load(&[path]).unwrap_err();
    let said = format!("{refused} {refused:?}");
    assert!(
        said.contains("line 1") && !said.contains("SECRET-KEY-1Q"),
        "{said}"
    );
    assert!(!said.contains(&secret.expose_secret()[20..]), "{said}");
}
