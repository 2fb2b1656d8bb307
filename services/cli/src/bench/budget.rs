//! The budgets, and what became of them.

use serde_json::{Value, json};

use super::Case;
use super::drive::{Sample, Spread};
use super::posting::{Line, Peer, Posted};
use crate::output::{Cell, Sheet, thousands};

/// Whether a budget is kept.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Verdict {
    /// It is.
    Reached,
    /// It is not.
    NotReached,
    /// Not measured, or not at the size that the budget is for.
    NotMeasured,
}

impl Verdict {
    /// Of a measurement at the size of the budget, or at a smaller one, which decides nothing.
    pub(super) const fn of(reached: bool, full_size: bool) -> Self {
        match (full_size, reached) {
            (true, true) => Self::Reached,
            (true, false) => Self::NotReached,
            (false, _) => Self::NotMeasured,
        }
    }

    const fn name(self) -> &'static str {
        match self {
            Self::Reached => "reached",
            Self::NotReached => "not reached",
            Self::NotMeasured => "not measured",
        }
    }
}

/// One budget with what was measured.
#[derive(Clone, Debug)]
pub(super) struct Row {
    /// Which.
    pub(super) case: Case,
    measured: String,
    verdict: Verdict,
}

impl Row {
    /// A budget that was looked at.
    pub(super) const fn new(case: Case, measured: String, verdict: Verdict) -> Self {
        Self {
            case,
            measured,
            verdict,
        }
    }

    /// The same in one line, for those who wait: a run takes minutes and may be interrupted.
    pub(super) fn line(&self) -> String {
        let Self {
            case,
            measured,
            verdict,
        } = self;
        format!("{case:?} {}: {measured}", verdict.name())
    }
}

const fn budget(case: Case) -> &'static str {
    match case {
        Case::P1 => "1 in flight: >= 1.2 x UmaDB",
        Case::P2 => "64 in flight: >= 1.2 x UmaDB, 1.5 x with 1 tag; >= 0.6 x echo",
        Case::P3 => "256 in flight: >= 1.0 x UmaDB; p50 <= 10 ms, p99 <= 50 ms",
        Case::P4 => "bulk 100-1000: >= 200,000 events/s; >= 2.5 x UmaDB with 1 tag",
        Case::P5 => "cold start at 1 M: clean <= 0.5 s, after kill -9 <= 2 s",
        Case::P6 => "offline verification of 1 M <= 2 s",
        Case::P7 => "totals at 133,000 cases: now <= 1 ms, past <= 50 ms",
        Case::P8 => "disk per event <= 2.5 x entry, journal included",
        Case::P9 => "at 10 M >= 90 % of 0.1 M; resident <= 1 GiB",
        Case::P10 => "proofs, histories >= 20,000/s, p99 <= 1 ms",
        Case::P11 => "64 in flight while the log is published: >= 95 % of the rate without",
        Case::P12 => "64 in flight, each signed by who posts it: >= 65 % of the rate without",
        Case::P13 => "64 in flight, over TLS: >= 85 % of the rate without",
        Case::P14 => "64 in flight, each with a private part: >= 85 % of the rate without",
    }
}

fn ratio(spread: Spread) -> String {
    let two = |ratio: u64| format!("{}.{:02}", ratio / 100, ratio % 100);
    format!(
        "{} (min {}, max {})",
        two(spread.median),
        two(spread.min),
        two(spread.max)
    )
}

/// What P1 to P4 and P11 to P14 came to.
pub(super) fn posting(posted: &Posted) -> Vec<Row> {
    let cases = [
        Case::P1,
        Case::P2,
        Case::P3,
        Case::P4,
        Case::P11,
        Case::P12,
        Case::P13,
        Case::P14,
    ];
    cases
        .into_iter()
        .filter_map(|case| judge(case, &posted.lines))
        .collect()
}

fn judge(case: Case, lines: &[Line]) -> Option<Row> {
    let of_case = || lines.iter().filter(move |line| line.case == case);
    let mut parts = Vec::new();
    // The verdict is that of the weakest; without a peer that the budget names there is none.
    let (mut reached, mut complete, mut any) = (true, true, false);
    let mut fast = false;
    let is_ours = |line: &&Line| matches!(line.peer, Peer::Ledger | Peer::Unsigned | Peer::Known);
    for ours in of_case().filter(is_ours) {
        any = true;
        let rate = ours.spread(|sample| sample.rate).median;
        fast |= rate >= 200_000;
        parts.push(format!("{} events/s", thousands(rate)));
        let needed: &[(Peer, u64)] = match case {
            Case::P1 => &[(Peer::Uma, 120)],
            Case::P2 => &[(Peer::Uma, 120), (Peer::UmaTagged, 150), (Peer::Echo, 60)],
            Case::P3 => &[(Peer::Uma, 100)],
            Case::P4 => &[(Peer::UmaTagged, 250)],
            Case::P5
            | Case::P6
            | Case::P7
            | Case::P8
            | Case::P9
            | Case::P10
            | Case::P11
            | Case::P12
            | Case::P13
            | Case::P14 => &[],
        };
        for (peer, least) in needed {
            let same = |line: &&Line| line.peer == *peer && line.batch == ours.batch;
            let Some(theirs) = of_case().find(same) else {
                complete = false;
                parts.push(format!("{} not measured", peer.name()));
                continue;
            };
            let spread = ours.ratio(theirs);
            reached &= spread.median >= *least;
            let batch = if ours.batch == 1 {
                String::new()
            } else {
                format!(" ({} per request)", ours.batch)
            };
            parts.push(format!("{} x {}{batch}", ratio(spread), peer.name()));
        }
        for line in of_case() {
            let (without, least, how) = match line.peer {
                Peer::Published => (Peer::Ledger, 95, "while published"),
                Peer::Signed => (Peer::Unsigned, 65, "signed"),
                Peer::Tls => (Peer::Unsigned, 85, "over TLS"),
                Peer::KnownPrivate => (Peer::Known, 85, "with private parts, known cases"),
                Peer::NewPrivate => (Peer::Unsigned, 85, "with private parts, new cases"),
                Peer::Ledger
                | Peer::Unsigned
                | Peer::Known
                | Peer::Uma
                | Peer::UmaTagged
                | Peer::Echo
                | Peer::Disk => continue,
            };
            if without != ours.peer {
                continue;
            }
            let spread = line.ratio(ours);
            reached &= spread.median >= least;
            parts.push(format!("{} of it {how}", ratio(spread)));
        }
        if case == Case::P3 {
            let (p50, p99) = (
                ours.spread(|sample| sample.p50),
                ours.spread(|sample| sample.p99),
            );
            reached &= p50.median <= 10_000 && p99.median <= 50_000;
            parts.push(format!("p50 {} us, p99 {} us", p50.median, p99.median));
        }
    }
    reached &= case != Case::P4 || fast;
    any.then(|| {
        Row::new(
            case,
            parts.join("; "),
            Verdict::of(reached, complete || !reached),
        )
    })
}

/// The table of all budgets; those that were not looked at say so.
pub(super) fn sheet(rows: &[Row]) -> (Sheet, Value) {
    let mut sheet = Sheet::rows(["budget", "asks", "verdict", "measured"]);
    let mut list = Vec::new();
    for case in Case::ALL {
        let found = rows.iter().find(|row| row.case == case);
        let verdict = found.map_or(Verdict::NotMeasured, |row| row.verdict).name();
        let measured = found.map_or("", |row| &row.measured);
        let name = format!("{case:?}");
        sheet.push([
            Cell::from(name.as_str()),
            Cell::from(budget(case)),
            Cell::from(verdict),
            Cell::from(measured),
        ]);
        list.push(json!({
            "budget": name, "asks": budget(case), "verdict": verdict, "measured": measured,
        }));
    }
    (sheet, Value::Array(list))
}

/// The table of P1 to P4, line by line.
pub(super) fn lines(posted: &Posted) -> (Sheet, Value) {
    let mut sheet = Sheet::rows([
        "case",
        "who",
        "in_flight",
        "events_per_request",
        "events_per_s",
        "min",
        "max",
        "p50_us",
        "p99_us",
        "p99.9_us",
        "server_cpu_ns",
        "caseledger_to_it",
    ]);
    let mut list = Vec::new();
    for line in &posted.lines {
        let same = |ours: &&Line| {
            ours.peer == Peer::Ledger && ours.case == line.case && ours.batch == line.batch
        };
        let ours = posted
            .lines
            .iter()
            .find(same)
            .filter(|_| line.peer != Peer::Ledger);
        let to_it = ours.map(|ours| ratio(ours.ratio(line))).unwrap_or_default();
        let rate = line.spread(|sample| sample.rate);
        let middle = |figure: fn(&Sample) -> u64| line.spread(figure).median;
        let (p50, p99) = (middle(|sample| sample.p50), middle(|sample| sample.p99));
        let p999 = middle(|sample| sample.p999);
        let cpu = middle(|sample| sample.cpu);
        let case = format!("{:?}", line.case);
        sheet.push([
            Cell::from(case.as_str()),
            Cell::from(line.peer.name()),
            Cell::Count(line.in_flight as u64),
            Cell::Count(line.batch),
            Cell::Count(rate.median),
            Cell::Count(rate.min),
            Cell::Count(rate.max),
            Cell::Count(p50),
            Cell::Count(p99),
            Cell::Count(p999),
            Cell::Count(cpu),
            Cell::from(to_it.as_str()),
        ]);
        list.push(json!({
            "case": case, "who": line.peer.name(), "in_flight": line.in_flight,
            "events_per_request": line.batch, "events_per_s": rate.median, "min": rate.min,
            "max": rate.max, "p50_us": p50, "p99_us": p99, "p99.9_us": p999,
            "server_cpu_ns": cpu, "caseledger_to_it": to_it,
        }));
    }
    (sheet, Value::Array(list))
}
