//! Layers, unknown keys and ranges.

use super::*;

fn env(pairs: &[(&str, &str)]) -> Vec<(String, String)> {
    pairs
        .iter()
        .map(|(name, value)| ((*name).to_owned(), (*value).to_owned()))
        .collect()
}

fn file(text: &str) -> tempfile::NamedTempFile {
    let file = tempfile::NamedTempFile::new().unwrap();
    std::fs::write(file.path(), text).unwrap();
    file
}

#[test]
fn later_layers_win() {
    let file = file("[limits]\nsubscriptions = 10\nlong_reads = 3\n[log]\nformat = \"json\"\n");
    let config = Config::load(
        Some(file.path()),
        env(&[
            ("CASELEDGER__LIMITS__SUBSCRIPTIONS", "20"),
            ("CASELEDGER_SERVER", "http://elsewhere"),
        ]),
        &[("listen.address", "[::1]:0".to_owned())],
    )
    .unwrap();
    assert_eq!(config.limits.subscriptions, 20);
    assert_eq!(config.limits.long_reads, 3);
    assert_eq!(config.log.format, LogFormat::Json);
    assert_eq!(config.listen.address, "[::1]:0".parse().unwrap());
    assert_eq!(config.drain, Drain::default());
}

#[test]
fn the_defaults_are_in_range() {
    assert_eq!(Config::load(None, [], &[]).unwrap(), Config::default());
}

#[test]
fn refuses_unknown_keys_in_every_layer() {
    for text in [
        "[limits]\nsubscriptionse = 1\n",
        "[limit]\nsubscriptions = 1\n",
        "subscriptions = 1\n",
    ] {
        let file = file(text);
        let error = Config::load(Some(file.path()), [], &[]).unwrap_err();
        assert!(
            matches!(error, ConfigError::Layer { .. }),
            "{text}: {error}"
        );
    }
    for name in [
        "CASELEDGER__LIMITS__SUBSCRIPTIONSE",
        "CASELEDGER__SUBSCRIPTIONS",
        "CASELEDGER__LIMITS",
    ] {
        let error = Config::load(None, env(&[(name, "1")]), &[]).unwrap_err();
        let text = error.to_string();
        assert!(matches!(error, ConfigError::UnknownKey { .. }), "{text}");
        assert!(
            text.contains(name) && text.contains("limits.subscriptions"),
            "{text}"
        );
    }
    let error = Config::load(None, [], &[("limits.none", "1".to_owned())]).unwrap_err();
    assert!(matches!(
        error,
        ConfigError::UnknownKey {
            layer: Layer::CommandLine,
            ..
        }
    ));
}

#[test]
fn refuses_values_of_another_type() {
    let error = Config::load(
        None,
        env(&[("CASELEDGER__LIMITS__SUBSCRIPTIONS", "many")]),
        &[],
    )
    .unwrap_err();
    assert!(matches!(error, ConfigError::Type { .. }), "{error}");
    for (name, value) in [
        ("CASELEDGER__LISTEN__ADDRESS", "here"),
        ("CASELEDGER__LOG__FORMAT", "xml"),
        ("CASELEDGER__LIMITS__SUBSCRIPTIONS", "-1"),
    ] {
        let error = Config::load(None, env(&[(name, value)]), &[]).unwrap_err();
        assert!(matches!(error, ConfigError::Layer { .. }), "{error}");
    }
}

#[test]
fn refuses_values_out_of_range_naming_key_value_and_range() {
    let defaults = Config::default().table();
    for (section, table) in &defaults {
        for (key, value) in table.as_table().unwrap() {
            if value.is_integer() {
                let key = format!("{section}.{key}");
                let error = Config::load(None, [], &[(&key, "4000000000".to_owned())]).unwrap_err();
                let text = error.to_string();
                assert!(matches!(error, ConfigError::Range { .. }), "{key}: {text}");
                assert!(text.contains(&key) && text.contains("4000000000"), "{text}");
            }
        }
    }
    let error = Config::load(None, [], &[("limits.lag", "0".to_owned())]).unwrap_err();
    assert!(
        matches!(error, ConfigError::Range { min: 1, .. }),
        "{error}"
    );
    let error = Config::load(None, [], &[("log.filter", "a=b=c".to_owned())]).unwrap_err();
    assert!(matches!(error, ConfigError::Filter { .. }), "{error}");
}

#[test]
fn refuses_half_of_what_tls_needs() {
    for (given, needed) in [
        ("tls.cert", "tls.key"),
        ("tls.key", "tls.cert"),
        ("tls.client_ca", "tls.cert"),
        ("tls.client_crl", "tls.client_ca"),
    ] {
        let error = Config::load(None, [], &[(given, "file.pem".to_owned())]).unwrap_err();
        let expected = format!("{given} is set and {needed} is not; set both, or neither");
        assert_eq!(error.to_string(), expected);
    }
}

#[test]
fn names_the_file_that_is_missing() {
    let error = Config::load(Some(Path::new("/nowhere/caseledger.toml")), [], &[]).unwrap_err();
    assert!(error.to_string().contains("/nowhere/caseledger.toml"));
}

#[test]
fn a_pipe_is_refused_and_not_waited_for() {
    let folder = tempfile::tempdir().unwrap();
    let pipe = folder.path().join("caseledger.toml");
    let made = std::process::Command::new("mkfifo").arg(&pipe).status();
    assert!(made.unwrap().success());
    let error = Config::load(Some(&pipe), [], &[]).unwrap_err();
    assert!(
        matches!(&error, ConfigError::File { source, .. }
            if source.to_string() == "not a regular file"),
        "{error:?}"
    );
}
