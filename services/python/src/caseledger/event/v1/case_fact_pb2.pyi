from caseledger.event.v1 import charge_pb2 as _charge_pb2
from caseledger.event.v1 import policy_pb2 as _policy_pb2
from caseledger.event.v1 import vocabulary_pb2 as _vocabulary_pb2
from google.protobuf.internal import containers as _containers
from google.protobuf import descriptor as _descriptor
from google.protobuf import message as _message
from collections.abc import Iterable as _Iterable, Mapping as _Mapping
from typing import ClassVar as _ClassVar, Optional as _Optional, Union as _Union

DESCRIPTOR: _descriptor.FileDescriptor

class CaseIdentified(_message.Message):
    __slots__ = ("cohort", "row", "source", "county", "court", "agency", "person", "charges")
    COHORT_FIELD_NUMBER: _ClassVar[int]
    ROW_FIELD_NUMBER: _ClassVar[int]
    SOURCE_FIELD_NUMBER: _ClassVar[int]
    COUNTY_FIELD_NUMBER: _ClassVar[int]
    COURT_FIELD_NUMBER: _ClassVar[int]
    AGENCY_FIELD_NUMBER: _ClassVar[int]
    PERSON_FIELD_NUMBER: _ClassVar[int]
    CHARGES_FIELD_NUMBER: _ClassVar[int]
    cohort: str
    row: int
    source: _vocabulary_pb2.Source
    county: int
    court: str
    agency: str
    person: bytes
    charges: _containers.RepeatedCompositeFieldContainer[_charge_pb2.Charge]
    def __init__(self, cohort: _Optional[str] = ..., row: _Optional[int] = ..., source: _Optional[_Union[_vocabulary_pb2.Source, str]] = ..., county: _Optional[int] = ..., court: _Optional[str] = ..., agency: _Optional[str] = ..., person: _Optional[bytes] = ..., charges: _Optional[_Iterable[_Union[_charge_pb2.Charge, _Mapping]]] = ...) -> None: ...

class SightingAdded(_message.Message):
    __slots__ = ("cohort", "row", "source")
    COHORT_FIELD_NUMBER: _ClassVar[int]
    ROW_FIELD_NUMBER: _ClassVar[int]
    SOURCE_FIELD_NUMBER: _ClassVar[int]
    cohort: str
    row: int
    source: _vocabulary_pb2.Source
    def __init__(self, cohort: _Optional[str] = ..., row: _Optional[int] = ..., source: _Optional[_Union[_vocabulary_pb2.Source, str]] = ...) -> None: ...

class SightingRemoved(_message.Message):
    __slots__ = ("cohort",)
    COHORT_FIELD_NUMBER: _ClassVar[int]
    cohort: str
    def __init__(self, cohort: _Optional[str] = ...) -> None: ...

class ChargeAdded(_message.Message):
    __slots__ = ("charge",)
    CHARGE_FIELD_NUMBER: _ClassVar[int]
    charge: _charge_pb2.Charge
    def __init__(self, charge: _Optional[_Union[_charge_pb2.Charge, _Mapping]] = ...) -> None: ...

class ChargeAmended(_message.Message):
    __slots__ = ("charge",)
    CHARGE_FIELD_NUMBER: _ClassVar[int]
    charge: _charge_pb2.Charge
    def __init__(self, charge: _Optional[_Union[_charge_pb2.Charge, _Mapping]] = ...) -> None: ...

class SupervisionStatusReported(_message.Message):
    __slots__ = ("status",)
    STATUS_FIELD_NUMBER: _ClassVar[int]
    status: _vocabulary_pb2.Supervision
    def __init__(self, status: _Optional[_Union[_vocabulary_pb2.Supervision, str]] = ...) -> None: ...

class EligibilityProposed(_message.Message):
    __slots__ = ("determination", "remedy", "rules", "reasons", "evaluated_on")
    DETERMINATION_FIELD_NUMBER: _ClassVar[int]
    REMEDY_FIELD_NUMBER: _ClassVar[int]
    RULES_FIELD_NUMBER: _ClassVar[int]
    REASONS_FIELD_NUMBER: _ClassVar[int]
    EVALUATED_ON_FIELD_NUMBER: _ClassVar[int]
    determination: _vocabulary_pb2.Determination
    remedy: _vocabulary_pb2.Remedy
    rules: _policy_pb2.RuleSet
    reasons: _containers.RepeatedCompositeFieldContainer[_vocabulary_pb2.CodedDeterminationReason]
    evaluated_on: int
    def __init__(self, determination: _Optional[_Union[_vocabulary_pb2.Determination, str]] = ..., remedy: _Optional[_Union[_vocabulary_pb2.Remedy, str]] = ..., rules: _Optional[_Union[_policy_pb2.RuleSet, _Mapping]] = ..., reasons: _Optional[_Iterable[_Union[_vocabulary_pb2.CodedDeterminationReason, _Mapping]]] = ..., evaluated_on: _Optional[int] = ...) -> None: ...

class EligibilityDetermined(_message.Message):
    __slots__ = ("determination", "remedy", "rules", "reasons", "evaluated_on")
    DETERMINATION_FIELD_NUMBER: _ClassVar[int]
    REMEDY_FIELD_NUMBER: _ClassVar[int]
    RULES_FIELD_NUMBER: _ClassVar[int]
    REASONS_FIELD_NUMBER: _ClassVar[int]
    EVALUATED_ON_FIELD_NUMBER: _ClassVar[int]
    determination: _vocabulary_pb2.Determination
    remedy: _vocabulary_pb2.Remedy
    rules: _policy_pb2.RuleSet
    reasons: _containers.RepeatedCompositeFieldContainer[_vocabulary_pb2.CodedDeterminationReason]
    evaluated_on: int
    def __init__(self, determination: _Optional[_Union[_vocabulary_pb2.Determination, str]] = ..., remedy: _Optional[_Union[_vocabulary_pb2.Remedy, str]] = ..., rules: _Optional[_Union[_policy_pb2.RuleSet, _Mapping]] = ..., reasons: _Optional[_Iterable[_Union[_vocabulary_pb2.CodedDeterminationReason, _Mapping]]] = ..., evaluated_on: _Optional[int] = ...) -> None: ...

class EligibilityRedetermined(_message.Message):
    __slots__ = ("determination", "remedy", "rules", "reasons", "evaluated_on", "supersedes")
    DETERMINATION_FIELD_NUMBER: _ClassVar[int]
    REMEDY_FIELD_NUMBER: _ClassVar[int]
    RULES_FIELD_NUMBER: _ClassVar[int]
    REASONS_FIELD_NUMBER: _ClassVar[int]
    EVALUATED_ON_FIELD_NUMBER: _ClassVar[int]
    SUPERSEDES_FIELD_NUMBER: _ClassVar[int]
    determination: _vocabulary_pb2.Determination
    remedy: _vocabulary_pb2.Remedy
    rules: _policy_pb2.RuleSet
    reasons: _containers.RepeatedCompositeFieldContainer[_vocabulary_pb2.CodedDeterminationReason]
    evaluated_on: int
    supersedes: int
    def __init__(self, determination: _Optional[_Union[_vocabulary_pb2.Determination, str]] = ..., remedy: _Optional[_Union[_vocabulary_pb2.Remedy, str]] = ..., rules: _Optional[_Union[_policy_pb2.RuleSet, _Mapping]] = ..., reasons: _Optional[_Iterable[_Union[_vocabulary_pb2.CodedDeterminationReason, _Mapping]]] = ..., evaluated_on: _Optional[int] = ..., supersedes: _Optional[int] = ...) -> None: ...

class ReferredToProsecutor(_message.Message):
    __slots__ = ("to", "reason")
    TO_FIELD_NUMBER: _ClassVar[int]
    REASON_FIELD_NUMBER: _ClassVar[int]
    to: str
    reason: _vocabulary_pb2.CodedDeterminationReason
    def __init__(self, to: _Optional[str] = ..., reason: _Optional[_Union[_vocabulary_pb2.CodedDeterminationReason, _Mapping]] = ...) -> None: ...

class ReferralAccepted(_message.Message):
    __slots__ = ()
    def __init__(self) -> None: ...

class ReferralReturned(_message.Message):
    __slots__ = ("reason",)
    REASON_FIELD_NUMBER: _ClassVar[int]
    reason: _vocabulary_pb2.CodedDeterminationReason
    def __init__(self, reason: _Optional[_Union[_vocabulary_pb2.CodedDeterminationReason, _Mapping]] = ...) -> None: ...

class PriorReliefFound(_message.Message):
    __slots__ = ("kind",)
    KIND_FIELD_NUMBER: _ClassVar[int]
    kind: _vocabulary_pb2.CodedPriorReliefKind
    def __init__(self, kind: _Optional[_Union[_vocabulary_pb2.CodedPriorReliefKind, _Mapping]] = ...) -> None: ...

class ReviewStarted(_message.Message):
    __slots__ = ()
    def __init__(self) -> None: ...

class ReviewApproved(_message.Message):
    __slots__ = ("basis",)
    BASIS_FIELD_NUMBER: _ClassVar[int]
    basis: _vocabulary_pb2.LegalBasis
    def __init__(self, basis: _Optional[_Union[_vocabulary_pb2.LegalBasis, str]] = ...) -> None: ...

class Challenged(_message.Message):
    __slots__ = ("ground",)
    GROUND_FIELD_NUMBER: _ClassVar[int]
    ground: _vocabulary_pb2.CodedChallengeGround
    def __init__(self, ground: _Optional[_Union[_vocabulary_pb2.CodedChallengeGround, _Mapping]] = ...) -> None: ...

class DefenderNoticed(_message.Message):
    __slots__ = ("defender",)
    DEFENDER_FIELD_NUMBER: _ClassVar[int]
    defender: str
    def __init__(self, defender: _Optional[str] = ...) -> None: ...

class ChallengeWithdrawn(_message.Message):
    __slots__ = ()
    def __init__(self) -> None: ...

class ChallengeSustained(_message.Message):
    __slots__ = ("order",)
    ORDER_FIELD_NUMBER: _ClassVar[int]
    order: bytes
    def __init__(self, order: _Optional[bytes] = ...) -> None: ...

class ChallengeOverruled(_message.Message):
    __slots__ = ("order",)
    ORDER_FIELD_NUMBER: _ClassVar[int]
    order: bytes
    def __init__(self, order: _Optional[bytes] = ...) -> None: ...

class ProsecutorDeclined(_message.Message):
    __slots__ = ("ground",)
    GROUND_FIELD_NUMBER: _ClassVar[int]
    ground: _vocabulary_pb2.CodedChallengeGround
    def __init__(self, ground: _Optional[_Union[_vocabulary_pb2.CodedChallengeGround, _Mapping]] = ...) -> None: ...

class FilingSubmitted(_message.Message):
    __slots__ = ("filing", "vehicle", "row")
    FILING_FIELD_NUMBER: _ClassVar[int]
    VEHICLE_FIELD_NUMBER: _ClassVar[int]
    ROW_FIELD_NUMBER: _ClassVar[int]
    filing: bytes
    vehicle: _vocabulary_pb2.FilingVehicle
    row: int
    def __init__(self, filing: _Optional[bytes] = ..., vehicle: _Optional[_Union[_vocabulary_pb2.FilingVehicle, str]] = ..., row: _Optional[int] = ...) -> None: ...

class ListDelivered(_message.Message):
    __slots__ = ("filing", "row")
    FILING_FIELD_NUMBER: _ClassVar[int]
    ROW_FIELD_NUMBER: _ClassVar[int]
    filing: bytes
    row: int
    def __init__(self, filing: _Optional[bytes] = ..., row: _Optional[int] = ...) -> None: ...

class FilingReceived(_message.Message):
    __slots__ = ("filing",)
    FILING_FIELD_NUMBER: _ClassVar[int]
    filing: bytes
    def __init__(self, filing: _Optional[bytes] = ...) -> None: ...

class FilingAccepted(_message.Message):
    __slots__ = ("filing", "received_on")
    FILING_FIELD_NUMBER: _ClassVar[int]
    RECEIVED_ON_FIELD_NUMBER: _ClassVar[int]
    filing: bytes
    received_on: int
    def __init__(self, filing: _Optional[bytes] = ..., received_on: _Optional[int] = ...) -> None: ...

class FilingPartiallyAccepted(_message.Message):
    __slots__ = ("filing", "rejected", "reason")
    FILING_FIELD_NUMBER: _ClassVar[int]
    REJECTED_FIELD_NUMBER: _ClassVar[int]
    REASON_FIELD_NUMBER: _ClassVar[int]
    filing: bytes
    rejected: _containers.RepeatedScalarFieldContainer[int]
    reason: _vocabulary_pb2.CodedFilingRejection
    def __init__(self, filing: _Optional[bytes] = ..., rejected: _Optional[_Iterable[int]] = ..., reason: _Optional[_Union[_vocabulary_pb2.CodedFilingRejection, _Mapping]] = ...) -> None: ...

class FilingRejected(_message.Message):
    __slots__ = ("filing", "reason")
    FILING_FIELD_NUMBER: _ClassVar[int]
    REASON_FIELD_NUMBER: _ClassVar[int]
    filing: bytes
    reason: _vocabulary_pb2.CodedFilingRejection
    def __init__(self, filing: _Optional[bytes] = ..., reason: _Optional[_Union[_vocabulary_pb2.CodedFilingRejection, _Mapping]] = ...) -> None: ...

class FilingWithdrawn(_message.Message):
    __slots__ = ("filing", "reason")
    FILING_FIELD_NUMBER: _ClassVar[int]
    REASON_FIELD_NUMBER: _ClassVar[int]
    filing: bytes
    reason: _vocabulary_pb2.CodedWithdrawReason
    def __init__(self, filing: _Optional[bytes] = ..., reason: _Optional[_Union[_vocabulary_pb2.CodedWithdrawReason, _Mapping]] = ...) -> None: ...

class HearingSet(_message.Message):
    __slots__ = ("hearing_on",)
    HEARING_ON_FIELD_NUMBER: _ClassVar[int]
    hearing_on: int
    def __init__(self, hearing_on: _Optional[int] = ...) -> None: ...

class HearingContinued(_message.Message):
    __slots__ = ("hearing_on",)
    HEARING_ON_FIELD_NUMBER: _ClassVar[int]
    hearing_on: int
    def __init__(self, hearing_on: _Optional[int] = ...) -> None: ...

class ReliefGranted(_message.Message):
    __slots__ = ("order", "remedy")
    ORDER_FIELD_NUMBER: _ClassVar[int]
    REMEDY_FIELD_NUMBER: _ClassVar[int]
    order: bytes
    remedy: _vocabulary_pb2.Remedy
    def __init__(self, order: _Optional[bytes] = ..., remedy: _Optional[_Union[_vocabulary_pb2.Remedy, str]] = ...) -> None: ...

class ReliefDenied(_message.Message):
    __slots__ = ("order", "ground")
    ORDER_FIELD_NUMBER: _ClassVar[int]
    GROUND_FIELD_NUMBER: _ClassVar[int]
    order: bytes
    ground: _vocabulary_pb2.CodedDenialGround
    def __init__(self, order: _Optional[bytes] = ..., ground: _Optional[_Union[_vocabulary_pb2.CodedDenialGround, _Mapping]] = ...) -> None: ...

class OrderApplied(_message.Message):
    __slots__ = ("order", "row", "effects", "remedy")
    ORDER_FIELD_NUMBER: _ClassVar[int]
    ROW_FIELD_NUMBER: _ClassVar[int]
    EFFECTS_FIELD_NUMBER: _ClassVar[int]
    REMEDY_FIELD_NUMBER: _ClassVar[int]
    order: bytes
    row: int
    effects: _containers.RepeatedScalarFieldContainer[_vocabulary_pb2.OrderEffect]
    remedy: _vocabulary_pb2.Remedy
    def __init__(self, order: _Optional[bytes] = ..., row: _Optional[int] = ..., effects: _Optional[_Iterable[_Union[_vocabulary_pb2.OrderEffect, str]]] = ..., remedy: _Optional[_Union[_vocabulary_pb2.Remedy, str]] = ...) -> None: ...

class DispositionEntered(_message.Message):
    __slots__ = ("disposition", "severity_after", "reason", "order")
    DISPOSITION_FIELD_NUMBER: _ClassVar[int]
    SEVERITY_AFTER_FIELD_NUMBER: _ClassVar[int]
    REASON_FIELD_NUMBER: _ClassVar[int]
    ORDER_FIELD_NUMBER: _ClassVar[int]
    disposition: _vocabulary_pb2.NewDisposition
    severity_after: _vocabulary_pb2.Severity
    reason: _vocabulary_pb2.CodedDismissalReason
    order: bytes
    def __init__(self, disposition: _Optional[_Union[_vocabulary_pb2.NewDisposition, str]] = ..., severity_after: _Optional[_Union[_vocabulary_pb2.Severity, str]] = ..., reason: _Optional[_Union[_vocabulary_pb2.CodedDismissalReason, _Mapping]] = ..., order: _Optional[bytes] = ...) -> None: ...

class SealingOrdered(_message.Message):
    __slots__ = ("order",)
    ORDER_FIELD_NUMBER: _ClassVar[int]
    order: bytes
    def __init__(self, order: _Optional[bytes] = ...) -> None: ...

class SealingExecuted(_message.Message):
    __slots__ = ("surfaces", "extent", "order")
    SURFACES_FIELD_NUMBER: _ClassVar[int]
    EXTENT_FIELD_NUMBER: _ClassVar[int]
    ORDER_FIELD_NUMBER: _ClassVar[int]
    surfaces: _containers.RepeatedScalarFieldContainer[_vocabulary_pb2.SealSurface]
    extent: _vocabulary_pb2.SealExtent
    order: bytes
    def __init__(self, surfaces: _Optional[_Iterable[_Union[_vocabulary_pb2.SealSurface, str]]] = ..., extent: _Optional[_Union[_vocabulary_pb2.SealExtent, str]] = ..., order: _Optional[bytes] = ...) -> None: ...

class RecordNotFound(_message.Message):
    __slots__ = ("search",)
    SEARCH_FIELD_NUMBER: _ClassVar[int]
    search: _vocabulary_pb2.CodedSearchResult
    def __init__(self, search: _Optional[_Union[_vocabulary_pb2.CodedSearchResult, _Mapping]] = ...) -> None: ...

class RecordDestroyed(_message.Message):
    __slots__ = ("authority",)
    AUTHORITY_FIELD_NUMBER: _ClassVar[int]
    authority: _vocabulary_pb2.CodedDestructionAuthority
    def __init__(self, authority: _Optional[_Union[_vocabulary_pb2.CodedDestructionAuthority, _Mapping]] = ...) -> None: ...

class ReliefReversed(_message.Message):
    __slots__ = ("order",)
    ORDER_FIELD_NUMBER: _ClassVar[int]
    order: bytes
    def __init__(self, order: _Optional[bytes] = ...) -> None: ...

class OrderVacated(_message.Message):
    __slots__ = ("vacated", "order")
    VACATED_FIELD_NUMBER: _ClassVar[int]
    ORDER_FIELD_NUMBER: _ClassVar[int]
    vacated: bytes
    order: bytes
    def __init__(self, vacated: _Optional[bytes] = ..., order: _Optional[bytes] = ...) -> None: ...

class Unsealed(_message.Message):
    __slots__ = ("order",)
    ORDER_FIELD_NUMBER: _ClassVar[int]
    order: bytes
    def __init__(self, order: _Optional[bytes] = ...) -> None: ...

class DispositionReportedToDoj(_message.Message):
    __slots__ = ("method",)
    METHOD_FIELD_NUMBER: _ClassVar[int]
    method: _vocabulary_pb2.ReportMethod
    def __init__(self, method: _Optional[_Union[_vocabulary_pb2.ReportMethod, str]] = ...) -> None: ...

class DojReportRejected(_message.Message):
    __slots__ = ("reason",)
    REASON_FIELD_NUMBER: _ClassVar[int]
    reason: _vocabulary_pb2.CodedDojRejection
    def __init__(self, reason: _Optional[_Union[_vocabulary_pb2.CodedDojRejection, _Mapping]] = ...) -> None: ...

class DojRecordUpdated(_message.Message):
    __slots__ = ()
    def __init__(self) -> None: ...

class DojRecordRegressed(_message.Message):
    __slots__ = ()
    def __init__(self) -> None: ...

class PersonNoticeAttempted(_message.Message):
    __slots__ = ("channel",)
    CHANNEL_FIELD_NUMBER: _ClassVar[int]
    channel: _vocabulary_pb2.NoticeChannel
    def __init__(self, channel: _Optional[_Union[_vocabulary_pb2.NoticeChannel, str]] = ...) -> None: ...

class PersonNoticeDelivered(_message.Message):
    __slots__ = ()
    def __init__(self) -> None: ...

class PersonNoticeUndeliverable(_message.Message):
    __slots__ = ()
    def __init__(self) -> None: ...

class PersonNoticeWaived(_message.Message):
    __slots__ = ()
    def __init__(self) -> None: ...

class CustodianAcknowledged(_message.Message):
    __slots__ = ("custodian",)
    CUSTODIAN_FIELD_NUMBER: _ClassVar[int]
    custodian: _vocabulary_pb2.Custodian
    def __init__(self, custodian: _Optional[_Union[_vocabulary_pb2.Custodian, str]] = ...) -> None: ...

class CaseWithdrawn(_message.Message):
    __slots__ = ("reason",)
    REASON_FIELD_NUMBER: _ClassVar[int]
    reason: _vocabulary_pb2.CodedWithdrawReason
    def __init__(self, reason: _Optional[_Union[_vocabulary_pb2.CodedWithdrawReason, _Mapping]] = ...) -> None: ...

class DuplicateLinked(_message.Message):
    __slots__ = ("canonical", "basis")
    CANONICAL_FIELD_NUMBER: _ClassVar[int]
    BASIS_FIELD_NUMBER: _ClassVar[int]
    canonical: bytes
    basis: _vocabulary_pb2.CodedDuplicateBasis
    def __init__(self, canonical: _Optional[bytes] = ..., basis: _Optional[_Union[_vocabulary_pb2.CodedDuplicateBasis, _Mapping]] = ...) -> None: ...

class DuplicateUnlinked(_message.Message):
    __slots__ = ("basis",)
    BASIS_FIELD_NUMBER: _ClassVar[int]
    basis: _vocabulary_pb2.CodedUnlinkBasis
    def __init__(self, basis: _Optional[_Union[_vocabulary_pb2.CodedUnlinkBasis, _Mapping]] = ...) -> None: ...

class CaseReopened(_message.Message):
    __slots__ = ("reason",)
    REASON_FIELD_NUMBER: _ClassVar[int]
    reason: _vocabulary_pb2.CodedReopenReason
    def __init__(self, reason: _Optional[_Union[_vocabulary_pb2.CodedReopenReason, _Mapping]] = ...) -> None: ...

class CaseVoided(_message.Message):
    __slots__ = ("reason", "approver")
    REASON_FIELD_NUMBER: _ClassVar[int]
    APPROVER_FIELD_NUMBER: _ClassVar[int]
    reason: _vocabulary_pb2.CodedVoidReason
    approver: str
    def __init__(self, reason: _Optional[_Union[_vocabulary_pb2.CodedVoidReason, _Mapping]] = ..., approver: _Optional[str] = ...) -> None: ...

class IdentityMismatchReported(_message.Message):
    __slots__ = ("kind",)
    KIND_FIELD_NUMBER: _ClassVar[int]
    kind: _vocabulary_pb2.CodedMismatchKind
    def __init__(self, kind: _Optional[_Union[_vocabulary_pb2.CodedMismatchKind, _Mapping]] = ...) -> None: ...

class PersonLinked(_message.Message):
    __slots__ = ("person",)
    PERSON_FIELD_NUMBER: _ClassVar[int]
    person: bytes
    def __init__(self, person: _Optional[bytes] = ...) -> None: ...

class PersonUnlinked(_message.Message):
    __slots__ = ("person",)
    PERSON_FIELD_NUMBER: _ClassVar[int]
    person: bytes
    def __init__(self, person: _Optional[bytes] = ...) -> None: ...
