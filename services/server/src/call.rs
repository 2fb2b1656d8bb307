//! What is known of a call that posts, wherever in the server it has got to.
//!
//! A refusal is noted with the method and the trace of its call. The gate, which sees every
//! refusal of the writer, is not told them; they travel with the task.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use http::{HeaderMap, Request};

/// Services that take posts. A method of theirs posts, unless its name says that it only asks.
const POSTING: [&str; 2] = ["caseledger.v1.CommandService", "caseledger.v1.CourtService"];

/// How the names of methods begin that only ask.
const ASKING: [&str; 3] = ["Get", "List", "Reconcile"];

/// The longest method name that is noted.
const METHOD_MAX: usize = 64;

tokio::task_local! {
    static CALL: Arc<Call>;
}

/// A call that posts.
#[derive(Debug)]
pub(crate) struct Call {
    method: String,
    trace: Option<[u8; 16]>,
    noted: AtomicBool,
}

impl Call {
    /// The call of a request; none if it posts nothing.
    pub(crate) fn of<B>(request: &Request<B>) -> Option<Arc<Self>> {
        let method = posting_method(request.uri().path())?.to_owned();
        Some(Arc::new(Self {
            method,
            trace: trace(request.headers()),
            noted: AtomicBool::new(false),
        }))
    }

    /// The call that the present task works for, if it posts.
    pub(crate) fn current() -> Option<Arc<Self>> {
        CALL.try_with(Arc::clone).ok()
    }

    /// Runs a part of the call's work: a task that is spawned for it does not know it by itself.
    pub(crate) async fn run<T>(call: Option<Arc<Self>>, work: impl Future<Output = T>) -> T {
        match call {
            Some(call) => CALL.scope(call, work).await,
            None => work.await,
        }
    }

    /// Name of the method, without its service.
    pub(crate) fn method(&self) -> &str {
        &self.method
    }

    /// The caller's trace (W3C Trace Context), if it sent one.
    pub(crate) const fn trace(&self) -> Option<[u8; 16]> {
        self.trace
    }

    /// Its refusal was noted where more is known of it.
    pub(crate) fn note(&self) {
        self.noted.store(true, Ordering::Release);
    }

    /// Whether it was.
    pub(crate) fn is_noted(&self) -> bool {
        self.noted.load(Ordering::Acquire)
    }
}

/// The method that a path names, if it posts. Paths are what strangers write: only short names of
/// letters and digits count.
fn posting_method(path: &str) -> Option<&str> {
    let (service, method) = path.strip_prefix('/')?.split_once('/')?;
    let plain = method.len() <= METHOD_MAX && method.bytes().all(|b| b.is_ascii_alphanumeric());
    let asks = ASKING.iter().any(|asking| method.starts_with(asking));
    (POSTING.contains(&service) && plain && !asks).then_some(method)
}

/// The trace id of `traceparent: 00-<32 hex>-<16 hex>-<2 hex>`.
fn trace(headers: &HeaderMap) -> Option<[u8; 16]> {
    let text = headers.get("traceparent")?.to_str().ok()?;
    let mut parts = text.split('-');
    let (_version, id) = (parts.next()?, parts.next()?);
    let mut trace = [0; 16];
    hex::decode_to_slice(id, &mut trace).ok()?;
    (trace != [0; 16]).then_some(trace)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_posts_is_told_from_what_asks() {
        let long = format!("/caseledger.v1.CommandService/{}", "x".repeat(65));
        for (path, expected) in [
            ("/caseledger.v1.CommandService/Submit", Some("Submit")),
            (
                "/caseledger.v1.CommandService/SubmitStream",
                Some("SubmitStream"),
            ),
            ("/caseledger.v1.CommandService/GetSubmissionStatus", None),
            (
                "/caseledger.v1.CourtService/PostManifest",
                Some("PostManifest"),
            ),
            ("/caseledger.v1.CourtService/ListWorklist", None),
            ("/caseledger.v1.QueryService/Submit", None),
            ("/caseledger.v1.CommandService/Sub mit", None),
            (&long, None),
            ("caseledger.v1.CommandService", None),
        ] {
            assert_eq!(posting_method(path), expected, "{path}");
        }
    }

    #[test]
    fn a_trace_is_taken_only_in_its_form() {
        let id = "4bf92f3577b34da6a3ce929d0e0e4736";
        for (text, found) in [
            (format!("00-{id}-00f067aa0ba902b7-01"), true),
            (format!("00-{id}"), true),
            (format!("00-{}-00f067aa0ba902b7-01", "0".repeat(32)), false),
            (format!("00-{id}x-00f067aa0ba902b7-01"), false),
            ("docket 12".to_owned(), false),
        ] {
            let mut headers = HeaderMap::new();
            headers.insert("traceparent", text.parse().unwrap());
            assert_eq!(trace(&headers).is_some(), found, "{text}");
        }
    }
}
