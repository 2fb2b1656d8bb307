from caseledger.event.v1 import policy_pb2 as _policy_pb2
from caseledger.event.v1 import vocabulary_pb2 as _vocabulary_pb2
from google.protobuf.internal import containers as _containers
from google.protobuf import descriptor as _descriptor
from google.protobuf import message as _message
from collections.abc import Iterable as _Iterable, Mapping as _Mapping
from typing import ClassVar as _ClassVar, Optional as _Optional, Union as _Union

DESCRIPTOR: _descriptor.FileDescriptor

class InitiativeOpened(_message.Message):
    __slots__ = ("basis", "lead", "counties", "policy")
    BASIS_FIELD_NUMBER: _ClassVar[int]
    LEAD_FIELD_NUMBER: _ClassVar[int]
    COUNTIES_FIELD_NUMBER: _ClassVar[int]
    POLICY_FIELD_NUMBER: _ClassVar[int]
    basis: _vocabulary_pb2.LegalBasis
    lead: str
    counties: _containers.RepeatedScalarFieldContainer[int]
    policy: _policy_pb2.Policy
    def __init__(self, basis: _Optional[_Union[_vocabulary_pb2.LegalBasis, str]] = ..., lead: _Optional[str] = ..., counties: _Optional[_Iterable[int]] = ..., policy: _Optional[_Union[_policy_pb2.Policy, _Mapping]] = ...) -> None: ...

class PolicyAdopted(_message.Message):
    __slots__ = ("policy",)
    POLICY_FIELD_NUMBER: _ClassVar[int]
    policy: _policy_pb2.Policy
    def __init__(self, policy: _Optional[_Union[_policy_pb2.Policy, _Mapping]] = ...) -> None: ...

class InitiativeAnnounced(_message.Message):
    __slots__ = ()
    def __init__(self) -> None: ...

class InitiativeStarted(_message.Message):
    __slots__ = ()
    def __init__(self) -> None: ...

class InitiativeCompleted(_message.Message):
    __slots__ = ()
    def __init__(self) -> None: ...

class InitiativeClosedWithRemainder(_message.Message):
    __slots__ = ("remainder",)
    REMAINDER_FIELD_NUMBER: _ClassVar[int]
    remainder: _containers.RepeatedCompositeFieldContainer[RemainderItem]
    def __init__(self, remainder: _Optional[_Iterable[_Union[RemainderItem, _Mapping]]] = ...) -> None: ...

class RemainderItem(_message.Message):
    __slots__ = ("reason", "cases")
    REASON_FIELD_NUMBER: _ClassVar[int]
    CASES_FIELD_NUMBER: _ClassVar[int]
    reason: _vocabulary_pb2.CodedNotDoneReason
    cases: int
    def __init__(self, reason: _Optional[_Union[_vocabulary_pb2.CodedNotDoneReason, _Mapping]] = ..., cases: _Optional[int] = ...) -> None: ...
