from caseledger.event.v1 import vocabulary_pb2 as _vocabulary_pb2
from caseledger.v1 import types_pb2 as _types_pb2
from google.protobuf.internal import containers as _containers
from google.protobuf.internal import enum_type_wrapper as _enum_type_wrapper
from google.protobuf import descriptor as _descriptor
from google.protobuf import message as _message
from collections.abc import Iterable as _Iterable, Mapping as _Mapping
from typing import ClassVar as _ClassVar, Optional as _Optional, Union as _Union

DESCRIPTOR: _descriptor.FileDescriptor

class ShredStage(int, metaclass=_enum_type_wrapper.EnumTypeWrapper):
    __slots__ = ()
    SHRED_STAGE_UNSPECIFIED: _ClassVar[ShredStage]
    SHRED_STAGE_ORDERING: _ClassVar[ShredStage]
    SHRED_STAGE_WRAPPING: _ClassVar[ShredStage]
    SHRED_STAGE_CONFIRMING: _ClassVar[ShredStage]
SHRED_STAGE_UNSPECIFIED: ShredStage
SHRED_STAGE_ORDERING: ShredStage
SHRED_STAGE_WRAPPING: ShredStage
SHRED_STAGE_CONFIRMING: ShredStage

class ShredRequest(_message.Message):
    __slots__ = ("cases", "due", "open")
    CASES_FIELD_NUMBER: _ClassVar[int]
    DUE_FIELD_NUMBER: _ClassVar[int]
    OPEN_FIELD_NUMBER: _ClassVar[int]
    cases: ShredCases
    due: ShredDue
    open: ShredOpen
    def __init__(self, cases: _Optional[_Union[ShredCases, _Mapping]] = ..., due: _Optional[_Union[ShredDue, _Mapping]] = ..., open: _Optional[_Union[ShredOpen, _Mapping]] = ...) -> None: ...

class ShredCases(_message.Message):
    __slots__ = ("case_ids", "basis", "tombstone")
    CASE_IDS_FIELD_NUMBER: _ClassVar[int]
    BASIS_FIELD_NUMBER: _ClassVar[int]
    TOMBSTONE_FIELD_NUMBER: _ClassVar[int]
    case_ids: _containers.RepeatedScalarFieldContainer[bytes]
    basis: _vocabulary_pb2.ShredBasis
    tombstone: _vocabulary_pb2.Tombstone
    def __init__(self, case_ids: _Optional[_Iterable[bytes]] = ..., basis: _Optional[_Union[_vocabulary_pb2.ShredBasis, str]] = ..., tombstone: _Optional[_Union[_vocabulary_pb2.Tombstone, str]] = ...) -> None: ...

class ShredDue(_message.Message):
    __slots__ = ("tombstone",)
    TOMBSTONE_FIELD_NUMBER: _ClassVar[int]
    tombstone: _vocabulary_pb2.Tombstone
    def __init__(self, tombstone: _Optional[_Union[_vocabulary_pb2.Tombstone, str]] = ...) -> None: ...

class ShredOpen(_message.Message):
    __slots__ = ()
    def __init__(self) -> None: ...

class ShredResponse(_message.Message):
    __slots__ = ("progress", "confirmed", "done", "refused", "before")
    PROGRESS_FIELD_NUMBER: _ClassVar[int]
    CONFIRMED_FIELD_NUMBER: _ClassVar[int]
    DONE_FIELD_NUMBER: _ClassVar[int]
    REFUSED_FIELD_NUMBER: _ClassVar[int]
    BEFORE_FIELD_NUMBER: _ClassVar[int]
    progress: ShredProgress
    confirmed: _types_pb2.Receipt
    done: ShredDone
    refused: ShredRefused
    before: ShredBefore
    def __init__(self, progress: _Optional[_Union[ShredProgress, _Mapping]] = ..., confirmed: _Optional[_Union[_types_pb2.Receipt, _Mapping]] = ..., done: _Optional[_Union[ShredDone, _Mapping]] = ..., refused: _Optional[_Union[ShredRefused, _Mapping]] = ..., before: _Optional[_Union[ShredBefore, _Mapping]] = ...) -> None: ...

class ShredRefused(_message.Message):
    __slots__ = ("case_id", "refusal")
    CASE_ID_FIELD_NUMBER: _ClassVar[int]
    REFUSAL_FIELD_NUMBER: _ClassVar[int]
    case_id: bytes
    refusal: _types_pb2.Refusal
    def __init__(self, case_id: _Optional[bytes] = ..., refusal: _Optional[_Union[_types_pb2.Refusal, _Mapping]] = ...) -> None: ...

class ShredBefore(_message.Message):
    __slots__ = ("case_id", "ordered", "tombstone", "destroyed_on", "forgotten_from")
    CASE_ID_FIELD_NUMBER: _ClassVar[int]
    ORDERED_FIELD_NUMBER: _ClassVar[int]
    TOMBSTONE_FIELD_NUMBER: _ClassVar[int]
    DESTROYED_ON_FIELD_NUMBER: _ClassVar[int]
    FORGOTTEN_FROM_FIELD_NUMBER: _ClassVar[int]
    case_id: bytes
    ordered: int
    tombstone: _vocabulary_pb2.Tombstone
    destroyed_on: int
    forgotten_from: int
    def __init__(self, case_id: _Optional[bytes] = ..., ordered: _Optional[int] = ..., tombstone: _Optional[_Union[_vocabulary_pb2.Tombstone, str]] = ..., destroyed_on: _Optional[int] = ..., forgotten_from: _Optional[int] = ...) -> None: ...

class ShredProgress(_message.Message):
    __slots__ = ("stage", "done", "of")
    STAGE_FIELD_NUMBER: _ClassVar[int]
    DONE_FIELD_NUMBER: _ClassVar[int]
    OF_FIELD_NUMBER: _ClassVar[int]
    stage: ShredStage
    done: int
    of: int
    def __init__(self, stage: _Optional[_Union[ShredStage, str]] = ..., done: _Optional[int] = ..., of: _Optional[int] = ...) -> None: ...

class ShredDone(_message.Message):
    __slots__ = ("cases", "generation", "complete_to", "refused", "more_due", "before")
    CASES_FIELD_NUMBER: _ClassVar[int]
    GENERATION_FIELD_NUMBER: _ClassVar[int]
    COMPLETE_TO_FIELD_NUMBER: _ClassVar[int]
    REFUSED_FIELD_NUMBER: _ClassVar[int]
    MORE_DUE_FIELD_NUMBER: _ClassVar[int]
    BEFORE_FIELD_NUMBER: _ClassVar[int]
    cases: int
    generation: int
    complete_to: int
    refused: int
    more_due: bool
    before: int
    def __init__(self, cases: _Optional[int] = ..., generation: _Optional[int] = ..., complete_to: _Optional[int] = ..., refused: _Optional[int] = ..., more_due: _Optional[bool] = ..., before: _Optional[int] = ...) -> None: ...
