"""A ledger, as seen by somebody who does not trust it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from types import TracebackType
from typing import Any, TypeVar

from . import connect, said
from .court import Court
from .entry import CASE
from .errors import NotBelieved, Refusal, refused
from .event.v1 import vocabulary_pb2 as words
from .event.v1.event_pb2 import Flag
from .note import Checkpoint, VerifierKey
from .receipt import Receipt
from .retry import Retry
from .trust import Name, Trust
from .v1 import audit_service_pb2 as audit
from .v1 import command_service_pb2 as commands
from .v1 import court_service_pb2 as courts
from .v1.audit_service_pb2_grpc import AuditServiceStub
from .v1.command_service_pb2_grpc import CommandServiceStub
from .v1.court_service_pb2_grpc import CourtServiceStub

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Reading:
    """How the ledger read a code that is none of its words; `code` is empty if it could not."""

    field: str
    raw: str
    code: str


@dataclass(frozen=True, slots=True)
class Confirmed:
    """What became of a message: what the receipts prove, not what the server says."""

    status: str
    """ACCEPTED, ACCEPTED_WITH_FLAGS, HELD, SIGHTED or DUPLICATE; in a batch also REFUSED."""
    message_receipt: str
    """The same in the words of a message receipt: SUCCESS, DUPLICATE_MESSAGE, DATA_ERROR, ..."""
    receipts: tuple[Receipt, ...]
    """One per entry, verified; none if it was refused."""
    flags: tuple[str, ...]
    """What was out of the ordinary, as the entries say it."""
    readings: tuple[Reading, ...]
    message_id: bytes
    """16 bytes that the ledger made of the source system and its message id."""
    refusal: Refusal | None = None
    """Why it is not recorded; REFUSED only."""

    @property
    def case_id(self) -> bytes:
        """The case by the ledger's id; empty if it was refused."""
        for receipt in self.receipts:
            if receipt.entry.stream_kind == CASE:
                return receipt.entry.stream_id
        return b""

    def save(self, folder: str | Path) -> list[Path]:
        """Writes the receipts into a folder, one file each."""
        return [receipt.save(folder) for receipt in self.receipts]


class Client:
    """A connection to a ledger. May be used by several threads.

    `target` is `https://host:port`; for development `http://` and a loopback address. The verifier
    key is the public key of the ledger, its text or a file: get it from somebody you trust, and
    not from the server. With https a client certificate or a token proves who calls.
    """

    def __init__(
        self,
        target: str,
        *,
        verifier_key: VerifierKey | str | Path,
        organisation: str,
        role: str | None = "COURT",
        ca: str | Path | None = None,
        cert: str | Path | None = None,
        key: str | Path | None = None,
        token_file: str | Path | None = None,
        retry: Retry | None = None,
    ) -> None:
        self.organisation = organisation
        self.trust = Trust(VerifierKey.load(verifier_key))
        self.retry = retry or Retry()
        self._metadata = connect.identity(organisation, role)
        # 0 if the only role in force is left to the server: then any is taken.
        self.role_number = words.Role.Value(f"ROLE_{role}") if role else 0
        self._channel = connect.channel(target, ca, cert, key, token_file)
        # The generated stubs have no types.
        self.courts: Any = CourtServiceStub(self._channel)  # type: ignore[no-untyped-call]
        self._audits: Any = AuditServiceStub(self._channel)  # type: ignore[no-untyped-call]
        self._commands: Any = CommandServiceStub(self._channel)  # type: ignore[no-untyped-call]

    def __enter__(self) -> Client:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.close()

    def close(self) -> None:
        """Closes the connection."""
        self._channel.close()

    def court(self, code: str, *, source: str) -> Court:
        """A court, and the system that its messages come from."""
        return Court(self, code, source)

    def call(self, method: Any, request: Any, answer: type[T]) -> T:
        """Makes a call, and makes it again where that may help. `answer` is the type of the reply."""

        def attempt() -> T:
            with connect.errors():
                reply = method(request, metadata=self._metadata, timeout=self.retry.timeout)
            return _as(answer, reply)

        return self.retry.run(attempt)

    def stream(self, method: Any, request: Any) -> Any:
        """Opens a stream of answers. Reading it raises what gRPC raises."""
        return method(request, metadata=self._metadata, timeout=self.retry.stream_timeout)

    def post(self, message: courts.FilingConfirmation) -> Confirmed:
        """Records one message, and verifies what was recorded. It is safe to send the same message
        again after any error."""
        request = courts.PostFilingConfirmationRequest(confirmation=message)
        name = ("message", message.source_system.upper(), message.source_message_id)

        def attempt() -> Confirmed:
            with connect.errors():
                reply = self.courts.PostFilingConfirmation(
                    request, metadata=self._metadata, timeout=self.retry.timeout
                )
            confirmed = self.believe(name, message, reply.result)
            if confirmed.refusal is not None:
                raise refused(confirmed.refusal)
            return confirmed

        return self.retry.run(attempt)

    def believe(
        self, name: Name, message: courts.FilingConfirmation, told: courts.ConfirmationResult
    ) -> Confirmed:
        """Verifies the answer to a message, refusals apart."""
        status = _name(courts.ConfirmationStatus.Name, told.status, "CONFIRMATION_STATUS_")
        receipt = _name(courts.MessageReceipt.Name, told.message_receipt, "MESSAGE_RECEIPT_")
        readings = tuple(Reading(r.field, r.raw, r.code) for r in told.readings)
        if status == "REFUSED":
            if not told.HasField("refusal"):
                raise NotBelieved("message is refused without a reason")
            why = connect.refusal(told.refusal)
            return Confirmed(status, receipt, (), (), readings, told.message_id, why)
        receipts = self.trust.message(list(told.receipts), told.message_id, self.organisation)
        entries = [receipt.entry for receipt in receipts]
        events = said.check(message, told.readings, self.role_number, entries)
        flags = said.flags(events)
        if status not in ("DUPLICATE", said.status(entries, flags)):
            raise NotBelieved(f"answer says {status}, but the entries do not")
        self.trust.named(name, told.message_id)
        names = tuple(_name(Flag.Name, flag, "FLAG_") for flag in flags)
        return Confirmed(status, receipt, tuple(receipts), names, readings, told.message_id)

    def submission_status(self, message_id: bytes) -> tuple[Receipt, ...] | None:
        """The receipts of a message of this organisation whose answer was lost; none if it is not
        recorded. It may still be under way."""
        request = commands.GetSubmissionStatusRequest(message_id=message_id)
        reply = self.call(
            self._commands.GetSubmissionStatus, request, commands.GetSubmissionStatusResponse
        )
        if not reply.HasField("recorded"):
            return None
        told = list(reply.recorded.receipts)
        return tuple(self.trust.message(told, message_id, self.organisation))

    def receipt(self, position: int) -> Receipt:
        """The receipt of an entry, verified."""
        request = audit.GetReceiptRequest(position=position)
        reply = self.call(self._audits.GetReceipt, request, audit.GetReceiptResponse)
        receipt = self.trust.receipt(reply.receipt)
        if receipt.position != position:
            raise NotBelieved(f"receipt is of entry {receipt.position}, expected {position}")
        return receipt

    def checkpoint(self) -> Checkpoint:
        """The newest checkpoint, verified, and proven to extend the newest one seen before."""
        seen = self.trust.newest
        reply = self.call(
            self._audits.GetCheckpoint, audit.GetCheckpointRequest(), audit.GetCheckpointResponse
        )
        try:
            now = self.trust.open(reply.checkpoint.decode("utf-8"))
        except UnicodeDecodeError as error:
            raise NotBelieved("checkpoint is no text") from error
        if seen is None or seen == now:
            return now
        if now.size < seen.size:
            raise NotBelieved(f"ledger has size {now.size}, but had {seen.size} before")
        hashes: list[bytes] = []
        if 0 < seen.size < now.size:
            request = audit.GetConsistencyProofRequest(old_size=seen.size, new_size=now.size)
            proof = self.call(
                self._audits.GetConsistencyProof, request, audit.GetConsistencyProofResponse
            )
            hashes = list(proof.hashes)
        self.trust.extends(seen, now, hashes)
        return now


def _name(name_of: Callable[[Any], str], number: Any, prefix: str) -> str:
    try:
        return name_of(number)[len(prefix) :]
    except ValueError:
        # A word of a later release.
        return str(number)


def _as(kind: type[T], reply: Any) -> T:
    if not isinstance(reply, kind):
        raise NotBelieved(f"answer is no {kind.__name__}")
    return reply
