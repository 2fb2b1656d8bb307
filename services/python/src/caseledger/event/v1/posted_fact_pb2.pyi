from caseledger.event.v1 import event_pb2 as _event_pb2
from google.protobuf.internal import containers as _containers
from google.protobuf.internal import enum_type_wrapper as _enum_type_wrapper
from google.protobuf import descriptor as _descriptor
from google.protobuf import message as _message
from collections.abc import Iterable as _Iterable, Mapping as _Mapping
from typing import ClassVar as _ClassVar, Optional as _Optional, Union as _Union

DESCRIPTOR: _descriptor.FileDescriptor

class PostedReference(int, metaclass=_enum_type_wrapper.EnumTypeWrapper):
    __slots__ = ()
    POSTED_REFERENCE_UNSPECIFIED: _ClassVar[PostedReference]
    POSTED_REFERENCE_PERSON: _ClassVar[PostedReference]
    POSTED_REFERENCE_ORDER: _ClassVar[PostedReference]
    POSTED_REFERENCE_VACATED_ORDER: _ClassVar[PostedReference]
    POSTED_REFERENCE_FILING: _ClassVar[PostedReference]
    POSTED_REFERENCE_CANONICAL_CASE: _ClassVar[PostedReference]
POSTED_REFERENCE_UNSPECIFIED: PostedReference
POSTED_REFERENCE_PERSON: PostedReference
POSTED_REFERENCE_ORDER: PostedReference
POSTED_REFERENCE_VACATED_ORDER: PostedReference
POSTED_REFERENCE_FILING: PostedReference
POSTED_REFERENCE_CANONICAL_CASE: PostedReference

class PostedFact(_message.Message):
    __slots__ = ("occurred_on", "fact", "charges", "stream", "references")
    OCCURRED_ON_FIELD_NUMBER: _ClassVar[int]
    FACT_FIELD_NUMBER: _ClassVar[int]
    CHARGES_FIELD_NUMBER: _ClassVar[int]
    STREAM_FIELD_NUMBER: _ClassVar[int]
    REFERENCES_FIELD_NUMBER: _ClassVar[int]
    occurred_on: int
    fact: _event_pb2.Fact
    charges: _containers.RepeatedScalarFieldContainer[int]
    stream: PostedStream
    references: _containers.RepeatedScalarFieldContainer[PostedReference]
    def __init__(self, occurred_on: _Optional[int] = ..., fact: _Optional[_Union[_event_pb2.Fact, _Mapping]] = ..., charges: _Optional[_Iterable[int]] = ..., stream: _Optional[_Union[PostedStream, _Mapping]] = ..., references: _Optional[_Iterable[_Union[PostedReference, str]]] = ...) -> None: ...

class PostedStream(_message.Message):
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
