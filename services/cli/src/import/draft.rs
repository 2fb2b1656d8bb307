//! The rules that both formats share: which cases are handed on, and why the others are not.

use caseledger_domain::{Charge, ChargeId, OrgId, Text};
use caseledger_proto::CHARGES_MAX;

use crate::import::issue::{Problem, RowError};
use crate::import::plan::{
    Details, ImportSummary, ImportedCase, PersonKey, Private, SkipReason, count_severity,
};

/// A case as the rows of one subject give it, before it is judged.
pub(super) struct Draft {
    pub(super) case_number: Result<Private, Problem>,
    pub(super) defendant: Private,
    pub(super) person: Option<PersonKey>,
    pub(super) details: Details,
    pub(super) court: Text<16>,
    pub(super) county: Option<u16>,
    pub(super) agency: OrgId,
    /// The number is made of several.
    pub(super) several_numbers: bool,
    /// Convictions in order; the ids are given when the case is handed on.
    pub(super) charges: Vec<DraftCharge>,
}

/// A conviction with the line it comes from.
pub(super) struct DraftCharge {
    pub(super) line: u32,
    pub(super) charge: Charge,
    /// No section could be read.
    pub(super) section_unknown: bool,
}

/// The columns that case-level problems are reported under.
pub(super) struct Columns {
    pub(super) case_number: &'static str,
    pub(super) county: &'static str,
    pub(super) section: &'static str,
    pub(super) comment: &'static str,
}

/// What the rows of the subjects read so far came to. The driver empties the two lists after
/// each subject.
#[derive(Default)]
pub(super) struct Outcome {
    pub(super) summary: ImportSummary,
    pub(super) cases: Vec<ImportedCase>,
    pub(super) errors: Vec<RowError>,
}

impl Outcome {
    pub(super) fn error(&mut self, line: u32, column: &'static str, problem: Problem) {
        self.errors.push(RowError {
            line,
            column,
            problem,
        });
    }

    /// Refuses all rows of a subject because of one.
    pub(super) fn refuse_subject(
        &mut self,
        lines: impl Iterator<Item = u32>,
        bad: u32,
        column: &'static str,
        problem: Problem,
    ) {
        self.summary.subjects_refused += 1;
        for line in lines {
            if line == bad {
                self.summary.fates.bad += 1;
                self.error(line, column, problem);
            } else {
                self.refuse_row(line);
            }
        }
    }

    /// Refuses a sound row of a subject that has a bad one.
    pub(super) fn refuse_row(&mut self, line: u32) {
        self.summary.fates.refused += 1;
        self.error(
            line,
            crate::import::issue::WHOLE_ROW,
            Problem::SubjectHasBadRow,
        );
    }

    /// Hands a case on, or counts why not.
    pub(super) fn settle(&mut self, draft: Draft, county: Option<u16>, columns: &Columns) {
        self.report_charges(&draft, columns);
        let rows = draft.charges.len() as u64;
        let verdict = judge(&draft, county);
        let first = draft.charges.first().map(|charge| charge.line);
        if let (Ok(_), true, Some(line)) = (&verdict, draft.several_numbers, first) {
            self.error(line, columns.case_number, Problem::SeveralCaseNumbers);
        }
        let (reason, column) = match verdict {
            Ok((case_number, county)) => {
                self.hand_on(draft, case_number, county);
                return;
            }
            Err(Refused::Quietly(reason)) => (reason, None),
            Err(Refused::Reported(reason, problem)) => {
                let column = match problem {
                    Problem::NoCounty => columns.county,
                    Problem::TooManyCharges => crate::import::issue::WHOLE_ROW,
                    _ => columns.case_number,
                };
                (reason, Some((column, problem)))
            }
        };
        if let Some((column, problem)) = column {
            for charge in &draft.charges {
                self.error(charge.line, column, problem);
            }
        }
        let skipped = self.summary.fates.skipped.entry(reason).or_default();
        skipped.cases += 1;
        skipped.rows += rows;
    }

    /// Notices about single convictions; they refuse nothing.
    fn report_charges(&mut self, draft: &Draft, columns: &Columns) {
        for DraftCharge {
            line,
            charge,
            section_unknown,
        } in &draft.charges
        {
            if *section_unknown {
                self.error(*line, columns.section, Problem::SectionUnknown);
            } else if charge.in_comment_only && !charge.family.is_cannabis() {
                self.error(*line, columns.comment, Problem::CannabisInComment);
            }
        }
    }

    fn hand_on(&mut self, draft: Draft, case_number: Private, county: u16) {
        let mut lines: Vec<u32> = draft.charges.iter().map(|charge| charge.line).collect();
        lines.sort_unstable();
        let charges = draft.charges.into_iter().map(|draft| draft.charge);
        let charges: Vec<Charge> = (1..)
            .zip(charges)
            .map(|(id, charge)| Charge {
                id: ChargeId(id),
                ..charge
            })
            .collect();
        let case = ImportedCase {
            ordinal: self.summary.cases,
            lines,
            case_number,
            defendant: draft.defendant,
            person: draft.person,
            details: draft.details,
            court: draft.court,
            county,
            agency: draft.agency,
            charges,
        };
        let summary = &mut self.summary;
        summary.cases += 1;
        summary.charges += case.charges.len() as u64;
        summary.fates.charges += case.charges.len() as u64;
        summary.charges_in_comment += case
            .charges
            .iter()
            .filter(|charge| charge.in_comment_only)
            .count() as u64;
        count_severity(&mut summary.controls, case.severity());
        self.cases.push(case);
    }
}

enum Refused {
    /// Expected in a sound list: counted, not reported.
    Quietly(SkipReason),
    /// Somebody has to do something: counted, and reported for each conviction.
    Reported(SkipReason, Problem),
}

fn judge(draft: &Draft, wanted: Option<u16>) -> Result<(Private, u16), Refused> {
    let any = |test: fn(&DraftCharge) -> bool| draft.charges.iter().any(test);
    if !any(|charge| charge.charge.family.is_cannabis()) {
        return Err(Refused::Quietly(
            if any(|charge| charge.charge.in_comment_only) {
                SkipReason::CommentOnly
            } else if any(|charge| charge.section_unknown) {
                SkipReason::SectionUnknown
            } else {
                SkipReason::NotCannabis
            },
        ));
    }
    let county = draft
        .county
        .ok_or(Refused::Reported(SkipReason::NoCounty, Problem::NoCounty))?;
    if wanted.is_some_and(|wanted| wanted != county) {
        return Err(Refused::Quietly(SkipReason::OtherCounty));
    }
    if draft.charges.len() > CHARGES_MAX {
        return Err(Refused::Reported(
            SkipReason::TooManyCharges,
            Problem::TooManyCharges,
        ));
    }
    match &draft.case_number {
        Ok(number) => Ok((number.clone(), county)),
        Err(Problem::NoCaseNumber) => Err(Refused::Reported(
            SkipReason::NoCaseNumber,
            Problem::NoCaseNumber,
        )),
        Err(_) => Err(Refused::Reported(
            SkipReason::TooManyCaseNumbers,
            Problem::TooManyCaseNumbers,
        )),
    }
}
