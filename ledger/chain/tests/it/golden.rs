//! The golden entries, and their negative twins: each changed in one place and refused for it.

use caseledger_chain::{
    BODY_MAX, ChainCheck, DecodeError, Digest, ENTRY_MAX, EntryError, EntryRef, Frontier,
    HEADER_LEN, Header, HeaderFault, LedgerId, LinkFault, MessageId, Position, StreamKey,
    SubmitterId, SubmitterIdError, chain_hash, encode, entry::offset, leaf_hash,
};

#[rustfmt::skip]
pub(crate) mod data;
mod parts;

pub(crate) fn entries() -> Vec<Vec<u8>> {
    data::ENTRIES
        .iter()
        .map(|text| hex::decode(text).unwrap())
        .collect()
}

/// The headers of the golden entries, as a caller would fill them in.
pub(crate) fn headers() -> [Header; 3] {
    let first = Header {
        ledger: "00112233445566778899aabbccddeeff".parse().unwrap(),
        position: Position::new(0),
        recorded_at: 1_767_225_600_000_000,
        prev: Digest::ZERO,
        stream: StreamKey {
            kind: 1,
            id: std::array::from_fn(|i| 0xa0 + i as u8),
        },
        revision: 0,
        stream_prev: Digest::ZERO,
        submitter: SubmitterId::parse("court-19").unwrap(),
        submitter_seq: 7,
        message_id: "01936f2e000070008000000000000001".parse().unwrap(),
        part: 0,
        parts: 2,
        content: sha256("first submission"),
        commitment: Digest::ZERO,
        body_type: 1,
        body_version: 1,
    };
    let second = Header {
        position: Position::new(1),
        prev: data::CHAIN_HASHES[0].parse().unwrap(),
        stream: StreamKey {
            kind: 2,
            id: std::array::from_fn(|i| 0xb0 + i as u8),
        },
        part: 1,
        commitment: sha256("salted commitment"),
        body_type: 2,
        ..first.clone()
    };
    let third = Header {
        position: Position::new(2),
        recorded_at: 1_767_225_601_500_000,
        prev: data::CHAIN_HASHES[1].parse().unwrap(),
        revision: 1,
        stream_prev: data::CHAIN_HASHES[0].parse().unwrap(),
        submitter: SubmitterId::parse("da-office.2").unwrap(),
        submitter_seq: 0,
        message_id: "01936f2e000070008000000000000002".parse().unwrap(),
        parts: 1,
        content: sha256("second submission"),
        body_version: 2,
        ..first.clone()
    };
    [first, second, third]
}

pub(crate) const BODIES: [&[u8]; 3] = [b"\x0a\x03abc", b"\x12\x01d", b""];

fn sha256(text: &str) -> Digest {
    use sha2::Digest as _;
    Digest::from_bytes(sha2::Sha256::digest(text).into())
}

#[test]
fn encodes_the_golden_entries() {
    for ((header, body), expected) in headers().iter().zip(BODIES).zip(entries()) {
        let mut out = b"before".to_vec();
        encode(header, body, &mut out).unwrap();
        assert_eq!(hex::encode(&out[6..]), hex::encode(expected));
        assert_eq!(&out[..6], b"before");
    }
}

#[test]
fn decodes_the_golden_entries() {
    for ((header, body), bytes) in headers().iter().zip(BODIES).zip(entries()) {
        let entry = EntryRef::decode(&bytes).unwrap();
        assert_eq!(entry.header(), header);
        assert_eq!(entry.body(), body);
        assert_eq!(entry.bytes(), bytes);
    }
}

#[test]
fn hashes_the_golden_entries() {
    let mut tree = Frontier::new();
    for (i, bytes) in entries().iter().enumerate() {
        assert_eq!(chain_hash(bytes).to_string(), data::CHAIN_HASHES[i]);
        assert_eq!(leaf_hash(bytes).to_string(), data::LEAF_HASHES[i]);
        tree.push(leaf_hash(bytes));
    }
    assert_eq!(tree.root().to_string(), data::ROOT);
}

#[test]
fn the_golden_entries_are_a_ledger() {
    let mut check = ChainCheck::new(headers()[0].ledger);
    for (header, bytes) in headers().iter().zip(entries()) {
        assert_eq!(check.push(&bytes).as_ref(), Ok(header));
    }
    let head = check.finish().unwrap();
    assert_eq!(head.size.get(), 3);
    assert_eq!(head.head.to_string(), data::CHAIN_HASHES[2]);
    assert_eq!(head.recorded_at, 1_767_225_601_500_000);
}

#[test]
fn refuses_every_truncation() {
    for bytes in entries() {
        for len in 0..bytes.len() {
            let expected = if len < HEADER_LEN {
                DecodeError::HeaderTooShort { found: len }
            } else {
                DecodeError::BodyTooShort {
                    expected: bytes.len() - HEADER_LEN,
                    found: len - HEADER_LEN,
                }
            };
            assert_eq!(EntryRef::decode(&bytes[..len]).unwrap_err(), expected);
        }
    }
}

#[test]
fn refuses_every_trailing_byte() {
    for bytes in entries() {
        for byte in 0..=255 {
            let longer = [bytes.as_slice(), &[byte]].concat();
            let expected = DecodeError::TrailingBytes {
                offset: bytes.len(),
                found: 1,
            };
            assert_eq!(EntryRef::decode(&longer).unwrap_err(), expected);
        }
    }
}

/// Decodes a golden entry after `change`.
fn decode_changed(entry: usize, change: impl FnOnce(&mut [u8])) -> Result<Header, DecodeError> {
    let mut bytes = entries()[entry].clone();
    change(&mut bytes);
    EntryRef::decode(&bytes).map(EntryRef::into_header)
}

#[test]
fn refuses_another_magic_or_version() {
    assert_eq!(
        decode_changed(0, |bytes| bytes[offset::MAGIC + 2] = b'F'),
        Err(DecodeError::Magic { found: *b"CLF" })
    );
    for version in (0..=255).filter(|version| *version != 1) {
        assert_eq!(
            decode_changed(0, |bytes| bytes[offset::VERSION] = version),
            Err(DecodeError::Version { found: version })
        );
    }
}

#[test]
fn refuses_a_body_length_that_does_not_match() {
    assert_eq!(
        decode_changed(0, |bytes| bytes[offset::BODY_LEN + 1] = 6),
        Err(DecodeError::BodyTooShort {
            expected: 6,
            found: 5
        })
    );
    assert_eq!(
        decode_changed(0, |bytes| bytes[offset::BODY_LEN + 1] = 4),
        Err(DecodeError::TrailingBytes {
            offset: HEADER_LEN + 4,
            found: 1
        })
    );
}

#[test]
fn refuses_a_predecessor_at_position_0_and_none_later() {
    let prev = Digest::from_bytes(std::array::from_fn(|i| u8::from(i == 31)));
    assert_eq!(
        decode_changed(0, |bytes| bytes[offset::PREV + 31] = 1),
        Err(DecodeError::Header(HeaderFault::Predecessor {
            position: Position::ZERO,
            prev
        }))
    );
    assert_eq!(
        decode_changed(1, |bytes| bytes[offset::PREV..][..32].fill(0)),
        Err(DecodeError::Header(HeaderFault::Predecessor {
            position: Position::new(1),
            prev: Digest::ZERO
        }))
    );
}

#[test]
fn refuses_a_stream_predecessor_at_revision_0_and_none_later() {
    let stream_prev = Digest::from_bytes(std::array::from_fn(|i| u8::from(i == 0)));
    assert_eq!(
        decode_changed(0, |bytes| bytes[offset::STREAM_PREV] = 1),
        Err(DecodeError::Header(HeaderFault::StreamPredecessor {
            revision: 0,
            stream_prev
        }))
    );
    assert_eq!(
        decode_changed(2, |bytes| bytes[offset::STREAM_PREV..][..32].fill(0)),
        Err(DecodeError::Header(HeaderFault::StreamPredecessor {
            revision: 1,
            stream_prev: Digest::ZERO
        }))
    );
}

#[test]
fn refuses_a_part_that_is_not_below_parts() {
    assert_eq!(
        decode_changed(1, |bytes| bytes[offset::PART + 1] = 2),
        Err(DecodeError::Header(HeaderFault::Part { part: 2, parts: 2 }))
    );
    assert_eq!(
        decode_changed(2, |bytes| bytes[offset::PARTS + 1] = 0),
        Err(DecodeError::Header(HeaderFault::Part { part: 0, parts: 0 }))
    );
}

#[test]
fn refuses_a_submitter_with_bad_padding() {
    assert_eq!(
        decode_changed(0, |bytes| bytes[offset::SUBMITTER + 15] = b'x'),
        Err(DecodeError::Submitter(SubmitterIdError::Character {
            offset: 15,
            found: b'x'
        }))
    );
    assert_eq!(
        decode_changed(0, |bytes| bytes[offset::SUBMITTER] = b'C'),
        Err(DecodeError::Submitter(SubmitterIdError::Character {
            offset: 0,
            found: b'C'
        }))
    );
    assert_eq!(
        decode_changed(0, |bytes| bytes[offset::SUBMITTER..][..16].fill(0)),
        Err(DecodeError::Submitter(SubmitterIdError::Length {
            found: 0
        }))
    );
}

#[test]
fn refuses_to_encode_what_it_would_refuse_to_decode() {
    let [first, second, third] = headers();
    let mut out = Vec::new();
    for (header, expected) in [
        (
            Header {
                prev: first.content,
                ..first.clone()
            },
            HeaderFault::Predecessor {
                position: Position::ZERO,
                prev: first.content,
            },
        ),
        (
            Header {
                stream_prev: Digest::ZERO,
                ..third
            },
            HeaderFault::StreamPredecessor {
                revision: 1,
                stream_prev: Digest::ZERO,
            },
        ),
        (
            Header { part: 2, ..second },
            HeaderFault::Part { part: 2, parts: 2 },
        ),
    ] {
        assert_eq!(
            encode(&header, b"", &mut out),
            Err(EntryError::Header(expected))
        );
    }
    assert!(out.is_empty());
}

#[test]
fn the_longest_body_fills_the_longest_entry() {
    let [first, ..] = headers();
    let body = vec![7; ENTRY_MAX + 2];
    let mut out = Vec::new();
    encode(&first, &body[..BODY_MAX], &mut out).unwrap();
    assert_eq!(out.len(), ENTRY_MAX);
    assert_eq!(EntryRef::decode(&out).unwrap().body(), &body[..BODY_MAX]);

    let mut longer = Vec::new();
    for len in [BODY_MAX + 1, ENTRY_MAX, ENTRY_MAX + 1, ENTRY_MAX + 2] {
        let expected = Err(EntryError::BodyTooLong { found: len });
        assert_eq!(encode(&first, &body[..len], &mut longer), expected);
    }
    assert!(longer.is_empty());

    // A length field may declare more than an entry can have.
    out.push(7);
    out[offset::BODY_LEN..HEADER_LEN].copy_from_slice(&(BODY_MAX as u16 + 1).to_be_bytes());
    assert_eq!(
        EntryRef::decode(&out).unwrap_err(),
        DecodeError::TooLong {
            found: ENTRY_MAX + 1
        }
    );
}

/// Checks the golden ledger after `change` of the header of one entry, which is encoded anew.
fn push_changed(entry: usize, change: impl FnOnce(&mut Header)) -> LinkFault {
    let mut header = headers()[entry].clone();
    change(&mut header);
    let mut bytes = Vec::new();
    encode(&header, BODIES[entry], &mut bytes).unwrap();
    let mut check = ChainCheck::new(headers()[0].ledger);
    for before in &entries()[..entry] {
        check.push(before).unwrap();
    }
    let error = check.push(&bytes).unwrap_err();
    assert_eq!(error.position.get(), entry as u64);
    // The check stands where it stood: what belongs there is still accepted.
    check.push(&entries()[entry]).unwrap();
    error.fault
}

#[test]
fn refuses_record_with_wrong_predecessor() {
    let found = Digest::from_bytes([9; 32]);
    let expected = data::CHAIN_HASHES[1].parse().unwrap();
    let fault = push_changed(2, |header| header.prev = found);
    assert_eq!(fault, LinkFault::Prev { expected, found });
}

#[test]
fn refuses_record_with_wrong_stream_predecessor() {
    // The global predecessor is no stand-in for that of the stream.
    let [found, expected] = [1, 0].map(|i: usize| data::CHAIN_HASHES[i].parse().unwrap());
    let stream = headers()[2].stream;
    let fault = push_changed(2, |header| header.stream_prev = found);
    assert_eq!(
        fault,
        LinkFault::StreamPrev {
            stream,
            expected,
            found
        }
    );
}

#[test]
fn refuses_record_with_wrong_revision_or_stream() {
    let Header { stream, .. } = headers()[2];
    let fault = push_changed(2, |header| header.revision = 2);
    assert_eq!(
        fault,
        LinkFault::Revision {
            stream,
            expected: 1,
            found: 2
        }
    );

    let stream = StreamKey { kind: 9, ..stream };
    let fault = push_changed(2, |header| header.stream = stream);
    assert_eq!(
        fault,
        LinkFault::Revision {
            stream,
            expected: 0,
            found: 1
        }
    );
}

#[test]
fn refuses_record_of_another_ledger_or_position() {
    let (expected, found) = (headers()[0].ledger, LedgerId::from_bytes([1; 16]));
    let fault = push_changed(1, |header| header.ledger = found);
    assert_eq!(fault, LinkFault::Ledger { expected, found });

    let (expected, found) = (Position::new(1), Position::new(2));
    let fault = push_changed(1, |header| header.position = found);
    assert_eq!(fault, LinkFault::Position { expected, found });
}

#[test]
fn refuses_recorded_time_that_goes_backwards() {
    let expected = headers()[1].recorded_at;
    let fault = push_changed(2, |header| header.recorded_at = expected - 1);
    assert_eq!(
        fault,
        LinkFault::RecordedAt {
            expected,
            found: expected - 1
        }
    );
}

#[test]
fn refuses_a_message_that_is_torn_apart() {
    let other = MessageId::from_bytes([5; 16]);
    let submitter = SubmitterId::parse("other").unwrap();
    let changes: [fn(&mut Header, MessageId, SubmitterId); 3] = [
        |header, other, _| header.message_id = other,
        |header, _, submitter| header.submitter = submitter,
        |header, _, _| header.parts = 3,
    ];
    for change in changes {
        let fault = push_changed(1, |header| change(header, other, submitter));
        assert!(matches!(fault, LinkFault::Message { .. }), "{fault:?}");
    }
    let fault = push_changed(1, |header| header.part = 0);
    let LinkFault::Message { expected, found } = fault else {
        panic!("{fault:?}")
    };
    assert_eq!((expected.part, found.part), (1, 0));
    // A message starts with its first part.
    let fault = push_changed(2, |header| (header.part, header.parts) = (1, 2));
    let LinkFault::Message { expected, found } = fault else {
        panic!("{fault:?}")
    };
    assert_eq!((expected.part, found.part), (0, 1));
}

#[test]
fn refuses_to_end_within_a_message() {
    let mut check = ChainCheck::new(headers()[0].ledger);
    check.push(&entries()[0]).unwrap();
    let error = check.finish().unwrap_err();
    assert_eq!(error.position.get(), 1);
    let LinkFault::Unfinished { expected } = error.fault else {
        panic!("{error:?}")
    };
    assert_eq!((expected.part, expected.parts), (1, 2));
}

#[test]
fn resumes_after_entries_it_has_not_seen() {
    let ledger = headers()[0].ledger;
    let head = data::CHAIN_HASHES[1].parse().unwrap();
    let mut check = ChainCheck::resume(ledger, Position::new(1).size().unwrap(), head);
    check.push(&entries()[2]).unwrap();
    assert_eq!(
        check.finish().unwrap().head.to_string(),
        data::CHAIN_HASHES[2]
    );

    // From the start there is nothing it has not seen.
    let mut bytes = Vec::new();
    let header = Header {
        position: Position::ZERO,
        prev: Digest::ZERO,
        ..headers()[2].clone()
    };
    encode(&header, b"", &mut bytes).unwrap();
    let mut check = ChainCheck::resume(ledger, caseledger_chain::Size::ZERO, Digest::ZERO);
    let fault = check.push(&bytes).unwrap_err().fault;
    let stream = header.stream;
    assert_eq!(
        fault,
        LinkFault::Revision {
            stream,
            expected: 0,
            found: 1
        }
    );
}
