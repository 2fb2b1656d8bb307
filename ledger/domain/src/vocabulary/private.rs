//! Why somebody reads what is private, and why and how it is destroyed.

use core::fmt;

use serde::{Deserialize, Serialize};

use super::Vocabulary;

vocabulary! {
    /// For what somebody reads the private parts of a sealed case.
    ReadPurpose {
        /// The person asks about itself.
        PersonRequest = 1 "PERSON_REQUEST",
        /// Counsel of the person.
        CounselOfPerson = 2 "COUNSEL_OF_PERSON",
        /// A proceeding before a court.
        CourtProceeding = 3 "COURT_PROCEEDING",
        /// The record is put right.
        RecordCorrection = 4 "RECORD_CORRECTION",
        /// A criminal-justice use that the law still allows.
        CriminalJustice = 5 "CRIMINAL_JUSTICE",
        /// A sample of an oversight body.
        Oversight = 6 "OVERSIGHT_SAMPLE",
    }
}

vocabulary! {
    /// Under what authority the private parts of a case are destroyed.
    ShredBasis {
        /// The custodian of the record says so.
        Custodian = 1 "CUSTODIAN",
        /// The days that the ledger keeps them after sealing are over.
        Retention = 2 "RETENTION",
        /// H&S 11361.5: the record is to be destroyed, sealed or not.
        Statute = 3 "HSC_11361_5",
    }
}

vocabulary! {
    /// What stays of the key of a case whose private parts are destroyed.
    Tombstone {
        /// Its keyed hash, so that a list which names it again is recognised.
        Kept = 1 "KEPT",
        /// Nothing, once the index key is replaced: a list that names it again makes a new case.
        Forgotten = 2 "FORGOTTEN",
    }
}
