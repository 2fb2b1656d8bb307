//! The caller's deadline, as it stands in the request.

use super::*;

fn parse(text: &'static str) -> Option<Duration> {
    let mut headers = HeaderMap::new();
    headers.insert("grpc-timeout", http::HeaderValue::from_static(text));
    grpc_timeout(&headers)
}

#[test]
fn deadlines_are_read_in_every_unit() {
    for (text, expected) in [
        ("2H", Duration::from_hours(2)),
        ("3M", Duration::from_mins(3)),
        ("99999999S", Duration::from_secs(99_999_999)),
        ("250m", Duration::from_millis(250)),
        ("7u", Duration::from_micros(7)),
        ("0n", Duration::ZERO),
    ] {
        assert_eq!(parse(text), Some(expected), "{text}");
    }
}

#[test]
fn what_is_no_deadline_is_ignored() {
    for text in ["", "S", "1", "1s", "-1S", "+1S", "1.5S", "123456789S"] {
        assert_eq!(parse(text), None, "{text}");
    }
    assert_eq!(grpc_timeout(&HeaderMap::new()), None);
}

#[test]
fn the_shorter_deadline_counts_and_leaves_time_for_the_answer() {
    let most = Duration::from_secs(30);
    for (text, expected) in [
        ("1S", Duration::from_millis(900)),
        ("10S", Duration::from_millis(9_900)),
        ("5M", most),
        ("0S", Duration::ZERO),
        ("soon", most),
    ] {
        let mut headers = HeaderMap::new();
        headers.insert("grpc-timeout", http::HeaderValue::from_static(text));
        assert_eq!(time_for(&headers, most), expected, "{text}");
    }
}
