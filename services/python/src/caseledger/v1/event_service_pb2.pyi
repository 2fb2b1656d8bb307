from caseledger.event.v1 import event_pb2 as _event_pb2
from caseledger.v1 import types_pb2 as _types_pb2
from google.protobuf.internal import containers as _containers
from google.protobuf import descriptor as _descriptor
from google.protobuf import message as _message
from collections.abc import Iterable as _Iterable, Mapping as _Mapping
from typing import ClassVar as _ClassVar, Optional as _Optional, Union as _Union

DESCRIPTOR: _descriptor.FileDescriptor

class ReadStreamRequest(_message.Message):
    __slots__ = ("stream", "from_revision", "direction", "limit", "decode")
    STREAM_FIELD_NUMBER: _ClassVar[int]
    FROM_REVISION_FIELD_NUMBER: _ClassVar[int]
    DIRECTION_FIELD_NUMBER: _ClassVar[int]
    LIMIT_FIELD_NUMBER: _ClassVar[int]
    DECODE_FIELD_NUMBER: _ClassVar[int]
    stream: _types_pb2.StreamRef
    from_revision: int
    direction: _types_pb2.Direction
    limit: int
    decode: bool
    def __init__(self, stream: _Optional[_Union[_types_pb2.StreamRef, _Mapping]] = ..., from_revision: _Optional[int] = ..., direction: _Optional[_Union[_types_pb2.Direction, str]] = ..., limit: _Optional[int] = ..., decode: _Optional[bool] = ...) -> None: ...

class ReadStreamResponse(_message.Message):
    __slots__ = ("entries", "complete_to")
    ENTRIES_FIELD_NUMBER: _ClassVar[int]
    COMPLETE_TO_FIELD_NUMBER: _ClassVar[int]
    entries: _containers.RepeatedCompositeFieldContainer[_types_pb2.Entry]
    complete_to: int
    def __init__(self, entries: _Optional[_Iterable[_Union[_types_pb2.Entry, _Mapping]]] = ..., complete_to: _Optional[int] = ...) -> None: ...

class ReadAllRequest(_message.Message):
    __slots__ = ("from_position", "direction", "limit", "decode")
    FROM_POSITION_FIELD_NUMBER: _ClassVar[int]
    DIRECTION_FIELD_NUMBER: _ClassVar[int]
    LIMIT_FIELD_NUMBER: _ClassVar[int]
    DECODE_FIELD_NUMBER: _ClassVar[int]
    from_position: int
    direction: _types_pb2.Direction
    limit: int
    decode: bool
    def __init__(self, from_position: _Optional[int] = ..., direction: _Optional[_Union[_types_pb2.Direction, str]] = ..., limit: _Optional[int] = ..., decode: _Optional[bool] = ...) -> None: ...

class ReadAllResponse(_message.Message):
    __slots__ = ("entries", "complete_to")
    ENTRIES_FIELD_NUMBER: _ClassVar[int]
    COMPLETE_TO_FIELD_NUMBER: _ClassVar[int]
    entries: _containers.RepeatedCompositeFieldContainer[_types_pb2.Entry]
    complete_to: int
    def __init__(self, entries: _Optional[_Iterable[_Union[_types_pb2.Entry, _Mapping]]] = ..., complete_to: _Optional[int] = ...) -> None: ...

class SubscribeRequest(_message.Message):
    __slots__ = ("from_position", "stream_kinds", "fact_kinds", "decode")
    FROM_POSITION_FIELD_NUMBER: _ClassVar[int]
    STREAM_KINDS_FIELD_NUMBER: _ClassVar[int]
    FACT_KINDS_FIELD_NUMBER: _ClassVar[int]
    DECODE_FIELD_NUMBER: _ClassVar[int]
    from_position: int
    stream_kinds: _containers.RepeatedScalarFieldContainer[_types_pb2.StreamKind]
    fact_kinds: _containers.RepeatedScalarFieldContainer[_event_pb2.FactKind]
    decode: bool
    def __init__(self, from_position: _Optional[int] = ..., stream_kinds: _Optional[_Iterable[_Union[_types_pb2.StreamKind, str]]] = ..., fact_kinds: _Optional[_Iterable[_Union[_event_pb2.FactKind, str]]] = ..., decode: _Optional[bool] = ...) -> None: ...

class SubscribeResponse(_message.Message):
    __slots__ = ("confirmed", "entries", "scanned", "caught_up", "fell_behind")
    class Confirmed(_message.Message):
        __slots__ = ("from_position", "size")
        FROM_POSITION_FIELD_NUMBER: _ClassVar[int]
        SIZE_FIELD_NUMBER: _ClassVar[int]
        from_position: int
        size: int
        def __init__(self, from_position: _Optional[int] = ..., size: _Optional[int] = ...) -> None: ...
    class MatchedEntries(_message.Message):
        __slots__ = ("entries",)
        ENTRIES_FIELD_NUMBER: _ClassVar[int]
        entries: _containers.RepeatedCompositeFieldContainer[_types_pb2.Entry]
        def __init__(self, entries: _Optional[_Iterable[_Union[_types_pb2.Entry, _Mapping]]] = ...) -> None: ...
    class Scanned(_message.Message):
        __slots__ = ("next_position",)
        NEXT_POSITION_FIELD_NUMBER: _ClassVar[int]
        next_position: int
        def __init__(self, next_position: _Optional[int] = ...) -> None: ...
    class CaughtUp(_message.Message):
        __slots__ = ("size",)
        SIZE_FIELD_NUMBER: _ClassVar[int]
        size: int
        def __init__(self, size: _Optional[int] = ...) -> None: ...
    class FellBehind(_message.Message):
        __slots__ = ("next_position",)
        NEXT_POSITION_FIELD_NUMBER: _ClassVar[int]
        next_position: int
        def __init__(self, next_position: _Optional[int] = ...) -> None: ...
    CONFIRMED_FIELD_NUMBER: _ClassVar[int]
    ENTRIES_FIELD_NUMBER: _ClassVar[int]
    SCANNED_FIELD_NUMBER: _ClassVar[int]
    CAUGHT_UP_FIELD_NUMBER: _ClassVar[int]
    FELL_BEHIND_FIELD_NUMBER: _ClassVar[int]
    confirmed: SubscribeResponse.Confirmed
    entries: SubscribeResponse.MatchedEntries
    scanned: SubscribeResponse.Scanned
    caught_up: SubscribeResponse.CaughtUp
    fell_behind: SubscribeResponse.FellBehind
    def __init__(self, confirmed: _Optional[_Union[SubscribeResponse.Confirmed, _Mapping]] = ..., entries: _Optional[_Union[SubscribeResponse.MatchedEntries, _Mapping]] = ..., scanned: _Optional[_Union[SubscribeResponse.Scanned, _Mapping]] = ..., caught_up: _Optional[_Union[SubscribeResponse.CaughtUp, _Mapping]] = ..., fell_behind: _Optional[_Union[SubscribeResponse.FellBehind, _Mapping]] = ...) -> None: ...
