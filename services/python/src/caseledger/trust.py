"""What a client believes: one key, and that what was signed with it never contradicts itself."""

from __future__ import annotations

import threading
from collections import OrderedDict

from .errors import NotBelieved
from .merkle import verify_consistency
from .note import Checkpoint, VerifierKey
from .receipt import Receipt, TlogProof, prove
from .v1 import types_pb2 as types

# Receipts of one commit group share a checkpoint.
_NOTES_MAX = 64

# Messages whose ids are remembered.
_NAMES_MAX = 100_000

_STREAMS = {
    "case_id": types.STREAM_KIND_CASE,
    "initiative": types.STREAM_KIND_INITIATIVE,
    "cohort": types.STREAM_KIND_COHORT,
    "filing_id": types.STREAM_KIND_FILING,
    "order_id": types.STREAM_KIND_ORDER,
    "announcement": types.STREAM_KIND_ANNOUNCEMENT,
    "org": types.STREAM_KIND_ORG,
}


Name = tuple[str | int, ...]
"""What a message is to its source: the parts that the ledger makes its id of."""


class Trust:
    """The pinned key of a ledger, and what is known of its history. May be used by several threads."""

    def __init__(self, key: VerifierKey) -> None:
        self.key = key
        self._lock = threading.Lock()
        self._opened: OrderedDict[str, Checkpoint] = OrderedDict()
        self._newest: Checkpoint | None = None
        self._ledger: bytes | None = None
        self._ids: OrderedDict[Name, bytes] = OrderedDict()
        self._names: dict[bytes, Name] = {}

    @property
    def newest(self) -> Checkpoint | None:
        """The checkpoint with the largest size seen."""
        return self._newest

    def open(self, note: str) -> Checkpoint:
        """Opens a signed checkpoint and takes note of it."""
        with self._lock:
            known = self._opened.get(note)
        if known is not None:
            return known
        checkpoint = Checkpoint.open(note, self.key)
        with self._lock:
            for seen in (self._newest, *self._opened.values()):
                if seen and seen.size == checkpoint.size and seen.root != checkpoint.root:
                    raise NotBelieved(
                        f"two signed roots for size {seen.size}: {seen.root.hex()} before, "
                        f"{checkpoint.root.hex()} now; keep both checkpoints, they are evidence"
                    )
            if self._newest is None or self._newest.size < checkpoint.size:
                self._newest = checkpoint
            self._opened[note] = checkpoint
            if len(self._opened) > _NOTES_MAX:
                self._opened.popitem(last=False)
        return checkpoint

    def named(self, name: Name, message_id: bytes) -> None:
        """Takes note of the id that the ledger made of a message. Only the ledger can make it; but what
        can be seen is that each message has one of its own, so that no receipt stands for two."""
        with self._lock:
            known, other = self._ids.get(name, message_id), self._names.get(message_id, name)
            if known != message_id or other != name:
                raise NotBelieved("one message has two ids in the ledger, or one id two messages")
            self._ids[name], self._names[message_id] = message_id, name
            if len(self._ids) > _NAMES_MAX:
                _, forgotten = self._ids.popitem(last=False)
                self._names.pop(forgotten, None)

    def extends(self, seen: Checkpoint, now: Checkpoint, proof: list[bytes]) -> None:
        """Checks that a checkpoint extends one seen before."""
        # Every tree extends the one without entries.
        if seen.size != 0:
            verify_consistency(seen.size, now.size, proof, seen.root, now.root)

    def receipt(self, told: types.Receipt) -> Receipt:
        """Verifies a receipt: entry, inclusion, signed checkpoint, and everything said beside."""
        proof = TlogProof.parse(told.tlog_proof)
        checkpoint = self.open(proof.checkpoint)
        receipt = prove(told.entry, proof, checkpoint)
        entry = receipt.entry
        with self._lock:
            self._ledger = self._ledger or entry.ledger
        for name, said, found in (
            ("ledger", self._ledger, entry.ledger),
            ("position", told.position, entry.position),
            ("revision", told.revision, entry.revision),
            ("chain hash", told.chain_hash, entry.chain_hash),
            ("stream", _stream(told.stream), (entry.stream_kind, entry.stream_id)),
        ):
            if said != found:
                raise NotBelieved(f"receipt of entry {entry.position} has another {name}")
        return receipt

    def message(
        self, told: list[types.Receipt], message_id: bytes, organisation: str
    ) -> list[Receipt]:
        """Verifies that receipts are all those of one message of one organisation."""
        receipts = [self.receipt(receipt) for receipt in told]
        if not receipts or len(message_id) != 16:
            raise NotBelieved("answer has no receipts, or no message id")
        first = receipts[0].entry
        for part, receipt in enumerate(receipts):
            entry = receipt.entry
            for name, expected, found in (
                ("submitter", organisation, entry.submitter),
                ("message id", message_id.hex(), entry.message_id.hex()),
                ("part", part, entry.part),
                ("number of parts", len(receipts), entry.parts),
                ("position", first.position + part, entry.position),
                ("content", first.content.hex(), entry.content.hex()),
                ("time", first.recorded_at_us, entry.recorded_at_us),
            ):
                if expected != found:
                    raise NotBelieved(
                        f"{name} of entry {entry.position} is {found}, expected {expected}"
                    )
        return receipts


def _stream(stream: types.StreamRef) -> tuple[int, bytes] | None:
    name = stream.WhichOneof("stream")
    if name is None:
        return None
    value = getattr(stream, name)
    encoded = value.encode() if isinstance(value, str) else bytes(value)
    return int(_STREAMS[name]), encoded.ljust(16, b"\0")
