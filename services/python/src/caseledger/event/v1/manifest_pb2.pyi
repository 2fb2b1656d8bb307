from google.protobuf import descriptor as _descriptor
from google.protobuf import message as _message
from typing import ClassVar as _ClassVar, Optional as _Optional

DESCRIPTOR: _descriptor.FileDescriptor

class Manifest(_message.Message):
    __slots__ = ("rows", "root")
    ROWS_FIELD_NUMBER: _ClassVar[int]
    ROOT_FIELD_NUMBER: _ClassVar[int]
    rows: int
    root: bytes
    def __init__(self, rows: _Optional[int] = ..., root: _Optional[bytes] = ...) -> None: ...

class ControlTotals(_message.Message):
    __slots__ = ("rows", "felonies", "misdemeanors", "infractions", "unknown")
    ROWS_FIELD_NUMBER: _ClassVar[int]
    FELONIES_FIELD_NUMBER: _ClassVar[int]
    MISDEMEANORS_FIELD_NUMBER: _ClassVar[int]
    INFRACTIONS_FIELD_NUMBER: _ClassVar[int]
    UNKNOWN_FIELD_NUMBER: _ClassVar[int]
    rows: int
    felonies: int
    misdemeanors: int
    infractions: int
    unknown: int
    def __init__(self, rows: _Optional[int] = ..., felonies: _Optional[int] = ..., misdemeanors: _Optional[int] = ..., infractions: _Optional[int] = ..., unknown: _Optional[int] = ...) -> None: ...
