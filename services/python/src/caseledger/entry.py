"""Entries, byte for byte (docs/FORMAT.md, Entry)."""

from __future__ import annotations

import re
import struct
from dataclasses import dataclass
from datetime import datetime, timedelta, timezone

import blake3

from .errors import NotBelieved
from .merkle import leaf_hash

HEADER = struct.Struct(">3sB16sQQ32sB16sQ32s16sQ16sHH32s32sHHH")
"""The header: 239 bytes, numbers with the highest byte first."""
ENTRY_BYTES_MAX = 65_535
CASE = 1
"""Stream kind of a case."""

_CHAIN_CONTEXT = "caseledger v1 entry chain"
_NONE = bytes(32)
_SUBMITTER = re.compile(rb"([a-z0-9.-]+)\0*")
_EPOCH = datetime(1970, 1, 1, tzinfo=timezone.utc)


@dataclass(frozen=True, slots=True)
class Entry:
    """One entry: its exact bytes, and what its header says."""

    raw: bytes
    ledger: bytes
    position: int
    recorded_at_us: int
    """Microseconds since 1970-01-01 UTC."""
    prev: bytes
    stream_kind: int
    stream_id: bytes
    revision: int
    stream_prev: bytes
    submitter: str
    submitter_sequence: int
    message_id: bytes
    part: int
    parts: int
    content: bytes
    commitment: bytes
    body_type: int
    body_version: int

    @classmethod
    def decode(cls, raw: bytes) -> Entry:
        """Reads an entry, and refuses what no writer writes."""
        if not HEADER.size <= len(raw) <= ENTRY_BYTES_MAX:
            raise NotBelieved(f"entry has {len(raw)} bytes, expected 239 to {ENTRY_BYTES_MAX}")
        magic, version, *fields, body_len = HEADER.unpack_from(raw)
        if (magic, version) != (b"CLE", 1):
            raise NotBelieved("entry is of another format, or of a later version of it")
        if len(raw) != HEADER.size + body_len:
            raise NotBelieved(f"entry has {len(raw)} bytes, expected {HEADER.size + body_len}")
        (
            ledger,
            position,
            recorded_at_us,
            prev,
            stream_kind,
            stream_id,
            revision,
            stream_prev,
            submitter,
            submitter_sequence,
            message_id,
            part,
            parts,
            content,
            commitment,
            body_type,
            body_version,
        ) = fields
        named = _SUBMITTER.fullmatch(submitter)
        if named is None:
            raise NotBelieved("submitter of the entry is no id: 1 to 16 of a-z 0-9 - .")
        if (position == 0) != (prev == _NONE):
            raise NotBelieved("entry names an entry before it if and only if it is the first")
        if (revision == 0) != (stream_prev == _NONE):
            raise NotBelieved(
                "entry names one before it in its stream if and only if it is the first"
            )
        if part >= parts:
            raise NotBelieved(f"part {part} of {parts} parts")
        return cls(
            raw,
            ledger,
            position,
            recorded_at_us,
            prev,
            stream_kind,
            stream_id,
            revision,
            stream_prev,
            named[1].decode(),
            submitter_sequence,
            message_id,
            part,
            parts,
            content,
            commitment,
            body_type,
            body_version,
        )

    @property
    def body(self) -> bytes:
        """A `caseledger.event.v1.Event`, as it was encoded once."""
        return self.raw[HEADER.size :]

    @property
    def recorded_at(self) -> datetime:
        """When the ledger recorded it."""
        return _EPOCH + timedelta(microseconds=self.recorded_at_us)

    @property
    def chain_hash(self) -> bytes:
        """The hash by which later entries name it."""
        return blake3.blake3(self.raw, derive_key_context=_CHAIN_CONTEXT).digest()

    @property
    def leaf_hash(self) -> bytes:
        """Its leaf in the tree."""
        return leaf_hash(self.raw)
