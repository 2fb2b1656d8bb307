//! What holds of every event and of every run of bytes.

use caseledger_domain::{Event, FactKind};
use caseledger_proto::{BODY_VERSION, decode_event, encode_event};
use proptest::prelude::*;
use proptest::sample::Index;

use crate::sample::{Fill, Source, event};

fn any_event() -> impl Strategy<Value = Event> {
    (any::<Index>(), any::<u64>()).prop_map(|(at, seed)| {
        let kind = *at.get(FactKind::ALL);
        event(kind, &mut Source::new(Fill::Random, seed))
    })
}

fn body(event: &Event) -> (u16, Vec<u8>) {
    let mut body = Vec::new();
    encode_event(event, &mut body);
    (event.fact.kind().number(), body)
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(2000))]

    #[test]
    fn what_is_written_is_read_again(event in any_event()) {
        let (number, body) = body(&event);
        prop_assert_eq!(decode_event(number, BODY_VERSION, &body), Ok(event));
    }

    #[test]
    fn a_body_cut_short_is_never_the_same_event(event in any_event(), at in any::<Index>()) {
        let (number, body) = body(&event);
        let cut = &body[..at.index(body.len())];
        prop_assert_ne!(decode_event(number, BODY_VERSION, cut), Ok(event));
    }

    #[test]
    fn nothing_may_follow_a_body(event in any_event(), more in prop::collection::vec(any::<u8>(), 1..9)) {
        let (number, mut body) = body(&event);
        body.extend(more);
        prop_assert_ne!(decode_event(number, BODY_VERSION, &body), Ok(event));
    }

    #[test]
    fn what_is_read_from_changed_bytes_is_written_as_those_bytes(
        event in any_event(),
        at in any::<Index>(),
        to in any::<u8>(),
    ) {
        let (number, mut changed) = body(&event);
        *at.get_mut(&mut changed) = to;
        if let Ok(read) = decode_event(number, BODY_VERSION, &changed) {
            prop_assert_eq!(body(&read), (number, changed));
        }
    }

    #[test]
    fn arbitrary_bytes_do_no_harm(
        number in any::<u16>(),
        bytes in prop::collection::vec(any::<u8>(), 0..200),
    ) {
        if let Ok(read) = decode_event(number, BODY_VERSION, &bytes) {
            prop_assert_eq!(body(&read), (number, bytes));
        }
    }
}
