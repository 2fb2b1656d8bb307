//! Golden vectors. Stored bodies are hashed, so these bytes never change: a difference here means
//! that ledgers written before cannot be read, or read otherwise. Should a new kind of fact need
//! vectors, `UPDATE_GOLDEN=1` writes the file again; look twice at every line that changes.

use std::fmt::Write as _;
use std::path::Path;

use caseledger_domain::FactKind;
use caseledger_proto::{BODY_VERSION, decode_event, encode_event};

use crate::annotate::Annotator;
use crate::sample::{Fill, Source, event};

const HEAD: &str = "\
# Bodies of version 1: every kind of fact with everything given (full), and with nothing that may
# be missing and codes that are not in the vocabulary (sparse) where that makes a difference.
#
# `body KIND TYPE FILL`, then the bytes in hex. Space at the beginning of a line and everything
# from `#` on is for people; the comments name the fields of caseledger.event.v1.Event.
";

#[test]
fn every_kind_is_written_and_read_as_ever() {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/vectors/event_v1.txt");
    let annotator = Annotator::new();
    let mut text = HEAD.to_owned();
    for kind in FactKind::ALL {
        let mut written_before = Vec::new();
        for (fill, name) in [(Fill::Full, "full"), (Fill::Sparse, "sparse")] {
            let event = event(*kind, &mut Source::new(fill, u64::from(kind.number())));
            let mut body = Vec::new();
            encode_event(&event, &mut body);
            assert_eq!(decode_event(kind.number(), BODY_VERSION, &body), Ok(event));
            if body != written_before {
                let (code, number) = (kind.as_str(), kind.number());
                write!(text, "\nbody {code} {number} {name}\n").unwrap();
                text.push_str(&annotator.event(&body));
            }
            written_before = body;
        }
    }
    if std::env::var_os("UPDATE_GOLDEN").is_some() {
        std::fs::write(&path, &text).unwrap();
    }
    let golden = std::fs::read_to_string(&path).unwrap();
    for (at, (golden, now)) in golden.lines().zip(text.lines()).enumerate() {
        assert_eq!(golden, now, "line {} of {}", at + 1, path.display());
    }
    assert_eq!(golden.len(), text.len());

    // The file alone, as another implementation would take it.
    let mut bodies = 0;
    for block in golden.split("\nbody ").skip(1) {
        let (title, lines) = block.split_once('\n').unwrap();
        let number = title.split(' ').nth(1).unwrap().parse().unwrap();
        let digits: String = lines
            .lines()
            .filter_map(|line| line.split('#').next())
            .map(str::trim)
            .collect();
        let body = hex::decode(digits).unwrap();
        let event = decode_event(number, BODY_VERSION, &body).unwrap();
        let mut again = Vec::new();
        encode_event(&event, &mut again);
        assert_eq!(again, body, "{title}");
        bodies += 1;
    }
    assert!(bodies > FactKind::ALL.len(), "{bodies} bodies");
}
