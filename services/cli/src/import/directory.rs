//! Which court and which prosecutor stand behind the agency codes (ORI) of an extract.
//!
//! An extract names the agency of each step by a nine-character code. The courts' own lists name
//! courts by court codes, and nobody's list names the prosecutor of a misdemeanor: that follows
//! from the city whose police made the arrest. The directory says both, so that the same case of
//! two lists gets the same key.

use std::collections::BTreeMap;
use std::io::{Read, Write};

use caseledger_domain::{OrgId, Text};

/// Courts and city prosecutors by agency code.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Directory {
    courts: BTreeMap<Text<16>, Text<16>>,
    prosecutors: BTreeMap<Text<16>, OrgId>,
}

/// Why a directory file cannot be used.
#[derive(Debug, thiserror::Error)]
pub(crate) enum DirectoryError {
    /// Not CSV, or unreadable.
    #[error("cannot read the directory: {0}")]
    Csv(#[from] csv::Error),
    /// Another header.
    #[error("directory must begin with the header ori,court,prosecutor")]
    Header,
    /// A row that does not say one thing about one agency.
    #[error("line {line} of the directory: {why}")]
    Row {
        /// The line, from 1.
        line: u64,
        /// What is wrong with it.
        why: &'static str,
    },
}

impl Directory {
    /// Reads a CSV file with the header `ori,court,prosecutor` and, on each row, an agency code
    /// and either a court code or an organisation id.
    ///
    /// # Errors
    /// [`DirectoryError`] with the line.
    pub(crate) fn read(input: impl Read) -> Result<Self, DirectoryError> {
        let mut directory = Self::default();
        let mut csv = csv::ReaderBuilder::new()
            .trim(csv::Trim::All)
            .from_reader(input);
        if csv.headers()? != ["ori", "court", "prosecutor"].as_slice() {
            return Err(DirectoryError::Header);
        }
        for record in csv.records() {
            let record = record?;
            let line = record.position().map_or(0, csv::Position::line);
            let fail = |why| DirectoryError::Row { line, why };
            let cell = |at| record.get(at).unwrap_or_default();
            let ori = Text::parse(cell(0))
                .ok()
                .ok_or(fail("ori is not a code of at most 16 bytes"))?;
            let known = match (cell(1), cell(2)) {
                (court, "") => {
                    let court = Text::parse(&court.to_ascii_uppercase())
                        .ok()
                        .ok_or(fail("court is not a code of at most 16 bytes"))?;
                    directory.add_court(ori, court).is_some()
                }
                ("", prosecutor) => {
                    let prosecutor = prosecutor
                        .parse()
                        .ok()
                        .ok_or(fail("prosecutor is not an organisation id"))?;
                    directory.add_prosecutor(ori, prosecutor).is_some()
                }
                (_, _) => return Err(fail("give either a court or a prosecutor")),
            };
            if known {
                return Err(fail("the agency code stands there twice"));
            }
        }
        Ok(directory)
    }

    /// Writes what [`Self::read`] reads.
    ///
    /// # Errors
    /// The writer's.
    pub(crate) fn write(&self, out: impl Write) -> Result<(), csv::Error> {
        let mut csv = csv::Writer::from_writer(out);
        csv.write_record(["ori", "court", "prosecutor"])?;
        for (ori, court) in &self.courts {
            csv.write_record([ori.as_str(), court.as_str(), ""])?;
        }
        for (ori, prosecutor) in &self.prosecutors {
            csv.write_record([ori.as_str(), "", prosecutor.as_str()])?;
        }
        csv.flush()?;
        Ok(())
    }

    /// Says that an agency code means this court; gives the court it meant before.
    pub(crate) fn add_court(&mut self, ori: Text<16>, court: Text<16>) -> Option<Text<16>> {
        self.courts.insert(ori, court)
    }

    /// Says that misdemeanors arrested by this agency are this office's; gives the office that
    /// had them before.
    pub(crate) fn add_prosecutor(&mut self, ori: Text<16>, prosecutor: OrgId) -> Option<OrgId> {
        self.prosecutors.insert(ori, prosecutor)
    }

    /// The court code for an agency code; the agency code itself if there is none.
    pub(crate) fn court(&self, ori: Text<16>) -> Text<16> {
        self.courts.get(&ori).copied().unwrap_or(ori)
    }

    /// The city prosecutor for misdemeanors arrested by this agency, if there is one.
    pub(crate) fn prosecutor(&self, ori: Text<16>) -> Option<OrgId> {
        self.prosecutors.get(&ori).copied()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn reads_what_it_writes() {
        let mut directory = Directory::default();
        directory.add_court("CAZZ019J0".parse().unwrap(), "LASC-CJC".parse().unwrap());
        directory.add_prosecutor("CAZZ01901".parse().unwrap(), "pasadena-ca".parse().unwrap());
        let mut file = Vec::new();
        directory.write(&mut file).unwrap();
        assert_eq!(Directory::read(&*file).unwrap(), directory);
        assert_eq!(directory.court("OTHER".parse().unwrap()).as_str(), "OTHER");
    }

    #[test]
    fn refuses_rows_that_do_not_say_one_thing() {
        let check = |rows: &str, expected: &str| {
            let file = format!("ori,court,prosecutor\n{rows}");
            let error = Directory::read(file.as_bytes()).unwrap_err();
            assert!(error.to_string().contains(expected), "{rows}: {error}");
        };
        check("A,B,c\n", "line 2 of the directory: give either");
        check("A,,\n", "court is not a code");
        check("A,,NOT AN ORG\n", "not an organisation id");
        check("A,B,\nA,C,\n", "line 3 of the directory: the agency code");
        check(",B,\n", "ori is not a code");
        assert!(matches!(
            Directory::read(&b"ori,court\nA,B\n"[..]),
            Err(DirectoryError::Header)
        ));
    }
}
