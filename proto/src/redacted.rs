//! `Debug` of the messages that carry personal data: the type, and nothing of what is in it.

use core::fmt;

use crate::pb::v1::{
    CaseKey, CodeReading, DocketEntry, FilingConfirmation, FilingKey, ManifestHeader, OrderKey,
    PersonIdentifier, PrivateDetails, PrivatePart, ReviewedDocument, Ruling, SealingReport,
    SignedPost, filing_confirmation::Statement,
};

macro_rules! redacted {
    ($($message:ident),+) => {$(
        impl fmt::Debug for $message {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.debug_struct(stringify!($message)).finish_non_exhaustive()
            }
        }
    )+};
}

redacted!(
    CaseKey,
    CodeReading,
    DocketEntry,
    FilingConfirmation,
    FilingKey,
    ManifestHeader,
    OrderKey,
    PersonIdentifier,
    PrivateDetails,
    PrivatePart,
    ReviewedDocument,
    Ruling,
    SealingReport,
    SignedPost,
    Statement
);
