use super::*;
use crate::cosign::CosigningKey;

const TEXT: &str = "a text\n\nwith an empty line\n";

fn key(name: &str) -> SigningKey {
    SigningKey::from_seed(KeyName::parse(name).unwrap(), &[1; 32])
}

fn open(note: &str, known: &[&SigningKey]) -> Result<Vec<VerifiedSignature>, NoteError> {
    let known: Vec<_> = known.iter().map(|key| key.verifier().clone()).collect();
    Note::open(note.as_bytes(), &known).map(|open| open.signatures)
}

/// The signature line of a note signed with `key`.
fn line(key: &SigningKey) -> String {
    key.sign(TEXT).unwrap().strip_prefix(TEXT).unwrap()[1..].to_owned()
}

#[test]
fn splits_at_the_last_empty_line() {
    let note = key("log").sign(TEXT).unwrap();
    let verifier = key("log").verifier().clone();
    assert_eq!(
        Note::open(note.as_bytes(), &[verifier]).unwrap().text(),
        TEXT
    );
}

#[test]
fn ignores_unknown_keys_and_keeps_the_known() {
    let (known, other) = (key("log"), key("other"));
    let note = format!("{TEXT}\n{}{}", line(&other), line(&known));
    let signatures = open(&note, &[&known]).unwrap();
    assert_eq!(signatures.len(), 1);
    assert_eq!(signatures[0].name.as_str(), "log");
    assert_eq!(open(&note, &[&key("third")]), Err(NoteError::NoKnownKey));
    assert_eq!(open(&note, &[&other, &known]).unwrap().len(), 2);
}

#[test]
fn a_wrong_signature_by_a_known_key_rejects_the_whole_note() {
    let (first, second) = (key("log"), key("other"));
    let foreign = second.sign("another text\n").unwrap();
    let wrong = foreign.strip_prefix("another text\n\n").unwrap();
    let note = format!("{TEXT}\n{}{wrong}", line(&first));
    let expected = NoteError::Signature {
        name: second.name().clone(),
        id: second.verifier().id(),
    };
    assert_eq!(open(&note, &[&first, &second]), Err(expected));
    assert!(open(&note, &[&first]).is_ok());
}

#[test]
fn a_repeated_signature_counts_once_but_is_verified() {
    let key = key("log");
    let twice = format!("{TEXT}\n{0}{0}", line(&key));
    assert_eq!(open(&twice, &[&key]).unwrap().len(), 1);

    let foreign = key.sign("another text\n").unwrap();
    let wrong = foreign.strip_prefix("another text\n\n").unwrap();
    let note = format!("{TEXT}\n{}{wrong}", line(&key));
    assert!(matches!(
        open(&note, &[&key]),
        Err(NoteError::Signature { .. })
    ));
}

#[test]
fn accepts_16_signature_lines_and_at_most_100() {
    let known = key("log");
    let unknown: Vec<_> = (0..100).map(|i| line(&key(&format!("key{i}")))).collect();
    for others in [15, 99] {
        let note = format!("{TEXT}\n{}{}", unknown[..others].concat(), line(&known));
        assert_eq!(open(&note, &[&known]).unwrap().len(), 1);
    }
    let note = format!("{TEXT}\n{}{}", unknown.concat(), line(&known));
    let expected = NoteError::TooManySignatures {
        max: 100,
        found: 101,
    };
    assert_eq!(open(&note, &[&known]), Err(expected));
}

#[test]
fn refuses_what_is_not_a_note() {
    let key = key("log");
    let line = line(&key);
    let refused = |note: &str, expected| assert_eq!(open(note, &[&key]), Err(expected), "{note:?}");
    refused("", NoteError::NoBlankLine);
    refused(TEXT.split_once("\n\n").unwrap().0, NoteError::NoBlankLine);
    refused("text\n\n", NoteError::NoSignature);
    refused(
        &format!("text\n\n{}", line.trim_end()),
        NoteError::Unterminated,
    );
    refused(&format!("text\n\n{line}tail"), NoteError::Unterminated);
    refused(
        &format!("text\n\n{line}tail\n"),
        NoteError::Line { line: 2 },
    );
    refused("text\n\n\u{2014} name\n", NoteError::Line { line: 1 });
    refused("text\n\n- name AAAAAAA=\n", NoteError::Line { line: 1 });
    let error = base64::Base64Error::Character {
        offset: 3,
        found: b' ',
    };
    refused(
        "text\n\n\u{2014} name AAA AAAA\n",
        NoteError::Base64 { line: 1, error },
    );
    let error = crate::key::KeyNameError::Empty;
    refused(
        "text\n\n\u{2014}  AAAA\n",
        NoteError::Name { line: 1, error },
    );
    refused(
        "text\n\n\u{2014} name AAAAAA==\n",
        NoteError::ShortSignature {
            line: 1,
            expected: 5,
            found: 4,
        },
    );
    let crlf = format!("{TEXT}\n{line}").replace('\n', "\r\n");
    refused(
        &crlf,
        NoteError::ControlCharacter {
            offset: 6,
            found: b'\r',
        },
    );
    assert_eq!(
        Note::parse(b"text\xff\n\n").unwrap_err(),
        NoteError::NotUtf8 { offset: 4 }
    );
}

#[test]
fn refuses_to_sign_what_it_could_not_read_back() {
    assert_eq!(key("log").sign("no line end"), Err(NoteError::Unterminated));
    assert_eq!(
        key("log").sign("tab\t\n"),
        Err(NoteError::ControlCharacter {
            offset: 3,
            found: b'\t'
        })
    );
}

/// One secret used in both roles has two ids, and a signature of one role is none of the other.
#[test]
fn signatures_of_one_role_do_not_hold_for_another() {
    let signer = key("log");
    let witness = CosigningKey::from_seed(KeyName::parse("log").unwrap(), &[1; 32]);
    let note = format!("{TEXT}\n{}", witness.cosign(TEXT, 5).unwrap());
    assert_ne!(signer.verifier().id(), witness.verifier().id());
    assert_eq!(open(&note, &[&signer]), Err(NoteError::NoKnownKey));
    let open = Note::open(note.as_bytes(), std::slice::from_ref(witness.verifier())).unwrap();
    assert_eq!(
        open.signatures()[0].statement,
        Statement::Cosigned { time: 5 }
    );
}

#[test]
fn gives_the_line_of_a_key_as_it_stands() {
    let (first, second) = (key("log"), key("other"));
    let note = format!("{TEXT}\n{}{}", line(&first), line(&second));
    let note = Note::parse(note.as_bytes()).unwrap();
    assert_eq!(note.line_unverified(second.verifier()), Some(line(&second)));
    assert_eq!(note.line_unverified(key("third").verifier()), None);
}
