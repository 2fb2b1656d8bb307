//! Facts: one line per kind gives both directions. The lines stand in the order of
//! [`FactKind`](caseledger_domain::FactKind), and the names are those of the `.proto` files.

#[cfg(feature = "rpc")]
use caseledger_domain::StreamKind;
use caseledger_domain::decide::limits;
use caseledger_domain::{
    AnnouncementFact, CaseFact, CohortFact, Fact, FactKind, FilingFact, InitiativeFact, OrderFact,
    OrgFact,
};

use crate::field::{Nested, Wire, any_counties, from_one, list, some_of};
use crate::message::take;
use crate::pb::event::v1::{self as pb, fact::Kind};
use crate::wire_error::{Reader, Why, WireErrors, read};

/// Most charges that a list gives one case, or that a scope names.
pub const CHARGES_MAX: usize = limits::CHARGES_MAX as usize;

/// Most reasons of one determination.
pub const REASONS_MAX: usize = limits::REASONS_MAX;

/// Most figures of an announcement.
pub(crate) const FIGURES_MAX: usize = limits::FIGURES_MAX;

/// Most filters of a figure.
pub(crate) const FIGURE_FILTERS_MAX: usize = 8;

/// Most values of a filter of a figure.
pub(crate) const FIGURE_VALUES_MAX: usize = 32;

/// See `messages!` for the form of a line.
macro_rules! facts {
    ($($stream:ident $facts:ident $put:ident {
        $($name:ident $path:ident {
            $($field:ident $(from $domain:ident)? $(via $check:path)?),* $(,)?
        })+
    })+) => {
        $(fn $put(fact: &$facts) -> Kind {
            match fact {
                $($facts::$name { $($($domain:)? $field),* } => Kind::$name(
                    pb::$name { $($field: Wire::put($field)),* }.into(),
                ),)+
            }
        })+

        fn put_kind(fact: &Fact) -> Kind {
            match fact {
                $(Fact::$stream(fact) => $put(fact),)+
            }
        }

        fn take_kind(kind: &Kind, r: &mut Reader) -> Option<Fact> {
            match kind {
                $($(Kind::$name(_wire) => r.field(stringify!($path), |_r| {
                    $(let $field = take!(_r, _wire, $field $(, $check)?);)*
                    $(let $field = $field?;)*
                    Some(Fact::$stream($facts::$name { $($($domain:)? $field),* }))
                }),)+)+
            }
        }

        /// The kind of a fact on the wire.
        pub(crate) fn kind_of(kind: &Kind) -> FactKind {
            match kind {
                $($(Kind::$name(_) => FactKind::$name,)+)+
            }
        }

        /// The kind of stream that a fact on the wire is about.
        #[cfg(feature = "rpc")]
        pub(crate) fn stream_of(kind: &Kind) -> StreamKind {
            match kind {
                $($(Kind::$name(_) => StreamKind::$stream,)+)+
            }
        }
    };
}

facts! {
    Case CaseFact put_case {
        CaseIdentified case_identified {
            cohort, row via from_one, source, county via from_one, court, agency, person,
            charges via list::<1, CHARGES_MAX, _>,
        }
        SightingAdded sighting_added { cohort, row via from_one, source }
        SightingRemoved sighting_removed { cohort }
        ChargeAdded charge_added { charge }
        ChargeAmended charge_amended { charge }
        SupervisionStatusReported supervision_status_reported { status }
        EligibilityProposed eligibility_proposed {
            determination, remedy, rules, reasons via list::<1, REASONS_MAX, _>,
            evaluated_on from evaluated_as_of,
        }
        EligibilityDetermined eligibility_determined {
            determination, remedy, rules, reasons via list::<1, REASONS_MAX, _>,
            evaluated_on from evaluated_as_of,
        }
        EligibilityRedetermined eligibility_redetermined {
            determination, remedy, rules, reasons via list::<1, REASONS_MAX, _>,
            evaluated_on from evaluated_as_of, supersedes,
        }
        ReferredToProsecutor referred_to_prosecutor { to, reason }
        ReferralAccepted referral_accepted {}
        ReferralReturned referral_returned { reason }
        PriorReliefFound prior_relief_found { kind }
        ReviewStarted review_started {}
        ReviewApproved review_approved { basis }
        Challenged challenged { ground }
        DefenderNoticed defender_noticed { defender }
        ChallengeWithdrawn challenge_withdrawn {}
        ChallengeSustained challenge_sustained { order }
        ChallengeOverruled challenge_overruled { order }
        ProsecutorDeclined prosecutor_declined { ground }
        FilingSubmitted filing_submitted { filing, vehicle, row }
        ListDelivered list_delivered { filing, row via from_one }
        FilingReceived filing_received { filing }
        FilingAccepted filing_accepted { filing, received_on }
        FilingPartiallyAccepted filing_partially_accepted { filing, rejected, reason }
        FilingRejected filing_rejected { filing, reason }
        FilingWithdrawn filing_withdrawn { filing, reason }
        HearingSet hearing_set { hearing_on }
        HearingContinued hearing_continued { hearing_on }
        ReliefGranted relief_granted { order, remedy }
        ReliefDenied relief_denied { order, ground }
        OrderApplied order_applied { order, row via from_one, effects via some_of, remedy }
        DispositionEntered disposition_entered { disposition, severity_after, reason, order }
        SealingOrdered sealing_ordered { order }
        SealingExecuted sealing_executed { surfaces, extent, order }
        RecordNotFound record_not_found { search }
        RecordDestroyed record_destroyed { authority }
        ReliefReversed relief_reversed { order }
        OrderVacated order_vacated { vacated, order }
        Unsealed unsealed { order }
        DispositionReportedToDoj disposition_reported_to_doj { method }
        DojReportRejected doj_report_rejected { reason }
        DojRecordUpdated doj_record_updated {}
        DojRecordRegressed doj_record_regressed {}
        PersonNoticeAttempted person_notice_attempted { channel }
        PersonNoticeDelivered person_notice_delivered {}
        PersonNoticeUndeliverable person_notice_undeliverable {}
        PersonNoticeWaived person_notice_waived {}
        CustodianAcknowledged custodian_acknowledged { custodian }
        CaseWithdrawn case_withdrawn { reason }
        DuplicateLinked duplicate_linked { canonical, basis }
        DuplicateUnlinked duplicate_unlinked { basis }
        CaseReopened case_reopened { reason }
        CaseVoided case_voided { reason, approver }
        FactCorrected fact_corrected { target, replacement, replacement_on, reason, restored }
        EventRetracted event_retracted { target, reason, restored }
        IdentityMismatchReported identity_mismatch_reported { kind }
        PersonLinked person_linked { person }
        PersonUnlinked person_unlinked { person }
        ConfirmationHeld confirmation_held { fact, charges }
        ConfirmationMatched confirmation_matched { held, fact }
        ConfirmationSighted confirmation_sighted { kind }
        ConfirmationResolved confirmation_resolved { held, reason, moved_to }
        RestrictedRead restricted_read { reader, reader_role, purpose }
        ShredOrdered shred_ordered { basis, tombstone }
        ShredConfirmed shred_confirmed { generation via from_one, records }
    }
    Initiative InitiativeFact put_initiative {
        InitiativeOpened initiative_opened { basis, lead, counties, policy }
        PolicyAdopted policy_adopted { policy }
        InitiativeAnnounced initiative_announced {}
        InitiativeStarted initiative_started {}
        InitiativeCompleted initiative_completed {}
        InitiativeClosedWithRemainder initiative_closed_with_remainder { remainder }
    }
    Cohort CohortFact put_cohort {
        CohortOpened cohort_opened {
            version via from_one, source, file_digest, declared, supersedes,
        }
        CohortSealed cohort_sealed { received, refused }
        CohortSuperseded cohort_superseded { by, added, removed, changed }
    }
    Filing FilingFact put_filing {
        FilingPrepared filing_prepared { vehicle, court, initiative, manifest }
        FilingSent filing_sent {}
        FilingReceiptConfirmed filing_receipt_confirmed { rows }
        FilingReviewed filing_reviewed { status, accepted, rejected, reason }
        FilingRetracted filing_retracted { reason }
        ListReconciled list_reconciled { only_sender, only_court, matched }
    }
    Order OrderFact put_order {
        OrderProposed order_proposed { kind, court, effects via some_of, manifest }
        OrderSubmitted order_submitted {}
        OrderIssued order_issued { kind, court, effects via some_of, basis, manifest }
        OrderFiled order_filed {}
        OrderRowsExplained order_rows_explained { outcome, rows }
        OrderCompleted order_completed { applied, already, not_found, rejected }
        OrderAmended order_amended { added, removed }
        OrderSetAside order_set_aside { by }
    }
    Announcement AnnouncementFact put_announcement {
        AnnouncementPublished announcement_published { sheet }
        AnnouncementCorrected announcement_corrected { target, reason, sheet }
    }
    Org OrgFact put_org {
        OrganisationRegistered organisation_registered { name }
        RoleGranted role_granted {
            role, counties via any_counties, courts, valid_from, valid_until,
        }
        RoleRevoked role_revoked { role }
        PrincipalBound principal_bound { uri, valid_until }
        PrincipalUnbound principal_unbound { uri }
        TokenIssued token_issued { sha256, valid_until }
        TokenRevoked token_revoked { sha256 }
        SigningKeyAdded signing_key_added { key, valid_until }
        SigningKeyRotated signing_key_rotated { old, new }
        SigningKeyRevoked signing_key_revoked { key }
        SignaturesRequired signatures_required { required }
        ApprovalRequired approval_required { required }
        ActApproved act_approved { revision }
        ActRejected act_rejected { revision }
        RetentionSet retention_set { days_after_sealing, forget_after_days }
        CheckpointKeySucceeded checkpoint_key_succeeded { successor }
        CheckpointKeyRetired checkpoint_key_retired { retired }
    }
}

impl Nested for Fact {
    type Pb = pb::Fact;

    fn put_message(&self) -> pb::Fact {
        pb::Fact {
            kind: Some(put_kind(self)),
        }
    }

    fn take_message(wire: &pb::Fact, r: &mut Reader) -> Option<Self> {
        let Some(kind) = &wire.kind else {
            r.reject_here(Why::Missing);
            return None;
        };
        take_kind(kind, r)
    }
}

/// A fact within a fact: about a case, and one that somebody states.
impl Wire<Option<Box<pb::Fact>>> for Box<CaseFact> {
    fn put(&self) -> Option<Box<pb::Fact>> {
        Some(Box::new(pb::Fact {
            kind: Some(put_case(self)),
        }))
    }

    fn take(wire: &Option<Box<pb::Fact>>, field: &'static str, r: &mut Reader) -> Option<Self> {
        let message = r.present(field, wire.as_ref())?;
        r.field(field, |r| match Fact::take_message(message, r)? {
            Fact::Case(
                CaseFact::ConfirmationHeld { .. }
                | CaseFact::ConfirmationMatched { .. }
                | CaseFact::ConfirmationSighted { .. }
                | CaseFact::RestrictedRead { .. }
                | CaseFact::ShredConfirmed { .. },
            ) => {
                r.reject_here(Why::LedgerMade(kind_of(message.kind.as_ref()?)));
                None
            }
            Fact::Case(fact) => Some(Self::new(fact)),
            other @ (Fact::Initiative(_)
            | Fact::Cohort(_)
            | Fact::Filing(_)
            | Fact::Order(_)
            | Fact::Announcement(_)
            | Fact::Org(_)) => {
                r.reject_here(Why::NotAboutCase(other.kind()));
                None
            }
        })
    }
}

impl From<&Fact> for pb::Fact {
    fn from(fact: &Fact) -> Self {
        fact.put_message()
    }
}

impl TryFrom<&pb::Fact> for Fact {
    type Error = WireErrors;

    fn try_from(wire: &pb::Fact) -> Result<Self, WireErrors> {
        read(|r| Self::take_message(wire, r))
    }
}
