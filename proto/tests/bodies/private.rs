//! Bodies of versions 3 and 4: a commitment to a private part stands in them, and in no others.

use std::fmt::Write as _;

use caseledger_chain::Digest;
use caseledger_domain::FactKind;
use caseledger_proto::pb::event::v1 as pb;
use caseledger_proto::{
    Body, BodyError, Signature, Signed, body_version, decode_body, encode_with,
};
use prost::Message as _;

use crate::annotate::Annotator;
use crate::sample::{Fill, Source, event};

const KIND: FactKind = FactKind::ReviewApproved;

const GOLDEN: &str = include_str!("../vectors/private_v3.txt");

fn body_of(signed: bool, private: Option<Digest>) -> (Body, u16, Vec<u8>) {
    let event = event(KIND, &mut Source::new(Fill::Full, 7));
    let public = pb::PostedFact {
        occurred_on: event.occurred_on.yyyymmdd(),
        fact: Some((&event.fact).into()),
        charges: vec![2, 1],
        stream: None,
        references: Vec::new(),
    };
    let signed = signed.then(|| Signed {
        public: public.encode_to_vec(),
        by: Some(Signature {
            key: [0xaa; 32],
            signature: [0xbb; 64],
        }),
    });
    let mut bytes = Vec::new();
    let version = encode_with(&event, signed.as_ref(), private, &mut bytes);
    let body = Body {
        event,
        signed,
        private,
    };
    (body, version, bytes)
}

const COMMITMENT: Option<Digest> = Some(Digest::from_bytes([0xcc; 32]));

#[test]
fn bodies_with_a_private_commitment_are_written_and_read_as_ever() {
    let annotator = Annotator::new();
    let mut text = String::from("# Bodies of versions 3 and 4, in the form of event_v1.txt.\n");
    for (signed, name) in [(false, "version-3"), (true, "version-4")] {
        let (body, version, bytes) = body_of(signed, COMMITMENT);
        assert_eq!(version, if signed { 4 } else { 3 });
        let (code, number) = (KIND.as_str(), KIND.number());
        write!(text, "\nbody {code} {number} {name}\n").unwrap();
        text.push_str(&annotator.event(&bytes));
        assert_eq!(decode_body(number, version, &bytes), Ok(body));
    }
    if std::env::var_os("UPDATE_GOLDEN").is_some() {
        let path = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/vectors/private_v3.txt");
        std::fs::write(path, &text).unwrap();
    }
    assert_eq!(text, GOLDEN);
}

#[test]
fn a_version_is_read_with_exactly_the_fields_that_it_has() {
    for signed in [false, true] {
        for private in [None, COMMITMENT] {
            let (body, version, bytes) = body_of(signed, private);
            assert_eq!(version, body_version(signed, private.is_some()));
            for other in 1..=4 {
                let found = decode_body(KIND.number(), other, &bytes);
                if other == version {
                    assert_eq!(found, Ok(body.clone()));
                    continue;
                }
                let expected = if (other - 1) & 1 == u16::from(signed) {
                    BodyError::Private {
                        version: other,
                        found: private.is_some(),
                    }
                } else {
                    BodyError::Signed {
                        version: other,
                        found: signed,
                    }
                };
                assert_eq!(found, Err(expected), "{version} as {other}");
            }
        }
    }
}

#[test]
fn a_private_commitment_has_32_bytes() {
    let (_, version, bytes) = body_of(false, COMMITMENT);
    for length in [31, 33] {
        let mut wire = pb::Event::decode(bytes.as_slice()).unwrap();
        wire.private = vec![1; length];
        let found = decode_body(KIND.number(), version, &wire.encode_to_vec());
        let Err(BodyError::Fields(errors)) = found else {
            panic!("{length}: {found:?}");
        };
        assert_eq!(errors.violations()[0].field, "private");
    }
}
