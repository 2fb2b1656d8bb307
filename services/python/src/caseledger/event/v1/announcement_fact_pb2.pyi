from caseledger.event.v1 import vocabulary_pb2 as _vocabulary_pb2
from google.protobuf.internal import containers as _containers
from google.protobuf import descriptor as _descriptor
from google.protobuf import message as _message
from collections.abc import Iterable as _Iterable, Mapping as _Mapping
from typing import ClassVar as _ClassVar, Optional as _Optional, Union as _Union

DESCRIPTOR: _descriptor.FileDescriptor

class AnnouncementPublished(_message.Message):
    __slots__ = ("sheet",)
    SHEET_FIELD_NUMBER: _ClassVar[int]
    sheet: Sheet
    def __init__(self, sheet: _Optional[_Union[Sheet, _Mapping]] = ...) -> None: ...

class AnnouncementCorrected(_message.Message):
    __slots__ = ("target", "reason", "sheet")
    TARGET_FIELD_NUMBER: _ClassVar[int]
    REASON_FIELD_NUMBER: _ClassVar[int]
    SHEET_FIELD_NUMBER: _ClassVar[int]
    target: int
    reason: _vocabulary_pb2.CodedCorrectionReason
    sheet: Sheet
    def __init__(self, target: _Optional[int] = ..., reason: _Optional[_Union[_vocabulary_pb2.CodedCorrectionReason, _Mapping]] = ..., sheet: _Optional[_Union[Sheet, _Mapping]] = ...) -> None: ...

class Sheet(_message.Message):
    __slots__ = ("reference", "figures", "frozen")
    REFERENCE_FIELD_NUMBER: _ClassVar[int]
    FIGURES_FIELD_NUMBER: _ClassVar[int]
    FROZEN_FIELD_NUMBER: _ClassVar[int]
    reference: str
    figures: _containers.RepeatedCompositeFieldContainer[Figure]
    frozen: Frozen
    def __init__(self, reference: _Optional[str] = ..., figures: _Optional[_Iterable[_Union[Figure, _Mapping]]] = ..., frozen: _Optional[_Union[Frozen, _Mapping]] = ...) -> None: ...

class Frozen(_message.Message):
    __slots__ = ("size", "root")
    SIZE_FIELD_NUMBER: _ClassVar[int]
    ROOT_FIELD_NUMBER: _ClassVar[int]
    size: int
    root: bytes
    def __init__(self, size: _Optional[int] = ..., root: _Optional[bytes] = ...) -> None: ...

class Figure(_message.Message):
    __slots__ = ("label", "stage", "unit", "filters", "denominator", "value", "of")
    LABEL_FIELD_NUMBER: _ClassVar[int]
    STAGE_FIELD_NUMBER: _ClassVar[int]
    UNIT_FIELD_NUMBER: _ClassVar[int]
    FILTERS_FIELD_NUMBER: _ClassVar[int]
    DENOMINATOR_FIELD_NUMBER: _ClassVar[int]
    VALUE_FIELD_NUMBER: _ClassVar[int]
    OF_FIELD_NUMBER: _ClassVar[int]
    label: str
    stage: _vocabulary_pb2.Phase
    unit: _vocabulary_pb2.Unit
    filters: _containers.RepeatedCompositeFieldContainer[FigureFilter]
    denominator: _vocabulary_pb2.Denominator
    value: int
    of: int
    def __init__(self, label: _Optional[str] = ..., stage: _Optional[_Union[_vocabulary_pb2.Phase, str]] = ..., unit: _Optional[_Union[_vocabulary_pb2.Unit, str]] = ..., filters: _Optional[_Iterable[_Union[FigureFilter, _Mapping]]] = ..., denominator: _Optional[_Union[_vocabulary_pb2.Denominator, str]] = ..., value: _Optional[int] = ..., of: _Optional[int] = ...) -> None: ...

class FigureFilter(_message.Message):
    __slots__ = ("dimension", "values")
    DIMENSION_FIELD_NUMBER: _ClassVar[int]
    VALUES_FIELD_NUMBER: _ClassVar[int]
    dimension: str
    values: _containers.RepeatedScalarFieldContainer[str]
    def __init__(self, dimension: _Optional[str] = ..., values: _Optional[_Iterable[str]] = ...) -> None: ...
