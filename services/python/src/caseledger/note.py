"""Verifier keys, signed notes and checkpoints (docs/FORMAT.md, Keys and signed notes)."""

from __future__ import annotations

import base64
import binascii
import hashlib
import re
import unicodedata
from dataclasses import dataclass
from pathlib import Path

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey

from .errors import NotBelieved
from .merkle import EMPTY_ROOT

CHECKPOINT_BYTES_MAX = 65_536

_LOG_KEY = b"\x01"
_LINES_MAX = 100
_DECIMAL = re.compile(r"0|[1-9][0-9]{0,19}", re.ASCII)

# Ed25519: the field, the order of the group, and the y of the points of small order.
_P = 2**255 - 19
_ORDER = 2**252 + 27742317777372353535851937790883648493
_Y8 = int.from_bytes(
    bytes.fromhex("26e8958fc2b227b045c3f489f2ef98f0d5dfac05d3c63339b13802886d53fc05"), "little"
)
_SMALL = frozenset({0, 1, _P - 1, _Y8, _P - _Y8})


def base64_bytes(text: str) -> bytes:
    """Strict base64: one spelling for one value."""
    try:
        decoded = base64.b64decode(text, validate=True)
    except (binascii.Error, ValueError) as error:
        raise NotBelieved("text is no base64") from error
    if base64.b64encode(decoded).decode() != text:
        raise NotBelieved("text is not the one base64 of its bytes")
    return decoded


def decimal(text: str) -> int:
    """Strict decimal, below 2^64."""
    if _DECIMAL.fullmatch(text) is None or int(text) >= 2**64:
        raise NotBelieved(f"{text!r} is no decimal number below 2^64")
    return int(text)


def is_key_name(name: str) -> bool:
    """Whether this can name a key."""
    return name != "" and not any(
        c == "+" or c.isspace() or unicodedata.category(c) == "Cc" for c in name
    )


def _has_small_order(point: bytes) -> bool:
    return (int.from_bytes(point, "little") & (1 << 255) - 1) % _P in _SMALL


@dataclass(frozen=True, slots=True)
class VerifierKey:
    """The public key of a ledger. Its name is the origin of the ledger."""

    name: str
    key_id: bytes
    public: bytes

    @classmethod
    def parse(cls, text: str) -> VerifierKey:
        """Reads `<name>+<id>+<base64>`."""
        parts = text.rstrip().split("+", 2)
        if len(parts) != 3:
            raise ValueError("verifier key is no <name>+<id>+<base64>")
        name, key_id, encoded = parts
        try:
            key = base64_bytes(encoded)
        except NotBelieved as error:
            raise ValueError(f"verifier key: {error}") from error
        if not is_key_name(name) or len(key) != 33 or key[:1] != _LOG_KEY:
            raise ValueError("verifier key is none of a ledger: a name, type 01 and 32 bytes")
        found = hashlib.sha256(name.encode() + b"\n" + key).digest()[:4]
        if found.hex() != key_id:
            raise ValueError(f"verifier key has id {key_id}, expected {found.hex()}")
        if _has_small_order(key[1:]):
            raise ValueError("verifier key is a point of small order: it is nobody's")
        return cls(name, found, key[1:])

    @classmethod
    def load(cls, key: VerifierKey | str | Path) -> VerifierKey:
        """A key, its text, or a file with its text."""
        if isinstance(key, VerifierKey):
            return key
        if isinstance(key, str) and key.count("+") >= 2:
            return cls.parse(key)
        return cls.parse(Path(key).read_text(encoding="utf-8"))

    def __str__(self) -> str:
        encoded = base64.b64encode(_LOG_KEY + self.public).decode()
        return f"{self.name}+{self.key_id.hex()}+{encoded}"

    def holds(self, signature: bytes, message: bytes) -> bool:
        """Whether this key signed that."""
        if len(signature) != 64 or int.from_bytes(signature[32:], "little") >= _ORDER:
            return False
        # The library takes such points; with them one signature fits several messages.
        if _has_small_order(signature[:32]):
            return False
        try:
            Ed25519PublicKey.from_public_bytes(self.public).verify(signature, message)
        except InvalidSignature:
            return False
        return True


def open_note(note: str, key: VerifierKey) -> str:
    """The text of a signed note, if the key signed it."""
    at = note.rfind("\n\n")
    if at < 0:
        raise NotBelieved("signed note has no empty line")
    text, signed = note[: at + 1], note[at + 2 :]
    if any(c < " " and c != "\n" for c in text):
        raise NotBelieved("signed note has control characters")
    lines = signed.split("\n")
    if lines.pop() != "" or not 1 <= len(lines) <= _LINES_MAX:
        raise NotBelieved("signed note does not end in 1 to 100 signature lines")
    found = False
    for line in lines:
        words = line.split(" ")
        if len(words) != 3 or words[0] != "\u2014" or not is_key_name(words[1]):
            raise NotBelieved("signed note has a line that is no signature")
        signature = base64_bytes(words[2])
        if len(signature) < 5:
            raise NotBelieved("signed note has a signature without bytes")
        if (words[1], signature[:4]) != (key.name, key.key_id):
            continue
        if not key.holds(signature[4:], text.encode()):
            raise NotBelieved(f"signature of {key.name} does not hold")
        found = True
    if not found:
        raise NotBelieved(f"signed note has no signature of {key.name} with id {key.key_id.hex()}")
    return text


@dataclass(frozen=True, slots=True)
class Checkpoint:
    """What a ledger signed: that it has this root at this size."""

    origin: str
    size: int
    root: bytes
    note: str
    """The signed note, verbatim."""

    @classmethod
    def open(cls, note: str, key: VerifierKey) -> Checkpoint:
        """Reads a checkpoint that the key signed."""
        if len(note.encode()) > CHECKPOINT_BYTES_MAX:
            raise NotBelieved(f"checkpoint has more than {CHECKPOINT_BYTES_MAX} bytes")
        lines = open_note(note, key)[:-1].split("\n")
        if len(lines) < 3 or "" in lines:
            raise NotBelieved("checkpoint is no origin, size and root")
        origin, size, root = lines[0], decimal(lines[1]), base64_bytes(lines[2])
        if origin != key.name:
            raise NotBelieved(f"checkpoint is of {origin}, expected {key.name}")
        if len(root) != 32 or (size == 0 and root != EMPTY_ROOT):
            raise NotBelieved("checkpoint has no root for its size")
        return cls(origin, size, root, note)
