//! The errors file of one import: what readers found wrong, then what the ledger refused.

use std::fs::File;
use std::io::BufWriter;
use std::path::{Path, PathBuf};

use crate::exit::{Failure, io_failure};
use crate::import::{ErrorFile, ImportSummary, RowError, SkipReason};

/// Codes that a case gets from the ledger, which is asked only for sound rows and for lists that it
/// has opened: rules, and what does not convert.
#[cfg(test)]
const LEDGER_CODES: [&str; 6] = [
    "CITY_ATTORNEY_FELONY",
    "COHORT_NOT_OPEN",
    "MALFORMED_FIELD",
    "NOT_YOUR_CASE",
    "OUT_OF_BOUNDS",
    "SEVERAL_RULES",
];

/// An errors file that is being written.
#[derive(Debug)]
pub(super) struct Errors {
    path: PathBuf,
    file: ErrorFile<BufWriter<File>>,
    refused_by_ledger: Vec<Refused>,
}

/// A case that the ledger refused.
#[derive(Debug)]
struct Refused {
    line: u32,
    reason: String,
    message: String,
}

impl Errors {
    /// Begins the file. One from an earlier run is replaced: it is about the same list.
    ///
    /// # Errors
    /// [`Failure`] if it cannot be written.
    pub(super) fn create(path: &Path) -> Result<Self, Failure> {
        let failed = |error: std::io::Error| {
            io_failure("write", path.display())(error).hint("name another file with --errors")
        };
        let file = File::create(path).map_err(failed)?;
        let file = ErrorFile::new(BufWriter::new(file)).map_err(|error| failed(error.into()))?;
        let path = path.to_owned();
        Ok(Self {
            path,
            file,
            refused_by_ledger: Vec::new(),
        })
    }

    /// Takes note of what a reader found.
    ///
    /// # Errors
    /// [`Failure`] if it cannot be written.
    pub(super) fn row(&mut self, error: &RowError) -> Result<(), Failure> {
        let written = self.file.write(error);
        written.map_err(|error| io_failure("write", self.path.display())(error.into()))
    }

    /// Takes note of a case that the ledger refused. It gets its row when the file is finished.
    pub(super) fn case(&mut self, line: u32, reason: &str, message: &str) {
        let (reason, message) = (reason.to_owned(), message.to_owned());
        self.refused_by_ledger.push(Refused {
            line,
            reason,
            message,
        });
    }

    /// Cases that the ledger refused.
    pub(super) fn refused_by_ledger(&self) -> u64 {
        self.refused_by_ledger.len() as u64
    }

    /// Writes what is left, and gives the path.
    ///
    /// # Errors
    /// [`Failure`] if it cannot be written.
    pub(super) fn finish(self) -> Result<PathBuf, Failure> {
        let Self {
            path,
            file,
            refused_by_ledger,
            ..
        } = self;
        let written = file.finish().and_then(|out| {
            let mut csv = csv::Writer::from_writer(out);
            for Refused {
                line,
                reason,
                message,
            } in refused_by_ledger
            {
                csv.write_record([line.to_string().as_str(), &reason, "case", &message])?;
            }
            csv.flush()
        });
        written.map_err(io_failure("write", path.display()))?;
        Ok(path)
    }
}

/// Rows that somebody has to do something about before they can be imported: those with an error,
/// those refused with them, and those of cases that lack what a case must have.
pub(super) fn refused_rows(checked: &ImportSummary) -> u64 {
    let fates = &checked.fates;
    let incomplete = fates.skipped.iter().filter(|(reason, _)| match reason {
        SkipReason::NoCounty
        | SkipReason::NoCaseNumber
        | SkipReason::TooManyCaseNumbers
        | SkipReason::TooManyCharges => true,
        // Expected in a sound list.
        SkipReason::NotCannabis
        | SkipReason::CommentOnly
        | SkipReason::SectionUnknown
        | SkipReason::OtherCounty => false,
    });
    fates.bad + fates.refused + incomplete.map(|(_, skipped)| skipped.rows).sum::<u64>()
}

#[cfg(test)]
mod tests {
    use caseledger_proto::reason::Reason;

    use super::*;
    use crate::import::{Problem, Skipped};

    #[test]
    fn every_code_stands_in_the_table_of_the_manual() {
        let manual = include_str!("../../../../../docs/IMPORT.md");
        let mut codes = Problem::ALL.map(Problem::code).to_vec();
        codes.extend(LEDGER_CODES);
        codes.sort_unstable();
        let table = manual
            .lines()
            .skip_while(|line| !line.starts_with("| Code"));
        let mut listed: Vec<&str> = table
            .skip(2)
            .map_while(|line| line.strip_prefix("| `"))
            .filter_map(|line| line.split('`').next())
            .collect();
        listed.sort_unstable();
        assert_eq!(listed, codes);
        for code in LEDGER_CODES {
            assert!(Reason::from_code(code).is_some(), "{code} is no reason");
        }
    }

    #[test]
    fn what_is_expected_in_a_sound_list_is_not_refused() {
        let mut checked = ImportSummary::default();
        checked.fates.not_convictions = 1_000;
        checked.fates.skipped.insert(
            SkipReason::NotCannabis,
            Skipped {
                cases: 10,
                rows: 100,
            },
        );
        assert_eq!(refused_rows(&checked), 0);
        checked
            .fates
            .skipped
            .insert(SkipReason::NoCaseNumber, Skipped { cases: 1, rows: 4 });
        (checked.fates.bad, checked.fates.refused) = (1, 2);
        assert_eq!(refused_rows(&checked), 7);
    }

    #[test]
    fn has_what_readers_found_and_what_the_ledger_refused() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("list.errors.csv");
        let mut errors = Errors::create(&path).unwrap();
        errors.case(9, "COHORT_NOT_OPEN", "cohort stands SEALED");
        let row = |problem| RowError {
            line: 2,
            column: "county",
            problem,
        };
        errors.row(&row(Problem::UnknownCounty)).unwrap();
        errors.row(&row(Problem::CannabisInComment)).unwrap();
        assert_eq!(errors.refused_by_ledger(), 1);
        errors.finish().unwrap();
        let text = std::fs::read_to_string(path).unwrap();
        let lines: Vec<&str> = text.lines().collect();
        assert_eq!(lines[0], "line,code,column,message");
        assert!(lines[1].starts_with("2,UNKNOWN_COUNTY,county,"), "{text}");
        assert!(
            lines[2].starts_with("2,CANNABIS_IN_COMMENT,county,"),
            "{text}"
        );
        assert_eq!(lines[3], "9,COHORT_NOT_OPEN,case,cohort stands SEALED");
        assert_eq!(lines.len(), 4);
    }
}
