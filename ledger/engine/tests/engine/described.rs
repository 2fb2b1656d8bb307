//! The journal, read by its description in `docs/VAULT.md` and nothing else.

use std::fs;

use caseledger_chain::chain_hash;
use caseledger_store::JournalScan;

use crate::private::*;
use crate::support::*;

/// What is left to be read.
struct Bytes<'a>(&'a [u8]);

impl<'a> Bytes<'a> {
    fn take(&mut self, count: usize) -> &'a [u8] {
        let (taken, rest) = self.0.split_at(count);
        self.0 = rest;
        taken
    }

    fn number(&mut self, bytes: usize) -> u64 {
        let all = self.take(bytes).iter();
        all.fold(0, |number, byte| number << 8 | u64::from(*byte))
    }

    fn length(&mut self, bytes: usize) -> usize {
        usize::try_from(self.number(bytes)).unwrap()
    }
}

/// The bytes without their last four, which are the checksum of the others.
fn checked(bytes: &[u8]) -> &[u8] {
    let (covered, stored) = bytes.split_at(bytes.len() - 4);
    assert_eq!(crc32c::crc32c(covered).to_be_bytes(), stored);
    covered
}

#[derive(Debug, PartialEq, Eq)]
struct Frame {
    first: u64,
    entries: Vec<Vec<u8>>,
    sidecars: Vec<(u8, Vec<u8>)>,
}

fn segment(name: &str, file: &[u8], ledger: &[u8]) -> Vec<Frame> {
    let mut rest = Bytes(file);
    let mut header = Bytes(checked(rest.take(68)));
    assert_eq!((header.take(4), header.number(4)), (&b"CLSG"[..], 1));
    assert_eq!(header.take(16), ledger);
    let mut position = header.number(8);
    assert_eq!(name, format!("{position:020}.seg"));
    let mut chain = header.take(32);
    assert!(header.0.is_empty());
    let mut frames = Vec::new();
    while rest.0[..4.min(rest.0.len())].iter().any(|byte| *byte != 0) {
        let length = Bytes(&rest.0[4..]).length(4);
        assert!(length <= 8_388_608);
        let mut frame = Bytes(rest.take(length));
        let mut header = Bytes(checked(frame.take(92)));
        assert_eq!((header.take(4), header.length(4)), (&b"CLFR"[..], length));
        assert_eq!(header.number(8), position);
        let (entries, sidecars) = (header.number(4), header.number(4));
        assert_eq!(header.take(32), chain);
        chain = header.take(32);
        assert!(header.0.is_empty());
        let mut body = Bytes(checked(frame.0));
        let mut read = Frame {
            first: position,
            entries: Vec::new(),
            sidecars: Vec::new(),
        };
        for _ in 0..entries {
            let length = body.length(2);
            read.entries.push(body.take(length).to_vec());
        }
        for _ in 0..sidecars {
            let (kind, length) = (body.take(1)[0], body.length(4));
            read.sidecars.push((kind, body.take(length).to_vec()));
        }
        assert!(body.0.is_empty());
        assert_eq!(chain_hash(read.entries.last().unwrap()).as_ref(), chain);
        position += entries;
        frames.push(read);
    }
    assert!(rest.0.iter().all(|byte| *byte == 0));
    frames
}

#[test]
fn a_stranger_reads_the_journal_by_its_description() {
    let folder = Folder::new();
    let (engine, _) = folder.open();
    open(&engine);
    accept(&engine, prosecutor(), identified(0));
    let given = with(submission(9, vec![determine(0)]), 0, true, b"details");
    accept(&engine, prosecutor(), given);
    engine.close().unwrap();

    let ledger = folder.identity.ledger();
    let journal = folder.paths.store().journal();
    let mut scan = JournalScan::open(journal, ledger).unwrap();
    let mut expected = Vec::new();
    while let Some(frame) = scan.next_frame() {
        let frame = frame.unwrap().frame;
        let sidecars = frame.sidecars();
        expected.push(Frame {
            first: frame.first().get(),
            entries: frame.entries().map(<[u8]>::to_vec).collect(),
            sidecars: sidecars
                .map(|(kind, bytes)| (kind, bytes.to_vec()))
                .collect(),
        });
    }
    let mut files: Vec<_> = fs::read_dir(folder.paths.store().journal())
        .unwrap()
        .map(|file| file.unwrap())
        .filter(|file| file.path().extension().is_some_and(|kind| kind == "seg"))
        .collect();
    files.sort_by_key(fs::DirEntry::file_name);
    let mut found = Vec::new();
    for file in files {
        let name = file.file_name().into_string().unwrap();
        let bytes = fs::read(file.path()).unwrap();
        found.extend(segment(&name, &bytes, &ledger.to_bytes()));
    }
    assert_eq!(found, expected);

    // What stands beside the entries, by kind.
    let kinds = |wanted: u8| {
        let all = found.iter().flat_map(|frame| &frame.sidecars);
        all.filter(move |(kind, _)| *kind == wanted)
            .map(|(_, bytes)| bytes)
    };
    let case = case_of(&found);
    assert_eq!(kinds(1).map(Vec::len).collect::<Vec<_>>(), [32]);
    assert!(kinds(1).all(|bytes| bytes[16..] == case));
    assert!(kinds(2).all(|note| note.ends_with(b"\n") && str::from_utf8(note).is_ok()));
    assert_eq!(kinds(3).map(Vec::len).collect::<Vec<_>>(), [92]);
    assert!(kinds(3).all(|bytes| bytes[..16] == case));
    for frame in &found {
        let parts = frame.sidecars.iter().filter(|(kind, _)| *kind == 4);
        let end = frame.first + frame.entries.len() as u64;
        for (_, part) in parts {
            assert!((frame.first..end).contains(&Bytes(part).number(8)));
            assert_eq!(part[8], 1, "the version of a private part");
        }
    }
    assert_eq!(kinds(4).count(), 2);
}

/// The case that got a key.
fn case_of(frames: &[Frame]) -> [u8; 16] {
    let mut sidecars = frames.iter().flat_map(|frame| &frame.sidecars);
    let (_, key) = sidecars.find(|(kind, _)| *kind == 3).unwrap();
    *key.first_chunk().unwrap()
}
