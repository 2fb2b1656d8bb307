from caseledger.v1 import types_pb2 as _types_pb2
from google.protobuf.internal import containers as _containers
from google.protobuf import descriptor as _descriptor
from google.protobuf import message as _message
from collections.abc import Iterable as _Iterable, Mapping as _Mapping
from typing import ClassVar as _ClassVar, Optional as _Optional, Union as _Union

DESCRIPTOR: _descriptor.FileDescriptor

class PrivateDetails(_message.Message):
    __slots__ = ("names", "birth_date", "identifiers", "note")
    NAMES_FIELD_NUMBER: _ClassVar[int]
    BIRTH_DATE_FIELD_NUMBER: _ClassVar[int]
    IDENTIFIERS_FIELD_NUMBER: _ClassVar[int]
    NOTE_FIELD_NUMBER: _ClassVar[int]
    names: _containers.RepeatedScalarFieldContainer[str]
    birth_date: int
    identifiers: _containers.RepeatedCompositeFieldContainer[_types_pb2.PersonIdentifier]
    note: str
    def __init__(self, names: _Optional[_Iterable[str]] = ..., birth_date: _Optional[int] = ..., identifiers: _Optional[_Iterable[_Union[_types_pb2.PersonIdentifier, _Mapping]]] = ..., note: _Optional[str] = ...) -> None: ...

class PrivatePart(_message.Message):
    __slots__ = ("key", "identifiers", "names", "birth_date", "note")
    KEY_FIELD_NUMBER: _ClassVar[int]
    IDENTIFIERS_FIELD_NUMBER: _ClassVar[int]
    NAMES_FIELD_NUMBER: _ClassVar[int]
    BIRTH_DATE_FIELD_NUMBER: _ClassVar[int]
    NOTE_FIELD_NUMBER: _ClassVar[int]
    key: _types_pb2.CaseKey
    identifiers: _containers.RepeatedCompositeFieldContainer[_types_pb2.PersonIdentifier]
    names: _containers.RepeatedScalarFieldContainer[str]
    birth_date: int
    note: str
    def __init__(self, key: _Optional[_Union[_types_pb2.CaseKey, _Mapping]] = ..., identifiers: _Optional[_Iterable[_Union[_types_pb2.PersonIdentifier, _Mapping]]] = ..., names: _Optional[_Iterable[str]] = ..., birth_date: _Optional[int] = ..., note: _Optional[str] = ...) -> None: ...
