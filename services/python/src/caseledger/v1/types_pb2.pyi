from caseledger.event.v1 import event_pb2 as _event_pb2
from google.protobuf.internal import containers as _containers
from google.protobuf.internal import enum_type_wrapper as _enum_type_wrapper
from google.protobuf import descriptor as _descriptor
from google.protobuf import message as _message
from collections.abc import Iterable as _Iterable, Mapping as _Mapping
from typing import ClassVar as _ClassVar, Optional as _Optional, Union as _Union

DESCRIPTOR: _descriptor.FileDescriptor

class StreamKind(int, metaclass=_enum_type_wrapper.EnumTypeWrapper):
    __slots__ = ()
    STREAM_KIND_UNSPECIFIED: _ClassVar[StreamKind]
    STREAM_KIND_CASE: _ClassVar[StreamKind]
    STREAM_KIND_INITIATIVE: _ClassVar[StreamKind]
    STREAM_KIND_COHORT: _ClassVar[StreamKind]
    STREAM_KIND_FILING: _ClassVar[StreamKind]
    STREAM_KIND_ORDER: _ClassVar[StreamKind]
    STREAM_KIND_ANNOUNCEMENT: _ClassVar[StreamKind]
    STREAM_KIND_ORG: _ClassVar[StreamKind]

class Direction(int, metaclass=_enum_type_wrapper.EnumTypeWrapper):
    __slots__ = ()
    DIRECTION_UNSPECIFIED: _ClassVar[Direction]
    DIRECTION_FORWARDS: _ClassVar[Direction]
    DIRECTION_BACKWARDS: _ClassVar[Direction]
STREAM_KIND_UNSPECIFIED: StreamKind
STREAM_KIND_CASE: StreamKind
STREAM_KIND_INITIATIVE: StreamKind
STREAM_KIND_COHORT: StreamKind
STREAM_KIND_FILING: StreamKind
STREAM_KIND_ORDER: StreamKind
STREAM_KIND_ANNOUNCEMENT: StreamKind
STREAM_KIND_ORG: StreamKind
DIRECTION_UNSPECIFIED: Direction
DIRECTION_FORWARDS: Direction
DIRECTION_BACKWARDS: Direction

class CaseKey(_message.Message):
    __slots__ = ("court", "number", "defendant")
    COURT_FIELD_NUMBER: _ClassVar[int]
    NUMBER_FIELD_NUMBER: _ClassVar[int]
    DEFENDANT_FIELD_NUMBER: _ClassVar[int]
    court: str
    number: str
    defendant: str
    def __init__(self, court: _Optional[str] = ..., number: _Optional[str] = ..., defendant: _Optional[str] = ...) -> None: ...

class PersonIdentifier(_message.Message):
    __slots__ = ("issuer", "value")
    ISSUER_FIELD_NUMBER: _ClassVar[int]
    VALUE_FIELD_NUMBER: _ClassVar[int]
    issuer: str
    value: str
    def __init__(self, issuer: _Optional[str] = ..., value: _Optional[str] = ...) -> None: ...

class OrderReference(_message.Message):
    __slots__ = ("id", "key")
    ID_FIELD_NUMBER: _ClassVar[int]
    KEY_FIELD_NUMBER: _ClassVar[int]
    id: bytes
    key: OrderKey
    def __init__(self, id: _Optional[bytes] = ..., key: _Optional[_Union[OrderKey, _Mapping]] = ...) -> None: ...

class OrderKey(_message.Message):
    __slots__ = ("court", "number")
    COURT_FIELD_NUMBER: _ClassVar[int]
    NUMBER_FIELD_NUMBER: _ClassVar[int]
    court: str
    number: str
    def __init__(self, court: _Optional[str] = ..., number: _Optional[str] = ...) -> None: ...

class FilingReference(_message.Message):
    __slots__ = ("id", "key")
    ID_FIELD_NUMBER: _ClassVar[int]
    KEY_FIELD_NUMBER: _ClassVar[int]
    id: bytes
    key: FilingKey
    def __init__(self, id: _Optional[bytes] = ..., key: _Optional[_Union[FilingKey, _Mapping]] = ...) -> None: ...

class FilingKey(_message.Message):
    __slots__ = ("court", "filing_id")
    COURT_FIELD_NUMBER: _ClassVar[int]
    FILING_ID_FIELD_NUMBER: _ClassVar[int]
    court: str
    filing_id: str
    def __init__(self, court: _Optional[str] = ..., filing_id: _Optional[str] = ...) -> None: ...

class StreamRef(_message.Message):
    __slots__ = ("case_id", "initiative", "cohort", "filing_id", "order_id", "announcement", "org")
    CASE_ID_FIELD_NUMBER: _ClassVar[int]
    INITIATIVE_FIELD_NUMBER: _ClassVar[int]
    COHORT_FIELD_NUMBER: _ClassVar[int]
    FILING_ID_FIELD_NUMBER: _ClassVar[int]
    ORDER_ID_FIELD_NUMBER: _ClassVar[int]
    ANNOUNCEMENT_FIELD_NUMBER: _ClassVar[int]
    ORG_FIELD_NUMBER: _ClassVar[int]
    case_id: bytes
    initiative: str
    cohort: str
    filing_id: bytes
    order_id: bytes
    announcement: str
    org: str
    def __init__(self, case_id: _Optional[bytes] = ..., initiative: _Optional[str] = ..., cohort: _Optional[str] = ..., filing_id: _Optional[bytes] = ..., order_id: _Optional[bytes] = ..., announcement: _Optional[str] = ..., org: _Optional[str] = ...) -> None: ...

class Receipt(_message.Message):
    __slots__ = ("position", "chain_hash", "entry", "tlog_proof", "stream", "revision", "flags")
    POSITION_FIELD_NUMBER: _ClassVar[int]
    CHAIN_HASH_FIELD_NUMBER: _ClassVar[int]
    ENTRY_FIELD_NUMBER: _ClassVar[int]
    TLOG_PROOF_FIELD_NUMBER: _ClassVar[int]
    STREAM_FIELD_NUMBER: _ClassVar[int]
    REVISION_FIELD_NUMBER: _ClassVar[int]
    FLAGS_FIELD_NUMBER: _ClassVar[int]
    position: int
    chain_hash: bytes
    entry: bytes
    tlog_proof: str
    stream: StreamRef
    revision: int
    flags: _containers.RepeatedScalarFieldContainer[_event_pb2.Flag]
    def __init__(self, position: _Optional[int] = ..., chain_hash: _Optional[bytes] = ..., entry: _Optional[bytes] = ..., tlog_proof: _Optional[str] = ..., stream: _Optional[_Union[StreamRef, _Mapping]] = ..., revision: _Optional[int] = ..., flags: _Optional[_Iterable[_Union[_event_pb2.Flag, str]]] = ...) -> None: ...

class Entry(_message.Message):
    __slots__ = ("position", "raw", "event")
    POSITION_FIELD_NUMBER: _ClassVar[int]
    RAW_FIELD_NUMBER: _ClassVar[int]
    EVENT_FIELD_NUMBER: _ClassVar[int]
    position: int
    raw: bytes
    event: RecordedEvent
    def __init__(self, position: _Optional[int] = ..., raw: _Optional[bytes] = ..., event: _Optional[_Union[RecordedEvent, _Mapping]] = ...) -> None: ...

class RecordedEvent(_message.Message):
    __slots__ = ("position", "recorded_at_us", "stream", "revision", "submitter", "submitter_sequence", "message_id", "part", "parts", "chain_hash", "event")
    POSITION_FIELD_NUMBER: _ClassVar[int]
    RECORDED_AT_US_FIELD_NUMBER: _ClassVar[int]
    STREAM_FIELD_NUMBER: _ClassVar[int]
    REVISION_FIELD_NUMBER: _ClassVar[int]
    SUBMITTER_FIELD_NUMBER: _ClassVar[int]
    SUBMITTER_SEQUENCE_FIELD_NUMBER: _ClassVar[int]
    MESSAGE_ID_FIELD_NUMBER: _ClassVar[int]
    PART_FIELD_NUMBER: _ClassVar[int]
    PARTS_FIELD_NUMBER: _ClassVar[int]
    CHAIN_HASH_FIELD_NUMBER: _ClassVar[int]
    EVENT_FIELD_NUMBER: _ClassVar[int]
    position: int
    recorded_at_us: int
    stream: StreamRef
    revision: int
    submitter: str
    submitter_sequence: int
    message_id: bytes
    part: int
    parts: int
    chain_hash: bytes
    event: _event_pb2.Event
    def __init__(self, position: _Optional[int] = ..., recorded_at_us: _Optional[int] = ..., stream: _Optional[_Union[StreamRef, _Mapping]] = ..., revision: _Optional[int] = ..., submitter: _Optional[str] = ..., submitter_sequence: _Optional[int] = ..., message_id: _Optional[bytes] = ..., part: _Optional[int] = ..., parts: _Optional[int] = ..., chain_hash: _Optional[bytes] = ..., event: _Optional[_Union[_event_pb2.Event, _Mapping]] = ...) -> None: ...

class Refusal(_message.Message):
    __slots__ = ("code", "message", "reason", "metadata", "violations", "retry_after_ms")
    class MetadataEntry(_message.Message):
        __slots__ = ("key", "value")
        KEY_FIELD_NUMBER: _ClassVar[int]
        VALUE_FIELD_NUMBER: _ClassVar[int]
        key: str
        value: str
        def __init__(self, key: _Optional[str] = ..., value: _Optional[str] = ...) -> None: ...
    CODE_FIELD_NUMBER: _ClassVar[int]
    MESSAGE_FIELD_NUMBER: _ClassVar[int]
    REASON_FIELD_NUMBER: _ClassVar[int]
    METADATA_FIELD_NUMBER: _ClassVar[int]
    VIOLATIONS_FIELD_NUMBER: _ClassVar[int]
    RETRY_AFTER_MS_FIELD_NUMBER: _ClassVar[int]
    code: int
    message: str
    reason: str
    metadata: _containers.ScalarMap[str, str]
    violations: _containers.RepeatedCompositeFieldContainer[FieldViolation]
    retry_after_ms: int
    def __init__(self, code: _Optional[int] = ..., message: _Optional[str] = ..., reason: _Optional[str] = ..., metadata: _Optional[_Mapping[str, str]] = ..., violations: _Optional[_Iterable[_Union[FieldViolation, _Mapping]]] = ..., retry_after_ms: _Optional[int] = ...) -> None: ...

class FieldViolation(_message.Message):
    __slots__ = ("field", "description")
    FIELD_FIELD_NUMBER: _ClassVar[int]
    DESCRIPTION_FIELD_NUMBER: _ClassVar[int]
    field: str
    description: str
    def __init__(self, field: _Optional[str] = ..., description: _Optional[str] = ...) -> None: ...

class Page(_message.Message):
    __slots__ = ("limit", "token")
    LIMIT_FIELD_NUMBER: _ClassVar[int]
    TOKEN_FIELD_NUMBER: _ClassVar[int]
    limit: int
    token: str
    def __init__(self, limit: _Optional[int] = ..., token: _Optional[str] = ...) -> None: ...
