//! What a verification of a published log came to, in every form.

use caseledger_audit::{Derived, FINDINGS_MAX, Question, SequenceGap};
use caseledger_chain::{Digest, LedgerId, Position, Size, VerifierKey};
use caseledger_domain::view::{AsOf, Dimension, Filter, Totals, TotalsQuery, Unit};
use serde_json::{Value, json};

use super::keys::{self, KeyChange};
use super::{LogFault, LogNotChecked};
use crate::output::{Cell, Report, Sheet, thousands};

/// What a check of a log that declares no authority has to say.
pub(crate) const UNDECLARED: &str =
    "no authority was declared: roles alone were judged, whichever organisation acted in them";

/// How many cases, charges and people there are, and how many cases in each phase.
#[derive(Debug)]
struct Figures {
    totals: Vec<(Unit, u64)>,
    phases: Vec<(String, u64)>,
}

/// What a verification found.
#[derive(Debug)]
pub(crate) struct LogReport {
    origin: String,
    ledger: Option<LedgerId>,
    /// How many entries could be read, from the first one on.
    size: Size,
    head: Digest,
    root: Option<Digest>,
    findings: Vec<(Option<Position>, LogFault)>,
    not_checked: Vec<LogNotChecked>,
    more: u64,
    gaps: Vec<SequenceGap>,
    streams: u64,
    figures: Option<Figures>,
    /// What the entries say of the keys of checkpoints.
    keys: Vec<KeyChange>,
    /// Whether they declare who may state what.
    authority_declared: bool,
    since: bool,
    /// Who has cosigned of those that the policy names; none without a policy.
    cosigned: Option<Vec<String>>,
}

impl LogReport {
    pub(super) fn new(key: &VerifierKey, since: bool) -> Self {
        Self {
            origin: key.name().to_string(),
            ledger: None,
            size: Size::ZERO,
            head: Digest::ZERO,
            root: None,
            findings: Vec::new(),
            not_checked: Vec::new(),
            more: 0,
            gaps: Vec::new(),
            streams: 0,
            figures: None,
            keys: Vec::new(),
            authority_declared: false,
            since,
            cosigned: None,
        }
    }

    pub(super) fn add(&mut self, position: Option<Position>, fault: LogFault) {
        if self.findings.len() < FINDINGS_MAX {
            self.findings.push((position, fault));
        } else {
            self.more += 1;
        }
    }

    /// Notes which witnesses of the policy have cosigned the checkpoint.
    pub(super) fn cosigned(&mut self, witnesses: Vec<String>) {
        self.cosigned = Some(witnesses);
    }

    /// Notes what could not be looked at. One of many is enough to spoil a verdict.
    pub(super) fn not_checked(&mut self, what: LogNotChecked) {
        if self.not_checked.len() < FINDINGS_MAX {
            self.not_checked.push(what);
        }
    }

    /// Takes over what the entries come to, when everything else was added.
    pub(super) fn take(&mut self, derived: Derived) {
        self.ledger = derived.ledger;
        self.size = derived.size;
        self.head = derived.head;
        self.root = Some(derived.root());
        self.streams = derived.streams.len() as u64;
        self.gaps.clone_from(&derived.sequence_gaps);
        self.authority_declared = derived.registry.is_declared();
        let not_checked = derived.not_checked.into_iter();
        self.not_checked
            .extend(not_checked.map(LogNotChecked::Entries));
        self.more += derived.more;
        for found in derived.integrity.into_iter().chain(derived.completeness) {
            self.add(found.position, LogFault::Entries(found.fault));
        }
        // Figures of entries that are not those signed, or not all, would look like figures; and a key is to be
        // believed only if the log is.
        if self.is_whole() {
            self.keys = keys::changes(&self.origin, &derived.streams);
            self.figures = Some(Figures::of(&derived.totals));
        }
    }

    /// How many entries could be read, from the first one on.
    pub(crate) const fn size(&self) -> Size {
        self.size
    }

    /// How many findings there are.
    pub(crate) fn found(&self) -> u64 {
        self.findings.len() as u64 + self.more
    }

    /// Whether both questions are answered well.
    pub(crate) fn is_ok(&self) -> bool {
        self.found() == 0 && self.not_checked.is_empty()
    }

    /// Whether the log is what was signed, from its first entry to its last. What a submitter left out
    /// of its own numbers was never in it.
    fn is_whole(&self) -> bool {
        let harmless = |(_, fault): &(Option<Position>, LogFault)| {
            matches!(
                fault,
                LogFault::Entries(caseledger_audit::Fault::NumbersMissing { .. })
            )
        };
        self.more == 0 && self.not_checked.is_empty() && self.findings.iter().all(harmless)
    }

    fn verdict(&self, question: Question) -> &'static str {
        if self.of(question).next().is_some() {
            "FINDINGS"
        } else if self.not_checked.is_empty() && self.more == 0 {
            "OK"
        } else {
            "UNDECIDED"
        }
    }

    fn of(&self, question: Question) -> impl Iterator<Item = &(Option<Position>, LogFault)> {
        let of = move |(_, fault): &&(Option<Position>, LogFault)| fault.question() == question;
        self.findings.iter().filter(of)
    }

    /// What nobody asked for and this check alone cannot say.
    fn not_asked(&self) -> Vec<&'static str> {
        let mut not_asked = Vec::new();
        if !self.since {
            not_asked.push(
                "whether this is the history that was shown before: keep the checkpoint, and give \
                 an earlier one with --since",
            );
        }
        if self.cosigned.is_none() {
            not_asked.push(
                "whether others are shown the same history: compare checkpoints with them, or say \
                 with --policy whose cosignatures count",
            );
        }
        not_asked
    }

    /// The report in every form.
    pub(crate) fn show(&self) -> Report {
        let questions = [Question::Integrity, Question::Completeness];
        let rows = || {
            questions.into_iter().flat_map(|question| {
                let of = self.of(question);
                of.map(move |(position, fault)| (question, position, fault))
            })
        };
        let findings = rows().map(|(question, position, fault)| {
            json!({
                "question": question.name(),
                "kind": fault.kind(),
                "position": position.map(Position::get),
                "finding": fault.to_string(),
            })
        });
        let gaps = self.gaps.iter().map(sequence_gap);
        let totals = self.figures.as_ref().map(Figures::totals);
        let phases = self.figures.as_ref().map(Figures::phases);
        let root = self.root.map(Digest::to_base64);
        let ledger = self.ledger.map(|ledger| ledger.to_string());
        let json = json!({
            "verified": self.is_ok(),
            "origin": self.origin,
            "ledger_id": ledger,
            "size": self.size.get(),
            "chain_hash": self.head.to_string(),
            "root": root,
            "integrity": self.verdict(Question::Integrity),
            "completeness": self.verdict(Question::Completeness),
            "findings": findings.collect::<Vec<Value>>(),
            "more_findings": self.more,
            "not_checked": self.not_checked.iter().map(LogNotChecked::to_string).collect::<Vec<_>>(),
            "not_asked": self.not_asked(),
            "cosigned_by": self.cosigned,
            "streams": self.streams,
            "keys": self.keys.iter().map(KeyChange::json).collect::<Vec<Value>>(),
            "authority_declared": self.authority_declared,
            "totals": totals,
            "cases_by_phase": phases,
            "sequence_gaps": gaps.collect::<Vec<Value>>(),
        });
        let mut report = Report::new(json);
        if self.is_ok() {
            report = report
                .line(
                    "VERIFIED: every entry is what was signed, and the rules allow it where it stands.",
                )
                .line("");
        }
        report = report.sheet(self.card(root.unwrap_or_default(), ledger.unwrap_or_default()));
        let mut sheet = Sheet::rows(["question", "kind", "position", "finding"]);
        for (question, position, fault) in rows() {
            sheet.push([
                Cell::from(question.name()),
                Cell::from(fault.kind()),
                position.map_or(Cell::None, |position| Cell::Number(position.get())),
                Cell::from(fault.to_string()),
            ]);
        }
        if rows().next().is_some() {
            report = report.line("").sheet(sheet);
        }
        if self.more > 0 {
            report = report.line(format!("and {} more findings", thousands(self.more)));
        }
        if self.figures.is_none() {
            report = report.line(
                "no figures: only a log of which nothing is missing and nothing is wrong has any",
            );
        }
        for not_checked in &self.not_checked {
            report = report.line(format!("not checked: {not_checked}"));
        }
        if !self.authority_declared {
            report = report.line(UNDECLARED);
        }
        for not_asked in self.not_asked() {
            report = report.line(format!("not asked: {not_asked}"));
        }
        self.with_keys(report)
    }

    /// Says what the log says of its keys.
    fn with_keys(&self, report: Report) -> Report {
        let changes = self.keys.iter().map(KeyChange::line);
        changes.fold(report, Report::line)
    }

    fn card(&self, root: String, ledger: String) -> Sheet {
        let mut fields = vec![
            ("origin", Cell::from(self.origin.clone())),
            ("ledger_id", Cell::from(ledger)),
            ("size", Cell::Count(self.size.get())),
            ("chain_hash", Cell::from(self.head.to_string())),
            ("root", Cell::from(root)),
        ];
        if let Some(cosigned) = &self.cosigned {
            fields.push(("cosigned_by", Cell::from(cosigned.join(", "))));
        }
        let totals = self.figures.iter().flat_map(|figures| &figures.totals);
        fields.extend(totals.map(|(unit, total)| (unit.name(), Cell::Count(*total))));
        fields.extend([
            ("integrity", Cell::from(self.verdict(Question::Integrity))),
            (
                "completeness",
                Cell::from(self.verdict(Question::Completeness)),
            ),
        ]);
        Sheet::card(fields)
    }
}

/// A gap in the numbers of a submitter, for programs.
pub(crate) fn sequence_gap(gap: &SequenceGap) -> Value {
    json!({
        "submitter": gap.submitter.as_str(),
        "from": gap.from,
        "to": gap.to,
        "opened_by": gap.opened_by.get(),
    })
}

impl Figures {
    fn of(derived: &Totals) -> Self {
        let count = |unit| {
            let query = TotalsQuery::new(unit, &[], Filter::default()).ok()?;
            Some((unit, derived.query(&query, AsOf::Now).total))
        };
        let units = [Unit::Cases, Unit::Charges, Unit::People];
        let by_phase = TotalsQuery::new(Unit::Cases, &[Dimension::Phase], Filter::default());
        let groups = by_phase.map(|query| derived.query(&query, AsOf::Now).groups);
        let groups = groups.into_iter().flatten();
        Self {
            totals: units.into_iter().filter_map(count).collect(),
            phases: groups
                .map(|group| (group.key.join(" "), group.count))
                .collect(),
        }
    }

    fn totals(&self) -> Value {
        let named = |(unit, total): &(Unit, u64)| (unit.name().to_owned(), Value::from(*total));
        self.totals.iter().map(named).collect()
    }

    fn phases(&self) -> Value {
        let named = |(phase, count): &(String, u64)| (phase.clone(), Value::from(*count));
        self.phases.iter().map(named).collect()
    }
}
