from caseledger.event.v1 import announcement_fact_pb2 as _announcement_fact_pb2
from caseledger.event.v1 import vocabulary_pb2 as _vocabulary_pb2
from caseledger.v1 import types_pb2 as _types_pb2
from google.protobuf.internal import containers as _containers
from google.protobuf import descriptor as _descriptor
from google.protobuf import message as _message
from collections.abc import Iterable as _Iterable, Mapping as _Mapping
from typing import ClassVar as _ClassVar, Optional as _Optional, Union as _Union

DESCRIPTOR: _descriptor.FileDescriptor

class PublishAnnouncementRequest(_message.Message):
    __slots__ = ("message_id", "announcement", "announced_on", "sheet", "correction")
    MESSAGE_ID_FIELD_NUMBER: _ClassVar[int]
    ANNOUNCEMENT_FIELD_NUMBER: _ClassVar[int]
    ANNOUNCED_ON_FIELD_NUMBER: _ClassVar[int]
    SHEET_FIELD_NUMBER: _ClassVar[int]
    CORRECTION_FIELD_NUMBER: _ClassVar[int]
    message_id: bytes
    announcement: str
    announced_on: int
    sheet: _announcement_fact_pb2.Sheet
    correction: Correction
    def __init__(self, message_id: _Optional[bytes] = ..., announcement: _Optional[str] = ..., announced_on: _Optional[int] = ..., sheet: _Optional[_Union[_announcement_fact_pb2.Sheet, _Mapping]] = ..., correction: _Optional[_Union[Correction, _Mapping]] = ...) -> None: ...

class Correction(_message.Message):
    __slots__ = ("target", "reason")
    TARGET_FIELD_NUMBER: _ClassVar[int]
    REASON_FIELD_NUMBER: _ClassVar[int]
    target: int
    reason: _vocabulary_pb2.CodedCorrectionReason
    def __init__(self, target: _Optional[int] = ..., reason: _Optional[_Union[_vocabulary_pb2.CodedCorrectionReason, _Mapping]] = ...) -> None: ...

class PublishAnnouncementResponse(_message.Message):
    __slots__ = ("receipt", "duplicate", "sheet")
    RECEIPT_FIELD_NUMBER: _ClassVar[int]
    DUPLICATE_FIELD_NUMBER: _ClassVar[int]
    SHEET_FIELD_NUMBER: _ClassVar[int]
    receipt: _types_pb2.Receipt
    duplicate: bool
    sheet: _announcement_fact_pb2.Sheet
    def __init__(self, receipt: _Optional[_Union[_types_pb2.Receipt, _Mapping]] = ..., duplicate: _Optional[bool] = ..., sheet: _Optional[_Union[_announcement_fact_pb2.Sheet, _Mapping]] = ...) -> None: ...

class ReproduceAnnouncementRequest(_message.Message):
    __slots__ = ("announcement",)
    ANNOUNCEMENT_FIELD_NUMBER: _ClassVar[int]
    announcement: str
    def __init__(self, announcement: _Optional[str] = ...) -> None: ...

class ReproduceAnnouncementResponse(_message.Message):
    __slots__ = ("statements", "reproduced", "complete_to")
    STATEMENTS_FIELD_NUMBER: _ClassVar[int]
    REPRODUCED_FIELD_NUMBER: _ClassVar[int]
    COMPLETE_TO_FIELD_NUMBER: _ClassVar[int]
    statements: _containers.RepeatedCompositeFieldContainer[Reproduction]
    reproduced: bool
    complete_to: int
    def __init__(self, statements: _Optional[_Iterable[_Union[Reproduction, _Mapping]]] = ..., reproduced: _Optional[bool] = ..., complete_to: _Optional[int] = ...) -> None: ...

class Reproduction(_message.Message):
    __slots__ = ("revision", "position", "announced_on", "corrects", "sheet", "again", "now", "root", "reproduced")
    REVISION_FIELD_NUMBER: _ClassVar[int]
    POSITION_FIELD_NUMBER: _ClassVar[int]
    ANNOUNCED_ON_FIELD_NUMBER: _ClassVar[int]
    CORRECTS_FIELD_NUMBER: _ClassVar[int]
    SHEET_FIELD_NUMBER: _ClassVar[int]
    AGAIN_FIELD_NUMBER: _ClassVar[int]
    NOW_FIELD_NUMBER: _ClassVar[int]
    ROOT_FIELD_NUMBER: _ClassVar[int]
    REPRODUCED_FIELD_NUMBER: _ClassVar[int]
    revision: int
    position: int
    announced_on: int
    corrects: int
    sheet: _announcement_fact_pb2.Sheet
    again: _containers.RepeatedCompositeFieldContainer[Tally]
    now: _containers.RepeatedCompositeFieldContainer[Tally]
    root: bytes
    reproduced: bool
    def __init__(self, revision: _Optional[int] = ..., position: _Optional[int] = ..., announced_on: _Optional[int] = ..., corrects: _Optional[int] = ..., sheet: _Optional[_Union[_announcement_fact_pb2.Sheet, _Mapping]] = ..., again: _Optional[_Iterable[_Union[Tally, _Mapping]]] = ..., now: _Optional[_Iterable[_Union[Tally, _Mapping]]] = ..., root: _Optional[bytes] = ..., reproduced: _Optional[bool] = ...) -> None: ...

class Tally(_message.Message):
    __slots__ = ("value", "of")
    VALUE_FIELD_NUMBER: _ClassVar[int]
    OF_FIELD_NUMBER: _ClassVar[int]
    value: int
    of: int
    def __init__(self, value: _Optional[int] = ..., of: _Optional[int] = ...) -> None: ...

class ListAnnouncementsRequest(_message.Message):
    __slots__ = ("page",)
    PAGE_FIELD_NUMBER: _ClassVar[int]
    page: _types_pb2.Page
    def __init__(self, page: _Optional[_Union[_types_pb2.Page, _Mapping]] = ...) -> None: ...

class ListAnnouncementsResponse(_message.Message):
    __slots__ = ("announcements", "next", "complete_to")
    ANNOUNCEMENTS_FIELD_NUMBER: _ClassVar[int]
    NEXT_FIELD_NUMBER: _ClassVar[int]
    COMPLETE_TO_FIELD_NUMBER: _ClassVar[int]
    announcements: _containers.RepeatedCompositeFieldContainer[AnnouncementRow]
    next: str
    complete_to: int
    def __init__(self, announcements: _Optional[_Iterable[_Union[AnnouncementRow, _Mapping]]] = ..., next: _Optional[str] = ..., complete_to: _Optional[int] = ...) -> None: ...

class AnnouncementRow(_message.Message):
    __slots__ = ("announcement", "revisions", "announced_on", "sheet")
    ANNOUNCEMENT_FIELD_NUMBER: _ClassVar[int]
    REVISIONS_FIELD_NUMBER: _ClassVar[int]
    ANNOUNCED_ON_FIELD_NUMBER: _ClassVar[int]
    SHEET_FIELD_NUMBER: _ClassVar[int]
    announcement: str
    revisions: int
    announced_on: int
    sheet: _announcement_fact_pb2.Sheet
    def __init__(self, announcement: _Optional[str] = ..., revisions: _Optional[int] = ..., announced_on: _Optional[int] = ..., sheet: _Optional[_Union[_announcement_fact_pb2.Sheet, _Mapping]] = ...) -> None: ...
