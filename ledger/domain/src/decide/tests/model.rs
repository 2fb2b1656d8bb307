//! The tracks once more, written from the text of the law: words in a map.

use std::collections::BTreeMap;

use crate::state::Decision;
use crate::vocabulary::Vocabulary;

use super::moves::{TABLE, row};
use super::support::{ON, day};

/// Tracks A, B and C of two charges as words in a map, by the rules as docs/LIFECYCLE.md words them.
pub(super) struct Model(BTreeMap<String, String>);

const FILED: &[&str] = &["FILED", "FILING_REJECTED"];
const RULED: &[&str] = &["GRANTED", "DENIED"];
const LEFT: &[&str] = &[
    "INELIGIBLE",
    "CHALLENGED",
    "DECLINED",
    "WITHDRAWN",
    "PRIOR_RELIEF",
    "NOT_FOUND",
    "DESTROYED",
];

impl Model {
    pub(super) fn new() -> Self {
        let mut model = Self(BTreeMap::new());
        for id in [1, 2] {
            model.set(id, "A", "IDENTIFIED");
            model.set(id, "A on", &day(ON).yyyymmdd().to_string());
            model.set(id, "B", "CONVICTION");
            model.set(id, "C", "NOT_REPORTED");
        }
        model
    }

    pub(super) fn get(&self, id: u16, what: &str) -> &str {
        self.0
            .get(&format!("{id} {what}"))
            .map_or("", String::as_str)
    }

    pub(super) fn set(&mut self, id: u16, what: &str, to: &str) {
        self.0.insert(format!("{id} {what}"), to.to_owned());
    }

    pub(super) fn since(&self, id: u16, track: &str) -> u32 {
        self.get(id, &format!("{track} on")).parse().unwrap_or(0)
    }

    pub(super) fn tracks(&self, id: u16) -> [String; 3] {
        ["A", "B", "C"].map(|track| self.get(id, track).to_owned())
    }

    pub(super) fn allowed(&self, id: u16, kind: &str) -> bool {
        row(self.get(id, "A")).iter().any(|(name, _)| name == kind)
    }

    pub(super) fn claim_allowed(&self, id: u16, kind: &str) -> bool {
        let determined = !self.get(id, "determined").is_empty();
        self.allowed(id, kind)
            && match kind {
                "EligibilityRedetermined" => determined,
                "ReviewApproved" => self.get(id, "A") != "IDENTIFIED" || !determined,
                "FilingWithdrawn" => !self.get(id, "filing").is_empty(),
                _ => true,
            }
    }

    pub(super) fn follows(&self, id: u16, kind: &str) -> Option<String> {
        let here = self.get(id, "A");
        if kind == "CaseReopened" {
            let eligible = self.get(id, "outcome") == "ELIGIBLE" && here != "INELIGIBLE";
            let review = here == "DENIED" || eligible;
            return Some(if review { "UNDER_REVIEW" } else { "IDENTIFIED" }.to_owned());
        }
        // Wherever the table has the fact, it leads to the same state.
        TABLE
            .split_whitespace()
            .find_map(|entry| entry.strip_prefix(kind)?.strip_prefix('>'))
            .or((kind == "PriorReliefFound").then_some("PRIOR_RELIEF"))
            .map(str::to_owned)
    }

    /// Rulings win over everything else the court says, and otherwise the later date does.
    pub(super) fn official_moves(&self, id: u16, kind: &str, to: &str, date: u32) -> bool {
        let here = self.get(id, "A");
        let since = self.since(id, "A");
        let in_order = self.allowed(id, kind);
        if ["ReliefReversed", "CaseReopened", "ChallengeOverruled"].contains(&kind) {
            return in_order && date >= since;
        }
        let stage = |state: &str| match state {
            state if FILED.contains(&state) => 1,
            "HEARING_SET" => 2,
            state if LEFT.contains(&state) => 3,
            state if RULED.contains(&state) => 4,
            _ => 0,
        };
        // Of one day, the one further down the list.
        let rank = |state: &str| Decision::ALL.iter().position(|known| known.code() == state);
        let further = rank(to) >= rank(here);
        match (stage(here), stage(to)) {
            // In the prosecutor's hands; but what was taken back has to be said anew.
            (0, _) if self.get(id, "A before") == to => date > since || (date == since && in_order),
            (0, _) | (1..=3, 4) => true,
            (4, 4) => date > since || (date == since && further),
            (4, _) => false,
            (from, into) => {
                let tie = in_order || into > from || (into == from && further);
                date > since || (date == since && tie)
            }
        }
    }

    pub(super) fn apply(
        &mut self,
        id: u16,
        kind: &str,
        date: u32,
        official: bool,
        revision: usize,
    ) {
        if let Some(to) = self.follows(id, kind)
            && (!official || self.official_moves(id, kind, &to, date))
        {
            let from = self.get(id, "A").to_owned();
            let exit = |state: &str| LEFT.contains(&state) || state == "DENIED";
            if (from != to || self.since(id, "A") != date) && !(exit(&from) && exit(&to)) {
                self.set(id, "A before", &from);
            }
            self.set(id, "A", &to);
            self.set(id, "A on", &date.to_string());
        }
        match kind {
            "EligibilityDetermined" | "EligibilityRedetermined" => {
                self.set(id, "determined", &revision.to_string());
                let outcome = self.get(id, "A").to_owned();
                self.set(id, "outcome", &outcome);
            }
            "FilingSubmitted" | "FilingAccepted" | "FilingRejected" => {
                self.set(id, "filing", "known");
            }
            "FilingWithdrawn" => self.set(id, "filing", ""),
            _ => {}
        }
        self.apply_to_docket(id, kind, date);
        self.apply_to_repository(id, kind, date);
    }

    pub(super) fn apply_to_docket(&mut self, id: u16, kind: &str, date: u32) {
        let relieved = ["DISMISSED", "REDESIGNATED"].contains(&self.get(id, "B"));
        let to = match kind {
            "DispositionEntered" => self.get(id, "stated").to_owned(),
            "RecordNotFound" => "NOT_FOUND".to_owned(),
            "RecordDestroyed" => "DESTROYED".to_owned(),
            "ReliefReversed" if relieved => "CONVICTION".to_owned(),
            _ => return,
        };
        if date >= self.since(id, "B") {
            self.set(id, "B", &to);
            self.set(id, "B on", &date.to_string());
        }
    }

    pub(super) fn apply_to_repository(&mut self, id: u16, kind: &str, date: u32) {
        let to = match kind {
            "DispositionReportedToDoj" => "REPORTED",
            "DojReportRejected" => "REJECTED",
            "DojRecordUpdated" => "UPDATED",
            "DojRecordRegressed" => "REGRESSED",
            _ => return,
        };
        let order = [
            "NOT_REPORTED",
            "REPORTED",
            "REJECTED",
            "UPDATED",
            "REGRESSED",
        ];
        let place = |state: &str| order.iter().position(|known| *known == state);
        let here = self.get(id, "C").to_owned();
        let again = to == "REPORTED" && ["REJECTED", "REGRESSED"].contains(&here.as_str());
        let tie = date == self.since(id, "C") && (place(to) >= place(&here) || again);
        if date > self.since(id, "C") || tie {
            self.set(id, "C", to);
            self.set(id, "C on", &date.to_string());
        }
    }
}
