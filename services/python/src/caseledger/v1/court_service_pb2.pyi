from caseledger.event.v1 import event_pb2 as _event_pb2
from caseledger.event.v1 import manifest_pb2 as _manifest_pb2
from caseledger.event.v1 import vocabulary_pb2 as _vocabulary_pb2
from caseledger.v1 import command_service_pb2 as _command_service_pb2
from caseledger.v1 import types_pb2 as _types_pb2
from google.protobuf.internal import containers as _containers
from google.protobuf.internal import enum_type_wrapper as _enum_type_wrapper
from google.protobuf import descriptor as _descriptor
from google.protobuf import message as _message
from collections.abc import Iterable as _Iterable, Mapping as _Mapping
from typing import ClassVar as _ClassVar, Optional as _Optional, Union as _Union

DESCRIPTOR: _descriptor.FileDescriptor

class ConfirmationStatus(int, metaclass=_enum_type_wrapper.EnumTypeWrapper):
    __slots__ = ()
    CONFIRMATION_STATUS_UNSPECIFIED: _ClassVar[ConfirmationStatus]
    CONFIRMATION_STATUS_ACCEPTED: _ClassVar[ConfirmationStatus]
    CONFIRMATION_STATUS_DUPLICATE: _ClassVar[ConfirmationStatus]
    CONFIRMATION_STATUS_ACCEPTED_WITH_FLAGS: _ClassVar[ConfirmationStatus]
    CONFIRMATION_STATUS_HELD: _ClassVar[ConfirmationStatus]
    CONFIRMATION_STATUS_SIGHTED: _ClassVar[ConfirmationStatus]
    CONFIRMATION_STATUS_REFUSED: _ClassVar[ConfirmationStatus]

class MessageReceipt(int, metaclass=_enum_type_wrapper.EnumTypeWrapper):
    __slots__ = ()
    MESSAGE_RECEIPT_UNSPECIFIED: _ClassVar[MessageReceipt]
    MESSAGE_RECEIPT_SUCCESS: _ClassVar[MessageReceipt]
    MESSAGE_RECEIPT_DUPLICATE_MESSAGE: _ClassVar[MessageReceipt]
    MESSAGE_RECEIPT_DATA_ERROR: _ClassVar[MessageReceipt]
    MESSAGE_RECEIPT_MESSAGE_ERROR: _ClassVar[MessageReceipt]
    MESSAGE_RECEIPT_SYSTEM_ERROR: _ClassVar[MessageReceipt]
    MESSAGE_RECEIPT_UNKNOWN_ERROR: _ClassVar[MessageReceipt]

class WorklistKind(int, metaclass=_enum_type_wrapper.EnumTypeWrapper):
    __slots__ = ()
    WORKLIST_KIND_UNSPECIFIED: _ClassVar[WorklistKind]
    WORKLIST_KIND_ORDERED_NOT_ENTERED: _ClassVar[WorklistKind]
    WORKLIST_KIND_ENTERED_NOT_SEALED: _ClassVar[WorklistKind]
    WORKLIST_KIND_REJECTED_NOT_REFILED: _ClassVar[WorklistKind]

class CourtStanding(int, metaclass=_enum_type_wrapper.EnumTypeWrapper):
    __slots__ = ()
    COURT_STANDING_UNSPECIFIED: _ClassVar[CourtStanding]
    COURT_STANDING_NOT_FILED: _ClassVar[CourtStanding]
    COURT_STANDING_REJECTED: _ClassVar[CourtStanding]
    COURT_STANDING_FILED: _ClassVar[CourtStanding]
    COURT_STANDING_DENIED: _ClassVar[CourtStanding]
    COURT_STANDING_GRANTED: _ClassVar[CourtStanding]
    COURT_STANDING_ENTERED: _ClassVar[CourtStanding]
    COURT_STANDING_SEALED: _ClassVar[CourtStanding]

class Verdict(int, metaclass=_enum_type_wrapper.EnumTypeWrapper):
    __slots__ = ()
    VERDICT_UNSPECIFIED: _ClassVar[Verdict]
    VERDICT_AGREES: _ClassVar[Verdict]
    VERDICT_LEDGER_AHEAD: _ClassVar[Verdict]
    VERDICT_COURT_AHEAD: _ClassVar[Verdict]
    VERDICT_UNKNOWN: _ClassVar[Verdict]
CONFIRMATION_STATUS_UNSPECIFIED: ConfirmationStatus
CONFIRMATION_STATUS_ACCEPTED: ConfirmationStatus
CONFIRMATION_STATUS_DUPLICATE: ConfirmationStatus
CONFIRMATION_STATUS_ACCEPTED_WITH_FLAGS: ConfirmationStatus
CONFIRMATION_STATUS_HELD: ConfirmationStatus
CONFIRMATION_STATUS_SIGHTED: ConfirmationStatus
CONFIRMATION_STATUS_REFUSED: ConfirmationStatus
MESSAGE_RECEIPT_UNSPECIFIED: MessageReceipt
MESSAGE_RECEIPT_SUCCESS: MessageReceipt
MESSAGE_RECEIPT_DUPLICATE_MESSAGE: MessageReceipt
MESSAGE_RECEIPT_DATA_ERROR: MessageReceipt
MESSAGE_RECEIPT_MESSAGE_ERROR: MessageReceipt
MESSAGE_RECEIPT_SYSTEM_ERROR: MessageReceipt
MESSAGE_RECEIPT_UNKNOWN_ERROR: MessageReceipt
WORKLIST_KIND_UNSPECIFIED: WorklistKind
WORKLIST_KIND_ORDERED_NOT_ENTERED: WorklistKind
WORKLIST_KIND_ENTERED_NOT_SEALED: WorklistKind
WORKLIST_KIND_REJECTED_NOT_REFILED: WorklistKind
COURT_STANDING_UNSPECIFIED: CourtStanding
COURT_STANDING_NOT_FILED: CourtStanding
COURT_STANDING_REJECTED: CourtStanding
COURT_STANDING_FILED: CourtStanding
COURT_STANDING_DENIED: CourtStanding
COURT_STANDING_GRANTED: CourtStanding
COURT_STANDING_ENTERED: CourtStanding
COURT_STANDING_SEALED: CourtStanding
VERDICT_UNSPECIFIED: Verdict
VERDICT_AGREES: Verdict
VERDICT_LEDGER_AHEAD: Verdict
VERDICT_COURT_AHEAD: Verdict
VERDICT_UNKNOWN: Verdict

class FilingConfirmation(_message.Message):
    __slots__ = ("source_system", "source_message_id", "in_reply_to", "court", "case_number", "defendant", "case_id", "filing_id", "envelope_id", "scope", "review", "docket_entry", "ruling", "sealing", "missing_record", "documents")
    SOURCE_SYSTEM_FIELD_NUMBER: _ClassVar[int]
    SOURCE_MESSAGE_ID_FIELD_NUMBER: _ClassVar[int]
    IN_REPLY_TO_FIELD_NUMBER: _ClassVar[int]
    COURT_FIELD_NUMBER: _ClassVar[int]
    CASE_NUMBER_FIELD_NUMBER: _ClassVar[int]
    DEFENDANT_FIELD_NUMBER: _ClassVar[int]
    CASE_ID_FIELD_NUMBER: _ClassVar[int]
    FILING_ID_FIELD_NUMBER: _ClassVar[int]
    ENVELOPE_ID_FIELD_NUMBER: _ClassVar[int]
    SCOPE_FIELD_NUMBER: _ClassVar[int]
    REVIEW_FIELD_NUMBER: _ClassVar[int]
    DOCKET_ENTRY_FIELD_NUMBER: _ClassVar[int]
    RULING_FIELD_NUMBER: _ClassVar[int]
    SEALING_FIELD_NUMBER: _ClassVar[int]
    MISSING_RECORD_FIELD_NUMBER: _ClassVar[int]
    DOCUMENTS_FIELD_NUMBER: _ClassVar[int]
    source_system: str
    source_message_id: str
    in_reply_to: str
    court: str
    case_number: str
    defendant: str
    case_id: bytes
    filing_id: str
    envelope_id: str
    scope: _command_service_pb2.Scope
    review: FilingReview
    docket_entry: DocketEntry
    ruling: Ruling
    sealing: SealingReport
    missing_record: MissingRecord
    documents: _containers.RepeatedCompositeFieldContainer[ReviewedDocument]
    def __init__(self, source_system: _Optional[str] = ..., source_message_id: _Optional[str] = ..., in_reply_to: _Optional[str] = ..., court: _Optional[str] = ..., case_number: _Optional[str] = ..., defendant: _Optional[str] = ..., case_id: _Optional[bytes] = ..., filing_id: _Optional[str] = ..., envelope_id: _Optional[str] = ..., scope: _Optional[_Union[_command_service_pb2.Scope, _Mapping]] = ..., review: _Optional[_Union[FilingReview, _Mapping]] = ..., docket_entry: _Optional[_Union[DocketEntry, _Mapping]] = ..., ruling: _Optional[_Union[Ruling, _Mapping]] = ..., sealing: _Optional[_Union[SealingReport, _Mapping]] = ..., missing_record: _Optional[_Union[MissingRecord, _Mapping]] = ..., documents: _Optional[_Iterable[_Union[ReviewedDocument, _Mapping]]] = ...) -> None: ...

class FilingReview(_message.Message):
    __slots__ = ("review_status", "docketing_status", "received_at", "official_filed_on", "reviewed_on", "entered_on_docket_at", "reason", "rejected_charges")
    REVIEW_STATUS_FIELD_NUMBER: _ClassVar[int]
    DOCKETING_STATUS_FIELD_NUMBER: _ClassVar[int]
    RECEIVED_AT_FIELD_NUMBER: _ClassVar[int]
    OFFICIAL_FILED_ON_FIELD_NUMBER: _ClassVar[int]
    REVIEWED_ON_FIELD_NUMBER: _ClassVar[int]
    ENTERED_ON_DOCKET_AT_FIELD_NUMBER: _ClassVar[int]
    REASON_FIELD_NUMBER: _ClassVar[int]
    REJECTED_CHARGES_FIELD_NUMBER: _ClassVar[int]
    review_status: str
    docketing_status: str
    received_at: str
    official_filed_on: str
    reviewed_on: str
    entered_on_docket_at: str
    reason: str
    rejected_charges: _containers.RepeatedScalarFieldContainer[int]
    def __init__(self, review_status: _Optional[str] = ..., docketing_status: _Optional[str] = ..., received_at: _Optional[str] = ..., official_filed_on: _Optional[str] = ..., reviewed_on: _Optional[str] = ..., entered_on_docket_at: _Optional[str] = ..., reason: _Optional[str] = ..., rejected_charges: _Optional[_Iterable[int]] = ...) -> None: ...

class DocketEntry(_message.Message):
    __slots__ = ("disposition", "entered_on", "severity_after", "reason", "order_number")
    DISPOSITION_FIELD_NUMBER: _ClassVar[int]
    ENTERED_ON_FIELD_NUMBER: _ClassVar[int]
    SEVERITY_AFTER_FIELD_NUMBER: _ClassVar[int]
    REASON_FIELD_NUMBER: _ClassVar[int]
    ORDER_NUMBER_FIELD_NUMBER: _ClassVar[int]
    disposition: str
    entered_on: str
    severity_after: str
    reason: str
    order_number: str
    def __init__(self, disposition: _Optional[str] = ..., entered_on: _Optional[str] = ..., severity_after: _Optional[str] = ..., reason: _Optional[str] = ..., order_number: _Optional[str] = ...) -> None: ...

class Ruling(_message.Message):
    __slots__ = ("ruling", "ordered_on", "order_number", "remedy", "reason")
    RULING_FIELD_NUMBER: _ClassVar[int]
    ORDERED_ON_FIELD_NUMBER: _ClassVar[int]
    ORDER_NUMBER_FIELD_NUMBER: _ClassVar[int]
    REMEDY_FIELD_NUMBER: _ClassVar[int]
    REASON_FIELD_NUMBER: _ClassVar[int]
    ruling: str
    ordered_on: str
    order_number: str
    remedy: str
    reason: str
    def __init__(self, ruling: _Optional[str] = ..., ordered_on: _Optional[str] = ..., order_number: _Optional[str] = ..., remedy: _Optional[str] = ..., reason: _Optional[str] = ...) -> None: ...

class SealingReport(_message.Message):
    __slots__ = ("executed_on", "surfaces", "extent", "order_number")
    EXECUTED_ON_FIELD_NUMBER: _ClassVar[int]
    SURFACES_FIELD_NUMBER: _ClassVar[int]
    EXTENT_FIELD_NUMBER: _ClassVar[int]
    ORDER_NUMBER_FIELD_NUMBER: _ClassVar[int]
    executed_on: str
    surfaces: _containers.RepeatedScalarFieldContainer[str]
    extent: str
    order_number: str
    def __init__(self, executed_on: _Optional[str] = ..., surfaces: _Optional[_Iterable[str]] = ..., extent: _Optional[str] = ..., order_number: _Optional[str] = ...) -> None: ...

class MissingRecord(_message.Message):
    __slots__ = ("finding", "found_on", "reason")
    FINDING_FIELD_NUMBER: _ClassVar[int]
    FOUND_ON_FIELD_NUMBER: _ClassVar[int]
    REASON_FIELD_NUMBER: _ClassVar[int]
    finding: str
    found_on: str
    reason: str
    def __init__(self, finding: _Optional[str] = ..., found_on: _Optional[str] = ..., reason: _Optional[str] = ...) -> None: ...

class ReviewedDocument(_message.Message):
    __slots__ = ("docket_id", "sha256", "status", "reject_reason", "sealed")
    DOCKET_ID_FIELD_NUMBER: _ClassVar[int]
    SHA256_FIELD_NUMBER: _ClassVar[int]
    STATUS_FIELD_NUMBER: _ClassVar[int]
    REJECT_REASON_FIELD_NUMBER: _ClassVar[int]
    SEALED_FIELD_NUMBER: _ClassVar[int]
    docket_id: str
    sha256: bytes
    status: str
    reject_reason: str
    sealed: bool
    def __init__(self, docket_id: _Optional[str] = ..., sha256: _Optional[bytes] = ..., status: _Optional[str] = ..., reject_reason: _Optional[str] = ..., sealed: _Optional[bool] = ...) -> None: ...

class PostFilingConfirmationRequest(_message.Message):
    __slots__ = ("confirmation",)
    CONFIRMATION_FIELD_NUMBER: _ClassVar[int]
    confirmation: FilingConfirmation
    def __init__(self, confirmation: _Optional[_Union[FilingConfirmation, _Mapping]] = ...) -> None: ...

class PostFilingConfirmationResponse(_message.Message):
    __slots__ = ("result",)
    RESULT_FIELD_NUMBER: _ClassVar[int]
    result: ConfirmationResult
    def __init__(self, result: _Optional[_Union[ConfirmationResult, _Mapping]] = ...) -> None: ...

class PostFilingConfirmationsRequest(_message.Message):
    __slots__ = ("correlation", "confirmations")
    CORRELATION_FIELD_NUMBER: _ClassVar[int]
    CONFIRMATIONS_FIELD_NUMBER: _ClassVar[int]
    correlation: int
    confirmations: _containers.RepeatedCompositeFieldContainer[FilingConfirmation]
    def __init__(self, correlation: _Optional[int] = ..., confirmations: _Optional[_Iterable[_Union[FilingConfirmation, _Mapping]]] = ...) -> None: ...

class PostFilingConfirmationsResponse(_message.Message):
    __slots__ = ("correlation", "results")
    CORRELATION_FIELD_NUMBER: _ClassVar[int]
    RESULTS_FIELD_NUMBER: _ClassVar[int]
    correlation: int
    results: _containers.RepeatedCompositeFieldContainer[ConfirmationResult]
    def __init__(self, correlation: _Optional[int] = ..., results: _Optional[_Iterable[_Union[ConfirmationResult, _Mapping]]] = ...) -> None: ...

class ConfirmationResult(_message.Message):
    __slots__ = ("status", "message_receipt", "receipts", "flags", "readings", "message_id", "refusal")
    STATUS_FIELD_NUMBER: _ClassVar[int]
    MESSAGE_RECEIPT_FIELD_NUMBER: _ClassVar[int]
    RECEIPTS_FIELD_NUMBER: _ClassVar[int]
    FLAGS_FIELD_NUMBER: _ClassVar[int]
    READINGS_FIELD_NUMBER: _ClassVar[int]
    MESSAGE_ID_FIELD_NUMBER: _ClassVar[int]
    REFUSAL_FIELD_NUMBER: _ClassVar[int]
    status: ConfirmationStatus
    message_receipt: MessageReceipt
    receipts: _containers.RepeatedCompositeFieldContainer[_types_pb2.Receipt]
    flags: _containers.RepeatedScalarFieldContainer[_event_pb2.Flag]
    readings: _containers.RepeatedCompositeFieldContainer[CodeReading]
    message_id: bytes
    refusal: _types_pb2.Refusal
    def __init__(self, status: _Optional[_Union[ConfirmationStatus, str]] = ..., message_receipt: _Optional[_Union[MessageReceipt, str]] = ..., receipts: _Optional[_Iterable[_Union[_types_pb2.Receipt, _Mapping]]] = ..., flags: _Optional[_Iterable[_Union[_event_pb2.Flag, str]]] = ..., readings: _Optional[_Iterable[_Union[CodeReading, _Mapping]]] = ..., message_id: _Optional[bytes] = ..., refusal: _Optional[_Union[_types_pb2.Refusal, _Mapping]] = ...) -> None: ...

class CodeReading(_message.Message):
    __slots__ = ("field", "raw", "code")
    FIELD_FIELD_NUMBER: _ClassVar[int]
    RAW_FIELD_NUMBER: _ClassVar[int]
    CODE_FIELD_NUMBER: _ClassVar[int]
    field: str
    raw: str
    code: str
    def __init__(self, field: _Optional[str] = ..., raw: _Optional[str] = ..., code: _Optional[str] = ...) -> None: ...

class PostManifestRequest(_message.Message):
    __slots__ = ("header", "rows", "trailer")
    HEADER_FIELD_NUMBER: _ClassVar[int]
    ROWS_FIELD_NUMBER: _ClassVar[int]
    TRAILER_FIELD_NUMBER: _ClassVar[int]
    header: ManifestHeader
    rows: ManifestRows
    trailer: ManifestTrailer
    def __init__(self, header: _Optional[_Union[ManifestHeader, _Mapping]] = ..., rows: _Optional[_Union[ManifestRows, _Mapping]] = ..., trailer: _Optional[_Union[ManifestTrailer, _Mapping]] = ...) -> None: ...

class ManifestHeader(_message.Message):
    __slots__ = ("batch_id", "source_system", "court", "cohort", "order_number", "filing_id", "file_digest", "totals")
    BATCH_ID_FIELD_NUMBER: _ClassVar[int]
    SOURCE_SYSTEM_FIELD_NUMBER: _ClassVar[int]
    COURT_FIELD_NUMBER: _ClassVar[int]
    COHORT_FIELD_NUMBER: _ClassVar[int]
    ORDER_NUMBER_FIELD_NUMBER: _ClassVar[int]
    FILING_ID_FIELD_NUMBER: _ClassVar[int]
    FILE_DIGEST_FIELD_NUMBER: _ClassVar[int]
    TOTALS_FIELD_NUMBER: _ClassVar[int]
    batch_id: str
    source_system: str
    court: str
    cohort: str
    order_number: str
    filing_id: str
    file_digest: bytes
    totals: _manifest_pb2.ControlTotals
    def __init__(self, batch_id: _Optional[str] = ..., source_system: _Optional[str] = ..., court: _Optional[str] = ..., cohort: _Optional[str] = ..., order_number: _Optional[str] = ..., filing_id: _Optional[str] = ..., file_digest: _Optional[bytes] = ..., totals: _Optional[_Union[_manifest_pb2.ControlTotals, _Mapping]] = ...) -> None: ...

class ManifestRows(_message.Message):
    __slots__ = ("rows",)
    ROWS_FIELD_NUMBER: _ClassVar[int]
    rows: _containers.RepeatedCompositeFieldContainer[ManifestRow]
    def __init__(self, rows: _Optional[_Iterable[_Union[ManifestRow, _Mapping]]] = ...) -> None: ...

class ManifestRow(_message.Message):
    __slots__ = ("row", "severity", "confirmation")
    ROW_FIELD_NUMBER: _ClassVar[int]
    SEVERITY_FIELD_NUMBER: _ClassVar[int]
    CONFIRMATION_FIELD_NUMBER: _ClassVar[int]
    row: int
    severity: _vocabulary_pb2.Severity
    confirmation: FilingConfirmation
    def __init__(self, row: _Optional[int] = ..., severity: _Optional[_Union[_vocabulary_pb2.Severity, str]] = ..., confirmation: _Optional[_Union[FilingConfirmation, _Mapping]] = ...) -> None: ...

class ManifestTrailer(_message.Message):
    __slots__ = ("file_digest", "totals")
    FILE_DIGEST_FIELD_NUMBER: _ClassVar[int]
    TOTALS_FIELD_NUMBER: _ClassVar[int]
    file_digest: bytes
    totals: _manifest_pb2.ControlTotals
    def __init__(self, file_digest: _Optional[bytes] = ..., totals: _Optional[_Union[_manifest_pb2.ControlTotals, _Mapping]] = ...) -> None: ...

class PostManifestResponse(_message.Message):
    __slots__ = ("results", "summary")
    RESULTS_FIELD_NUMBER: _ClassVar[int]
    SUMMARY_FIELD_NUMBER: _ClassVar[int]
    results: ManifestResults
    summary: ManifestSummary
    def __init__(self, results: _Optional[_Union[ManifestResults, _Mapping]] = ..., summary: _Optional[_Union[ManifestSummary, _Mapping]] = ...) -> None: ...

class ManifestResults(_message.Message):
    __slots__ = ("results",)
    RESULTS_FIELD_NUMBER: _ClassVar[int]
    results: _containers.RepeatedCompositeFieldContainer[ManifestResult]
    def __init__(self, results: _Optional[_Iterable[_Union[ManifestResult, _Mapping]]] = ...) -> None: ...

class ManifestResult(_message.Message):
    __slots__ = ("row", "result")
    ROW_FIELD_NUMBER: _ClassVar[int]
    RESULT_FIELD_NUMBER: _ClassVar[int]
    row: int
    result: ConfirmationResult
    def __init__(self, row: _Optional[int] = ..., result: _Optional[_Union[ConfirmationResult, _Mapping]] = ...) -> None: ...

class ManifestSummary(_message.Message):
    __slots__ = ("rows", "accepted", "duplicate", "flagged", "held", "sighted", "refused")
    ROWS_FIELD_NUMBER: _ClassVar[int]
    ACCEPTED_FIELD_NUMBER: _ClassVar[int]
    DUPLICATE_FIELD_NUMBER: _ClassVar[int]
    FLAGGED_FIELD_NUMBER: _ClassVar[int]
    HELD_FIELD_NUMBER: _ClassVar[int]
    SIGHTED_FIELD_NUMBER: _ClassVar[int]
    REFUSED_FIELD_NUMBER: _ClassVar[int]
    rows: int
    accepted: int
    duplicate: int
    flagged: int
    held: int
    sighted: int
    refused: int
    def __init__(self, rows: _Optional[int] = ..., accepted: _Optional[int] = ..., duplicate: _Optional[int] = ..., flagged: _Optional[int] = ..., held: _Optional[int] = ..., sighted: _Optional[int] = ..., refused: _Optional[int] = ...) -> None: ...

class GetManifestStatusRequest(_message.Message):
    __slots__ = ("batch_id", "source_system", "first_row", "rows")
    BATCH_ID_FIELD_NUMBER: _ClassVar[int]
    SOURCE_SYSTEM_FIELD_NUMBER: _ClassVar[int]
    FIRST_ROW_FIELD_NUMBER: _ClassVar[int]
    ROWS_FIELD_NUMBER: _ClassVar[int]
    batch_id: str
    source_system: str
    first_row: int
    rows: int
    def __init__(self, batch_id: _Optional[str] = ..., source_system: _Optional[str] = ..., first_row: _Optional[int] = ..., rows: _Optional[int] = ...) -> None: ...

class GetManifestStatusResponse(_message.Message):
    __slots__ = ("recorded", "runs", "complete_to")
    RECORDED_FIELD_NUMBER: _ClassVar[int]
    RUNS_FIELD_NUMBER: _ClassVar[int]
    COMPLETE_TO_FIELD_NUMBER: _ClassVar[int]
    recorded: int
    runs: _containers.RepeatedCompositeFieldContainer[RowRun]
    complete_to: int
    def __init__(self, recorded: _Optional[int] = ..., runs: _Optional[_Iterable[_Union[RowRun, _Mapping]]] = ..., complete_to: _Optional[int] = ...) -> None: ...

class RowRun(_message.Message):
    __slots__ = ("first", "last")
    FIRST_FIELD_NUMBER: _ClassVar[int]
    LAST_FIELD_NUMBER: _ClassVar[int]
    first: int
    last: int
    def __init__(self, first: _Optional[int] = ..., last: _Optional[int] = ...) -> None: ...

class ListWorklistRequest(_message.Message):
    __slots__ = ("court", "kind")
    COURT_FIELD_NUMBER: _ClassVar[int]
    KIND_FIELD_NUMBER: _ClassVar[int]
    court: str
    kind: WorklistKind
    def __init__(self, court: _Optional[str] = ..., kind: _Optional[_Union[WorklistKind, str]] = ...) -> None: ...

class ListWorklistResponse(_message.Message):
    __slots__ = ("rows", "complete_to")
    ROWS_FIELD_NUMBER: _ClassVar[int]
    COMPLETE_TO_FIELD_NUMBER: _ClassVar[int]
    rows: _containers.RepeatedCompositeFieldContainer[WorklistRow]
    complete_to: int
    def __init__(self, rows: _Optional[_Iterable[_Union[WorklistRow, _Mapping]]] = ..., complete_to: _Optional[int] = ...) -> None: ...

class WorklistRow(_message.Message):
    __slots__ = ("case_id", "charges", "severity", "open_since", "order", "filing")
    CASE_ID_FIELD_NUMBER: _ClassVar[int]
    CHARGES_FIELD_NUMBER: _ClassVar[int]
    SEVERITY_FIELD_NUMBER: _ClassVar[int]
    OPEN_SINCE_FIELD_NUMBER: _ClassVar[int]
    ORDER_FIELD_NUMBER: _ClassVar[int]
    FILING_FIELD_NUMBER: _ClassVar[int]
    case_id: bytes
    charges: _containers.RepeatedScalarFieldContainer[int]
    severity: _vocabulary_pb2.Severity
    open_since: int
    order: bytes
    filing: bytes
    def __init__(self, case_id: _Optional[bytes] = ..., charges: _Optional[_Iterable[int]] = ..., severity: _Optional[_Union[_vocabulary_pb2.Severity, str]] = ..., open_since: _Optional[int] = ..., order: _Optional[bytes] = ..., filing: _Optional[bytes] = ...) -> None: ...

class ReconcileRequest(_message.Message):
    __slots__ = ("rows",)
    ROWS_FIELD_NUMBER: _ClassVar[int]
    rows: _containers.RepeatedCompositeFieldContainer[ReconcileRow]
    def __init__(self, rows: _Optional[_Iterable[_Union[ReconcileRow, _Mapping]]] = ...) -> None: ...

class ReconcileRow(_message.Message):
    __slots__ = ("row", "case_key", "case_id", "standing")
    ROW_FIELD_NUMBER: _ClassVar[int]
    CASE_KEY_FIELD_NUMBER: _ClassVar[int]
    CASE_ID_FIELD_NUMBER: _ClassVar[int]
    STANDING_FIELD_NUMBER: _ClassVar[int]
    row: int
    case_key: _types_pb2.CaseKey
    case_id: bytes
    standing: CourtStanding
    def __init__(self, row: _Optional[int] = ..., case_key: _Optional[_Union[_types_pb2.CaseKey, _Mapping]] = ..., case_id: _Optional[bytes] = ..., standing: _Optional[_Union[CourtStanding, str]] = ...) -> None: ...

class ReconcileResponse(_message.Message):
    __slots__ = ("rows", "agrees", "ledger_ahead", "court_ahead", "unknown", "complete_to")
    ROWS_FIELD_NUMBER: _ClassVar[int]
    AGREES_FIELD_NUMBER: _ClassVar[int]
    LEDGER_AHEAD_FIELD_NUMBER: _ClassVar[int]
    COURT_AHEAD_FIELD_NUMBER: _ClassVar[int]
    UNKNOWN_FIELD_NUMBER: _ClassVar[int]
    COMPLETE_TO_FIELD_NUMBER: _ClassVar[int]
    rows: _containers.RepeatedCompositeFieldContainer[Reconciled]
    agrees: int
    ledger_ahead: int
    court_ahead: int
    unknown: int
    complete_to: int
    def __init__(self, rows: _Optional[_Iterable[_Union[Reconciled, _Mapping]]] = ..., agrees: _Optional[int] = ..., ledger_ahead: _Optional[int] = ..., court_ahead: _Optional[int] = ..., unknown: _Optional[int] = ..., complete_to: _Optional[int] = ...) -> None: ...

class Reconciled(_message.Message):
    __slots__ = ("row", "verdict", "ledger", "held", "case_id")
    ROW_FIELD_NUMBER: _ClassVar[int]
    VERDICT_FIELD_NUMBER: _ClassVar[int]
    LEDGER_FIELD_NUMBER: _ClassVar[int]
    HELD_FIELD_NUMBER: _ClassVar[int]
    CASE_ID_FIELD_NUMBER: _ClassVar[int]
    row: int
    verdict: Verdict
    ledger: CourtStanding
    held: int
    case_id: bytes
    def __init__(self, row: _Optional[int] = ..., verdict: _Optional[_Union[Verdict, str]] = ..., ledger: _Optional[_Union[CourtStanding, str]] = ..., held: _Optional[int] = ..., case_id: _Optional[bytes] = ...) -> None: ...
