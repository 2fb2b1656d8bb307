use super::*;

const HASH: &str = "47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFU=";

#[test]
fn renders_what_the_specification_shows() {
    let proof = TlogProof {
        extra: Some(b"foob".to_vec()),
        index: Position::new(12),
        proof: vec![Digest::from_base64(HASH).unwrap(); 2],
        checkpoint: "note\n".to_owned(),
    };
    let text = format!("{HEADER}extra Zm9vYg==\nindex 12\n{HASH}\n{HASH}\n\nnote\n");
    assert_eq!(proof.render(), text);
    assert_eq!(TlogProof::parse(&text), Ok(proof));
}

#[test]
fn appends_to_what_is_there() {
    let mut out = "before\n".to_owned();
    TlogProof::render_into(&mut out, Position::new(0), &[], None, "note\n");
    assert_eq!(out, format!("before\n{HEADER}index 0\n\nnote\n"));
}

#[test]
fn refuses_what_it_would_not_render() {
    let refused =
        |text: &str, expected| assert_eq!(TlogProof::parse(text), Err(expected), "{text:?}");
    refused("", TlogProofError::Header);
    refused("c2sp.org/tlog-proof@v1", TlogProofError::Header);
    refused(
        "c2sp.org/tlog-proof@v1\r\nindex 0\r\n\r\n",
        TlogProofError::Header,
    );
    refused(&format!("{HEADER}index 0"), TlogProofError::Unterminated);
    refused(&format!("{HEADER}index 0\n"), TlogProofError::Unterminated);
    refused(
        &format!("{HEADER}index 0\n{HASH}\n"),
        TlogProofError::Unterminated,
    );
    for index in [
        "index", "index ", "index 00", "index -1", "Index 0", " index 0", "index 0 ",
    ] {
        refused(&format!("{HEADER}{index}\n\n"), TlogProofError::Index);
    }
    refused(
        &format!("{HEADER}index 0\nextra Zm9v\n\n"),
        TlogProofError::Hash {
            hash: 0,
            error: Base64Error::Length { found: 10 },
        },
    );
    refused(
        &format!("{HEADER}extra Zm9v\nextra Zm9v\nindex 0\n\n"),
        TlogProofError::Index,
    );
    let error = Base64Error::TrailingBits { offset: 2 };
    refused(
        &format!("{HEADER}extra Zm9=\nindex 0\n\n"),
        TlogProofError::Extra(error),
    );
    let error = Base64Error::DecodedLength {
        expected: 32,
        found: 3,
    };
    refused(
        &format!("{HEADER}index 0\n{HASH}\nZm9v\n\n"),
        TlogProofError::Hash { hash: 1, error },
    );
}

#[test]
fn refuses_more_hashes_than_any_tree_needs() {
    let with = |count| format!("{HEADER}index 0\n{}\n", format!("{HASH}\n").repeat(count));
    assert!(TlogProof::parse(&with(63)).is_ok());
    let expected = TlogProofError::TooManyHashes { max: 63 };
    assert_eq!(TlogProof::parse(&with(64)), Err(expected));
}
