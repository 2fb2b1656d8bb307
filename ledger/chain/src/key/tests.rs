use super::*;
use crate::base64::Base64Error;
use crate::hex::HexError;

const VKEY: &str = "ledger.example/audit+2a52108c+AQOhB7/zzhC+HXDdGOdLwJln5NYwm6UNXx3chmQSVTG4";

#[test]
fn refuses_names_that_break_a_line() {
    assert_eq!(KeyName::parse(""), Err(KeyNameError::Empty));
    for (name, offset, found) in [
        ("a b", 1, ' '),
        ("a+b", 1, '+'),
        ("ab\n", 2, '\n'),
        ("a\u{2003}", 1, '\u{2003}'),
    ] {
        assert_eq!(
            KeyName::parse(name),
            Err(KeyNameError::Character { offset, found })
        );
    }
}

#[test]
fn refuses_key_texts_that_are_not_canonical() {
    let refused = |text: &str, expected| assert_eq!(VerifierKey::parse(text), Err(expected));
    refused("name", KeyError::Form);
    refused("name+2a52108c", KeyError::Form);
    refused(
        &VKEY.replace("2a52", "2A52"),
        KeyError::Id(HexError::Digit {
            offset: 1,
            found: b'A',
        }),
    );
    refused(
        &VKEY.replace("2a52108c", "2a52108"),
        KeyError::Id(HexError::Length {
            expected: 8,
            found: 7,
        }),
    );
    refused(
        &VKEY.replace("2a52108c", "2a52108d"),
        KeyError::IdMismatch {
            expected: KeyId([0x2a, 0x52, 0x10, 0x8c]),
            found: KeyId([0x2a, 0x52, 0x10, 0x8d]),
        },
    );
    let shorter = VKEY.strip_suffix("VTG4").unwrap();
    refused(
        shorter,
        KeyError::Base64(Base64Error::DecodedLength {
            expected: 33,
            found: 30,
        }),
    );
    // The same key as another type has another id, and an unknown type none.
    let cosigner = VKEY.replace("+AQ", "+BA");
    assert!(matches!(
        VerifierKey::parse(&cosigner),
        Err(KeyError::IdMismatch { .. })
    ));
    refused(
        &VKEY.replace("+AQ", "+Ag"),
        KeyError::Algorithm { found: 2 },
    );
}

#[test]
fn refuses_bytes_that_are_no_usable_point() {
    let name = KeyName::parse("name").unwrap();
    let mut bytes = [0; 32];
    // The neutral element, under which one signature holds for any text.
    bytes[0] = 1;
    assert_eq!(
        VerifierKey::new(name.clone(), Algorithm::Ed25519, &bytes),
        Err(KeyError::Point)
    );
    bytes[0] = 2;
    assert_eq!(
        VerifierKey::new(name, Algorithm::Ed25519, &bytes),
        Err(KeyError::Point)
    );
}

#[test]
fn debug_does_not_show_the_secret() {
    let key = SigningKey::from_seed(KeyName::parse("name").unwrap(), &[0x5a; 32]);
    let shown = format!("{key:?}");
    assert_eq!(
        shown,
        format!("SigningKey({}, secret not shown)", key.vkey())
    );
    assert!(!shown.contains("5a5a") && !shown.contains("90, 90") && !shown.contains("Wlpa"));
}

#[test]
fn secret_text_round_trips_and_refuses_the_public_one() {
    let key = SigningKey::from_seed(KeyName::parse("name").unwrap(), &[7; 32]);
    let again = SigningKey::parse_skey(&key.expose_skey()).unwrap();
    assert_eq!(again.vkey(), key.vkey());
    assert!(matches!(
        SigningKey::parse_skey(&key.vkey()),
        Err(KeyError::Form)
    ));
    let disguised = format!("PRIVATE+KEY+{}", key.vkey());
    assert!(matches!(
        SigningKey::parse_skey(&disguised),
        Err(KeyError::IdMismatch { .. })
    ));
}
