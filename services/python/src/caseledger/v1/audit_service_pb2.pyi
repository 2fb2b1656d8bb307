from caseledger.v1 import types_pb2 as _types_pb2
from google.protobuf.internal import containers as _containers
from google.protobuf import descriptor as _descriptor
from google.protobuf import message as _message
from collections.abc import Iterable as _Iterable, Mapping as _Mapping
from typing import ClassVar as _ClassVar, Optional as _Optional, Union as _Union

DESCRIPTOR: _descriptor.FileDescriptor

class GetLedgerInfoRequest(_message.Message):
    __slots__ = ()
    def __init__(self) -> None: ...

class GetLedgerInfoResponse(_message.Message):
    __slots__ = ("origin", "ledger_id", "verifier_key", "size", "entry_version", "server_version")
    ORIGIN_FIELD_NUMBER: _ClassVar[int]
    LEDGER_ID_FIELD_NUMBER: _ClassVar[int]
    VERIFIER_KEY_FIELD_NUMBER: _ClassVar[int]
    SIZE_FIELD_NUMBER: _ClassVar[int]
    ENTRY_VERSION_FIELD_NUMBER: _ClassVar[int]
    SERVER_VERSION_FIELD_NUMBER: _ClassVar[int]
    origin: str
    ledger_id: bytes
    verifier_key: str
    size: int
    entry_version: int
    server_version: str
    def __init__(self, origin: _Optional[str] = ..., ledger_id: _Optional[bytes] = ..., verifier_key: _Optional[str] = ..., size: _Optional[int] = ..., entry_version: _Optional[int] = ..., server_version: _Optional[str] = ...) -> None: ...

class GetCheckpointRequest(_message.Message):
    __slots__ = ()
    def __init__(self) -> None: ...

class GetCheckpointResponse(_message.Message):
    __slots__ = ("checkpoint",)
    CHECKPOINT_FIELD_NUMBER: _ClassVar[int]
    checkpoint: bytes
    def __init__(self, checkpoint: _Optional[bytes] = ...) -> None: ...

class GetReceiptRequest(_message.Message):
    __slots__ = ("position",)
    POSITION_FIELD_NUMBER: _ClassVar[int]
    position: int
    def __init__(self, position: _Optional[int] = ...) -> None: ...

class GetReceiptResponse(_message.Message):
    __slots__ = ("receipt",)
    RECEIPT_FIELD_NUMBER: _ClassVar[int]
    receipt: _types_pb2.Receipt
    def __init__(self, receipt: _Optional[_Union[_types_pb2.Receipt, _Mapping]] = ...) -> None: ...

class GetInclusionProofRequest(_message.Message):
    __slots__ = ("position", "size")
    POSITION_FIELD_NUMBER: _ClassVar[int]
    SIZE_FIELD_NUMBER: _ClassVar[int]
    position: int
    size: int
    def __init__(self, position: _Optional[int] = ..., size: _Optional[int] = ...) -> None: ...

class GetInclusionProofResponse(_message.Message):
    __slots__ = ("leaf", "hashes")
    LEAF_FIELD_NUMBER: _ClassVar[int]
    HASHES_FIELD_NUMBER: _ClassVar[int]
    leaf: bytes
    hashes: _containers.RepeatedScalarFieldContainer[bytes]
    def __init__(self, leaf: _Optional[bytes] = ..., hashes: _Optional[_Iterable[bytes]] = ...) -> None: ...

class GetConsistencyProofRequest(_message.Message):
    __slots__ = ("old_size", "new_size")
    OLD_SIZE_FIELD_NUMBER: _ClassVar[int]
    NEW_SIZE_FIELD_NUMBER: _ClassVar[int]
    old_size: int
    new_size: int
    def __init__(self, old_size: _Optional[int] = ..., new_size: _Optional[int] = ...) -> None: ...

class GetConsistencyProofResponse(_message.Message):
    __slots__ = ("hashes",)
    HASHES_FIELD_NUMBER: _ClassVar[int]
    hashes: _containers.RepeatedScalarFieldContainer[bytes]
    def __init__(self, hashes: _Optional[_Iterable[bytes]] = ...) -> None: ...

class GetEntriesRequest(_message.Message):
    __slots__ = ("from_position", "limit")
    FROM_POSITION_FIELD_NUMBER: _ClassVar[int]
    LIMIT_FIELD_NUMBER: _ClassVar[int]
    from_position: int
    limit: int
    def __init__(self, from_position: _Optional[int] = ..., limit: _Optional[int] = ...) -> None: ...

class GetEntriesResponse(_message.Message):
    __slots__ = ("entries", "complete_to")
    ENTRIES_FIELD_NUMBER: _ClassVar[int]
    COMPLETE_TO_FIELD_NUMBER: _ClassVar[int]
    entries: _containers.RepeatedScalarFieldContainer[bytes]
    complete_to: int
    def __init__(self, entries: _Optional[_Iterable[bytes]] = ..., complete_to: _Optional[int] = ...) -> None: ...

class ListRefusalsRequest(_message.Message):
    __slots__ = ("page", "since_us", "submitter", "reason")
    PAGE_FIELD_NUMBER: _ClassVar[int]
    SINCE_US_FIELD_NUMBER: _ClassVar[int]
    SUBMITTER_FIELD_NUMBER: _ClassVar[int]
    REASON_FIELD_NUMBER: _ClassVar[int]
    page: _types_pb2.Page
    since_us: int
    submitter: str
    reason: str
    def __init__(self, page: _Optional[_Union[_types_pb2.Page, _Mapping]] = ..., since_us: _Optional[int] = ..., submitter: _Optional[str] = ..., reason: _Optional[str] = ...) -> None: ...

class ListRefusalsResponse(_message.Message):
    __slots__ = ("refusals", "next", "lost")
    REFUSALS_FIELD_NUMBER: _ClassVar[int]
    NEXT_FIELD_NUMBER: _ClassVar[int]
    LOST_FIELD_NUMBER: _ClassVar[int]
    refusals: _containers.RepeatedCompositeFieldContainer[RefusedPost]
    next: str
    lost: int
    def __init__(self, refusals: _Optional[_Iterable[_Union[RefusedPost, _Mapping]]] = ..., next: _Optional[str] = ..., lost: _Optional[int] = ...) -> None: ...

class RefusedPost(_message.Message):
    __slots__ = ("number", "refused_at_us", "submitter", "role", "reason", "rules", "method", "message_id", "content", "trace_id", "left_out")
    NUMBER_FIELD_NUMBER: _ClassVar[int]
    REFUSED_AT_US_FIELD_NUMBER: _ClassVar[int]
    SUBMITTER_FIELD_NUMBER: _ClassVar[int]
    ROLE_FIELD_NUMBER: _ClassVar[int]
    REASON_FIELD_NUMBER: _ClassVar[int]
    RULES_FIELD_NUMBER: _ClassVar[int]
    METHOD_FIELD_NUMBER: _ClassVar[int]
    MESSAGE_ID_FIELD_NUMBER: _ClassVar[int]
    CONTENT_FIELD_NUMBER: _ClassVar[int]
    TRACE_ID_FIELD_NUMBER: _ClassVar[int]
    LEFT_OUT_FIELD_NUMBER: _ClassVar[int]
    number: int
    refused_at_us: int
    submitter: str
    role: str
    reason: str
    rules: _containers.RepeatedScalarFieldContainer[str]
    method: str
    message_id: bytes
    content: bytes
    trace_id: bytes
    left_out: int
    def __init__(self, number: _Optional[int] = ..., refused_at_us: _Optional[int] = ..., submitter: _Optional[str] = ..., role: _Optional[str] = ..., reason: _Optional[str] = ..., rules: _Optional[_Iterable[str]] = ..., method: _Optional[str] = ..., message_id: _Optional[bytes] = ..., content: _Optional[bytes] = ..., trace_id: _Optional[bytes] = ..., left_out: _Optional[int] = ...) -> None: ...
