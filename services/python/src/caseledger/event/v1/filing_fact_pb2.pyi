from caseledger.event.v1 import manifest_pb2 as _manifest_pb2
from caseledger.event.v1 import vocabulary_pb2 as _vocabulary_pb2
from google.protobuf import descriptor as _descriptor
from google.protobuf import message as _message
from collections.abc import Mapping as _Mapping
from typing import ClassVar as _ClassVar, Optional as _Optional, Union as _Union

DESCRIPTOR: _descriptor.FileDescriptor

class FilingPrepared(_message.Message):
    __slots__ = ("vehicle", "court", "initiative", "manifest")
    VEHICLE_FIELD_NUMBER: _ClassVar[int]
    COURT_FIELD_NUMBER: _ClassVar[int]
    INITIATIVE_FIELD_NUMBER: _ClassVar[int]
    MANIFEST_FIELD_NUMBER: _ClassVar[int]
    vehicle: _vocabulary_pb2.FilingVehicle
    court: str
    initiative: str
    manifest: _manifest_pb2.Manifest
    def __init__(self, vehicle: _Optional[_Union[_vocabulary_pb2.FilingVehicle, str]] = ..., court: _Optional[str] = ..., initiative: _Optional[str] = ..., manifest: _Optional[_Union[_manifest_pb2.Manifest, _Mapping]] = ...) -> None: ...

class FilingSent(_message.Message):
    __slots__ = ()
    def __init__(self) -> None: ...

class FilingReceiptConfirmed(_message.Message):
    __slots__ = ("rows",)
    ROWS_FIELD_NUMBER: _ClassVar[int]
    rows: int
    def __init__(self, rows: _Optional[int] = ...) -> None: ...

class FilingReviewed(_message.Message):
    __slots__ = ("status", "accepted", "rejected", "reason")
    STATUS_FIELD_NUMBER: _ClassVar[int]
    ACCEPTED_FIELD_NUMBER: _ClassVar[int]
    REJECTED_FIELD_NUMBER: _ClassVar[int]
    REASON_FIELD_NUMBER: _ClassVar[int]
    status: _vocabulary_pb2.CodedReviewStatus
    accepted: int
    rejected: int
    reason: _vocabulary_pb2.CodedFilingRejection
    def __init__(self, status: _Optional[_Union[_vocabulary_pb2.CodedReviewStatus, _Mapping]] = ..., accepted: _Optional[int] = ..., rejected: _Optional[int] = ..., reason: _Optional[_Union[_vocabulary_pb2.CodedFilingRejection, _Mapping]] = ...) -> None: ...

class FilingRetracted(_message.Message):
    __slots__ = ("reason",)
    REASON_FIELD_NUMBER: _ClassVar[int]
    reason: _vocabulary_pb2.CodedWithdrawReason
    def __init__(self, reason: _Optional[_Union[_vocabulary_pb2.CodedWithdrawReason, _Mapping]] = ...) -> None: ...

class ListReconciled(_message.Message):
    __slots__ = ("only_sender", "only_court", "matched")
    ONLY_SENDER_FIELD_NUMBER: _ClassVar[int]
    ONLY_COURT_FIELD_NUMBER: _ClassVar[int]
    MATCHED_FIELD_NUMBER: _ClassVar[int]
    only_sender: int
    only_court: int
    matched: int
    def __init__(self, only_sender: _Optional[int] = ..., only_court: _Optional[int] = ..., matched: _Optional[int] = ...) -> None: ...
