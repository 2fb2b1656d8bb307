from caseledger.event.v1 import policy_pb2 as _policy_pb2
from caseledger.event.v1 import vocabulary_pb2 as _vocabulary_pb2
from google.protobuf.internal import containers as _containers
from google.protobuf.internal import enum_type_wrapper as _enum_type_wrapper
from google.protobuf import descriptor as _descriptor
from google.protobuf import message as _message
from collections.abc import Iterable as _Iterable, Mapping as _Mapping
from typing import ClassVar as _ClassVar, Optional as _Optional, Union as _Union

DESCRIPTOR: _descriptor.FileDescriptor

class Decision(int, metaclass=_enum_type_wrapper.EnumTypeWrapper):
    __slots__ = ()
    DECISION_UNSPECIFIED: _ClassVar[Decision]
    DECISION_IDENTIFIED: _ClassVar[Decision]
    DECISION_HAND_REVIEW: _ClassVar[Decision]
    DECISION_REFERRED: _ClassVar[Decision]
    DECISION_INELIGIBLE: _ClassVar[Decision]
    DECISION_ELIGIBLE: _ClassVar[Decision]
    DECISION_UNDER_REVIEW: _ClassVar[Decision]
    DECISION_APPROVED: _ClassVar[Decision]
    DECISION_CHALLENGED: _ClassVar[Decision]
    DECISION_FILED_PENDING: _ClassVar[Decision]
    DECISION_FILING_REJECTED: _ClassVar[Decision]
    DECISION_FILED: _ClassVar[Decision]
    DECISION_HEARING_SET: _ClassVar[Decision]
    DECISION_GRANTED: _ClassVar[Decision]
    DECISION_DENIED: _ClassVar[Decision]
    DECISION_DECLINED: _ClassVar[Decision]
    DECISION_WITHDRAWN: _ClassVar[Decision]
    DECISION_PRIOR_RELIEF: _ClassVar[Decision]
    DECISION_NOT_FOUND: _ClassVar[Decision]
    DECISION_DESTROYED: _ClassVar[Decision]
    DECISION_DUPLICATE: _ClassVar[Decision]
    DECISION_VOIDED: _ClassVar[Decision]

class Disposition(int, metaclass=_enum_type_wrapper.EnumTypeWrapper):
    __slots__ = ()
    DISPOSITION_UNSPECIFIED: _ClassVar[Disposition]
    DISPOSITION_CONVICTION: _ClassVar[Disposition]
    DISPOSITION_DISMISSED: _ClassVar[Disposition]
    DISPOSITION_REDESIGNATED: _ClassVar[Disposition]
    DISPOSITION_RESENTENCED: _ClassVar[Disposition]
    DISPOSITION_NOT_FOUND: _ClassVar[Disposition]
    DISPOSITION_DESTROYED: _ClassVar[Disposition]

class Seal(int, metaclass=_enum_type_wrapper.EnumTypeWrapper):
    __slots__ = ()
    SEAL_UNSPECIFIED: _ClassVar[Seal]
    SEAL_OPEN: _ClassVar[Seal]
    SEAL_SEAL_ORDERED: _ClassVar[Seal]
    SEAL_SEALED: _ClassVar[Seal]
    SEAL_UNSEALED: _ClassVar[Seal]

class Repository(int, metaclass=_enum_type_wrapper.EnumTypeWrapper):
    __slots__ = ()
    REPOSITORY_UNSPECIFIED: _ClassVar[Repository]
    REPOSITORY_NOT_REPORTED: _ClassVar[Repository]
    REPOSITORY_REPORTED: _ClassVar[Repository]
    REPOSITORY_REJECTED: _ClassVar[Repository]
    REPOSITORY_UPDATED: _ClassVar[Repository]
    REPOSITORY_REGRESSED: _ClassVar[Repository]

class Notice(int, metaclass=_enum_type_wrapper.EnumTypeWrapper):
    __slots__ = ()
    NOTICE_UNSPECIFIED: _ClassVar[Notice]
    NOTICE_NONE: _ClassVar[Notice]
    NOTICE_ATTEMPTED: _ClassVar[Notice]
    NOTICE_DELIVERED: _ClassVar[Notice]
    NOTICE_UNDELIVERABLE: _ClassVar[Notice]
    NOTICE_WAIVED: _ClassVar[Notice]
DECISION_UNSPECIFIED: Decision
DECISION_IDENTIFIED: Decision
DECISION_HAND_REVIEW: Decision
DECISION_REFERRED: Decision
DECISION_INELIGIBLE: Decision
DECISION_ELIGIBLE: Decision
DECISION_UNDER_REVIEW: Decision
DECISION_APPROVED: Decision
DECISION_CHALLENGED: Decision
DECISION_FILED_PENDING: Decision
DECISION_FILING_REJECTED: Decision
DECISION_FILED: Decision
DECISION_HEARING_SET: Decision
DECISION_GRANTED: Decision
DECISION_DENIED: Decision
DECISION_DECLINED: Decision
DECISION_WITHDRAWN: Decision
DECISION_PRIOR_RELIEF: Decision
DECISION_NOT_FOUND: Decision
DECISION_DESTROYED: Decision
DECISION_DUPLICATE: Decision
DECISION_VOIDED: Decision
DISPOSITION_UNSPECIFIED: Disposition
DISPOSITION_CONVICTION: Disposition
DISPOSITION_DISMISSED: Disposition
DISPOSITION_REDESIGNATED: Disposition
DISPOSITION_RESENTENCED: Disposition
DISPOSITION_NOT_FOUND: Disposition
DISPOSITION_DESTROYED: Disposition
SEAL_UNSPECIFIED: Seal
SEAL_OPEN: Seal
SEAL_SEAL_ORDERED: Seal
SEAL_SEALED: Seal
SEAL_UNSEALED: Seal
REPOSITORY_UNSPECIFIED: Repository
REPOSITORY_NOT_REPORTED: Repository
REPOSITORY_REPORTED: Repository
REPOSITORY_REJECTED: Repository
REPOSITORY_UPDATED: Repository
REPOSITORY_REGRESSED: Repository
NOTICE_UNSPECIFIED: Notice
NOTICE_NONE: Notice
NOTICE_ATTEMPTED: Notice
NOTICE_DELIVERED: Notice
NOTICE_UNDELIVERABLE: Notice
NOTICE_WAIVED: Notice

class Charge(_message.Message):
    __slots__ = ("id", "section", "family", "severity", "conviction_year", "counts", "sentence", "in_comment_only")
    ID_FIELD_NUMBER: _ClassVar[int]
    SECTION_FIELD_NUMBER: _ClassVar[int]
    FAMILY_FIELD_NUMBER: _ClassVar[int]
    SEVERITY_FIELD_NUMBER: _ClassVar[int]
    CONVICTION_YEAR_FIELD_NUMBER: _ClassVar[int]
    COUNTS_FIELD_NUMBER: _ClassVar[int]
    SENTENCE_FIELD_NUMBER: _ClassVar[int]
    IN_COMMENT_ONLY_FIELD_NUMBER: _ClassVar[int]
    id: int
    section: str
    family: _vocabulary_pb2.Family
    severity: _vocabulary_pb2.Severity
    conviction_year: int
    counts: int
    sentence: _vocabulary_pb2.Supervision
    in_comment_only: bool
    def __init__(self, id: _Optional[int] = ..., section: _Optional[str] = ..., family: _Optional[_Union[_vocabulary_pb2.Family, str]] = ..., severity: _Optional[_Union[_vocabulary_pb2.Severity, str]] = ..., conviction_year: _Optional[int] = ..., counts: _Optional[int] = ..., sentence: _Optional[_Union[_vocabulary_pb2.Supervision, str]] = ..., in_comment_only: _Optional[bool] = ...) -> None: ...

class Determined(_message.Message):
    __slots__ = ("determination", "remedy", "reason", "rules", "revision")
    DETERMINATION_FIELD_NUMBER: _ClassVar[int]
    REMEDY_FIELD_NUMBER: _ClassVar[int]
    REASON_FIELD_NUMBER: _ClassVar[int]
    RULES_FIELD_NUMBER: _ClassVar[int]
    REVISION_FIELD_NUMBER: _ClassVar[int]
    determination: _vocabulary_pb2.Determination
    remedy: _vocabulary_pb2.Remedy
    reason: _vocabulary_pb2.CodedDeterminationReason
    rules: _policy_pb2.RuleSet
    revision: int
    def __init__(self, determination: _Optional[_Union[_vocabulary_pb2.Determination, str]] = ..., remedy: _Optional[_Union[_vocabulary_pb2.Remedy, str]] = ..., reason: _Optional[_Union[_vocabulary_pb2.CodedDeterminationReason, _Mapping]] = ..., rules: _Optional[_Union[_policy_pb2.RuleSet, _Mapping]] = ..., revision: _Optional[int] = ...) -> None: ...

class ChargeState(_message.Message):
    __slots__ = ("charge", "decision", "decided_on", "decision_before", "determined", "proposed", "disposition", "disposition_on", "severity_after", "seal", "seal_on", "surfaces", "extent", "repository", "repository_on", "notice", "notice_on", "order", "seal_order", "filing", "supervision", "referred_to", "claimed", "submitted", "entered_since", "case_word", "case_word_on")
    CHARGE_FIELD_NUMBER: _ClassVar[int]
    DECISION_FIELD_NUMBER: _ClassVar[int]
    DECIDED_ON_FIELD_NUMBER: _ClassVar[int]
    DECISION_BEFORE_FIELD_NUMBER: _ClassVar[int]
    DETERMINED_FIELD_NUMBER: _ClassVar[int]
    PROPOSED_FIELD_NUMBER: _ClassVar[int]
    DISPOSITION_FIELD_NUMBER: _ClassVar[int]
    DISPOSITION_ON_FIELD_NUMBER: _ClassVar[int]
    SEVERITY_AFTER_FIELD_NUMBER: _ClassVar[int]
    SEAL_FIELD_NUMBER: _ClassVar[int]
    SEAL_ON_FIELD_NUMBER: _ClassVar[int]
    SURFACES_FIELD_NUMBER: _ClassVar[int]
    EXTENT_FIELD_NUMBER: _ClassVar[int]
    REPOSITORY_FIELD_NUMBER: _ClassVar[int]
    REPOSITORY_ON_FIELD_NUMBER: _ClassVar[int]
    NOTICE_FIELD_NUMBER: _ClassVar[int]
    NOTICE_ON_FIELD_NUMBER: _ClassVar[int]
    ORDER_FIELD_NUMBER: _ClassVar[int]
    SEAL_ORDER_FIELD_NUMBER: _ClassVar[int]
    FILING_FIELD_NUMBER: _ClassVar[int]
    SUPERVISION_FIELD_NUMBER: _ClassVar[int]
    REFERRED_TO_FIELD_NUMBER: _ClassVar[int]
    CLAIMED_FIELD_NUMBER: _ClassVar[int]
    SUBMITTED_FIELD_NUMBER: _ClassVar[int]
    ENTERED_SINCE_FIELD_NUMBER: _ClassVar[int]
    CASE_WORD_FIELD_NUMBER: _ClassVar[int]
    CASE_WORD_ON_FIELD_NUMBER: _ClassVar[int]
    charge: Charge
    decision: Decision
    decided_on: int
    decision_before: Decision
    determined: Determined
    proposed: _vocabulary_pb2.Determination
    disposition: Disposition
    disposition_on: int
    severity_after: _vocabulary_pb2.Severity
    seal: Seal
    seal_on: int
    surfaces: _containers.RepeatedScalarFieldContainer[_vocabulary_pb2.SealSurface]
    extent: _vocabulary_pb2.SealExtent
    repository: Repository
    repository_on: int
    notice: Notice
    notice_on: int
    order: bytes
    seal_order: bytes
    filing: bytes
    supervision: _vocabulary_pb2.Supervision
    referred_to: str
    claimed: Decision
    submitted: bytes
    entered_since: int
    case_word: Repository
    case_word_on: int
    def __init__(self, charge: _Optional[_Union[Charge, _Mapping]] = ..., decision: _Optional[_Union[Decision, str]] = ..., decided_on: _Optional[int] = ..., decision_before: _Optional[_Union[Decision, str]] = ..., determined: _Optional[_Union[Determined, _Mapping]] = ..., proposed: _Optional[_Union[_vocabulary_pb2.Determination, str]] = ..., disposition: _Optional[_Union[Disposition, str]] = ..., disposition_on: _Optional[int] = ..., severity_after: _Optional[_Union[_vocabulary_pb2.Severity, str]] = ..., seal: _Optional[_Union[Seal, str]] = ..., seal_on: _Optional[int] = ..., surfaces: _Optional[_Iterable[_Union[_vocabulary_pb2.SealSurface, str]]] = ..., extent: _Optional[_Union[_vocabulary_pb2.SealExtent, str]] = ..., repository: _Optional[_Union[Repository, str]] = ..., repository_on: _Optional[int] = ..., notice: _Optional[_Union[Notice, str]] = ..., notice_on: _Optional[int] = ..., order: _Optional[bytes] = ..., seal_order: _Optional[bytes] = ..., filing: _Optional[bytes] = ..., supervision: _Optional[_Union[_vocabulary_pb2.Supervision, str]] = ..., referred_to: _Optional[str] = ..., claimed: _Optional[_Union[Decision, str]] = ..., submitted: _Optional[bytes] = ..., entered_since: _Optional[int] = ..., case_word: _Optional[_Union[Repository, str]] = ..., case_word_on: _Optional[int] = ...) -> None: ...
