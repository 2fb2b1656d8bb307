from google.protobuf import descriptor as _descriptor
from google.protobuf import message as _message
from collections.abc import Mapping as _Mapping
from typing import ClassVar as _ClassVar, Optional as _Optional, Union as _Union

DESCRIPTOR: _descriptor.FileDescriptor

class RuleSet(_message.Message):
    __slots__ = ("id", "version")
    ID_FIELD_NUMBER: _ClassVar[int]
    VERSION_FIELD_NUMBER: _ClassVar[int]
    id: str
    version: int
    def __init__(self, id: _Optional[str] = ..., version: _Optional[int] = ...) -> None: ...

class Policy(_message.Message):
    __slots__ = ("version", "rule_set", "challenge_deadline_on", "approved_to_filed_days", "filed_to_decided_days", "ordered_to_entered_days", "dismissed_to_sealed_days", "entered_to_reported_days", "reported_to_updated_days")
    VERSION_FIELD_NUMBER: _ClassVar[int]
    RULE_SET_FIELD_NUMBER: _ClassVar[int]
    CHALLENGE_DEADLINE_ON_FIELD_NUMBER: _ClassVar[int]
    APPROVED_TO_FILED_DAYS_FIELD_NUMBER: _ClassVar[int]
    FILED_TO_DECIDED_DAYS_FIELD_NUMBER: _ClassVar[int]
    ORDERED_TO_ENTERED_DAYS_FIELD_NUMBER: _ClassVar[int]
    DISMISSED_TO_SEALED_DAYS_FIELD_NUMBER: _ClassVar[int]
    ENTERED_TO_REPORTED_DAYS_FIELD_NUMBER: _ClassVar[int]
    REPORTED_TO_UPDATED_DAYS_FIELD_NUMBER: _ClassVar[int]
    version: int
    rule_set: RuleSet
    challenge_deadline_on: int
    approved_to_filed_days: int
    filed_to_decided_days: int
    ordered_to_entered_days: int
    dismissed_to_sealed_days: int
    entered_to_reported_days: int
    reported_to_updated_days: int
    def __init__(self, version: _Optional[int] = ..., rule_set: _Optional[_Union[RuleSet, _Mapping]] = ..., challenge_deadline_on: _Optional[int] = ..., approved_to_filed_days: _Optional[int] = ..., filed_to_decided_days: _Optional[int] = ..., ordered_to_entered_days: _Optional[int] = ..., dismissed_to_sealed_days: _Optional[int] = ..., entered_to_reported_days: _Optional[int] = ..., reported_to_updated_days: _Optional[int] = ...) -> None: ...
