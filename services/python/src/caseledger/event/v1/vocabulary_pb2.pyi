from google.protobuf.internal import enum_type_wrapper as _enum_type_wrapper
from google.protobuf import descriptor as _descriptor
from google.protobuf import message as _message
from typing import ClassVar as _ClassVar, Optional as _Optional, Union as _Union

DESCRIPTOR: _descriptor.FileDescriptor

class Role(int, metaclass=_enum_type_wrapper.EnumTypeWrapper):
    __slots__ = ()
    ROLE_UNSPECIFIED: _ClassVar[Role]
    ROLE_STATE_REPOSITORY: _ClassVar[Role]
    ROLE_PROSECUTOR_COUNTY: _ClassVar[Role]
    ROLE_PROSECUTOR_CITY: _ClassVar[Role]
    ROLE_ANALYTICS_AGENT: _ClassVar[Role]
    ROLE_COURT: _ClassVar[Role]
    ROLE_DEFENDER: _ClassVar[Role]
    ROLE_PROBATION: _ClassVar[Role]
    ROLE_LE_CUSTODIAN: _ClassVar[Role]
    ROLE_COMMUNITY: _ClassVar[Role]
    ROLE_OVERSIGHT: _ClassVar[Role]
    ROLE_PUBLISHER: _ClassVar[Role]
    ROLE_OPERATOR: _ClassVar[Role]
    ROLE_RECORD_CUSTODIAN: _ClassVar[Role]

class Severity(int, metaclass=_enum_type_wrapper.EnumTypeWrapper):
    __slots__ = ()
    SEVERITY_UNSPECIFIED: _ClassVar[Severity]
    SEVERITY_FELONY: _ClassVar[Severity]
    SEVERITY_MISDEMEANOR: _ClassVar[Severity]
    SEVERITY_INFRACTION: _ClassVar[Severity]
    SEVERITY_UNKNOWN: _ClassVar[Severity]

class Family(int, metaclass=_enum_type_wrapper.EnumTypeWrapper):
    __slots__ = ()
    FAMILY_UNSPECIFIED: _ClassVar[Family]
    FAMILY_POSSESSION: _ClassVar[Family]
    FAMILY_CULTIVATION: _ClassVar[Family]
    FAMILY_SALE_POSSESSION: _ClassVar[Family]
    FAMILY_TRANSPORT: _ClassVar[Family]
    FAMILY_PREDECESSOR: _ClassVar[Family]
    FAMILY_RELATED: _ClassVar[Family]
    FAMILY_OTHER: _ClassVar[Family]

class Source(int, metaclass=_enum_type_wrapper.EnumTypeWrapper):
    __slots__ = ()
    SOURCE_UNSPECIFIED: _ClassVar[Source]
    SOURCE_STATE_REPOSITORY: _ClassVar[Source]
    SOURCE_COURT_RECORDS: _ClassVar[Source]
    SOURCE_PROSECUTOR_RECORDS: _ClassVar[Source]
    SOURCE_DEFENDER_RECORDS: _ClassVar[Source]

class LegalBasis(int, metaclass=_enum_type_wrapper.EnumTypeWrapper):
    __slots__ = ()
    LEGAL_BASIS_UNSPECIFIED: _ClassVar[LegalBasis]
    LEGAL_BASIS_HS_11361_9: _ClassVar[LegalBasis]
    LEGAL_BASIS_HS_11361_8_APPLICATION: _ClassVar[LegalBasis]
    LEGAL_BASIS_COURT_OWN_MOTION: _ClassVar[LegalBasis]
    LEGAL_BASIS_STIPULATED: _ClassVar[LegalBasis]
    LEGAL_BASIS_PC_1203_425: _ClassVar[LegalBasis]

class Remedy(int, metaclass=_enum_type_wrapper.EnumTypeWrapper):
    __slots__ = ()
    REMEDY_UNSPECIFIED: _ClassVar[Remedy]
    REMEDY_DISMISS_AND_SEAL: _ClassVar[Remedy]
    REMEDY_REDESIGNATE_MISD: _ClassVar[Remedy]
    REMEDY_REDESIGNATE_INFRACTION: _ClassVar[Remedy]
    REMEDY_RESENTENCE: _ClassVar[Remedy]

class Determination(int, metaclass=_enum_type_wrapper.EnumTypeWrapper):
    __slots__ = ()
    DETERMINATION_UNSPECIFIED: _ClassVar[Determination]
    DETERMINATION_ELIGIBLE: _ClassVar[Determination]
    DETERMINATION_INELIGIBLE: _ClassVar[Determination]
    DETERMINATION_HAND_REVIEW: _ClassVar[Determination]

class DeterminationReason(int, metaclass=_enum_type_wrapper.EnumTypeWrapper):
    __slots__ = ()
    DETERMINATION_REASON_UNSPECIFIED: _ClassVar[DeterminationReason]
    DETERMINATION_REASON_SECTION_11357_AB: _ClassVar[DeterminationReason]
    DETERMINATION_REASON_SECTION_DISMISSED: _ClassVar[DeterminationReason]
    DETERMINATION_REASON_SECTION_REDUCED: _ClassVar[DeterminationReason]
    DETERMINATION_REASON_MISDEMEANOR_OR_INFRACTION: _ClassVar[DeterminationReason]
    DETERMINATION_REASON_UNDER_21_AT_CONVICTION: _ClassVar[DeterminationReason]
    DETERMINATION_REASON_AGE_THRESHOLD: _ClassVar[DeterminationReason]
    DETERMINATION_REASON_YEARS_SINCE_CONVICTION: _ClassVar[DeterminationReason]
    DETERMINATION_REASON_YEARS_CRIME_FREE: _ClassVar[DeterminationReason]
    DETERMINATION_REASON_ONLY_P64_ON_RECORD: _ClassVar[DeterminationReason]
    DETERMINATION_REASON_SENTENCE_COMPLETED: _ClassVar[DeterminationReason]
    DETERMINATION_REASON_DECEASED: _ClassVar[DeterminationReason]
    DETERMINATION_REASON_PLEA_BARGAIN_RELATED: _ClassVar[DeterminationReason]
    DETERMINATION_REASON_COURT_RECORD_ONLY: _ClassVar[DeterminationReason]
    DETERMINATION_REASON_STATUTORY_UNCHALLENGED: _ClassVar[DeterminationReason]
    DETERMINATION_REASON_AFTER_EFFECTIVE_DATE: _ClassVar[DeterminationReason]
    DETERMINATION_REASON_OFFENSE_NOT_COVERED: _ClassVar[DeterminationReason]
    DETERMINATION_REASON_ENUMERATED_EXCEPTION: _ClassVar[DeterminationReason]
    DETERMINATION_REASON_SUPERSTRIKE_667E2CIV: _ClassVar[DeterminationReason]
    DETERMINATION_REASON_PC290: _ClassVar[DeterminationReason]
    DETERMINATION_REASON_TWO_PRIORS: _ClassVar[DeterminationReason]
    DETERMINATION_REASON_NOT_A_CONVICTION: _ClassVar[DeterminationReason]
    DETERMINATION_REASON_WRONG_COUNTY: _ClassVar[DeterminationReason]
    DETERMINATION_REASON_FEDERAL_CASE: _ClassVar[DeterminationReason]
    DETERMINATION_REASON_AGE_OR_QUANTITY: _ClassVar[DeterminationReason]
    DETERMINATION_REASON_OTHER: _ClassVar[DeterminationReason]
    DETERMINATION_REASON_OTHER_11357: _ClassVar[DeterminationReason]
    DETERMINATION_REASON_CHARGE_IN_COMMENT_ONLY: _ClassVar[DeterminationReason]
    DETERMINATION_REASON_SERVING_SENTENCE: _ClassVar[DeterminationReason]
    DETERMINATION_REASON_NO_APPLICABLE_RULE: _ClassVar[DeterminationReason]
    DETERMINATION_REASON_DATA_INCOMPLETE: _ClassVar[DeterminationReason]
    DETERMINATION_REASON_CITY_ATTORNEY_JURISDICTION: _ClassVar[DeterminationReason]
    DETERMINATION_REASON_OTHER_COUNTY: _ClassVar[DeterminationReason]

class ChallengeGround(int, metaclass=_enum_type_wrapper.EnumTypeWrapper):
    __slots__ = ()
    CHALLENGE_GROUND_UNSPECIFIED: _ClassVar[ChallengeGround]
    CHALLENGE_GROUND_CRITERIA_NOT_MET: _ClassVar[ChallengeGround]
    CHALLENGE_GROUND_UNREASONABLE_RISK: _ClassVar[ChallengeGround]
    CHALLENGE_GROUND_FACTS_DISPUTED: _ClassVar[ChallengeGround]

class DenialGround(int, metaclass=_enum_type_wrapper.EnumTypeWrapper):
    __slots__ = ()
    DENIAL_GROUND_UNSPECIFIED: _ClassVar[DenialGround]
    DENIAL_GROUND_CRITERIA_NOT_MET: _ClassVar[DenialGround]
    DENIAL_GROUND_UNREASONABLE_RISK: _ClassVar[DenialGround]
    DENIAL_GROUND_FACTS_DISPUTED: _ClassVar[DenialGround]
    DENIAL_GROUND_NOT_COVERED_BY_11361_8: _ClassVar[DenialGround]
    DENIAL_GROUND_INSUFFICIENT_RECORD: _ClassVar[DenialGround]
    DENIAL_GROUND_PROCEDURAL: _ClassVar[DenialGround]

class FilingRejection(int, metaclass=_enum_type_wrapper.EnumTypeWrapper):
    __slots__ = ()
    FILING_REJECTION_UNSPECIFIED: _ClassVar[FilingRejection]
    FILING_REJECTION_CASE_NUMBER_NOT_FOUND: _ClassVar[FilingRejection]
    FILING_REJECTION_PARTY_MISMATCH: _ClassVar[FilingRejection]
    FILING_REJECTION_WRONG_COURT: _ClassVar[FilingRejection]
    FILING_REJECTION_DUPLICATE_FILING: _ClassVar[FilingRejection]
    FILING_REJECTION_MISSING_DOCUMENT: _ClassVar[FilingRejection]
    FILING_REJECTION_FORMAT: _ClassVar[FilingRejection]
    FILING_REJECTION_FEE: _ClassVar[FilingRejection]
    FILING_REJECTION_ALREADY_DISMISSED: _ClassVar[FilingRejection]
    FILING_REJECTION_ARCHIVED_FILE: _ClassVar[FilingRejection]

class DuplicateBasis(int, metaclass=_enum_type_wrapper.EnumTypeWrapper):
    __slots__ = ()
    DUPLICATE_BASIS_UNSPECIFIED: _ClassVar[DuplicateBasis]
    DUPLICATE_BASIS_SAME_NUMBER_SAME_COURT: _ClassVar[DuplicateBasis]
    DUPLICATE_BASIS_RENUMBERED_UNIFICATION: _ClassVar[DuplicateBasis]
    DUPLICATE_BASIS_TRANSFER_1203_9: _ClassVar[DuplicateBasis]
    DUPLICATE_BASIS_REEXPORT: _ClassVar[DuplicateBasis]
    DUPLICATE_BASIS_CYCLE_REPEAT: _ClassVar[DuplicateBasis]
    DUPLICATE_BASIS_TWO_INITIATIVES: _ClassVar[DuplicateBasis]

class UnlinkBasis(int, metaclass=_enum_type_wrapper.EnumTypeWrapper):
    __slots__ = ()
    UNLINK_BASIS_UNSPECIFIED: _ClassVar[UnlinkBasis]
    UNLINK_BASIS_CO_DEFENDANT: _ClassVar[UnlinkBasis]
    UNLINK_BASIS_DIFFERENT_CHARGE: _ClassVar[UnlinkBasis]

class CorrectionReason(int, metaclass=_enum_type_wrapper.EnumTypeWrapper):
    __slots__ = ()
    CORRECTION_REASON_UNSPECIFIED: _ClassVar[CorrectionReason]
    CORRECTION_REASON_TYPO: _ClassVar[CorrectionReason]
    CORRECTION_REASON_WRONG_CASE: _ClassVar[CorrectionReason]
    CORRECTION_REASON_WRONG_CHARGE: _ClassVar[CorrectionReason]
    CORRECTION_REASON_WRONG_DATE: _ClassVar[CorrectionReason]
    CORRECTION_REASON_LATE_INFORMATION: _ClassVar[CorrectionReason]
    CORRECTION_REASON_SOURCE_RESTATED: _ClassVar[CorrectionReason]

class ReopenReason(int, metaclass=_enum_type_wrapper.EnumTypeWrapper):
    __slots__ = ()
    REOPEN_REASON_UNSPECIFIED: _ClassVar[ReopenReason]
    REOPEN_REASON_NEW_CHARGE_FOUND: _ClassVar[ReopenReason]
    REOPEN_REASON_COURT_REVERSED: _ClassVar[ReopenReason]
    REOPEN_REASON_DOJ_REGRESSED: _ClassVar[ReopenReason]
    REOPEN_REASON_TIP_CONFIRMED: _ClassVar[ReopenReason]

class WithdrawReason(int, metaclass=_enum_type_wrapper.EnumTypeWrapper):
    __slots__ = ()
    WITHDRAW_REASON_UNSPECIFIED: _ClassVar[WithdrawReason]
    WITHDRAW_REASON_NO_LONGER_SEEKING: _ClassVar[WithdrawReason]
    WITHDRAW_REASON_ELIGIBILITY_LOST: _ClassVar[WithdrawReason]
    WITHDRAW_REASON_OTHER_VEHICLE: _ClassVar[WithdrawReason]

class VoidReason(int, metaclass=_enum_type_wrapper.EnumTypeWrapper):
    __slots__ = ()
    VOID_REASON_UNSPECIFIED: _ClassVar[VoidReason]
    VOID_REASON_NOT_OUR_JURISDICTION: _ClassVar[VoidReason]
    VOID_REASON_TEST_DATA: _ClassVar[VoidReason]
    VOID_REASON_IDENTITY_ERROR: _ClassVar[VoidReason]

class DojRejection(int, metaclass=_enum_type_wrapper.EnumTypeWrapper):
    __slots__ = ()
    DOJ_REJECTION_UNSPECIFIED: _ClassVar[DojRejection]
    DOJ_REJECTION_NO_MATCHING_SUBJECT: _ClassVar[DojRejection]
    DOJ_REJECTION_NO_MATCHING_CYCLE: _ClassVar[DojRejection]
    DOJ_REJECTION_CHARGE_MISMATCH: _ClassVar[DojRejection]
    DOJ_REJECTION_FORMAT: _ClassVar[DojRejection]
    DOJ_REJECTION_DUPLICATE_REPORT: _ClassVar[DojRejection]
    DOJ_REJECTION_ALREADY_UPDATED: _ClassVar[DojRejection]

class DismissalReason(int, metaclass=_enum_type_wrapper.EnumTypeWrapper):
    __slots__ = ()
    DISMISSAL_REASON_UNSPECIFIED: _ClassVar[DismissalReason]
    DISMISSAL_REASON_PC_1385: _ClassVar[DismissalReason]
    DISMISSAL_REASON_HS_11361_8B: _ClassVar[DismissalReason]
    DISMISSAL_REASON_HS_11361_8F: _ClassVar[DismissalReason]
    DISMISSAL_REASON_HS_11361_9: _ClassVar[DismissalReason]
    DISMISSAL_REASON_PC_1203_4: _ClassVar[DismissalReason]
    DISMISSAL_REASON_OTHER: _ClassVar[DismissalReason]

class NotDoneReason(int, metaclass=_enum_type_wrapper.EnumTypeWrapper):
    __slots__ = ()
    NOT_DONE_REASON_UNSPECIFIED: _ClassVar[NotDoneReason]
    NOT_DONE_REASON_AWAITING_COURT: _ClassVar[NotDoneReason]
    NOT_DONE_REASON_AWAITING_DA_LIST: _ClassVar[NotDoneReason]
    NOT_DONE_REASON_FILE_ARCHIVED: _ClassVar[NotDoneReason]
    NOT_DONE_REASON_NO_COURT_RECORD: _ClassVar[NotDoneReason]
    NOT_DONE_REASON_CHALLENGED: _ClassVar[NotDoneReason]
    NOT_DONE_REASON_HEARING_PENDING: _ClassVar[NotDoneReason]
    NOT_DONE_REASON_DOJ_BACKLOG: _ClassVar[NotDoneReason]
    NOT_DONE_REASON_UNDELIVERABLE_NOTICE: _ClassVar[NotDoneReason]
    NOT_DONE_REASON_DATA_CONFLICT: _ClassVar[NotDoneReason]

class PriorReliefKind(int, metaclass=_enum_type_wrapper.EnumTypeWrapper):
    __slots__ = ()
    PRIOR_RELIEF_KIND_UNSPECIFIED: _ClassVar[PriorReliefKind]
    PRIOR_RELIEF_KIND_PC_1203_4: _ClassVar[PriorReliefKind]
    PRIOR_RELIEF_KIND_PC_1203_4A: _ClassVar[PriorReliefKind]
    PRIOR_RELIEF_KIND_PARDON: _ClassVar[PriorReliefKind]
    PRIOR_RELIEF_KIND_PC_1170_18: _ClassVar[PriorReliefKind]
    PRIOR_RELIEF_KIND_PC_1203_425: _ClassVar[PriorReliefKind]
    PRIOR_RELIEF_KIND_HS_11361_8: _ClassVar[PriorReliefKind]
    PRIOR_RELIEF_KIND_OTHER: _ClassVar[PriorReliefKind]

class Supervision(int, metaclass=_enum_type_wrapper.EnumTypeWrapper):
    __slots__ = ()
    SUPERVISION_UNSPECIFIED: _ClassVar[Supervision]
    SUPERVISION_SERVING: _ClassVar[Supervision]
    SUPERVISION_COMPLETED: _ClassVar[Supervision]
    SUPERVISION_UNKNOWN: _ClassVar[Supervision]

class FilingVehicle(int, metaclass=_enum_type_wrapper.EnumTypeWrapper):
    __slots__ = ()
    FILING_VEHICLE_UNSPECIFIED: _ClassVar[FilingVehicle]
    FILING_VEHICLE_MOTION: _ClassVar[FilingVehicle]
    FILING_VEHICLE_PETITION: _ClassVar[FilingVehicle]
    FILING_VEHICLE_APPLICATION: _ClassVar[FilingVehicle]
    FILING_VEHICLE_LIST: _ClassVar[FilingVehicle]

class NewDisposition(int, metaclass=_enum_type_wrapper.EnumTypeWrapper):
    __slots__ = ()
    NEW_DISPOSITION_UNSPECIFIED: _ClassVar[NewDisposition]
    NEW_DISPOSITION_DISMISSED: _ClassVar[NewDisposition]
    NEW_DISPOSITION_REDESIGNATED: _ClassVar[NewDisposition]
    NEW_DISPOSITION_RESENTENCED: _ClassVar[NewDisposition]

class SealExtent(int, metaclass=_enum_type_wrapper.EnumTypeWrapper):
    __slots__ = ()
    SEAL_EXTENT_UNSPECIFIED: _ClassVar[SealExtent]
    SEAL_EXTENT_COUNT: _ClassVar[SealExtent]
    SEAL_EXTENT_FILE: _ClassVar[SealExtent]
    SEAL_EXTENT_REDACTED: _ClassVar[SealExtent]

class SealSurface(int, metaclass=_enum_type_wrapper.EnumTypeWrapper):
    __slots__ = ()
    SEAL_SURFACE_UNSPECIFIED: _ClassVar[SealSurface]
    SEAL_SURFACE_PUBLIC_INDEX: _ClassVar[SealSurface]
    SEAL_SURFACE_PORTAL: _ClassVar[SealSurface]
    SEAL_SURFACE_TERMINALS: _ClassVar[SealSurface]
    SEAL_SURFACE_IMAGES: _ClassVar[SealSurface]
    SEAL_SURFACE_MICROFILM: _ClassVar[SealSurface]

class SearchResult(int, metaclass=_enum_type_wrapper.EnumTypeWrapper):
    __slots__ = ()
    SEARCH_RESULT_UNSPECIFIED: _ClassVar[SearchResult]
    SEARCH_RESULT_NO_SUCH_NUMBER: _ClassVar[SearchResult]
    SEARCH_RESULT_NO_SUCH_DEFENDANT: _ClassVar[SearchResult]
    SEARCH_RESULT_FILE_MISSING: _ClassVar[SearchResult]

class DestructionAuthority(int, metaclass=_enum_type_wrapper.EnumTypeWrapper):
    __slots__ = ()
    DESTRUCTION_AUTHORITY_UNSPECIFIED: _ClassVar[DestructionAuthority]
    DESTRUCTION_AUTHORITY_HS_11361_5: _ClassVar[DestructionAuthority]
    DESTRUCTION_AUTHORITY_GC_68152: _ClassVar[DestructionAuthority]

class ReportMethod(int, metaclass=_enum_type_wrapper.EnumTypeWrapper):
    __slots__ = ()
    REPORT_METHOD_UNSPECIFIED: _ClassVar[ReportMethod]
    REPORT_METHOD_ELECTRONIC: _ClassVar[ReportMethod]
    REPORT_METHOD_PAPER: _ClassVar[ReportMethod]
    REPORT_METHOD_BATCH: _ClassVar[ReportMethod]

class NoticeChannel(int, metaclass=_enum_type_wrapper.EnumTypeWrapper):
    __slots__ = ()
    NOTICE_CHANNEL_UNSPECIFIED: _ClassVar[NoticeChannel]
    NOTICE_CHANNEL_MAIL: _ClassVar[NoticeChannel]
    NOTICE_CHANNEL_PHONE: _ClassVar[NoticeChannel]
    NOTICE_CHANNEL_EMAIL: _ClassVar[NoticeChannel]
    NOTICE_CHANNEL_IN_PERSON: _ClassVar[NoticeChannel]
    NOTICE_CHANNEL_PORTAL: _ClassVar[NoticeChannel]

class Custodian(int, metaclass=_enum_type_wrapper.EnumTypeWrapper):
    __slots__ = ()
    CUSTODIAN_UNSPECIFIED: _ClassVar[Custodian]
    CUSTODIAN_ARRESTING_AGENCY: _ClassVar[Custodian]
    CUSTODIAN_PROSECUTOR: _ClassVar[Custodian]
    CUSTODIAN_PROBATION: _ClassVar[Custodian]
    CUSTODIAN_OTHER_COURT: _ClassVar[Custodian]

class MismatchKind(int, metaclass=_enum_type_wrapper.EnumTypeWrapper):
    __slots__ = ()
    MISMATCH_KIND_UNSPECIFIED: _ClassVar[MismatchKind]
    MISMATCH_KIND_PERSON: _ClassVar[MismatchKind]
    MISMATCH_KIND_BIRTH_DATE: _ClassVar[MismatchKind]
    MISMATCH_KIND_DOCKET_NUMBER: _ClassVar[MismatchKind]
    MISMATCH_KIND_CHARGE: _ClassVar[MismatchKind]

class OrderKind(int, metaclass=_enum_type_wrapper.EnumTypeWrapper):
    __slots__ = ()
    ORDER_KIND_UNSPECIFIED: _ClassVar[OrderKind]
    ORDER_KIND_INDIVIDUAL: _ClassVar[OrderKind]
    ORDER_KIND_BLANKET: _ClassVar[OrderKind]

class OrderEffect(int, metaclass=_enum_type_wrapper.EnumTypeWrapper):
    __slots__ = ()
    ORDER_EFFECT_UNSPECIFIED: _ClassVar[OrderEffect]
    ORDER_EFFECT_DISMISS: _ClassVar[OrderEffect]
    ORDER_EFFECT_SEAL: _ClassVar[OrderEffect]
    ORDER_EFFECT_REDESIGNATE: _ClassVar[OrderEffect]
    ORDER_EFFECT_RESENTENCE: _ClassVar[OrderEffect]

class RowOutcome(int, metaclass=_enum_type_wrapper.EnumTypeWrapper):
    __slots__ = ()
    ROW_OUTCOME_UNSPECIFIED: _ClassVar[RowOutcome]
    ROW_OUTCOME_ALREADY: _ClassVar[RowOutcome]
    ROW_OUTCOME_NOT_FOUND: _ClassVar[RowOutcome]
    ROW_OUTCOME_REJECTED: _ClassVar[RowOutcome]

class Unit(int, metaclass=_enum_type_wrapper.EnumTypeWrapper):
    __slots__ = ()
    UNIT_UNSPECIFIED: _ClassVar[Unit]
    UNIT_CASES: _ClassVar[Unit]
    UNIT_CHARGES: _ClassVar[Unit]
    UNIT_PEOPLE: _ClassVar[Unit]

class Phase(int, metaclass=_enum_type_wrapper.EnumTypeWrapper):
    __slots__ = ()
    PHASE_UNSPECIFIED: _ClassVar[Phase]
    PHASE_IDENTIFIED: _ClassVar[Phase]
    PHASE_ELIGIBLE: _ClassVar[Phase]
    PHASE_APPROVED: _ClassVar[Phase]
    PHASE_FILED: _ClassVar[Phase]
    PHASE_DISMISSED: _ClassVar[Phase]
    PHASE_SEALED: _ClassVar[Phase]

class Denominator(int, metaclass=_enum_type_wrapper.EnumTypeWrapper):
    __slots__ = ()
    DENOMINATOR_UNSPECIFIED: _ClassVar[Denominator]
    DENOMINATOR_LEDGER: _ClassVar[Denominator]
    DENOMINATOR_FILTERS: _ClassVar[Denominator]

class ReviewStatus(int, metaclass=_enum_type_wrapper.EnumTypeWrapper):
    __slots__ = ()
    REVIEW_STATUS_UNSPECIFIED: _ClassVar[ReviewStatus]
    REVIEW_STATUS_ACCEPTED: _ClassVar[ReviewStatus]
    REVIEW_STATUS_PARTIALLY_ACCEPTED: _ClassVar[ReviewStatus]
    REVIEW_STATUS_REJECTED: _ClassVar[ReviewStatus]

class ReadPurpose(int, metaclass=_enum_type_wrapper.EnumTypeWrapper):
    __slots__ = ()
    READ_PURPOSE_UNSPECIFIED: _ClassVar[ReadPurpose]
    READ_PURPOSE_PERSON_REQUEST: _ClassVar[ReadPurpose]
    READ_PURPOSE_COUNSEL_OF_PERSON: _ClassVar[ReadPurpose]
    READ_PURPOSE_COURT_PROCEEDING: _ClassVar[ReadPurpose]
    READ_PURPOSE_RECORD_CORRECTION: _ClassVar[ReadPurpose]
    READ_PURPOSE_CRIMINAL_JUSTICE: _ClassVar[ReadPurpose]
    READ_PURPOSE_OVERSIGHT_SAMPLE: _ClassVar[ReadPurpose]

class ShredBasis(int, metaclass=_enum_type_wrapper.EnumTypeWrapper):
    __slots__ = ()
    SHRED_BASIS_UNSPECIFIED: _ClassVar[ShredBasis]
    SHRED_BASIS_CUSTODIAN: _ClassVar[ShredBasis]
    SHRED_BASIS_RETENTION: _ClassVar[ShredBasis]
    SHRED_BASIS_HSC_11361_5: _ClassVar[ShredBasis]

class Tombstone(int, metaclass=_enum_type_wrapper.EnumTypeWrapper):
    __slots__ = ()
    TOMBSTONE_UNSPECIFIED: _ClassVar[Tombstone]
    TOMBSTONE_KEPT: _ClassVar[Tombstone]
    TOMBSTONE_FORGOTTEN: _ClassVar[Tombstone]
ROLE_UNSPECIFIED: Role
ROLE_STATE_REPOSITORY: Role
ROLE_PROSECUTOR_COUNTY: Role
ROLE_PROSECUTOR_CITY: Role
ROLE_ANALYTICS_AGENT: Role
ROLE_COURT: Role
ROLE_DEFENDER: Role
ROLE_PROBATION: Role
ROLE_LE_CUSTODIAN: Role
ROLE_COMMUNITY: Role
ROLE_OVERSIGHT: Role
ROLE_PUBLISHER: Role
ROLE_OPERATOR: Role
ROLE_RECORD_CUSTODIAN: Role
SEVERITY_UNSPECIFIED: Severity
SEVERITY_FELONY: Severity
SEVERITY_MISDEMEANOR: Severity
SEVERITY_INFRACTION: Severity
SEVERITY_UNKNOWN: Severity
FAMILY_UNSPECIFIED: Family
FAMILY_POSSESSION: Family
FAMILY_CULTIVATION: Family
FAMILY_SALE_POSSESSION: Family
FAMILY_TRANSPORT: Family
FAMILY_PREDECESSOR: Family
FAMILY_RELATED: Family
FAMILY_OTHER: Family
SOURCE_UNSPECIFIED: Source
SOURCE_STATE_REPOSITORY: Source
SOURCE_COURT_RECORDS: Source
SOURCE_PROSECUTOR_RECORDS: Source
SOURCE_DEFENDER_RECORDS: Source
LEGAL_BASIS_UNSPECIFIED: LegalBasis
LEGAL_BASIS_HS_11361_9: LegalBasis
LEGAL_BASIS_HS_11361_8_APPLICATION: LegalBasis
LEGAL_BASIS_COURT_OWN_MOTION: LegalBasis
LEGAL_BASIS_STIPULATED: LegalBasis
LEGAL_BASIS_PC_1203_425: LegalBasis
REMEDY_UNSPECIFIED: Remedy
REMEDY_DISMISS_AND_SEAL: Remedy
REMEDY_REDESIGNATE_MISD: Remedy
REMEDY_REDESIGNATE_INFRACTION: Remedy
REMEDY_RESENTENCE: Remedy
DETERMINATION_UNSPECIFIED: Determination
DETERMINATION_ELIGIBLE: Determination
DETERMINATION_INELIGIBLE: Determination
DETERMINATION_HAND_REVIEW: Determination
DETERMINATION_REASON_UNSPECIFIED: DeterminationReason
DETERMINATION_REASON_SECTION_11357_AB: DeterminationReason
DETERMINATION_REASON_SECTION_DISMISSED: DeterminationReason
DETERMINATION_REASON_SECTION_REDUCED: DeterminationReason
DETERMINATION_REASON_MISDEMEANOR_OR_INFRACTION: DeterminationReason
DETERMINATION_REASON_UNDER_21_AT_CONVICTION: DeterminationReason
DETERMINATION_REASON_AGE_THRESHOLD: DeterminationReason
DETERMINATION_REASON_YEARS_SINCE_CONVICTION: DeterminationReason
DETERMINATION_REASON_YEARS_CRIME_FREE: DeterminationReason
DETERMINATION_REASON_ONLY_P64_ON_RECORD: DeterminationReason
DETERMINATION_REASON_SENTENCE_COMPLETED: DeterminationReason
DETERMINATION_REASON_DECEASED: DeterminationReason
DETERMINATION_REASON_PLEA_BARGAIN_RELATED: DeterminationReason
DETERMINATION_REASON_COURT_RECORD_ONLY: DeterminationReason
DETERMINATION_REASON_STATUTORY_UNCHALLENGED: DeterminationReason
DETERMINATION_REASON_AFTER_EFFECTIVE_DATE: DeterminationReason
DETERMINATION_REASON_OFFENSE_NOT_COVERED: DeterminationReason
DETERMINATION_REASON_ENUMERATED_EXCEPTION: DeterminationReason
DETERMINATION_REASON_SUPERSTRIKE_667E2CIV: DeterminationReason
DETERMINATION_REASON_PC290: DeterminationReason
DETERMINATION_REASON_TWO_PRIORS: DeterminationReason
DETERMINATION_REASON_NOT_A_CONVICTION: DeterminationReason
DETERMINATION_REASON_WRONG_COUNTY: DeterminationReason
DETERMINATION_REASON_FEDERAL_CASE: DeterminationReason
DETERMINATION_REASON_AGE_OR_QUANTITY: DeterminationReason
DETERMINATION_REASON_OTHER: DeterminationReason
DETERMINATION_REASON_OTHER_11357: DeterminationReason
DETERMINATION_REASON_CHARGE_IN_COMMENT_ONLY: DeterminationReason
DETERMINATION_REASON_SERVING_SENTENCE: DeterminationReason
DETERMINATION_REASON_NO_APPLICABLE_RULE: DeterminationReason
DETERMINATION_REASON_DATA_INCOMPLETE: DeterminationReason
DETERMINATION_REASON_CITY_ATTORNEY_JURISDICTION: DeterminationReason
DETERMINATION_REASON_OTHER_COUNTY: DeterminationReason
CHALLENGE_GROUND_UNSPECIFIED: ChallengeGround
CHALLENGE_GROUND_CRITERIA_NOT_MET: ChallengeGround
CHALLENGE_GROUND_UNREASONABLE_RISK: ChallengeGround
CHALLENGE_GROUND_FACTS_DISPUTED: ChallengeGround
DENIAL_GROUND_UNSPECIFIED: DenialGround
DENIAL_GROUND_CRITERIA_NOT_MET: DenialGround
DENIAL_GROUND_UNREASONABLE_RISK: DenialGround
DENIAL_GROUND_FACTS_DISPUTED: DenialGround
DENIAL_GROUND_NOT_COVERED_BY_11361_8: DenialGround
DENIAL_GROUND_INSUFFICIENT_RECORD: DenialGround
DENIAL_GROUND_PROCEDURAL: DenialGround
FILING_REJECTION_UNSPECIFIED: FilingRejection
FILING_REJECTION_CASE_NUMBER_NOT_FOUND: FilingRejection
FILING_REJECTION_PARTY_MISMATCH: FilingRejection
FILING_REJECTION_WRONG_COURT: FilingRejection
FILING_REJECTION_DUPLICATE_FILING: FilingRejection
FILING_REJECTION_MISSING_DOCUMENT: FilingRejection
FILING_REJECTION_FORMAT: FilingRejection
FILING_REJECTION_FEE: FilingRejection
FILING_REJECTION_ALREADY_DISMISSED: FilingRejection
FILING_REJECTION_ARCHIVED_FILE: FilingRejection
DUPLICATE_BASIS_UNSPECIFIED: DuplicateBasis
DUPLICATE_BASIS_SAME_NUMBER_SAME_COURT: DuplicateBasis
DUPLICATE_BASIS_RENUMBERED_UNIFICATION: DuplicateBasis
DUPLICATE_BASIS_TRANSFER_1203_9: DuplicateBasis
DUPLICATE_BASIS_REEXPORT: DuplicateBasis
DUPLICATE_BASIS_CYCLE_REPEAT: DuplicateBasis
DUPLICATE_BASIS_TWO_INITIATIVES: DuplicateBasis
UNLINK_BASIS_UNSPECIFIED: UnlinkBasis
UNLINK_BASIS_CO_DEFENDANT: UnlinkBasis
UNLINK_BASIS_DIFFERENT_CHARGE: UnlinkBasis
CORRECTION_REASON_UNSPECIFIED: CorrectionReason
CORRECTION_REASON_TYPO: CorrectionReason
CORRECTION_REASON_WRONG_CASE: CorrectionReason
CORRECTION_REASON_WRONG_CHARGE: CorrectionReason
CORRECTION_REASON_WRONG_DATE: CorrectionReason
CORRECTION_REASON_LATE_INFORMATION: CorrectionReason
CORRECTION_REASON_SOURCE_RESTATED: CorrectionReason
REOPEN_REASON_UNSPECIFIED: ReopenReason
REOPEN_REASON_NEW_CHARGE_FOUND: ReopenReason
REOPEN_REASON_COURT_REVERSED: ReopenReason
REOPEN_REASON_DOJ_REGRESSED: ReopenReason
REOPEN_REASON_TIP_CONFIRMED: ReopenReason
WITHDRAW_REASON_UNSPECIFIED: WithdrawReason
WITHDRAW_REASON_NO_LONGER_SEEKING: WithdrawReason
WITHDRAW_REASON_ELIGIBILITY_LOST: WithdrawReason
WITHDRAW_REASON_OTHER_VEHICLE: WithdrawReason
VOID_REASON_UNSPECIFIED: VoidReason
VOID_REASON_NOT_OUR_JURISDICTION: VoidReason
VOID_REASON_TEST_DATA: VoidReason
VOID_REASON_IDENTITY_ERROR: VoidReason
DOJ_REJECTION_UNSPECIFIED: DojRejection
DOJ_REJECTION_NO_MATCHING_SUBJECT: DojRejection
DOJ_REJECTION_NO_MATCHING_CYCLE: DojRejection
DOJ_REJECTION_CHARGE_MISMATCH: DojRejection
DOJ_REJECTION_FORMAT: DojRejection
DOJ_REJECTION_DUPLICATE_REPORT: DojRejection
DOJ_REJECTION_ALREADY_UPDATED: DojRejection
DISMISSAL_REASON_UNSPECIFIED: DismissalReason
DISMISSAL_REASON_PC_1385: DismissalReason
DISMISSAL_REASON_HS_11361_8B: DismissalReason
DISMISSAL_REASON_HS_11361_8F: DismissalReason
DISMISSAL_REASON_HS_11361_9: DismissalReason
DISMISSAL_REASON_PC_1203_4: DismissalReason
DISMISSAL_REASON_OTHER: DismissalReason
NOT_DONE_REASON_UNSPECIFIED: NotDoneReason
NOT_DONE_REASON_AWAITING_COURT: NotDoneReason
NOT_DONE_REASON_AWAITING_DA_LIST: NotDoneReason
NOT_DONE_REASON_FILE_ARCHIVED: NotDoneReason
NOT_DONE_REASON_NO_COURT_RECORD: NotDoneReason
NOT_DONE_REASON_CHALLENGED: NotDoneReason
NOT_DONE_REASON_HEARING_PENDING: NotDoneReason
NOT_DONE_REASON_DOJ_BACKLOG: NotDoneReason
NOT_DONE_REASON_UNDELIVERABLE_NOTICE: NotDoneReason
NOT_DONE_REASON_DATA_CONFLICT: NotDoneReason
PRIOR_RELIEF_KIND_UNSPECIFIED: PriorReliefKind
PRIOR_RELIEF_KIND_PC_1203_4: PriorReliefKind
PRIOR_RELIEF_KIND_PC_1203_4A: PriorReliefKind
PRIOR_RELIEF_KIND_PARDON: PriorReliefKind
PRIOR_RELIEF_KIND_PC_1170_18: PriorReliefKind
PRIOR_RELIEF_KIND_PC_1203_425: PriorReliefKind
PRIOR_RELIEF_KIND_HS_11361_8: PriorReliefKind
PRIOR_RELIEF_KIND_OTHER: PriorReliefKind
SUPERVISION_UNSPECIFIED: Supervision
SUPERVISION_SERVING: Supervision
SUPERVISION_COMPLETED: Supervision
SUPERVISION_UNKNOWN: Supervision
FILING_VEHICLE_UNSPECIFIED: FilingVehicle
FILING_VEHICLE_MOTION: FilingVehicle
FILING_VEHICLE_PETITION: FilingVehicle
FILING_VEHICLE_APPLICATION: FilingVehicle
FILING_VEHICLE_LIST: FilingVehicle
NEW_DISPOSITION_UNSPECIFIED: NewDisposition
NEW_DISPOSITION_DISMISSED: NewDisposition
NEW_DISPOSITION_REDESIGNATED: NewDisposition
NEW_DISPOSITION_RESENTENCED: NewDisposition
SEAL_EXTENT_UNSPECIFIED: SealExtent
SEAL_EXTENT_COUNT: SealExtent
SEAL_EXTENT_FILE: SealExtent
SEAL_EXTENT_REDACTED: SealExtent
SEAL_SURFACE_UNSPECIFIED: SealSurface
SEAL_SURFACE_PUBLIC_INDEX: SealSurface
SEAL_SURFACE_PORTAL: SealSurface
SEAL_SURFACE_TERMINALS: SealSurface
SEAL_SURFACE_IMAGES: SealSurface
SEAL_SURFACE_MICROFILM: SealSurface
SEARCH_RESULT_UNSPECIFIED: SearchResult
SEARCH_RESULT_NO_SUCH_NUMBER: SearchResult
SEARCH_RESULT_NO_SUCH_DEFENDANT: SearchResult
SEARCH_RESULT_FILE_MISSING: SearchResult
DESTRUCTION_AUTHORITY_UNSPECIFIED: DestructionAuthority
DESTRUCTION_AUTHORITY_HS_11361_5: DestructionAuthority
DESTRUCTION_AUTHORITY_GC_68152: DestructionAuthority
REPORT_METHOD_UNSPECIFIED: ReportMethod
REPORT_METHOD_ELECTRONIC: ReportMethod
REPORT_METHOD_PAPER: ReportMethod
REPORT_METHOD_BATCH: ReportMethod
NOTICE_CHANNEL_UNSPECIFIED: NoticeChannel
NOTICE_CHANNEL_MAIL: NoticeChannel
NOTICE_CHANNEL_PHONE: NoticeChannel
NOTICE_CHANNEL_EMAIL: NoticeChannel
NOTICE_CHANNEL_IN_PERSON: NoticeChannel
NOTICE_CHANNEL_PORTAL: NoticeChannel
CUSTODIAN_UNSPECIFIED: Custodian
CUSTODIAN_ARRESTING_AGENCY: Custodian
CUSTODIAN_PROSECUTOR: Custodian
CUSTODIAN_PROBATION: Custodian
CUSTODIAN_OTHER_COURT: Custodian
MISMATCH_KIND_UNSPECIFIED: MismatchKind
MISMATCH_KIND_PERSON: MismatchKind
MISMATCH_KIND_BIRTH_DATE: MismatchKind
MISMATCH_KIND_DOCKET_NUMBER: MismatchKind
MISMATCH_KIND_CHARGE: MismatchKind
ORDER_KIND_UNSPECIFIED: OrderKind
ORDER_KIND_INDIVIDUAL: OrderKind
ORDER_KIND_BLANKET: OrderKind
ORDER_EFFECT_UNSPECIFIED: OrderEffect
ORDER_EFFECT_DISMISS: OrderEffect
ORDER_EFFECT_SEAL: OrderEffect
ORDER_EFFECT_REDESIGNATE: OrderEffect
ORDER_EFFECT_RESENTENCE: OrderEffect
ROW_OUTCOME_UNSPECIFIED: RowOutcome
ROW_OUTCOME_ALREADY: RowOutcome
ROW_OUTCOME_NOT_FOUND: RowOutcome
ROW_OUTCOME_REJECTED: RowOutcome
UNIT_UNSPECIFIED: Unit
UNIT_CASES: Unit
UNIT_CHARGES: Unit
UNIT_PEOPLE: Unit
PHASE_UNSPECIFIED: Phase
PHASE_IDENTIFIED: Phase
PHASE_ELIGIBLE: Phase
PHASE_APPROVED: Phase
PHASE_FILED: Phase
PHASE_DISMISSED: Phase
PHASE_SEALED: Phase
DENOMINATOR_UNSPECIFIED: Denominator
DENOMINATOR_LEDGER: Denominator
DENOMINATOR_FILTERS: Denominator
REVIEW_STATUS_UNSPECIFIED: ReviewStatus
REVIEW_STATUS_ACCEPTED: ReviewStatus
REVIEW_STATUS_PARTIALLY_ACCEPTED: ReviewStatus
REVIEW_STATUS_REJECTED: ReviewStatus
READ_PURPOSE_UNSPECIFIED: ReadPurpose
READ_PURPOSE_PERSON_REQUEST: ReadPurpose
READ_PURPOSE_COUNSEL_OF_PERSON: ReadPurpose
READ_PURPOSE_COURT_PROCEEDING: ReadPurpose
READ_PURPOSE_RECORD_CORRECTION: ReadPurpose
READ_PURPOSE_CRIMINAL_JUSTICE: ReadPurpose
READ_PURPOSE_OVERSIGHT_SAMPLE: ReadPurpose
SHRED_BASIS_UNSPECIFIED: ShredBasis
SHRED_BASIS_CUSTODIAN: ShredBasis
SHRED_BASIS_RETENTION: ShredBasis
SHRED_BASIS_HSC_11361_5: ShredBasis
TOMBSTONE_UNSPECIFIED: Tombstone
TOMBSTONE_KEPT: Tombstone
TOMBSTONE_FORGOTTEN: Tombstone

class CodedDeterminationReason(_message.Message):
    __slots__ = ("known", "unmapped")
    KNOWN_FIELD_NUMBER: _ClassVar[int]
    UNMAPPED_FIELD_NUMBER: _ClassVar[int]
    known: DeterminationReason
    unmapped: str
    def __init__(self, known: _Optional[_Union[DeterminationReason, str]] = ..., unmapped: _Optional[str] = ...) -> None: ...

class CodedChallengeGround(_message.Message):
    __slots__ = ("known", "unmapped")
    KNOWN_FIELD_NUMBER: _ClassVar[int]
    UNMAPPED_FIELD_NUMBER: _ClassVar[int]
    known: ChallengeGround
    unmapped: str
    def __init__(self, known: _Optional[_Union[ChallengeGround, str]] = ..., unmapped: _Optional[str] = ...) -> None: ...

class CodedDenialGround(_message.Message):
    __slots__ = ("known", "unmapped")
    KNOWN_FIELD_NUMBER: _ClassVar[int]
    UNMAPPED_FIELD_NUMBER: _ClassVar[int]
    known: DenialGround
    unmapped: str
    def __init__(self, known: _Optional[_Union[DenialGround, str]] = ..., unmapped: _Optional[str] = ...) -> None: ...

class CodedFilingRejection(_message.Message):
    __slots__ = ("known", "unmapped")
    KNOWN_FIELD_NUMBER: _ClassVar[int]
    UNMAPPED_FIELD_NUMBER: _ClassVar[int]
    known: FilingRejection
    unmapped: str
    def __init__(self, known: _Optional[_Union[FilingRejection, str]] = ..., unmapped: _Optional[str] = ...) -> None: ...

class CodedDuplicateBasis(_message.Message):
    __slots__ = ("known", "unmapped")
    KNOWN_FIELD_NUMBER: _ClassVar[int]
    UNMAPPED_FIELD_NUMBER: _ClassVar[int]
    known: DuplicateBasis
    unmapped: str
    def __init__(self, known: _Optional[_Union[DuplicateBasis, str]] = ..., unmapped: _Optional[str] = ...) -> None: ...

class CodedUnlinkBasis(_message.Message):
    __slots__ = ("known", "unmapped")
    KNOWN_FIELD_NUMBER: _ClassVar[int]
    UNMAPPED_FIELD_NUMBER: _ClassVar[int]
    known: UnlinkBasis
    unmapped: str
    def __init__(self, known: _Optional[_Union[UnlinkBasis, str]] = ..., unmapped: _Optional[str] = ...) -> None: ...

class CodedCorrectionReason(_message.Message):
    __slots__ = ("known", "unmapped")
    KNOWN_FIELD_NUMBER: _ClassVar[int]
    UNMAPPED_FIELD_NUMBER: _ClassVar[int]
    known: CorrectionReason
    unmapped: str
    def __init__(self, known: _Optional[_Union[CorrectionReason, str]] = ..., unmapped: _Optional[str] = ...) -> None: ...

class CodedReopenReason(_message.Message):
    __slots__ = ("known", "unmapped")
    KNOWN_FIELD_NUMBER: _ClassVar[int]
    UNMAPPED_FIELD_NUMBER: _ClassVar[int]
    known: ReopenReason
    unmapped: str
    def __init__(self, known: _Optional[_Union[ReopenReason, str]] = ..., unmapped: _Optional[str] = ...) -> None: ...

class CodedWithdrawReason(_message.Message):
    __slots__ = ("known", "unmapped")
    KNOWN_FIELD_NUMBER: _ClassVar[int]
    UNMAPPED_FIELD_NUMBER: _ClassVar[int]
    known: WithdrawReason
    unmapped: str
    def __init__(self, known: _Optional[_Union[WithdrawReason, str]] = ..., unmapped: _Optional[str] = ...) -> None: ...

class CodedVoidReason(_message.Message):
    __slots__ = ("known", "unmapped")
    KNOWN_FIELD_NUMBER: _ClassVar[int]
    UNMAPPED_FIELD_NUMBER: _ClassVar[int]
    known: VoidReason
    unmapped: str
    def __init__(self, known: _Optional[_Union[VoidReason, str]] = ..., unmapped: _Optional[str] = ...) -> None: ...

class CodedDojRejection(_message.Message):
    __slots__ = ("known", "unmapped")
    KNOWN_FIELD_NUMBER: _ClassVar[int]
    UNMAPPED_FIELD_NUMBER: _ClassVar[int]
    known: DojRejection
    unmapped: str
    def __init__(self, known: _Optional[_Union[DojRejection, str]] = ..., unmapped: _Optional[str] = ...) -> None: ...

class CodedDismissalReason(_message.Message):
    __slots__ = ("known", "unmapped")
    KNOWN_FIELD_NUMBER: _ClassVar[int]
    UNMAPPED_FIELD_NUMBER: _ClassVar[int]
    known: DismissalReason
    unmapped: str
    def __init__(self, known: _Optional[_Union[DismissalReason, str]] = ..., unmapped: _Optional[str] = ...) -> None: ...

class CodedNotDoneReason(_message.Message):
    __slots__ = ("known", "unmapped")
    KNOWN_FIELD_NUMBER: _ClassVar[int]
    UNMAPPED_FIELD_NUMBER: _ClassVar[int]
    known: NotDoneReason
    unmapped: str
    def __init__(self, known: _Optional[_Union[NotDoneReason, str]] = ..., unmapped: _Optional[str] = ...) -> None: ...

class CodedPriorReliefKind(_message.Message):
    __slots__ = ("known", "unmapped")
    KNOWN_FIELD_NUMBER: _ClassVar[int]
    UNMAPPED_FIELD_NUMBER: _ClassVar[int]
    known: PriorReliefKind
    unmapped: str
    def __init__(self, known: _Optional[_Union[PriorReliefKind, str]] = ..., unmapped: _Optional[str] = ...) -> None: ...

class CodedSearchResult(_message.Message):
    __slots__ = ("known", "unmapped")
    KNOWN_FIELD_NUMBER: _ClassVar[int]
    UNMAPPED_FIELD_NUMBER: _ClassVar[int]
    known: SearchResult
    unmapped: str
    def __init__(self, known: _Optional[_Union[SearchResult, str]] = ..., unmapped: _Optional[str] = ...) -> None: ...

class CodedDestructionAuthority(_message.Message):
    __slots__ = ("known", "unmapped")
    KNOWN_FIELD_NUMBER: _ClassVar[int]
    UNMAPPED_FIELD_NUMBER: _ClassVar[int]
    known: DestructionAuthority
    unmapped: str
    def __init__(self, known: _Optional[_Union[DestructionAuthority, str]] = ..., unmapped: _Optional[str] = ...) -> None: ...

class CodedMismatchKind(_message.Message):
    __slots__ = ("known", "unmapped")
    KNOWN_FIELD_NUMBER: _ClassVar[int]
    UNMAPPED_FIELD_NUMBER: _ClassVar[int]
    known: MismatchKind
    unmapped: str
    def __init__(self, known: _Optional[_Union[MismatchKind, str]] = ..., unmapped: _Optional[str] = ...) -> None: ...

class CodedReviewStatus(_message.Message):
    __slots__ = ("known", "unmapped")
    KNOWN_FIELD_NUMBER: _ClassVar[int]
    UNMAPPED_FIELD_NUMBER: _ClassVar[int]
    known: ReviewStatus
    unmapped: str
    def __init__(self, known: _Optional[_Union[ReviewStatus, str]] = ..., unmapped: _Optional[str] = ...) -> None: ...
