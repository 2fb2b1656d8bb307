from caseledger.event.v1 import event_pb2 as _event_pb2
from caseledger.v1 import private_pb2 as _private_pb2
from caseledger.v1 import types_pb2 as _types_pb2
from google.protobuf.internal import containers as _containers
from google.protobuf.internal import enum_type_wrapper as _enum_type_wrapper
from google.protobuf import descriptor as _descriptor
from google.protobuf import message as _message
from collections.abc import Iterable as _Iterable, Mapping as _Mapping
from typing import ClassVar as _ClassVar, Optional as _Optional, Union as _Union

DESCRIPTOR: _descriptor.FileDescriptor

class ExpectedState(int, metaclass=_enum_type_wrapper.EnumTypeWrapper):
    __slots__ = ()
    EXPECTED_STATE_UNSPECIFIED: _ClassVar[ExpectedState]
    EXPECTED_STATE_ANY: _ClassVar[ExpectedState]
    EXPECTED_STATE_EXISTS: _ClassVar[ExpectedState]
    EXPECTED_STATE_NO_STREAM: _ClassVar[ExpectedState]
EXPECTED_STATE_UNSPECIFIED: ExpectedState
EXPECTED_STATE_ANY: ExpectedState
EXPECTED_STATE_EXISTS: ExpectedState
EXPECTED_STATE_NO_STREAM: ExpectedState

class Submission(_message.Message):
    __slots__ = ("message_id", "submitter_sequence", "posts", "signed")
    MESSAGE_ID_FIELD_NUMBER: _ClassVar[int]
    SUBMITTER_SEQUENCE_FIELD_NUMBER: _ClassVar[int]
    POSTS_FIELD_NUMBER: _ClassVar[int]
    SIGNED_FIELD_NUMBER: _ClassVar[int]
    message_id: bytes
    submitter_sequence: int
    posts: _containers.RepeatedCompositeFieldContainer[Post]
    signed: SignedSubmission
    def __init__(self, message_id: _Optional[bytes] = ..., submitter_sequence: _Optional[int] = ..., posts: _Optional[_Iterable[_Union[Post, _Mapping]]] = ..., signed: _Optional[_Union[SignedSubmission, _Mapping]] = ...) -> None: ...

class SignedSubmission(_message.Message):
    __slots__ = ("key", "signature", "posts")
    KEY_FIELD_NUMBER: _ClassVar[int]
    SIGNATURE_FIELD_NUMBER: _ClassVar[int]
    POSTS_FIELD_NUMBER: _ClassVar[int]
    key: bytes
    signature: bytes
    posts: _containers.RepeatedCompositeFieldContainer[SignedPost]
    def __init__(self, key: _Optional[bytes] = ..., signature: _Optional[bytes] = ..., posts: _Optional[_Iterable[_Union[SignedPost, _Mapping]]] = ...) -> None: ...

class SignedPost(_message.Message):
    __slots__ = ("public_part", "subject", "salt")
    PUBLIC_PART_FIELD_NUMBER: _ClassVar[int]
    SUBJECT_FIELD_NUMBER: _ClassVar[int]
    SALT_FIELD_NUMBER: _ClassVar[int]
    public_part: bytes
    subject: bytes
    salt: bytes
    def __init__(self, public_part: _Optional[bytes] = ..., subject: _Optional[bytes] = ..., salt: _Optional[bytes] = ...) -> None: ...

class PostedSubject(_message.Message):
    __slots__ = ("target", "references", "private")
    TARGET_FIELD_NUMBER: _ClassVar[int]
    REFERENCES_FIELD_NUMBER: _ClassVar[int]
    PRIVATE_FIELD_NUMBER: _ClassVar[int]
    target: Target
    references: References
    private: _private_pb2.PrivateDetails
    def __init__(self, target: _Optional[_Union[Target, _Mapping]] = ..., references: _Optional[_Union[References, _Mapping]] = ..., private: _Optional[_Union[_private_pb2.PrivateDetails, _Mapping]] = ...) -> None: ...

class Post(_message.Message):
    __slots__ = ("target", "expected", "scope", "occurred_on", "fact", "references", "private")
    TARGET_FIELD_NUMBER: _ClassVar[int]
    EXPECTED_FIELD_NUMBER: _ClassVar[int]
    SCOPE_FIELD_NUMBER: _ClassVar[int]
    OCCURRED_ON_FIELD_NUMBER: _ClassVar[int]
    FACT_FIELD_NUMBER: _ClassVar[int]
    REFERENCES_FIELD_NUMBER: _ClassVar[int]
    PRIVATE_FIELD_NUMBER: _ClassVar[int]
    target: Target
    expected: Expected
    scope: Scope
    occurred_on: int
    fact: _event_pb2.Fact
    references: References
    private: _private_pb2.PrivateDetails
    def __init__(self, target: _Optional[_Union[Target, _Mapping]] = ..., expected: _Optional[_Union[Expected, _Mapping]] = ..., scope: _Optional[_Union[Scope, _Mapping]] = ..., occurred_on: _Optional[int] = ..., fact: _Optional[_Union[_event_pb2.Fact, _Mapping]] = ..., references: _Optional[_Union[References, _Mapping]] = ..., private: _Optional[_Union[_private_pb2.PrivateDetails, _Mapping]] = ...) -> None: ...

class Target(_message.Message):
    __slots__ = ("case_id", "case_key", "initiative", "cohort", "filing", "order", "announcement", "organisation")
    CASE_ID_FIELD_NUMBER: _ClassVar[int]
    CASE_KEY_FIELD_NUMBER: _ClassVar[int]
    INITIATIVE_FIELD_NUMBER: _ClassVar[int]
    COHORT_FIELD_NUMBER: _ClassVar[int]
    FILING_FIELD_NUMBER: _ClassVar[int]
    ORDER_FIELD_NUMBER: _ClassVar[int]
    ANNOUNCEMENT_FIELD_NUMBER: _ClassVar[int]
    ORGANISATION_FIELD_NUMBER: _ClassVar[int]
    case_id: bytes
    case_key: _types_pb2.CaseKey
    initiative: str
    cohort: str
    filing: _types_pb2.FilingReference
    order: _types_pb2.OrderReference
    announcement: str
    organisation: str
    def __init__(self, case_id: _Optional[bytes] = ..., case_key: _Optional[_Union[_types_pb2.CaseKey, _Mapping]] = ..., initiative: _Optional[str] = ..., cohort: _Optional[str] = ..., filing: _Optional[_Union[_types_pb2.FilingReference, _Mapping]] = ..., order: _Optional[_Union[_types_pb2.OrderReference, _Mapping]] = ..., announcement: _Optional[str] = ..., organisation: _Optional[str] = ...) -> None: ...

class Expected(_message.Message):
    __slots__ = ("state", "revision")
    STATE_FIELD_NUMBER: _ClassVar[int]
    REVISION_FIELD_NUMBER: _ClassVar[int]
    state: ExpectedState
    revision: int
    def __init__(self, state: _Optional[_Union[ExpectedState, str]] = ..., revision: _Optional[int] = ...) -> None: ...

class Scope(_message.Message):
    __slots__ = ("whole_case", "charges")
    WHOLE_CASE_FIELD_NUMBER: _ClassVar[int]
    CHARGES_FIELD_NUMBER: _ClassVar[int]
    whole_case: WholeCase
    charges: ChargeList
    def __init__(self, whole_case: _Optional[_Union[WholeCase, _Mapping]] = ..., charges: _Optional[_Union[ChargeList, _Mapping]] = ...) -> None: ...

class WholeCase(_message.Message):
    __slots__ = ()
    def __init__(self) -> None: ...

class ChargeList(_message.Message):
    __slots__ = ("ids",)
    IDS_FIELD_NUMBER: _ClassVar[int]
    ids: _containers.RepeatedScalarFieldContainer[int]
    def __init__(self, ids: _Optional[_Iterable[int]] = ...) -> None: ...

class References(_message.Message):
    __slots__ = ("person", "order", "vacated_order", "filing", "canonical_case")
    PERSON_FIELD_NUMBER: _ClassVar[int]
    ORDER_FIELD_NUMBER: _ClassVar[int]
    VACATED_ORDER_FIELD_NUMBER: _ClassVar[int]
    FILING_FIELD_NUMBER: _ClassVar[int]
    CANONICAL_CASE_FIELD_NUMBER: _ClassVar[int]
    person: _types_pb2.PersonIdentifier
    order: _types_pb2.OrderReference
    vacated_order: _types_pb2.OrderReference
    filing: _types_pb2.FilingReference
    canonical_case: _types_pb2.CaseKey
    def __init__(self, person: _Optional[_Union[_types_pb2.PersonIdentifier, _Mapping]] = ..., order: _Optional[_Union[_types_pb2.OrderReference, _Mapping]] = ..., vacated_order: _Optional[_Union[_types_pb2.OrderReference, _Mapping]] = ..., filing: _Optional[_Union[_types_pb2.FilingReference, _Mapping]] = ..., canonical_case: _Optional[_Union[_types_pb2.CaseKey, _Mapping]] = ...) -> None: ...

class SubmitRequest(_message.Message):
    __slots__ = ("submission",)
    SUBMISSION_FIELD_NUMBER: _ClassVar[int]
    submission: Submission
    def __init__(self, submission: _Optional[_Union[Submission, _Mapping]] = ...) -> None: ...

class SubmitResponse(_message.Message):
    __slots__ = ("receipts", "duplicate")
    RECEIPTS_FIELD_NUMBER: _ClassVar[int]
    DUPLICATE_FIELD_NUMBER: _ClassVar[int]
    receipts: _containers.RepeatedCompositeFieldContainer[_types_pb2.Receipt]
    duplicate: bool
    def __init__(self, receipts: _Optional[_Iterable[_Union[_types_pb2.Receipt, _Mapping]]] = ..., duplicate: _Optional[bool] = ...) -> None: ...

class SubmitStreamRequest(_message.Message):
    __slots__ = ("correlation", "submissions")
    CORRELATION_FIELD_NUMBER: _ClassVar[int]
    SUBMISSIONS_FIELD_NUMBER: _ClassVar[int]
    correlation: int
    submissions: _containers.RepeatedCompositeFieldContainer[Submission]
    def __init__(self, correlation: _Optional[int] = ..., submissions: _Optional[_Iterable[_Union[Submission, _Mapping]]] = ...) -> None: ...

class SubmitStreamResponse(_message.Message):
    __slots__ = ("correlation", "results")
    CORRELATION_FIELD_NUMBER: _ClassVar[int]
    RESULTS_FIELD_NUMBER: _ClassVar[int]
    correlation: int
    results: _containers.RepeatedCompositeFieldContainer[SubmissionResult]
    def __init__(self, correlation: _Optional[int] = ..., results: _Optional[_Iterable[_Union[SubmissionResult, _Mapping]]] = ...) -> None: ...

class SubmissionResult(_message.Message):
    __slots__ = ("accepted", "refused")
    ACCEPTED_FIELD_NUMBER: _ClassVar[int]
    REFUSED_FIELD_NUMBER: _ClassVar[int]
    accepted: SubmitResponse
    refused: _types_pb2.Refusal
    def __init__(self, accepted: _Optional[_Union[SubmitResponse, _Mapping]] = ..., refused: _Optional[_Union[_types_pb2.Refusal, _Mapping]] = ...) -> None: ...

class GetSubmissionStatusRequest(_message.Message):
    __slots__ = ("message_id",)
    MESSAGE_ID_FIELD_NUMBER: _ClassVar[int]
    message_id: bytes
    def __init__(self, message_id: _Optional[bytes] = ...) -> None: ...

class GetSubmissionStatusResponse(_message.Message):
    __slots__ = ("recorded", "complete_to")
    RECORDED_FIELD_NUMBER: _ClassVar[int]
    COMPLETE_TO_FIELD_NUMBER: _ClassVar[int]
    recorded: SubmitResponse
    complete_to: int
    def __init__(self, recorded: _Optional[_Union[SubmitResponse, _Mapping]] = ..., complete_to: _Optional[int] = ...) -> None: ...
