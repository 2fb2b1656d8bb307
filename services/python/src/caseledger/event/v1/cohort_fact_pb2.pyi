from caseledger.event.v1 import manifest_pb2 as _manifest_pb2
from caseledger.event.v1 import vocabulary_pb2 as _vocabulary_pb2
from google.protobuf import descriptor as _descriptor
from google.protobuf import message as _message
from collections.abc import Mapping as _Mapping
from typing import ClassVar as _ClassVar, Optional as _Optional, Union as _Union

DESCRIPTOR: _descriptor.FileDescriptor

class CohortOpened(_message.Message):
    __slots__ = ("version", "source", "file_digest", "declared", "supersedes")
    VERSION_FIELD_NUMBER: _ClassVar[int]
    SOURCE_FIELD_NUMBER: _ClassVar[int]
    FILE_DIGEST_FIELD_NUMBER: _ClassVar[int]
    DECLARED_FIELD_NUMBER: _ClassVar[int]
    SUPERSEDES_FIELD_NUMBER: _ClassVar[int]
    version: int
    source: _vocabulary_pb2.Source
    file_digest: bytes
    declared: _manifest_pb2.ControlTotals
    supersedes: str
    def __init__(self, version: _Optional[int] = ..., source: _Optional[_Union[_vocabulary_pb2.Source, str]] = ..., file_digest: _Optional[bytes] = ..., declared: _Optional[_Union[_manifest_pb2.ControlTotals, _Mapping]] = ..., supersedes: _Optional[str] = ...) -> None: ...

class CohortSealed(_message.Message):
    __slots__ = ("received", "refused")
    RECEIVED_FIELD_NUMBER: _ClassVar[int]
    REFUSED_FIELD_NUMBER: _ClassVar[int]
    received: _manifest_pb2.ControlTotals
    refused: int
    def __init__(self, received: _Optional[_Union[_manifest_pb2.ControlTotals, _Mapping]] = ..., refused: _Optional[int] = ...) -> None: ...

class CohortSuperseded(_message.Message):
    __slots__ = ("by", "added", "removed", "changed")
    BY_FIELD_NUMBER: _ClassVar[int]
    ADDED_FIELD_NUMBER: _ClassVar[int]
    REMOVED_FIELD_NUMBER: _ClassVar[int]
    CHANGED_FIELD_NUMBER: _ClassVar[int]
    by: str
    added: int
    removed: int
    changed: int
    def __init__(self, by: _Optional[str] = ..., added: _Optional[int] = ..., removed: _Optional[int] = ..., changed: _Optional[int] = ...) -> None: ...
