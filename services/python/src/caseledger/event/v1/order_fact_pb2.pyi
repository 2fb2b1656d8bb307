from caseledger.event.v1 import manifest_pb2 as _manifest_pb2
from caseledger.event.v1 import vocabulary_pb2 as _vocabulary_pb2
from google.protobuf.internal import containers as _containers
from google.protobuf import descriptor as _descriptor
from google.protobuf import message as _message
from collections.abc import Iterable as _Iterable, Mapping as _Mapping
from typing import ClassVar as _ClassVar, Optional as _Optional, Union as _Union

DESCRIPTOR: _descriptor.FileDescriptor

class OrderProposed(_message.Message):
    __slots__ = ("kind", "court", "effects", "manifest")
    KIND_FIELD_NUMBER: _ClassVar[int]
    COURT_FIELD_NUMBER: _ClassVar[int]
    EFFECTS_FIELD_NUMBER: _ClassVar[int]
    MANIFEST_FIELD_NUMBER: _ClassVar[int]
    kind: _vocabulary_pb2.OrderKind
    court: str
    effects: _containers.RepeatedScalarFieldContainer[_vocabulary_pb2.OrderEffect]
    manifest: _manifest_pb2.Manifest
    def __init__(self, kind: _Optional[_Union[_vocabulary_pb2.OrderKind, str]] = ..., court: _Optional[str] = ..., effects: _Optional[_Iterable[_Union[_vocabulary_pb2.OrderEffect, str]]] = ..., manifest: _Optional[_Union[_manifest_pb2.Manifest, _Mapping]] = ...) -> None: ...

class OrderSubmitted(_message.Message):
    __slots__ = ()
    def __init__(self) -> None: ...

class OrderIssued(_message.Message):
    __slots__ = ("kind", "court", "effects", "basis", "manifest")
    KIND_FIELD_NUMBER: _ClassVar[int]
    COURT_FIELD_NUMBER: _ClassVar[int]
    EFFECTS_FIELD_NUMBER: _ClassVar[int]
    BASIS_FIELD_NUMBER: _ClassVar[int]
    MANIFEST_FIELD_NUMBER: _ClassVar[int]
    kind: _vocabulary_pb2.OrderKind
    court: str
    effects: _containers.RepeatedScalarFieldContainer[_vocabulary_pb2.OrderEffect]
    basis: _vocabulary_pb2.LegalBasis
    manifest: _manifest_pb2.Manifest
    def __init__(self, kind: _Optional[_Union[_vocabulary_pb2.OrderKind, str]] = ..., court: _Optional[str] = ..., effects: _Optional[_Iterable[_Union[_vocabulary_pb2.OrderEffect, str]]] = ..., basis: _Optional[_Union[_vocabulary_pb2.LegalBasis, str]] = ..., manifest: _Optional[_Union[_manifest_pb2.Manifest, _Mapping]] = ...) -> None: ...

class OrderFiled(_message.Message):
    __slots__ = ()
    def __init__(self) -> None: ...

class OrderRowsExplained(_message.Message):
    __slots__ = ("outcome", "rows")
    OUTCOME_FIELD_NUMBER: _ClassVar[int]
    ROWS_FIELD_NUMBER: _ClassVar[int]
    outcome: _vocabulary_pb2.RowOutcome
    rows: _containers.RepeatedScalarFieldContainer[int]
    def __init__(self, outcome: _Optional[_Union[_vocabulary_pb2.RowOutcome, str]] = ..., rows: _Optional[_Iterable[int]] = ...) -> None: ...

class OrderCompleted(_message.Message):
    __slots__ = ("applied", "already", "not_found", "rejected")
    APPLIED_FIELD_NUMBER: _ClassVar[int]
    ALREADY_FIELD_NUMBER: _ClassVar[int]
    NOT_FOUND_FIELD_NUMBER: _ClassVar[int]
    REJECTED_FIELD_NUMBER: _ClassVar[int]
    applied: int
    already: int
    not_found: int
    rejected: int
    def __init__(self, applied: _Optional[int] = ..., already: _Optional[int] = ..., not_found: _Optional[int] = ..., rejected: _Optional[int] = ...) -> None: ...

class OrderAmended(_message.Message):
    __slots__ = ("added", "removed")
    ADDED_FIELD_NUMBER: _ClassVar[int]
    REMOVED_FIELD_NUMBER: _ClassVar[int]
    added: _manifest_pb2.Manifest
    removed: _manifest_pb2.Manifest
    def __init__(self, added: _Optional[_Union[_manifest_pb2.Manifest, _Mapping]] = ..., removed: _Optional[_Union[_manifest_pb2.Manifest, _Mapping]] = ...) -> None: ...

class OrderSetAside(_message.Message):
    __slots__ = ("by",)
    BY_FIELD_NUMBER: _ClassVar[int]
    by: bytes
    def __init__(self, by: _Optional[bytes] = ...) -> None: ...
