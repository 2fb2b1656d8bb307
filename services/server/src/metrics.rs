//! What is counted and measured, and its names: the table is in `docs/OPERATING.md`.
//!
//! Every label has a closed set of values: nothing that a caller wrote, and nothing about a case,
//! becomes one.

use std::fmt;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use caseledger_engine::Outcome;
use prometheus_client::encoding::{EncodeLabelSet, text};
use prometheus_client::metrics::counter::Counter;
use prometheus_client::metrics::family::Family;
use prometheus_client::metrics::gauge::Gauge;
use prometheus_client::metrics::histogram::Histogram;
use prometheus_client::registry::{Registry, Unit};

use crate::refused::Counters;
use crate::status::reason_of;

/// Upper bounds of the classes of a latency, in seconds.
const SECONDS: [f64; 12] = [
    0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 1.0, 5.0, 30.0,
];

/// One label with a value out of a closed set.
type Label = [(&'static str, &'static str); 1];

/// A histogram of latencies for each value of a label.
type Latencies = Family<Label, Histogram, fn() -> Histogram>;

/// An answer over HTTP.
#[derive(Clone, Debug, PartialEq, Eq, Hash, EncodeLabelSet)]
struct HttpAnswer {
    resource: &'static str,
    status: u16,
}

/// An answer over gRPC.
#[derive(Clone, Debug, PartialEq, Eq, Hash, EncodeLabelSet)]
struct GrpcAnswer {
    service: &'static str,
    code: &'static str,
}

/// Everything that is measured. Clones share it.
#[derive(Clone)]
pub(crate) struct Metrics(Arc<Measured>);

struct Measured {
    registry: Registry,
    levels: Levels,
    groups: Counter,
    accepted: Counter,
    duplicate: Counter,
    refused: Family<Label, Counter>,
    court: Family<Label, Counter>,
    court_unmapped: Family<Label, Counter>,
    limited: Family<Label, Counter>,
    submission: Histogram,
    http: Family<HttpAnswer, Counter>,
    http_seconds: Latencies,
    grpc: Family<GrpcAnswer, Counter>,
    grpc_seconds: Latencies,
    tls_handshakes: Family<Label, Counter>,
    tls_refused: Family<Label, Counter>,
    tls_reloads: Family<Label, Counter>,
}

/// What goes up and down.
struct Levels {
    entries: Gauge<u64, AtomicU64>,
    checkpoint: Gauge<u64, AtomicU64>,
    unanswered: Gauge<u64, AtomicU64>,
    limit: Gauge<u64, AtomicU64>,
    guard_behind: Gauge<u64, AtomicU64>,
}

/// What is read off when somebody asks.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Gauges {
    /// Durable entries.
    pub(crate) entries: u64,
    /// Entries that the published checkpoint covers.
    pub(crate) checkpoint: u64,
    /// Commit groups since the start; none once the engine closes.
    pub(crate) groups: Option<u64>,
    /// Submissions that the writer has and has not answered.
    pub(crate) unanswered: u64,
    /// How many that may be.
    pub(crate) limit: u64,
    /// Entries that the rollback guard does not know of yet.
    pub(crate) guard_behind: u64,
}

impl fmt::Debug for Metrics {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Metrics").finish_non_exhaustive()
    }
}

fn latency() -> Histogram {
    Histogram::new(SECONDS)
}

impl Levels {
    fn new(registry: &mut Registry) -> Self {
        let mut level = |name, help| {
            let gauge = Gauge::default();
            registry.register(name, help, Gauge::clone(&gauge));
            gauge
        };
        Self {
            entries: level("entries", "Entries that are durable"),
            checkpoint: level(
                "checkpoint_size",
                "Entries that the published checkpoint covers",
            ),
            unanswered: level(
                "submissions_unanswered",
                "Submissions that the writer has and has not answered",
            ),
            limit: level(
                "submissions_unanswered_limit",
                "Unanswered submissions at which the next one is refused",
            ),
            guard_behind: level(
                "guard_behind_entries",
                "Entries that the rollback guard does not know of yet",
            ),
        }
    }
}

fn register_refusals(registry: &mut Registry, refusals: &Counters) {
    registry.register(
        "refusals_kept",
        "Refused posts that have a line in the log of refusals",
        refusals.kept.clone(),
    );
    registry.register(
        "refusals_left_out",
        "Refused posts that are only counted there, because their organisation had so many",
        refusals.left_out.clone(),
    );
    registry.register(
        "refusals_lost",
        "Refused posts that are not there: the disk failed or was too slow",
        refusals.lost.clone(),
    );
}

/// Counters by one label.
type ByLabel = Family<Label, Counter>;

fn register_court(registry: &mut Registry) -> (ByLabel, ByLabel) {
    let (messages, unmapped) = (ByLabel::default(), ByLabel::default());
    registry.register(
        "court_messages",
        "Messages of courts, by what became of them",
        messages.clone(),
    );
    registry.register(
        "court_codes_unmapped",
        "Codes of courts that nobody has mapped, by vocabulary",
        unmapped.clone(),
    );
    (messages, unmapped)
}

fn register_tls(registry: &mut Registry) -> [ByLabel; 3] {
    let [handshakes, refused, reloads] = <[ByLabel; 3]>::default();
    registry.register(
        "tls_handshakes",
        "Handshakes that are over, by outcome",
        handshakes.clone(),
    );
    registry.register(
        "tls_certificates_refused",
        "Client certificates that ended a handshake, by reason",
        refused.clone(),
    );
    registry.register(
        "tls_reloads",
        "Files for TLS that were read anew, by outcome",
        reloads.clone(),
    );
    [handshakes, refused, reloads]
}

impl Metrics {
    pub(crate) fn new(refusals: &Counters) -> Self {
        let mut registry = Registry::with_prefix("caseledger");
        macro_rules! register {
            ($name:literal, $help:literal, $metric:expr) => {{
                let metric = $metric;
                registry.register($name, $help, metric.clone());
                metric
            }};
            ($name:literal, $help:literal, $metric:expr, $unit:expr) => {{
                let metric = $metric;
                registry.register_with_unit($name, $help, $unit, metric.clone());
                metric
            }};
        }
        let levels = Levels::new(&mut registry);
        let groups = register!(
            "commit_groups",
            "Commit groups made durable since the start; entries by groups is their size",
            Counter::default()
        );
        let submissions: Family<Label, Counter> = register!(
            "submissions",
            "Submissions that were recorded, now or before",
            Family::default()
        );
        let refused = register!(
            "submissions_refused",
            "Submissions that were not recorded, by reason",
            Family::default()
        );
        let (court, court_unmapped) = register_court(&mut registry);
        let limited = register!(
            "calls_limited",
            "Calls refused because their organisation asks for too much, by limit",
            Family::default()
        );
        register_refusals(&mut registry, refusals);
        let submission = register!(
            "submission_duration",
            "From handing submissions to the writer to their outcomes",
            latency(),
            Unit::Seconds
        );
        let http = register!(
            "http_requests",
            "Requests answered over HTTP, by resource and status",
            Family::default()
        );
        let http_seconds = register!(
            "http_request_duration",
            "From the head of a request over HTTP to the head of its answer",
            Latencies::new_with_constructor(latency),
            Unit::Seconds
        );
        let grpc = register!(
            "grpc_requests",
            "Calls answered over gRPC, by service and code of the head",
            Family::default()
        );
        let grpc_seconds = register!(
            "grpc_request_duration",
            "From the head of a call over gRPC to the head of its answer",
            Latencies::new_with_constructor(latency),
            Unit::Seconds
        );
        let [tls_handshakes, tls_refused, tls_reloads] = register_tls(&mut registry);
        let outcome = |value| submissions.get_or_create(&[("outcome", value)]).clone();
        Self(Arc::new(Measured {
            accepted: outcome("accepted"),
            duplicate: outcome("duplicate"),
            registry,
            levels,
            groups,
            refused,
            court,
            court_unmapped,
            limited,
            submission,
            http,
            http_seconds,
            grpc,
            grpc_seconds,
            tls_handshakes,
            tls_refused,
            tls_reloads,
        }))
    }

    /// Outcomes of one job, so long after it was handed over.
    pub(crate) fn answered(&self, outcomes: &[Outcome], took: Duration) {
        let (mut accepted, mut duplicate) = (0, 0);
        for outcome in outcomes {
            match outcome {
                Ok(ack) if ack.duplicate => duplicate += 1,
                Ok(_) => accepted += 1,
                Err(error) => self.refused(reason_of(error), 1),
            }
        }
        self.0.accepted.inc_by(accepted);
        self.0.duplicate.inc_by(duplicate);
        self.0.submission.observe(took.as_secs_f64());
    }

    /// So many submissions were refused for one of the closed set of reasons.
    pub(crate) fn refused(&self, reason: &'static str, submissions: u64) {
        let counter = self.0.refused.get_or_create(&[("reason", reason)]);
        counter.inc_by(submissions);
    }

    /// A message of a court came to this, one of a closed set of words.
    pub(crate) fn court(&self, status: &'static str) {
        self.0.court.get_or_create(&[("status", status)]).inc();
    }

    /// A court used a code of the vocabulary named that nobody has mapped.
    pub(crate) fn court_unmapped(&self, field: &'static str) {
        let counter = self.0.court_unmapped.get_or_create(&[("field", field)]);
        counter.inc();
    }

    /// A call was refused because of a limit of its organisation: `rate` or `calls`.
    pub(crate) fn limited(&self, limit: &'static str) {
        self.0.limited.get_or_create(&[("limit", limit)]).inc();
    }

    /// A request over HTTP was answered.
    pub(crate) fn http(&self, resource: &'static str, status: u16, took: Duration) {
        let answer = HttpAnswer { resource, status };
        self.0.http.get_or_create(&answer).inc();
        let seconds = self.0.http_seconds.get_or_create(&[("resource", resource)]);
        seconds.observe(took.as_secs_f64());
    }

    /// A call over gRPC was answered.
    pub(crate) fn grpc(&self, service: &'static str, code: &'static str, took: Duration) {
        let answer = GrpcAnswer { service, code };
        self.0.grpc.get_or_create(&answer).inc();
        let seconds = self.0.grpc_seconds.get_or_create(&[("service", service)]);
        seconds.observe(took.as_secs_f64());
    }

    /// A handshake is over.
    pub(crate) fn tls_handshake(&self, outcome: &'static str) {
        let handshakes = &self.0.tls_handshakes;
        handshakes.get_or_create(&[("outcome", outcome)]).inc();
    }

    /// A client certificate ended a handshake.
    pub(crate) fn tls_refused(&self, reason: &'static str) {
        let refused = &self.0.tls_refused;
        refused.get_or_create(&[("reason", reason)]).inc();
    }

    /// Files for TLS were read anew.
    pub(crate) fn tls_reload(&self, outcome: &'static str) {
        let reloads = &self.0.tls_reloads;
        reloads.get_or_create(&[("outcome", outcome)]).inc();
    }

    /// Everything in the text form of `OpenMetrics` 1.0.
    ///
    /// # Errors
    /// None that a string in memory can cause.
    pub(crate) fn text(&self, gauges: Gauges) -> Result<String, fmt::Error> {
        let Gauges {
            entries,
            checkpoint,
            groups,
            unanswered,
            limit,
            guard_behind,
        } = gauges;
        let levels = &self.0.levels;
        levels.entries.set(entries);
        levels.checkpoint.set(checkpoint);
        if let Some(groups) = groups {
            // Counted by the engine, shown here.
            self.0.groups.inner().store(groups, Ordering::Relaxed);
        }
        levels.unanswered.set(unanswered);
        levels.limit.set(limit);
        levels.guard_behind.set(guard_behind);
        let mut out = String::new();
        text::encode(&mut out, &self.0.registry)?;
        Ok(out)
    }
}
