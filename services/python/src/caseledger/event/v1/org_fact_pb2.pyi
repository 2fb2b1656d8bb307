from google.protobuf import descriptor as _descriptor
from google.protobuf import message as _message
from typing import ClassVar as _ClassVar, Optional as _Optional

DESCRIPTOR: _descriptor.FileDescriptor

class CheckpointKeySucceeded(_message.Message):
    __slots__ = ("successor",)
    SUCCESSOR_FIELD_NUMBER: _ClassVar[int]
    successor: bytes
    def __init__(self, successor: _Optional[bytes] = ...) -> None: ...

class CheckpointKeyRetired(_message.Message):
    __slots__ = ("retired",)
    RETIRED_FIELD_NUMBER: _ClassVar[int]
    retired: bytes
    def __init__(self, retired: _Optional[bytes] = ...) -> None: ...
