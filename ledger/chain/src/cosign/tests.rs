use super::*;
use crate::base64;
use crate::note::{Note, NoteError};

const TEXT: &str = "log\n0\n47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFU=\n";

fn key() -> CosigningKey {
    CosigningKey::from_seed(KeyName::parse("witness").unwrap(), &[2; 32])
}

fn open(text: &str, line: &str) -> Result<Statement, NoteError> {
    let note = format!("{text}\n{line}");
    let open = Note::open(note.as_bytes(), std::slice::from_ref(key().verifier()));
    open.map(|open| open.signatures()[0].statement)
}

#[test]
fn states_the_time_that_was_signed() {
    for time in [0, 1, 1_700_000_000, TIME_MAX] {
        let line = key().cosign(TEXT, time).unwrap();
        assert_eq!(open(TEXT, &line), Ok(Statement::Cosigned { time }));
    }
    assert_eq!(
        key().cosign(TEXT, TIME_MAX + 1),
        Err(TimeError {
            found: TIME_MAX + 1
        })
    );
}

#[test]
fn refuses_another_text_or_time() {
    let line = key().cosign(TEXT, 7).unwrap();
    let extended = format!("{TEXT}extension\n");
    assert!(matches!(
        open(&extended, &line),
        Err(NoteError::Signature { .. })
    ));

    let (start, blob) = line.trim_end().rsplit_once(' ').unwrap();
    let mut blob = base64::decode(blob).unwrap();
    for at in 4..blob.len() {
        blob[at] ^= 1;
        let mut changed = format!("{start} ");
        base64::push(&mut changed, &blob);
        assert!(
            matches!(
                open(TEXT, &(changed + "\n")),
                Err(NoteError::Signature { .. })
            ),
            "{at}"
        );
        blob[at] ^= 1;
    }
}

/// A time that cannot be signed is refused even with a signature that holds.
#[test]
fn refuses_a_time_beyond_63_bits() {
    let key = key();
    let time = TIME_MAX + 1;
    let signature = key.key.sign_bytes(message(time, TEXT).as_bytes());
    let blob = [&time.to_be_bytes()[..], &signature].concat();
    assert_eq!(verify(key.verifier(), TEXT, &blob), None);
}

/// The key of a log signs other things: a text of one never makes a key of the other.
#[test]
fn secret_text_is_read_back_for_its_own_use_only() {
    let text = key().expose_skey();
    let read = CosigningKey::parse_skey(&text).unwrap();
    assert_eq!(read.verifier(), key().verifier());
    assert_eq!(
        SigningKey::parse_skey(&text).unwrap_err(),
        KeyError::Algorithm { found: 0x04 }
    );
    let log = SigningKey::from_seed(KeyName::parse("witness").unwrap(), &[2; 32]);
    assert_eq!(
        CosigningKey::parse_skey(&log.expose_skey()).unwrap_err(),
        KeyError::Algorithm { found: 0x01 }
    );
}
