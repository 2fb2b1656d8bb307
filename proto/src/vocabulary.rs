//! Codes: numbers on the wire are the numbers of the vocabulary.

use caseledger_domain::view::Unit;
use caseledger_domain::vocabulary::{
    ChallengeGround, Coded, CorrectionReason, Custodian, DenialGround, Denominator,
    DestructionAuthority, Determination, DeterminationReason, DismissalReason, DojRejection,
    DuplicateBasis, Family, FilingRejection, FilingVehicle, LegalBasis, MismatchKind,
    NewDisposition, NotDoneReason, NoticeChannel, OrderEffect, OrderKind, PriorReliefKind,
    ReadPurpose, Remedy, ReopenReason, ReportMethod, ReviewStatus, Role, RowOutcome, SealExtent,
    SealSurface, SearchResult, Severity, ShredBasis, Source, Supervision, Tombstone, UnlinkBasis,
    Vocabulary, VoidReason, WithdrawReason,
};
use caseledger_domain::{Decision, Disposition, Notice, Phase, Repository, Seal};

use crate::field::{Nested, Wire, parse};
use crate::pb::event::v1 as pb;
use crate::wire_error::{Reader, Why};

/// A vocabulary that is an enum on the wire.
pub(crate) trait Code: Vocabulary {}

macro_rules! codes {
    ($($code:ident),+ $(,)?) => {
        $(impl Code for $code {})+

        /// Every vocabulary of this package with the names its enum has in the `.proto` files.
        #[cfg(test)]
        pub(crate) fn each_code(mut check: impl FnMut(&str, &[(u8, &str)], &dyn Fn(i32) -> Option<&'static str>)) {
            $({
                let members: Vec<(u8, &str)> =
                    $code::ALL.iter().map(|code| (code.number(), code.code())).collect();
                check(stringify!($code), &members, &|number| {
                    pb::$code::try_from(number).ok().map(|code| code.as_str_name())
                });
            })+
        }
    };
}

codes!(
    ChallengeGround,
    CorrectionReason,
    Custodian,
    Decision,
    DenialGround,
    Denominator,
    DestructionAuthority,
    Determination,
    DeterminationReason,
    DismissalReason,
    Disposition,
    DojRejection,
    DuplicateBasis,
    Family,
    FilingRejection,
    FilingVehicle,
    LegalBasis,
    MismatchKind,
    NewDisposition,
    NotDoneReason,
    Notice,
    NoticeChannel,
    OrderEffect,
    OrderKind,
    Phase,
    PriorReliefKind,
    ReadPurpose,
    Remedy,
    ReopenReason,
    ReportMethod,
    Repository,
    ReviewStatus,
    Role,
    RowOutcome,
    Seal,
    SealExtent,
    SealSurface,
    SearchResult,
    Severity,
    ShredBasis,
    Source,
    Supervision,
    Tombstone,
    Unit,
    UnlinkBasis,
    VoidReason,
    WithdrawReason,
);

macro_rules! coded {
    ($($code:ident $message:ident $module:ident;)+) => {$(
        impl Nested for Coded<$code> {
            type Pb = pb::$message;

            fn put_message(&self) -> pb::$message {
                let code = match self {
                    Self::Known(code) => pb::$module::Code::Known(code.put()),
                    Self::Unmapped(raw) => pb::$module::Code::Unmapped(raw.put()),
                };
                pb::$message { code: Some(code) }
            }

            fn take_message(wire: &pb::$message, r: &mut Reader) -> Option<Self> {
                match &wire.code {
                    Some(pb::$module::Code::Known(number)) => {
                        $code::take(number, "known", r).map(Self::Known)
                    }
                    Some(pb::$module::Code::Unmapped(raw)) => {
                        parse(raw, "unmapped", r).map(Self::Unmapped)
                    }
                    None => {
                        r.reject_here(Why::Missing);
                        None
                    }
                }
            }
        }
    )+};
}

coded! {
    ChallengeGround CodedChallengeGround coded_challenge_ground;
    CorrectionReason CodedCorrectionReason coded_correction_reason;
    DenialGround CodedDenialGround coded_denial_ground;
    DestructionAuthority CodedDestructionAuthority coded_destruction_authority;
    DeterminationReason CodedDeterminationReason coded_determination_reason;
    DismissalReason CodedDismissalReason coded_dismissal_reason;
    DojRejection CodedDojRejection coded_doj_rejection;
    DuplicateBasis CodedDuplicateBasis coded_duplicate_basis;
    FilingRejection CodedFilingRejection coded_filing_rejection;
    MismatchKind CodedMismatchKind coded_mismatch_kind;
    NotDoneReason CodedNotDoneReason coded_not_done_reason;
    PriorReliefKind CodedPriorReliefKind coded_prior_relief_kind;
    ReopenReason CodedReopenReason coded_reopen_reason;
    ReviewStatus CodedReviewStatus coded_review_status;
    SearchResult CodedSearchResult coded_search_result;
    UnlinkBasis CodedUnlinkBasis coded_unlink_basis;
    VoidReason CodedVoidReason coded_void_reason;
    WithdrawReason CodedWithdrawReason coded_withdraw_reason;
}

#[cfg(test)]
mod tests {
    use caseledger_domain::{FactKind, Flag};

    use super::*;

    fn upper_snake(name: &str) -> String {
        let mut snake = String::new();
        for letter in name.chars() {
            if letter.is_ascii_uppercase() && !snake.is_empty() {
                snake.push('_');
            }
            snake.push(letter.to_ascii_uppercase());
        }
        snake
    }

    /// Both sides have the same numbers, and the names are the codes.
    fn check(
        name: &str,
        members: &[(u8, &str)],
        on_the_wire: &dyn Fn(i32) -> Option<&'static str>,
    ) {
        let prefix = upper_snake(name);
        for number in 1..=255 {
            let member = members.iter().find(|member| i32::from(member.0) == number);
            let expected = member.map(|(_, code)| format!("{prefix}_{code}"));
            assert_eq!(on_the_wire(number), expected.as_deref(), "{name} {number}");
        }
        assert_eq!(
            on_the_wire(0),
            Some(format!("{prefix}_UNSPECIFIED").as_str())
        );
    }

    #[test]
    fn every_enum_has_the_numbers_and_codes_of_its_vocabulary() {
        each_code(check);
    }

    #[test]
    fn kinds_and_flags_have_the_numbers_of_the_domain() {
        for number in 1..=255_u8 {
            let kind = FactKind::from_number(u16::from(number));
            let expected = kind.map(|kind| format!("FACT_KIND_{}", upper_snake(kind.as_str())));
            let found = pb::FactKind::try_from(i32::from(number)).ok();
            assert_eq!(found.map(|kind| kind.as_str_name()), expected.as_deref());
            let flag = Flag::ALL.iter().find(|flag| **flag as u8 == number);
            let expected = flag.map(|flag| format!("FLAG_{}", flag.code()));
            let found = pb::Flag::try_from(i32::from(number)).ok();
            assert_eq!(found.map(|flag| flag.as_str_name()), expected.as_deref());
        }
    }

    #[cfg(feature = "rpc")]
    #[test]
    fn statuses_of_the_services_have_the_numbers_of_the_domain() {
        use caseledger_domain::{Exit, StreamKind};

        use crate::pb::v1;

        macro_rules! statuses {
            ($($status:ident),+) => {$({
                let members: Vec<(u8, &str)> =
                    $status::ALL.iter().map(|code| (code.number(), code.code())).collect();
                check(stringify!($status), &members, &|number| {
                    v1::$status::try_from(number).ok().map(|code| code.as_str_name())
                });
            })+};
        }
        use caseledger_domain::{CohortStatus, FilingStatus, InitiativeStatus, OrderStatus};
        statuses!(
            CohortStatus,
            Exit,
            FilingStatus,
            InitiativeStatus,
            OrderStatus,
            Phase
        );
        for kind in StreamKind::ALL {
            let found = v1::StreamKind::try_from(i32::from(kind.number())).unwrap();
            let expected = format!("STREAM_KIND_{}", kind.as_str().to_ascii_uppercase());
            assert_eq!(found.as_str_name(), expected);
        }
    }
}
