//! Bodies of version 2: what a submitter signed stands in them as it came, and what does not belong there is refused.

use std::fmt::Write as _;

use caseledger_domain::FactKind;
use caseledger_proto::pb::event::v1 as pb;
use caseledger_proto::{
    BODY_VERSION, Body, BodyError, SIGNED_BODY_VERSION, Signature, Signed, decode_body,
    decode_event, encode_event, encode_signed_event,
};
use prost::Message as _;

use crate::annotate::Annotator;
use crate::sample::{Fill, Source, event};

const KIND: FactKind = FactKind::ReviewApproved;

/// Bodies of the first entry of a submission, and of the first entry of a later post of it.
const GOLDEN: &str = include_str!("../vectors/signed_v2.txt");

fn sample() -> caseledger_domain::Event {
    event(KIND, &mut Source::new(Fill::Full, 7))
}

fn posted() -> Vec<u8> {
    let event = sample();
    pb::PostedFact {
        occurred_on: event.occurred_on.yyyymmdd(),
        fact: Some((&event.fact).into()),
        charges: vec![2, 1],
        stream: None,
        references: Vec::new(),
    }
    .encode_to_vec()
}

fn signed(first: bool) -> Signed {
    Signed {
        public: posted(),
        by: first.then_some(Signature {
            key: [0xaa; 32],
            signature: [0xbb; 64],
        }),
    }
}

fn body(first: bool) -> Vec<u8> {
    let mut body = Vec::new();
    encode_signed_event(&sample(), &signed(first), &mut body);
    body
}

fn changed(change: impl FnOnce(&mut pb::Event)) -> Result<Body, BodyError> {
    let mut wire = pb::Event::decode(body(true).as_slice()).unwrap();
    change(&mut wire);
    decode_body(KIND.number(), SIGNED_BODY_VERSION, &wire.encode_to_vec())
}

#[test]
fn bodies_with_a_signature_are_written_and_read_as_ever() {
    let annotator = Annotator::new();
    let mut text = String::from("# Bodies of version 2, in the form of event_v1.txt.\n");
    for (first, name) in [(true, "first"), (false, "later")] {
        let (code, number) = (KIND.as_str(), KIND.number());
        write!(text, "\nbody {code} {number} {name}\n").unwrap();
        text.push_str(&annotator.event(&body(first)));
        let read = Body {
            event: sample(),
            signed: Some(signed(first)),
            private: None,
        };
        let found = decode_body(number, SIGNED_BODY_VERSION, &body(first));
        assert_eq!(found, Ok(read));
        let event = decode_event(number, SIGNED_BODY_VERSION, &body(first));
        assert_eq!(event, Ok(sample()));
    }
    if std::env::var_os("UPDATE_GOLDEN").is_some() {
        let path = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/vectors/signed_v2.txt");
        std::fs::write(path, &text).unwrap();
    }
    assert_eq!(text, GOLDEN);
}

#[test]
fn a_version_has_what_is_signed_or_it_has_not() {
    let number = KIND.number();
    let mut unsigned = Vec::new();
    encode_event(&sample(), &mut unsigned);
    let found = decode_body(number, SIGNED_BODY_VERSION, &unsigned);
    let (version, found_there) = (SIGNED_BODY_VERSION, false);
    assert_eq!(
        found,
        Err(BodyError::Signed {
            version,
            found: found_there
        })
    );
    let found = decode_event(number, BODY_VERSION, &body(true));
    let (version, found_there) = (BODY_VERSION, true);
    assert_eq!(
        found,
        Err(BodyError::Signed {
            version,
            found: found_there
        })
    );
    for version in [0, 5] {
        let found = decode_body(number, version, &body(true));
        assert_eq!(found, Err(BodyError::UnknownVersion { found: version }));
    }
    let read = decode_body(number, BODY_VERSION, &unsigned).unwrap();
    assert_eq!(read.signed, None);
}

#[test]
fn what_is_signed_has_one_form_in_a_body() {
    assert!(changed(|_| ()).is_ok());
    let refused = |change: fn(&mut pb::Signed), field: &str| {
        let found = changed(|event| change(event.signed.as_mut().unwrap()));
        let Err(BodyError::Fields(errors)) = found else {
            panic!("{field}: {found:?}");
        };
        assert_eq!(errors.violations()[0].field, field);
    };
    refused(|signed| signed.public_part.clear(), "signed.public_part");
    refused(
        |signed| signed.by.as_mut().unwrap().key.push(1),
        "signed.by.key",
    );
    refused(
        |signed| signed.by.as_mut().unwrap().signature.truncate(63),
        "signed.by.signature",
    );
    // Written otherwise, and a byte that no field has.
    let mut longer = body(true);
    longer.extend([0x40, 0x01]);
    let found = decode_body(KIND.number(), SIGNED_BODY_VERSION, &longer);
    assert!(
        matches!(found, Err(BodyError::Noncanonical { .. })),
        "{found:?}"
    );
}
