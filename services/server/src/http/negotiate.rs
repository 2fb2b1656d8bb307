//! What the headers of a request ask for (RFC 9110, sections 8.8.3, 12.5.3 and 13.1.2).

use http::HeaderValue;
use http::header::GetAll;

/// The members of a list that may stand in several headers. What is no text has none.
fn members(values: GetAll<'_, HeaderValue>) -> impl Iterator<Item = &str> {
    values
        .into_iter()
        .filter_map(|value| value.to_str().ok())
        .flat_map(|value| value.split(','))
        .map(str::trim)
}

/// Whether `Accept-Encoding` names gzip, and not only to refuse it.
pub(super) fn takes_gzip(values: GetAll<'_, HeaderValue>) -> bool {
    members(values).any(|member| {
        let mut parts = member.split(';').map(str::trim);
        let named = parts.next().is_some_and(|coding| {
            coding.eq_ignore_ascii_case("gzip") || coding.eq_ignore_ascii_case("x-gzip")
        });
        let refused = parts.any(|weight| {
            let zero = weight.strip_prefix("q=").or(weight.strip_prefix("Q="));
            zero.is_some_and(|q| q.starts_with('0') && q.bytes().all(|b| matches!(b, b'0' | b'.')))
        });
        named && !refused
    })
}

/// Whether `If-None-Match` names this tag. Weak tags compare like strong ones there.
pub(super) fn matches(values: GetAll<'_, HeaderValue>, tag: &str) -> bool {
    members(values)
        .any(|member| member == "*" || member.strip_prefix("W/").unwrap_or(member) == tag)
}

#[cfg(test)]
mod tests {
    use http::HeaderMap;
    use http::header::{ACCEPT_ENCODING, IF_NONE_MATCH};

    use super::*;

    #[test]
    fn gzip_is_sent_to_those_who_name_it() {
        for (header, expected) in [
            ("gzip", true),
            ("deflate, gzip;q=0.5, br", true),
            ("GZIP; q=1.0", true),
            ("x-gzip", true),
            ("identity", false),
            ("gzip;q=0", false),
            ("gzip;q=0.000, deflate", false),
            ("gzip;q=0.001", true),
            ("*", false),
            ("br", false),
            ("", false),
        ] {
            let mut headers = HeaderMap::new();
            headers.append(ACCEPT_ENCODING, header.parse().unwrap());
            let takes = takes_gzip(headers.get_all(ACCEPT_ENCODING));
            assert_eq!(takes, expected, "{header}");
        }
        assert!(!takes_gzip(HeaderMap::new().get_all(ACCEPT_ENCODING)));
    }

    #[test]
    fn a_tag_is_found_in_any_of_the_lists() {
        for (header, expected) in [
            ("\"a\"", true),
            ("W/\"a\"", true),
            ("\"b\", \"a\"", true),
            ("*", true),
            ("\"b\"", false),
            ("a", false),
        ] {
            let mut headers = HeaderMap::new();
            headers.append(IF_NONE_MATCH, "\"c\"".parse().unwrap());
            headers.append(IF_NONE_MATCH, header.parse().unwrap());
            let found = matches(headers.get_all(IF_NONE_MATCH), "\"a\"");
            assert_eq!(found, expected, "{header}");
        }
    }
}
