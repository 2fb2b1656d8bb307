from caseledger.event.v1 import vocabulary_pb2 as _vocabulary_pb2
from google.protobuf.internal import containers as _containers
from google.protobuf import descriptor as _descriptor
from google.protobuf import message as _message
from collections.abc import Iterable as _Iterable
from typing import ClassVar as _ClassVar, Optional as _Optional, Union as _Union

DESCRIPTOR: _descriptor.FileDescriptor

class OrganisationRegistered(_message.Message):
    __slots__ = ("name",)
    NAME_FIELD_NUMBER: _ClassVar[int]
    name: str
    def __init__(self, name: _Optional[str] = ...) -> None: ...

class RoleGranted(_message.Message):
    __slots__ = ("role", "counties", "courts", "valid_from", "valid_until")
    ROLE_FIELD_NUMBER: _ClassVar[int]
    COUNTIES_FIELD_NUMBER: _ClassVar[int]
    COURTS_FIELD_NUMBER: _ClassVar[int]
    VALID_FROM_FIELD_NUMBER: _ClassVar[int]
    VALID_UNTIL_FIELD_NUMBER: _ClassVar[int]
    role: _vocabulary_pb2.Role
    counties: _containers.RepeatedScalarFieldContainer[int]
    courts: _containers.RepeatedScalarFieldContainer[str]
    valid_from: int
    valid_until: int
    def __init__(self, role: _Optional[_Union[_vocabulary_pb2.Role, str]] = ..., counties: _Optional[_Iterable[int]] = ..., courts: _Optional[_Iterable[str]] = ..., valid_from: _Optional[int] = ..., valid_until: _Optional[int] = ...) -> None: ...

class RoleRevoked(_message.Message):
    __slots__ = ("role",)
    ROLE_FIELD_NUMBER: _ClassVar[int]
    role: _vocabulary_pb2.Role
    def __init__(self, role: _Optional[_Union[_vocabulary_pb2.Role, str]] = ...) -> None: ...

class PrincipalBound(_message.Message):
    __slots__ = ("uri", "valid_until")
    URI_FIELD_NUMBER: _ClassVar[int]
    VALID_UNTIL_FIELD_NUMBER: _ClassVar[int]
    uri: str
    valid_until: int
    def __init__(self, uri: _Optional[str] = ..., valid_until: _Optional[int] = ...) -> None: ...

class PrincipalUnbound(_message.Message):
    __slots__ = ("uri",)
    URI_FIELD_NUMBER: _ClassVar[int]
    uri: str
    def __init__(self, uri: _Optional[str] = ...) -> None: ...

class TokenIssued(_message.Message):
    __slots__ = ("sha256", "valid_until")
    SHA256_FIELD_NUMBER: _ClassVar[int]
    VALID_UNTIL_FIELD_NUMBER: _ClassVar[int]
    sha256: bytes
    valid_until: int
    def __init__(self, sha256: _Optional[bytes] = ..., valid_until: _Optional[int] = ...) -> None: ...

class TokenRevoked(_message.Message):
    __slots__ = ("sha256",)
    SHA256_FIELD_NUMBER: _ClassVar[int]
    sha256: bytes
    def __init__(self, sha256: _Optional[bytes] = ...) -> None: ...

class SigningKeyAdded(_message.Message):
    __slots__ = ("key", "valid_until")
    KEY_FIELD_NUMBER: _ClassVar[int]
    VALID_UNTIL_FIELD_NUMBER: _ClassVar[int]
    key: bytes
    valid_until: int
    def __init__(self, key: _Optional[bytes] = ..., valid_until: _Optional[int] = ...) -> None: ...

class SigningKeyRotated(_message.Message):
    __slots__ = ("old", "new")
    OLD_FIELD_NUMBER: _ClassVar[int]
    NEW_FIELD_NUMBER: _ClassVar[int]
    old: bytes
    new: bytes
    def __init__(self, old: _Optional[bytes] = ..., new: _Optional[bytes] = ...) -> None: ...

class SigningKeyRevoked(_message.Message):
    __slots__ = ("key",)
    KEY_FIELD_NUMBER: _ClassVar[int]
    key: bytes
    def __init__(self, key: _Optional[bytes] = ...) -> None: ...

class SignaturesRequired(_message.Message):
    __slots__ = ("required",)
    REQUIRED_FIELD_NUMBER: _ClassVar[int]
    required: bool
    def __init__(self, required: _Optional[bool] = ...) -> None: ...

class ApprovalRequired(_message.Message):
    __slots__ = ("required",)
    REQUIRED_FIELD_NUMBER: _ClassVar[int]
    required: bool
    def __init__(self, required: _Optional[bool] = ...) -> None: ...

class ActApproved(_message.Message):
    __slots__ = ("revision",)
    REVISION_FIELD_NUMBER: _ClassVar[int]
    revision: int
    def __init__(self, revision: _Optional[int] = ...) -> None: ...

class ActRejected(_message.Message):
    __slots__ = ("revision",)
    REVISION_FIELD_NUMBER: _ClassVar[int]
    revision: int
    def __init__(self, revision: _Optional[int] = ...) -> None: ...

class RetentionSet(_message.Message):
    __slots__ = ("days_after_sealing", "forget_after_days")
    DAYS_AFTER_SEALING_FIELD_NUMBER: _ClassVar[int]
    FORGET_AFTER_DAYS_FIELD_NUMBER: _ClassVar[int]
    days_after_sealing: int
    forget_after_days: int
    def __init__(self, days_after_sealing: _Optional[int] = ..., forget_after_days: _Optional[int] = ...) -> None: ...

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
