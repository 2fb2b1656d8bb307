from caseledger.event.v1 import charge_pb2 as _charge_pb2
from caseledger.event.v1 import event_pb2 as _event_pb2
from caseledger.event.v1 import manifest_pb2 as _manifest_pb2
from caseledger.event.v1 import org_fact_pb2 as _org_fact_pb2
from caseledger.event.v1 import policy_pb2 as _policy_pb2
from caseledger.event.v1 import vocabulary_pb2 as _vocabulary_pb2
from caseledger.v1 import types_pb2 as _types_pb2
from google.protobuf.internal import containers as _containers
from google.protobuf.internal import enum_type_wrapper as _enum_type_wrapper
from google.protobuf import descriptor as _descriptor
from google.protobuf import message as _message
from collections.abc import Iterable as _Iterable, Mapping as _Mapping
from typing import ClassVar as _ClassVar, Optional as _Optional, Union as _Union

DESCRIPTOR: _descriptor.FileDescriptor

class Phase(int, metaclass=_enum_type_wrapper.EnumTypeWrapper):
    __slots__ = ()
    PHASE_UNSPECIFIED: _ClassVar[Phase]
    PHASE_IDENTIFIED: _ClassVar[Phase]
    PHASE_ELIGIBLE: _ClassVar[Phase]
    PHASE_APPROVED: _ClassVar[Phase]
    PHASE_FILED: _ClassVar[Phase]
    PHASE_DISMISSED: _ClassVar[Phase]
    PHASE_SEALED: _ClassVar[Phase]

class Exit(int, metaclass=_enum_type_wrapper.EnumTypeWrapper):
    __slots__ = ()
    EXIT_UNSPECIFIED: _ClassVar[Exit]
    EXIT_INELIGIBLE: _ClassVar[Exit]
    EXIT_CHALLENGED: _ClassVar[Exit]
    EXIT_DENIED: _ClassVar[Exit]
    EXIT_DECLINED: _ClassVar[Exit]
    EXIT_WITHDRAWN: _ClassVar[Exit]
    EXIT_DUPLICATE: _ClassVar[Exit]
    EXIT_VOIDED: _ClassVar[Exit]
    EXIT_DESTROYED: _ClassVar[Exit]
    EXIT_NOT_FOUND: _ClassVar[Exit]
    EXIT_PRIOR_RELIEF: _ClassVar[Exit]

class InitiativeStatus(int, metaclass=_enum_type_wrapper.EnumTypeWrapper):
    __slots__ = ()
    INITIATIVE_STATUS_UNSPECIFIED: _ClassVar[InitiativeStatus]
    INITIATIVE_STATUS_PLANNED: _ClassVar[InitiativeStatus]
    INITIATIVE_STATUS_ANNOUNCED: _ClassVar[InitiativeStatus]
    INITIATIVE_STATUS_RUNNING: _ClassVar[InitiativeStatus]
    INITIATIVE_STATUS_CLOSED_WITH_REMAINDER: _ClassVar[InitiativeStatus]
    INITIATIVE_STATUS_COMPLETE: _ClassVar[InitiativeStatus]

class CohortStatus(int, metaclass=_enum_type_wrapper.EnumTypeWrapper):
    __slots__ = ()
    COHORT_STATUS_UNSPECIFIED: _ClassVar[CohortStatus]
    COHORT_STATUS_OPEN: _ClassVar[CohortStatus]
    COHORT_STATUS_MANIFEST_SEALED: _ClassVar[CohortStatus]
    COHORT_STATUS_SUPERSEDED: _ClassVar[CohortStatus]

class FilingStatus(int, metaclass=_enum_type_wrapper.EnumTypeWrapper):
    __slots__ = ()
    FILING_STATUS_UNSPECIFIED: _ClassVar[FilingStatus]
    FILING_STATUS_PREPARED: _ClassVar[FilingStatus]
    FILING_STATUS_SENT: _ClassVar[FilingStatus]
    FILING_STATUS_RECEIVED: _ClassVar[FilingStatus]
    FILING_STATUS_ACCEPTED: _ClassVar[FilingStatus]
    FILING_STATUS_PARTIALLY_ACCEPTED: _ClassVar[FilingStatus]
    FILING_STATUS_REJECTED: _ClassVar[FilingStatus]
    FILING_STATUS_WITHDRAWN: _ClassVar[FilingStatus]
    FILING_STATUS_RECONCILED: _ClassVar[FilingStatus]
    FILING_STATUS_UNMAPPED: _ClassVar[FilingStatus]

class OrderStatus(int, metaclass=_enum_type_wrapper.EnumTypeWrapper):
    __slots__ = ()
    ORDER_STATUS_UNSPECIFIED: _ClassVar[OrderStatus]
    ORDER_STATUS_PROPOSED: _ClassVar[OrderStatus]
    ORDER_STATUS_SUBMITTED: _ClassVar[OrderStatus]
    ORDER_STATUS_SIGNED: _ClassVar[OrderStatus]
    ORDER_STATUS_FILED: _ClassVar[OrderStatus]
    ORDER_STATUS_APPLIED: _ClassVar[OrderStatus]
    ORDER_STATUS_VACATED: _ClassVar[OrderStatus]

class Unit(int, metaclass=_enum_type_wrapper.EnumTypeWrapper):
    __slots__ = ()
    UNIT_UNSPECIFIED: _ClassVar[Unit]
    UNIT_CASES: _ClassVar[Unit]
    UNIT_CHARGES: _ClassVar[Unit]
    UNIT_PEOPLE: _ClassVar[Unit]
PHASE_UNSPECIFIED: Phase
PHASE_IDENTIFIED: Phase
PHASE_ELIGIBLE: Phase
PHASE_APPROVED: Phase
PHASE_FILED: Phase
PHASE_DISMISSED: Phase
PHASE_SEALED: Phase
EXIT_UNSPECIFIED: Exit
EXIT_INELIGIBLE: Exit
EXIT_CHALLENGED: Exit
EXIT_DENIED: Exit
EXIT_DECLINED: Exit
EXIT_WITHDRAWN: Exit
EXIT_DUPLICATE: Exit
EXIT_VOIDED: Exit
EXIT_DESTROYED: Exit
EXIT_NOT_FOUND: Exit
EXIT_PRIOR_RELIEF: Exit
INITIATIVE_STATUS_UNSPECIFIED: InitiativeStatus
INITIATIVE_STATUS_PLANNED: InitiativeStatus
INITIATIVE_STATUS_ANNOUNCED: InitiativeStatus
INITIATIVE_STATUS_RUNNING: InitiativeStatus
INITIATIVE_STATUS_CLOSED_WITH_REMAINDER: InitiativeStatus
INITIATIVE_STATUS_COMPLETE: InitiativeStatus
COHORT_STATUS_UNSPECIFIED: CohortStatus
COHORT_STATUS_OPEN: CohortStatus
COHORT_STATUS_MANIFEST_SEALED: CohortStatus
COHORT_STATUS_SUPERSEDED: CohortStatus
FILING_STATUS_UNSPECIFIED: FilingStatus
FILING_STATUS_PREPARED: FilingStatus
FILING_STATUS_SENT: FilingStatus
FILING_STATUS_RECEIVED: FilingStatus
FILING_STATUS_ACCEPTED: FilingStatus
FILING_STATUS_PARTIALLY_ACCEPTED: FilingStatus
FILING_STATUS_REJECTED: FilingStatus
FILING_STATUS_WITHDRAWN: FilingStatus
FILING_STATUS_RECONCILED: FilingStatus
FILING_STATUS_UNMAPPED: FilingStatus
ORDER_STATUS_UNSPECIFIED: OrderStatus
ORDER_STATUS_PROPOSED: OrderStatus
ORDER_STATUS_SUBMITTED: OrderStatus
ORDER_STATUS_SIGNED: OrderStatus
ORDER_STATUS_FILED: OrderStatus
ORDER_STATUS_APPLIED: OrderStatus
ORDER_STATUS_VACATED: OrderStatus
UNIT_UNSPECIFIED: Unit
UNIT_CASES: Unit
UNIT_CHARGES: Unit
UNIT_PEOPLE: Unit

class GetCaseRequest(_message.Message):
    __slots__ = ("case_id", "case_key", "as_of")
    CASE_ID_FIELD_NUMBER: _ClassVar[int]
    CASE_KEY_FIELD_NUMBER: _ClassVar[int]
    AS_OF_FIELD_NUMBER: _ClassVar[int]
    case_id: bytes
    case_key: _types_pb2.CaseKey
    as_of: int
    def __init__(self, case_id: _Optional[bytes] = ..., case_key: _Optional[_Union[_types_pb2.CaseKey, _Mapping]] = ..., as_of: _Optional[int] = ...) -> None: ...

class GetCaseResponse(_message.Message):
    __slots__ = ("case", "complete_to")
    CASE_FIELD_NUMBER: _ClassVar[int]
    COMPLETE_TO_FIELD_NUMBER: _ClassVar[int]
    case: Case
    complete_to: int
    def __init__(self, case: _Optional[_Union[Case, _Mapping]] = ..., complete_to: _Optional[int] = ...) -> None: ...

class Case(_message.Message):
    __slots__ = ("case_id", "revisions", "identity", "sightings", "charges", "held", "custodians", "duplicate_of", "defender_noticed", "mismatch_open", "flags", "retracted", "phase", "any_phase", "exit", "counted", "all_relieved", "other_convictions_remain", "complete")
    CASE_ID_FIELD_NUMBER: _ClassVar[int]
    REVISIONS_FIELD_NUMBER: _ClassVar[int]
    IDENTITY_FIELD_NUMBER: _ClassVar[int]
    SIGHTINGS_FIELD_NUMBER: _ClassVar[int]
    CHARGES_FIELD_NUMBER: _ClassVar[int]
    HELD_FIELD_NUMBER: _ClassVar[int]
    CUSTODIANS_FIELD_NUMBER: _ClassVar[int]
    DUPLICATE_OF_FIELD_NUMBER: _ClassVar[int]
    DEFENDER_NOTICED_FIELD_NUMBER: _ClassVar[int]
    MISMATCH_OPEN_FIELD_NUMBER: _ClassVar[int]
    FLAGS_FIELD_NUMBER: _ClassVar[int]
    RETRACTED_FIELD_NUMBER: _ClassVar[int]
    PHASE_FIELD_NUMBER: _ClassVar[int]
    ANY_PHASE_FIELD_NUMBER: _ClassVar[int]
    EXIT_FIELD_NUMBER: _ClassVar[int]
    COUNTED_FIELD_NUMBER: _ClassVar[int]
    ALL_RELIEVED_FIELD_NUMBER: _ClassVar[int]
    OTHER_CONVICTIONS_REMAIN_FIELD_NUMBER: _ClassVar[int]
    COMPLETE_FIELD_NUMBER: _ClassVar[int]
    case_id: bytes
    revisions: int
    identity: CaseIdentity
    sightings: _containers.RepeatedCompositeFieldContainer[Sighting]
    charges: _containers.RepeatedCompositeFieldContainer[ChargeCard]
    held: _containers.RepeatedCompositeFieldContainer[HeldConfirmation]
    custodians: _containers.RepeatedScalarFieldContainer[_vocabulary_pb2.Custodian]
    duplicate_of: bytes
    defender_noticed: bool
    mismatch_open: bool
    flags: _containers.RepeatedScalarFieldContainer[_event_pb2.Flag]
    retracted: _containers.RepeatedScalarFieldContainer[int]
    phase: Phase
    any_phase: Phase
    exit: Exit
    counted: bool
    all_relieved: bool
    other_convictions_remain: bool
    complete: bool
    def __init__(self, case_id: _Optional[bytes] = ..., revisions: _Optional[int] = ..., identity: _Optional[_Union[CaseIdentity, _Mapping]] = ..., sightings: _Optional[_Iterable[_Union[Sighting, _Mapping]]] = ..., charges: _Optional[_Iterable[_Union[ChargeCard, _Mapping]]] = ..., held: _Optional[_Iterable[_Union[HeldConfirmation, _Mapping]]] = ..., custodians: _Optional[_Iterable[_Union[_vocabulary_pb2.Custodian, str]]] = ..., duplicate_of: _Optional[bytes] = ..., defender_noticed: _Optional[bool] = ..., mismatch_open: _Optional[bool] = ..., flags: _Optional[_Iterable[_Union[_event_pb2.Flag, str]]] = ..., retracted: _Optional[_Iterable[int]] = ..., phase: _Optional[_Union[Phase, str]] = ..., any_phase: _Optional[_Union[Phase, str]] = ..., exit: _Optional[_Union[Exit, str]] = ..., counted: _Optional[bool] = ..., all_relieved: _Optional[bool] = ..., other_convictions_remain: _Optional[bool] = ..., complete: _Optional[bool] = ...) -> None: ...

class CaseIdentity(_message.Message):
    __slots__ = ("county", "court", "agency", "person")
    COUNTY_FIELD_NUMBER: _ClassVar[int]
    COURT_FIELD_NUMBER: _ClassVar[int]
    AGENCY_FIELD_NUMBER: _ClassVar[int]
    PERSON_FIELD_NUMBER: _ClassVar[int]
    county: int
    court: str
    agency: str
    person: bytes
    def __init__(self, county: _Optional[int] = ..., court: _Optional[str] = ..., agency: _Optional[str] = ..., person: _Optional[bytes] = ...) -> None: ...

class Sighting(_message.Message):
    __slots__ = ("cohort", "source", "row", "listed")
    COHORT_FIELD_NUMBER: _ClassVar[int]
    SOURCE_FIELD_NUMBER: _ClassVar[int]
    ROW_FIELD_NUMBER: _ClassVar[int]
    LISTED_FIELD_NUMBER: _ClassVar[int]
    cohort: str
    source: _vocabulary_pb2.Source
    row: int
    listed: bool
    def __init__(self, cohort: _Optional[str] = ..., source: _Optional[_Union[_vocabulary_pb2.Source, str]] = ..., row: _Optional[int] = ..., listed: _Optional[bool] = ...) -> None: ...

class ChargeCard(_message.Message):
    __slots__ = ("state", "phase", "exit", "pursued", "complete")
    STATE_FIELD_NUMBER: _ClassVar[int]
    PHASE_FIELD_NUMBER: _ClassVar[int]
    EXIT_FIELD_NUMBER: _ClassVar[int]
    PURSUED_FIELD_NUMBER: _ClassVar[int]
    COMPLETE_FIELD_NUMBER: _ClassVar[int]
    state: _charge_pb2.ChargeState
    phase: Phase
    exit: Exit
    pursued: bool
    complete: bool
    def __init__(self, state: _Optional[_Union[_charge_pb2.ChargeState, _Mapping]] = ..., phase: _Optional[_Union[Phase, str]] = ..., exit: _Optional[_Union[Exit, str]] = ..., pursued: _Optional[bool] = ..., complete: _Optional[bool] = ...) -> None: ...

class HeldConfirmation(_message.Message):
    __slots__ = ("revision", "occurred_on", "role", "fact", "charges")
    REVISION_FIELD_NUMBER: _ClassVar[int]
    OCCURRED_ON_FIELD_NUMBER: _ClassVar[int]
    ROLE_FIELD_NUMBER: _ClassVar[int]
    FACT_FIELD_NUMBER: _ClassVar[int]
    CHARGES_FIELD_NUMBER: _ClassVar[int]
    revision: int
    occurred_on: int
    role: _vocabulary_pb2.Role
    fact: _event_pb2.Fact
    charges: _containers.RepeatedScalarFieldContainer[int]
    def __init__(self, revision: _Optional[int] = ..., occurred_on: _Optional[int] = ..., role: _Optional[_Union[_vocabulary_pb2.Role, str]] = ..., fact: _Optional[_Union[_event_pb2.Fact, _Mapping]] = ..., charges: _Optional[_Iterable[int]] = ...) -> None: ...

class Filter(_message.Message):
    __slots__ = ("dimension", "values")
    DIMENSION_FIELD_NUMBER: _ClassVar[int]
    VALUES_FIELD_NUMBER: _ClassVar[int]
    dimension: str
    values: _containers.RepeatedScalarFieldContainer[str]
    def __init__(self, dimension: _Optional[str] = ..., values: _Optional[_Iterable[str]] = ...) -> None: ...

class ListCasesRequest(_message.Message):
    __slots__ = ("filters", "page")
    FILTERS_FIELD_NUMBER: _ClassVar[int]
    PAGE_FIELD_NUMBER: _ClassVar[int]
    filters: _containers.RepeatedCompositeFieldContainer[Filter]
    page: _types_pb2.Page
    def __init__(self, filters: _Optional[_Iterable[_Union[Filter, _Mapping]]] = ..., page: _Optional[_Union[_types_pb2.Page, _Mapping]] = ...) -> None: ...

class ListCasesResponse(_message.Message):
    __slots__ = ("cases", "next", "complete_to")
    CASES_FIELD_NUMBER: _ClassVar[int]
    NEXT_FIELD_NUMBER: _ClassVar[int]
    COMPLETE_TO_FIELD_NUMBER: _ClassVar[int]
    cases: _containers.RepeatedCompositeFieldContainer[CaseRow]
    next: str
    complete_to: int
    def __init__(self, cases: _Optional[_Iterable[_Union[CaseRow, _Mapping]]] = ..., next: _Optional[str] = ..., complete_to: _Optional[int] = ...) -> None: ...

class CaseRow(_message.Message):
    __slots__ = ("case_id", "phase", "exit", "counted")
    CASE_ID_FIELD_NUMBER: _ClassVar[int]
    PHASE_FIELD_NUMBER: _ClassVar[int]
    EXIT_FIELD_NUMBER: _ClassVar[int]
    COUNTED_FIELD_NUMBER: _ClassVar[int]
    case_id: bytes
    phase: Phase
    exit: Exit
    counted: bool
    def __init__(self, case_id: _Optional[bytes] = ..., phase: _Optional[_Union[Phase, str]] = ..., exit: _Optional[_Union[Exit, str]] = ..., counted: _Optional[bool] = ...) -> None: ...

class GetHistoryRequest(_message.Message):
    __slots__ = ("stream", "as_of", "from_revision", "limit")
    STREAM_FIELD_NUMBER: _ClassVar[int]
    AS_OF_FIELD_NUMBER: _ClassVar[int]
    FROM_REVISION_FIELD_NUMBER: _ClassVar[int]
    LIMIT_FIELD_NUMBER: _ClassVar[int]
    stream: _types_pb2.StreamRef
    as_of: int
    from_revision: int
    limit: int
    def __init__(self, stream: _Optional[_Union[_types_pb2.StreamRef, _Mapping]] = ..., as_of: _Optional[int] = ..., from_revision: _Optional[int] = ..., limit: _Optional[int] = ...) -> None: ...

class GetHistoryResponse(_message.Message):
    __slots__ = ("events", "revisions", "complete_to")
    EVENTS_FIELD_NUMBER: _ClassVar[int]
    REVISIONS_FIELD_NUMBER: _ClassVar[int]
    COMPLETE_TO_FIELD_NUMBER: _ClassVar[int]
    events: _containers.RepeatedCompositeFieldContainer[_types_pb2.RecordedEvent]
    revisions: int
    complete_to: int
    def __init__(self, events: _Optional[_Iterable[_Union[_types_pb2.RecordedEvent, _Mapping]]] = ..., revisions: _Optional[int] = ..., complete_to: _Optional[int] = ...) -> None: ...

class LookUpRequest(_message.Message):
    __slots__ = ("case_key", "person")
    CASE_KEY_FIELD_NUMBER: _ClassVar[int]
    PERSON_FIELD_NUMBER: _ClassVar[int]
    case_key: _types_pb2.CaseKey
    person: _types_pb2.PersonIdentifier
    def __init__(self, case_key: _Optional[_Union[_types_pb2.CaseKey, _Mapping]] = ..., person: _Optional[_Union[_types_pb2.PersonIdentifier, _Mapping]] = ...) -> None: ...

class LookUpResponse(_message.Message):
    __slots__ = ("case_ids", "complete_to")
    CASE_IDS_FIELD_NUMBER: _ClassVar[int]
    COMPLETE_TO_FIELD_NUMBER: _ClassVar[int]
    case_ids: _containers.RepeatedScalarFieldContainer[bytes]
    complete_to: int
    def __init__(self, case_ids: _Optional[_Iterable[bytes]] = ..., complete_to: _Optional[int] = ...) -> None: ...

class ListUnmatchedRequest(_message.Message):
    __slots__ = ("page", "submitter", "role", "older_than_days")
    PAGE_FIELD_NUMBER: _ClassVar[int]
    SUBMITTER_FIELD_NUMBER: _ClassVar[int]
    ROLE_FIELD_NUMBER: _ClassVar[int]
    OLDER_THAN_DAYS_FIELD_NUMBER: _ClassVar[int]
    page: _types_pb2.Page
    submitter: str
    role: _vocabulary_pb2.Role
    older_than_days: int
    def __init__(self, page: _Optional[_Union[_types_pb2.Page, _Mapping]] = ..., submitter: _Optional[str] = ..., role: _Optional[_Union[_vocabulary_pb2.Role, str]] = ..., older_than_days: _Optional[int] = ...) -> None: ...

class ListUnmatchedResponse(_message.Message):
    __slots__ = ("unmatched", "next", "total", "complete_to", "ages")
    UNMATCHED_FIELD_NUMBER: _ClassVar[int]
    NEXT_FIELD_NUMBER: _ClassVar[int]
    TOTAL_FIELD_NUMBER: _ClassVar[int]
    COMPLETE_TO_FIELD_NUMBER: _ClassVar[int]
    AGES_FIELD_NUMBER: _ClassVar[int]
    unmatched: _containers.RepeatedCompositeFieldContainer[Unmatched]
    next: str
    total: int
    complete_to: int
    ages: _containers.RepeatedCompositeFieldContainer[WaitingSince]
    def __init__(self, unmatched: _Optional[_Iterable[_Union[Unmatched, _Mapping]]] = ..., next: _Optional[str] = ..., total: _Optional[int] = ..., complete_to: _Optional[int] = ..., ages: _Optional[_Iterable[_Union[WaitingSince, _Mapping]]] = ...) -> None: ...

class WaitingSince(_message.Message):
    __slots__ = ("days", "count")
    DAYS_FIELD_NUMBER: _ClassVar[int]
    COUNT_FIELD_NUMBER: _ClassVar[int]
    days: int
    count: int
    def __init__(self, days: _Optional[int] = ..., count: _Optional[int] = ...) -> None: ...

class Unmatched(_message.Message):
    __slots__ = ("case_id", "revision", "kind", "occurred_on", "position", "role", "submitter", "recorded_at_us", "order", "filing")
    CASE_ID_FIELD_NUMBER: _ClassVar[int]
    REVISION_FIELD_NUMBER: _ClassVar[int]
    KIND_FIELD_NUMBER: _ClassVar[int]
    OCCURRED_ON_FIELD_NUMBER: _ClassVar[int]
    POSITION_FIELD_NUMBER: _ClassVar[int]
    ROLE_FIELD_NUMBER: _ClassVar[int]
    SUBMITTER_FIELD_NUMBER: _ClassVar[int]
    RECORDED_AT_US_FIELD_NUMBER: _ClassVar[int]
    ORDER_FIELD_NUMBER: _ClassVar[int]
    FILING_FIELD_NUMBER: _ClassVar[int]
    case_id: bytes
    revision: int
    kind: _event_pb2.FactKind
    occurred_on: int
    position: int
    role: _vocabulary_pb2.Role
    submitter: str
    recorded_at_us: int
    order: bytes
    filing: bytes
    def __init__(self, case_id: _Optional[bytes] = ..., revision: _Optional[int] = ..., kind: _Optional[_Union[_event_pb2.FactKind, str]] = ..., occurred_on: _Optional[int] = ..., position: _Optional[int] = ..., role: _Optional[_Union[_vocabulary_pb2.Role, str]] = ..., submitter: _Optional[str] = ..., recorded_at_us: _Optional[int] = ..., order: _Optional[bytes] = ..., filing: _Optional[bytes] = ...) -> None: ...

class TotalsRequest(_message.Message):
    __slots__ = ("unit", "group_by", "filters", "phase_at_least", "as_of")
    UNIT_FIELD_NUMBER: _ClassVar[int]
    GROUP_BY_FIELD_NUMBER: _ClassVar[int]
    FILTERS_FIELD_NUMBER: _ClassVar[int]
    PHASE_AT_LEAST_FIELD_NUMBER: _ClassVar[int]
    AS_OF_FIELD_NUMBER: _ClassVar[int]
    unit: Unit
    group_by: _containers.RepeatedScalarFieldContainer[str]
    filters: _containers.RepeatedCompositeFieldContainer[Filter]
    phase_at_least: Phase
    as_of: int
    def __init__(self, unit: _Optional[_Union[Unit, str]] = ..., group_by: _Optional[_Iterable[str]] = ..., filters: _Optional[_Iterable[_Union[Filter, _Mapping]]] = ..., phase_at_least: _Optional[_Union[Phase, str]] = ..., as_of: _Optional[int] = ...) -> None: ...

class TotalsResponse(_message.Message):
    __slots__ = ("unit", "group_by", "groups", "total", "denominator", "excluded_duplicates", "excluded_voided", "unmatched", "people_unknown_cases", "complete_to")
    UNIT_FIELD_NUMBER: _ClassVar[int]
    GROUP_BY_FIELD_NUMBER: _ClassVar[int]
    GROUPS_FIELD_NUMBER: _ClassVar[int]
    TOTAL_FIELD_NUMBER: _ClassVar[int]
    DENOMINATOR_FIELD_NUMBER: _ClassVar[int]
    EXCLUDED_DUPLICATES_FIELD_NUMBER: _ClassVar[int]
    EXCLUDED_VOIDED_FIELD_NUMBER: _ClassVar[int]
    UNMATCHED_FIELD_NUMBER: _ClassVar[int]
    PEOPLE_UNKNOWN_CASES_FIELD_NUMBER: _ClassVar[int]
    COMPLETE_TO_FIELD_NUMBER: _ClassVar[int]
    unit: Unit
    group_by: _containers.RepeatedCompositeFieldContainer[TotalsDimension]
    groups: _containers.RepeatedCompositeFieldContainer[TotalsGroup]
    total: int
    denominator: int
    excluded_duplicates: int
    excluded_voided: int
    unmatched: int
    people_unknown_cases: int
    complete_to: int
    def __init__(self, unit: _Optional[_Union[Unit, str]] = ..., group_by: _Optional[_Iterable[_Union[TotalsDimension, _Mapping]]] = ..., groups: _Optional[_Iterable[_Union[TotalsGroup, _Mapping]]] = ..., total: _Optional[int] = ..., denominator: _Optional[int] = ..., excluded_duplicates: _Optional[int] = ..., excluded_voided: _Optional[int] = ..., unmatched: _Optional[int] = ..., people_unknown_cases: _Optional[int] = ..., complete_to: _Optional[int] = ...) -> None: ...

class TotalsDimension(_message.Message):
    __slots__ = ("name", "additive")
    NAME_FIELD_NUMBER: _ClassVar[int]
    ADDITIVE_FIELD_NUMBER: _ClassVar[int]
    name: str
    additive: bool
    def __init__(self, name: _Optional[str] = ..., additive: _Optional[bool] = ...) -> None: ...

class TotalsGroup(_message.Message):
    __slots__ = ("keys", "count")
    KEYS_FIELD_NUMBER: _ClassVar[int]
    COUNT_FIELD_NUMBER: _ClassVar[int]
    keys: _containers.RepeatedScalarFieldContainer[str]
    count: int
    def __init__(self, keys: _Optional[_Iterable[str]] = ..., count: _Optional[int] = ...) -> None: ...

class GetInitiativeRequest(_message.Message):
    __slots__ = ("initiative",)
    INITIATIVE_FIELD_NUMBER: _ClassVar[int]
    initiative: str
    def __init__(self, initiative: _Optional[str] = ...) -> None: ...

class GetInitiativeResponse(_message.Message):
    __slots__ = ("revisions", "status", "basis", "lead", "counties", "policy", "complete_to")
    REVISIONS_FIELD_NUMBER: _ClassVar[int]
    STATUS_FIELD_NUMBER: _ClassVar[int]
    BASIS_FIELD_NUMBER: _ClassVar[int]
    LEAD_FIELD_NUMBER: _ClassVar[int]
    COUNTIES_FIELD_NUMBER: _ClassVar[int]
    POLICY_FIELD_NUMBER: _ClassVar[int]
    COMPLETE_TO_FIELD_NUMBER: _ClassVar[int]
    revisions: int
    status: InitiativeStatus
    basis: _vocabulary_pb2.LegalBasis
    lead: str
    counties: _containers.RepeatedScalarFieldContainer[int]
    policy: _policy_pb2.Policy
    complete_to: int
    def __init__(self, revisions: _Optional[int] = ..., status: _Optional[_Union[InitiativeStatus, str]] = ..., basis: _Optional[_Union[_vocabulary_pb2.LegalBasis, str]] = ..., lead: _Optional[str] = ..., counties: _Optional[_Iterable[int]] = ..., policy: _Optional[_Union[_policy_pb2.Policy, _Mapping]] = ..., complete_to: _Optional[int] = ...) -> None: ...

class GetCohortRequest(_message.Message):
    __slots__ = ("cohort",)
    COHORT_FIELD_NUMBER: _ClassVar[int]
    cohort: str
    def __init__(self, cohort: _Optional[str] = ...) -> None: ...

class GetCohortResponse(_message.Message):
    __slots__ = ("revisions", "status", "version", "source", "file_digest", "declared", "received", "refused", "supersedes", "superseded_by", "cases", "complete_to")
    REVISIONS_FIELD_NUMBER: _ClassVar[int]
    STATUS_FIELD_NUMBER: _ClassVar[int]
    VERSION_FIELD_NUMBER: _ClassVar[int]
    SOURCE_FIELD_NUMBER: _ClassVar[int]
    FILE_DIGEST_FIELD_NUMBER: _ClassVar[int]
    DECLARED_FIELD_NUMBER: _ClassVar[int]
    RECEIVED_FIELD_NUMBER: _ClassVar[int]
    REFUSED_FIELD_NUMBER: _ClassVar[int]
    SUPERSEDES_FIELD_NUMBER: _ClassVar[int]
    SUPERSEDED_BY_FIELD_NUMBER: _ClassVar[int]
    CASES_FIELD_NUMBER: _ClassVar[int]
    COMPLETE_TO_FIELD_NUMBER: _ClassVar[int]
    revisions: int
    status: CohortStatus
    version: int
    source: _vocabulary_pb2.Source
    file_digest: bytes
    declared: _manifest_pb2.ControlTotals
    received: _manifest_pb2.ControlTotals
    refused: int
    supersedes: str
    superseded_by: str
    cases: int
    complete_to: int
    def __init__(self, revisions: _Optional[int] = ..., status: _Optional[_Union[CohortStatus, str]] = ..., version: _Optional[int] = ..., source: _Optional[_Union[_vocabulary_pb2.Source, str]] = ..., file_digest: _Optional[bytes] = ..., declared: _Optional[_Union[_manifest_pb2.ControlTotals, _Mapping]] = ..., received: _Optional[_Union[_manifest_pb2.ControlTotals, _Mapping]] = ..., refused: _Optional[int] = ..., supersedes: _Optional[str] = ..., superseded_by: _Optional[str] = ..., cases: _Optional[int] = ..., complete_to: _Optional[int] = ...) -> None: ...

class GetFilingRequest(_message.Message):
    __slots__ = ("filing",)
    FILING_FIELD_NUMBER: _ClassVar[int]
    filing: _types_pb2.FilingReference
    def __init__(self, filing: _Optional[_Union[_types_pb2.FilingReference, _Mapping]] = ...) -> None: ...

class GetFilingResponse(_message.Message):
    __slots__ = ("filing_id", "revisions", "status", "vehicle", "court", "initiative", "manifest", "court_rows", "accepted", "rejected", "flags", "cases", "complete_to", "unmatched")
    FILING_ID_FIELD_NUMBER: _ClassVar[int]
    REVISIONS_FIELD_NUMBER: _ClassVar[int]
    STATUS_FIELD_NUMBER: _ClassVar[int]
    VEHICLE_FIELD_NUMBER: _ClassVar[int]
    COURT_FIELD_NUMBER: _ClassVar[int]
    INITIATIVE_FIELD_NUMBER: _ClassVar[int]
    MANIFEST_FIELD_NUMBER: _ClassVar[int]
    COURT_ROWS_FIELD_NUMBER: _ClassVar[int]
    ACCEPTED_FIELD_NUMBER: _ClassVar[int]
    REJECTED_FIELD_NUMBER: _ClassVar[int]
    FLAGS_FIELD_NUMBER: _ClassVar[int]
    CASES_FIELD_NUMBER: _ClassVar[int]
    COMPLETE_TO_FIELD_NUMBER: _ClassVar[int]
    UNMATCHED_FIELD_NUMBER: _ClassVar[int]
    filing_id: bytes
    revisions: int
    status: FilingStatus
    vehicle: _vocabulary_pb2.FilingVehicle
    court: str
    initiative: str
    manifest: _manifest_pb2.Manifest
    court_rows: int
    accepted: int
    rejected: int
    flags: _containers.RepeatedScalarFieldContainer[_event_pb2.Flag]
    cases: int
    complete_to: int
    unmatched: int
    def __init__(self, filing_id: _Optional[bytes] = ..., revisions: _Optional[int] = ..., status: _Optional[_Union[FilingStatus, str]] = ..., vehicle: _Optional[_Union[_vocabulary_pb2.FilingVehicle, str]] = ..., court: _Optional[str] = ..., initiative: _Optional[str] = ..., manifest: _Optional[_Union[_manifest_pb2.Manifest, _Mapping]] = ..., court_rows: _Optional[int] = ..., accepted: _Optional[int] = ..., rejected: _Optional[int] = ..., flags: _Optional[_Iterable[_Union[_event_pb2.Flag, str]]] = ..., cases: _Optional[int] = ..., complete_to: _Optional[int] = ..., unmatched: _Optional[int] = ...) -> None: ...

class GetOrderRequest(_message.Message):
    __slots__ = ("order",)
    ORDER_FIELD_NUMBER: _ClassVar[int]
    order: _types_pb2.OrderReference
    def __init__(self, order: _Optional[_Union[_types_pb2.OrderReference, _Mapping]] = ...) -> None: ...

class GetOrderResponse(_message.Message):
    __slots__ = ("order_id", "revisions", "status", "kind", "court", "effects", "basis", "manifest", "declared", "applied", "already", "not_found", "rejected", "open", "flags", "complete_to", "unmatched")
    ORDER_ID_FIELD_NUMBER: _ClassVar[int]
    REVISIONS_FIELD_NUMBER: _ClassVar[int]
    STATUS_FIELD_NUMBER: _ClassVar[int]
    KIND_FIELD_NUMBER: _ClassVar[int]
    COURT_FIELD_NUMBER: _ClassVar[int]
    EFFECTS_FIELD_NUMBER: _ClassVar[int]
    BASIS_FIELD_NUMBER: _ClassVar[int]
    MANIFEST_FIELD_NUMBER: _ClassVar[int]
    DECLARED_FIELD_NUMBER: _ClassVar[int]
    APPLIED_FIELD_NUMBER: _ClassVar[int]
    ALREADY_FIELD_NUMBER: _ClassVar[int]
    NOT_FOUND_FIELD_NUMBER: _ClassVar[int]
    REJECTED_FIELD_NUMBER: _ClassVar[int]
    OPEN_FIELD_NUMBER: _ClassVar[int]
    FLAGS_FIELD_NUMBER: _ClassVar[int]
    COMPLETE_TO_FIELD_NUMBER: _ClassVar[int]
    UNMATCHED_FIELD_NUMBER: _ClassVar[int]
    order_id: bytes
    revisions: int
    status: OrderStatus
    kind: _vocabulary_pb2.OrderKind
    court: str
    effects: _containers.RepeatedScalarFieldContainer[_vocabulary_pb2.OrderEffect]
    basis: _vocabulary_pb2.LegalBasis
    manifest: _manifest_pb2.Manifest
    declared: int
    applied: int
    already: int
    not_found: int
    rejected: int
    open: int
    flags: _containers.RepeatedScalarFieldContainer[_event_pb2.Flag]
    complete_to: int
    unmatched: int
    def __init__(self, order_id: _Optional[bytes] = ..., revisions: _Optional[int] = ..., status: _Optional[_Union[OrderStatus, str]] = ..., kind: _Optional[_Union[_vocabulary_pb2.OrderKind, str]] = ..., court: _Optional[str] = ..., effects: _Optional[_Iterable[_Union[_vocabulary_pb2.OrderEffect, str]]] = ..., basis: _Optional[_Union[_vocabulary_pb2.LegalBasis, str]] = ..., manifest: _Optional[_Union[_manifest_pb2.Manifest, _Mapping]] = ..., declared: _Optional[int] = ..., applied: _Optional[int] = ..., already: _Optional[int] = ..., not_found: _Optional[int] = ..., rejected: _Optional[int] = ..., open: _Optional[int] = ..., flags: _Optional[_Iterable[_Union[_event_pb2.Flag, str]]] = ..., complete_to: _Optional[int] = ..., unmatched: _Optional[int] = ...) -> None: ...

class WatchRequest(_message.Message):
    __slots__ = ("streams",)
    STREAMS_FIELD_NUMBER: _ClassVar[int]
    streams: _containers.RepeatedCompositeFieldContainer[_types_pb2.StreamRef]
    def __init__(self, streams: _Optional[_Iterable[_Union[_types_pb2.StreamRef, _Mapping]]] = ...) -> None: ...

class WatchResponse(_message.Message):
    __slots__ = ("event", "complete_to")
    EVENT_FIELD_NUMBER: _ClassVar[int]
    COMPLETE_TO_FIELD_NUMBER: _ClassVar[int]
    event: _types_pb2.RecordedEvent
    complete_to: int
    def __init__(self, event: _Optional[_Union[_types_pb2.RecordedEvent, _Mapping]] = ..., complete_to: _Optional[int] = ...) -> None: ...

class GetOrganisationRequest(_message.Message):
    __slots__ = ("organisation",)
    ORGANISATION_FIELD_NUMBER: _ClassVar[int]
    organisation: str
    def __init__(self, organisation: _Optional[str] = ...) -> None: ...

class GetOrganisationResponse(_message.Message):
    __slots__ = ("organisation", "complete_to")
    ORGANISATION_FIELD_NUMBER: _ClassVar[int]
    COMPLETE_TO_FIELD_NUMBER: _ClassVar[int]
    organisation: Organisation
    complete_to: int
    def __init__(self, organisation: _Optional[_Union[Organisation, _Mapping]] = ..., complete_to: _Optional[int] = ...) -> None: ...

class GetFeedRequest(_message.Message):
    __slots__ = ("submitter",)
    SUBMITTER_FIELD_NUMBER: _ClassVar[int]
    submitter: str
    def __init__(self, submitter: _Optional[str] = ...) -> None: ...

class GetFeedResponse(_message.Message):
    __slots__ = ("feed", "complete_to")
    FEED_FIELD_NUMBER: _ClassVar[int]
    COMPLETE_TO_FIELD_NUMBER: _ClassVar[int]
    feed: Feed
    complete_to: int
    def __init__(self, feed: _Optional[_Union[Feed, _Mapping]] = ..., complete_to: _Optional[int] = ...) -> None: ...

class ListOrganisationsRequest(_message.Message):
    __slots__ = ("page",)
    PAGE_FIELD_NUMBER: _ClassVar[int]
    page: _types_pb2.Page
    def __init__(self, page: _Optional[_Union[_types_pb2.Page, _Mapping]] = ...) -> None: ...

class ListOrganisationsResponse(_message.Message):
    __slots__ = ("organisations", "next", "declared", "complete_to")
    ORGANISATIONS_FIELD_NUMBER: _ClassVar[int]
    NEXT_FIELD_NUMBER: _ClassVar[int]
    DECLARED_FIELD_NUMBER: _ClassVar[int]
    COMPLETE_TO_FIELD_NUMBER: _ClassVar[int]
    organisations: _containers.RepeatedCompositeFieldContainer[Organisation]
    next: str
    declared: bool
    complete_to: int
    def __init__(self, organisations: _Optional[_Iterable[_Union[Organisation, _Mapping]]] = ..., next: _Optional[str] = ..., declared: _Optional[bool] = ..., complete_to: _Optional[int] = ...) -> None: ...

class Organisation(_message.Message):
    __slots__ = ("organisation", "name", "revisions", "grants", "principals", "tokens", "signing_keys", "signatures_required", "approval_required", "pending")
    ORGANISATION_FIELD_NUMBER: _ClassVar[int]
    NAME_FIELD_NUMBER: _ClassVar[int]
    REVISIONS_FIELD_NUMBER: _ClassVar[int]
    GRANTS_FIELD_NUMBER: _ClassVar[int]
    PRINCIPALS_FIELD_NUMBER: _ClassVar[int]
    TOKENS_FIELD_NUMBER: _ClassVar[int]
    SIGNING_KEYS_FIELD_NUMBER: _ClassVar[int]
    SIGNATURES_REQUIRED_FIELD_NUMBER: _ClassVar[int]
    APPROVAL_REQUIRED_FIELD_NUMBER: _ClassVar[int]
    PENDING_FIELD_NUMBER: _ClassVar[int]
    organisation: str
    name: str
    revisions: int
    grants: _containers.RepeatedCompositeFieldContainer[_org_fact_pb2.RoleGranted]
    principals: _containers.RepeatedCompositeFieldContainer[_org_fact_pb2.PrincipalBound]
    tokens: _containers.RepeatedCompositeFieldContainer[Token]
    signing_keys: _containers.RepeatedCompositeFieldContainer[_org_fact_pb2.SigningKeyAdded]
    signatures_required: bool
    approval_required: bool
    pending: _containers.RepeatedCompositeFieldContainer[PendingAct]
    def __init__(self, organisation: _Optional[str] = ..., name: _Optional[str] = ..., revisions: _Optional[int] = ..., grants: _Optional[_Iterable[_Union[_org_fact_pb2.RoleGranted, _Mapping]]] = ..., principals: _Optional[_Iterable[_Union[_org_fact_pb2.PrincipalBound, _Mapping]]] = ..., tokens: _Optional[_Iterable[_Union[Token, _Mapping]]] = ..., signing_keys: _Optional[_Iterable[_Union[_org_fact_pb2.SigningKeyAdded, _Mapping]]] = ..., signatures_required: _Optional[bool] = ..., approval_required: _Optional[bool] = ..., pending: _Optional[_Iterable[_Union[PendingAct, _Mapping]]] = ...) -> None: ...

class Token(_message.Message):
    __slots__ = ("valid_until",)
    VALID_UNTIL_FIELD_NUMBER: _ClassVar[int]
    valid_until: int
    def __init__(self, valid_until: _Optional[int] = ...) -> None: ...

class PendingAct(_message.Message):
    __slots__ = ("revision", "proposer", "act")
    REVISION_FIELD_NUMBER: _ClassVar[int]
    PROPOSER_FIELD_NUMBER: _ClassVar[int]
    ACT_FIELD_NUMBER: _ClassVar[int]
    revision: int
    proposer: str
    act: _event_pb2.Fact
    def __init__(self, revision: _Optional[int] = ..., proposer: _Optional[str] = ..., act: _Optional[_Union[_event_pb2.Fact, _Mapping]] = ...) -> None: ...

class ListFeedsRequest(_message.Message):
    __slots__ = ("page",)
    PAGE_FIELD_NUMBER: _ClassVar[int]
    page: _types_pb2.Page
    def __init__(self, page: _Optional[_Union[_types_pb2.Page, _Mapping]] = ...) -> None: ...

class ListFeedsResponse(_message.Message):
    __slots__ = ("feeds", "next", "complete_to")
    FEEDS_FIELD_NUMBER: _ClassVar[int]
    NEXT_FIELD_NUMBER: _ClassVar[int]
    COMPLETE_TO_FIELD_NUMBER: _ClassVar[int]
    feeds: _containers.RepeatedCompositeFieldContainer[Feed]
    next: str
    complete_to: int
    def __init__(self, feeds: _Optional[_Iterable[_Union[Feed, _Mapping]]] = ..., next: _Optional[str] = ..., complete_to: _Optional[int] = ...) -> None: ...

class Feed(_message.Message):
    __slots__ = ("submitter", "highest", "submissions", "entries", "missing", "gap_count", "gaps")
    SUBMITTER_FIELD_NUMBER: _ClassVar[int]
    HIGHEST_FIELD_NUMBER: _ClassVar[int]
    SUBMISSIONS_FIELD_NUMBER: _ClassVar[int]
    ENTRIES_FIELD_NUMBER: _ClassVar[int]
    MISSING_FIELD_NUMBER: _ClassVar[int]
    GAP_COUNT_FIELD_NUMBER: _ClassVar[int]
    GAPS_FIELD_NUMBER: _ClassVar[int]
    submitter: str
    highest: int
    submissions: int
    entries: int
    missing: int
    gap_count: int
    gaps: _containers.RepeatedCompositeFieldContainer[NumberGap]
    def __init__(self, submitter: _Optional[str] = ..., highest: _Optional[int] = ..., submissions: _Optional[int] = ..., entries: _Optional[int] = ..., missing: _Optional[int] = ..., gap_count: _Optional[int] = ..., gaps: _Optional[_Iterable[_Union[NumberGap, _Mapping]]] = ...) -> None: ...

class NumberGap(_message.Message):
    __slots__ = ("to", "opened_by", "since_us")
    FROM_FIELD_NUMBER: _ClassVar[int]
    TO_FIELD_NUMBER: _ClassVar[int]
    OPENED_BY_FIELD_NUMBER: _ClassVar[int]
    SINCE_US_FIELD_NUMBER: _ClassVar[int]
    to: int
    opened_by: int
    since_us: int
    def __init__(self, to: _Optional[int] = ..., opened_by: _Optional[int] = ..., since_us: _Optional[int] = ..., **kwargs) -> None: ...
