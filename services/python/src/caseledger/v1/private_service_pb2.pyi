from caseledger.event.v1 import vocabulary_pb2 as _vocabulary_pb2
from caseledger.v1 import private_pb2 as _private_pb2
from caseledger.v1 import types_pb2 as _types_pb2
from google.protobuf.internal import containers as _containers
from google.protobuf.internal import enum_type_wrapper as _enum_type_wrapper
from google.protobuf import descriptor as _descriptor
from google.protobuf import message as _message
from collections.abc import Iterable as _Iterable, Mapping as _Mapping
from typing import ClassVar as _ClassVar, Optional as _Optional, Union as _Union

DESCRIPTOR: _descriptor.FileDescriptor

class PartFault(int, metaclass=_enum_type_wrapper.EnumTypeWrapper):
    __slots__ = ()
    PART_FAULT_UNSPECIFIED: _ClassVar[PartFault]
    PART_FAULT_NO_KEY: _ClassVar[PartFault]
    PART_FAULT_MISSING: _ClassVar[PartFault]
    PART_FAULT_REFUSED: _ClassVar[PartFault]
    PART_FAULT_OTHER: _ClassVar[PartFault]
PART_FAULT_UNSPECIFIED: PartFault
PART_FAULT_NO_KEY: PartFault
PART_FAULT_MISSING: PartFault
PART_FAULT_REFUSED: PartFault
PART_FAULT_OTHER: PartFault

class GetPrivateRequest(_message.Message):
    __slots__ = ("case_id", "case_key", "purpose", "page")
    CASE_ID_FIELD_NUMBER: _ClassVar[int]
    CASE_KEY_FIELD_NUMBER: _ClassVar[int]
    PURPOSE_FIELD_NUMBER: _ClassVar[int]
    PAGE_FIELD_NUMBER: _ClassVar[int]
    case_id: bytes
    case_key: _types_pb2.CaseKey
    purpose: _vocabulary_pb2.ReadPurpose
    page: _types_pb2.Page
    def __init__(self, case_id: _Optional[bytes] = ..., case_key: _Optional[_Union[_types_pb2.CaseKey, _Mapping]] = ..., purpose: _Optional[_Union[_vocabulary_pb2.ReadPurpose, str]] = ..., page: _Optional[_Union[_types_pb2.Page, _Mapping]] = ...) -> None: ...

class GetPrivateResponse(_message.Message):
    __slots__ = ("case_id", "records", "redacted", "recorded", "complete_to", "unreadable", "next")
    CASE_ID_FIELD_NUMBER: _ClassVar[int]
    RECORDS_FIELD_NUMBER: _ClassVar[int]
    REDACTED_FIELD_NUMBER: _ClassVar[int]
    RECORDED_FIELD_NUMBER: _ClassVar[int]
    COMPLETE_TO_FIELD_NUMBER: _ClassVar[int]
    UNREADABLE_FIELD_NUMBER: _ClassVar[int]
    NEXT_FIELD_NUMBER: _ClassVar[int]
    case_id: bytes
    records: _containers.RepeatedCompositeFieldContainer[PrivateRecord]
    redacted: bool
    recorded: _types_pb2.Receipt
    complete_to: int
    unreadable: _containers.RepeatedCompositeFieldContainer[UnreadablePart]
    next: str
    def __init__(self, case_id: _Optional[bytes] = ..., records: _Optional[_Iterable[_Union[PrivateRecord, _Mapping]]] = ..., redacted: _Optional[bool] = ..., recorded: _Optional[_Union[_types_pb2.Receipt, _Mapping]] = ..., complete_to: _Optional[int] = ..., unreadable: _Optional[_Iterable[_Union[UnreadablePart, _Mapping]]] = ..., next: _Optional[str] = ...) -> None: ...

class PrivateRecord(_message.Message):
    __slots__ = ("position", "revision", "part")
    POSITION_FIELD_NUMBER: _ClassVar[int]
    REVISION_FIELD_NUMBER: _ClassVar[int]
    PART_FIELD_NUMBER: _ClassVar[int]
    position: int
    revision: int
    part: _private_pb2.PrivatePart
    def __init__(self, position: _Optional[int] = ..., revision: _Optional[int] = ..., part: _Optional[_Union[_private_pb2.PrivatePart, _Mapping]] = ...) -> None: ...

class UnreadablePart(_message.Message):
    __slots__ = ("position", "revision", "fault")
    POSITION_FIELD_NUMBER: _ClassVar[int]
    REVISION_FIELD_NUMBER: _ClassVar[int]
    FAULT_FIELD_NUMBER: _ClassVar[int]
    position: int
    revision: int
    fault: PartFault
    def __init__(self, position: _Optional[int] = ..., revision: _Optional[int] = ..., fault: _Optional[_Union[PartFault, str]] = ...) -> None: ...
