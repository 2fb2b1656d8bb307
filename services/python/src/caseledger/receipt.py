"""Receipts: files that prove an entry to whoever has the key of the ledger (docs/FORMAT.md, Receipt
file)."""

from __future__ import annotations

import base64
import csv
import io
import os
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path

from .entry import Entry
from .errors import NotBelieved
from .merkle import verify_inclusion
from .note import Checkpoint, VerifierKey, base64_bytes, decimal

_FIRST_LINE = "c2sp.org/tlog-proof@v1"
_HASHES_MAX = 63
_FORMULA = ("=", "+", "-", "@", "\t", "\r")


@dataclass(frozen=True, slots=True)
class TlogProof:
    """A proof as it is written. Nothing in it is verified."""

    index: int
    hashes: tuple[bytes, ...]
    checkpoint: str
    extra: bytes | None

    @classmethod
    def parse(cls, text: str) -> TlogProof:
        """Reads a C2SP tlog-proof, with or without `extra`."""
        head, separator, checkpoint = text.partition("\n\n")
        first, *lines = head.split("\n")
        if separator == "" or first != _FIRST_LINE:
            raise NotBelieved(f"text is no {_FIRST_LINE}")
        extra = None
        if lines and lines[0].startswith("extra "):
            extra = base64_bytes(lines.pop(0)[len("extra ") :])
        if not lines or not lines[0].startswith("index "):
            raise NotBelieved("proof has no index")
        index = decimal(lines.pop(0)[len("index ") :])
        hashes = tuple(base64_bytes(line) for line in lines)
        if len(hashes) > _HASHES_MAX or any(len(digest) != 32 for digest in hashes):
            raise NotBelieved("proof is not of 0 to 63 hashes of 32 bytes")
        return cls(index, hashes, checkpoint, extra)

    def text(self) -> str:
        """The one text of this proof."""
        encoded = [base64.b64encode(digest).decode() for digest in self.hashes]
        extra = [] if self.extra is None else ["extra " + base64.b64encode(self.extra).decode()]
        lines = [_FIRST_LINE, *extra, f"index {self.index}", *encoded, "", self.checkpoint]
        return "\n".join(lines)


@dataclass(frozen=True, slots=True)
class Receipt:
    """An entry that is proven to be in the ledger."""

    entry: Entry
    hashes: tuple[bytes, ...]
    checkpoint: Checkpoint

    @property
    def position(self) -> int:
        """Where the entry stands, from 0."""
        return self.entry.position

    def text(self) -> str:
        """The receipt file: with it and the key anybody can verify the entry offline, for ever."""
        return TlogProof(self.position, self.hashes, self.checkpoint.note, self.entry.raw).text()

    def save(self, folder: str | Path) -> Path:
        """Writes the receipt as `<position>.tlog-proof`, whole or not at all. A file that proves
        another entry is not replaced."""
        path = Path(folder) / f"{self.position}.tlog-proof"
        if path.exists():
            if TlogProof.parse(read(path)).extra != self.entry.raw:
                raise NotBelieved(f"{path} proves another entry at position {self.position}")
            return path
        path.parent.mkdir(parents=True, exist_ok=True)
        write(path, self.text())
        return path


def write(path: Path, text: str) -> None:
    """Writes a file so that it is there whole, or not at all."""
    beside = path.with_name(f"{path.name}.{os.getpid()}.part")
    with open(beside, "w", encoding="utf-8", newline="") as file:
        file.write(text)
        file.flush()
        os.fsync(file.fileno())
    os.replace(beside, path)


def write_csv(path: Path, rows: Iterable[Sequence[object]]) -> None:
    """Writes a table. A cell that a spreadsheet would run as a formula begins with an apostrophe."""
    text = io.StringIO()
    sheet = csv.writer(text, lineterminator="\n")
    for row in rows:
        cells = map(str, row)
        sheet.writerow([f"'{cell}" if cell.startswith(_FORMULA) else cell for cell in cells])
    write(path, text.getvalue())


def read(path: str | Path) -> str:
    """Reads a text without touching its line ends."""
    try:
        return Path(path).read_bytes().decode("utf-8")
    except UnicodeDecodeError as error:
        raise NotBelieved(f"{path} is no text") from error


def prove(raw: bytes, proof: TlogProof, checkpoint: Checkpoint) -> Receipt:
    """Checks that the entry stands under the checkpoint where the proof says."""
    entry = Entry.decode(raw)
    if entry.position != proof.index:
        raise NotBelieved(f"proof is for position {proof.index}, entry says {entry.position}")
    verify_inclusion(entry.leaf_hash, proof.index, checkpoint.size, proof.hashes, checkpoint.root)
    return Receipt(entry, proof.hashes, checkpoint)


def verify(text: str, key: VerifierKey | str | Path) -> Receipt:
    """Verifies the text of a receipt file with the key of the ledger, offline."""
    proof = TlogProof.parse(text)
    if proof.extra is None:
        raise NotBelieved("receipt file has no entry")
    checkpoint = Checkpoint.open(proof.checkpoint, VerifierKey.load(key))
    return prove(proof.extra, proof, checkpoint)


def verify_file(path: str | Path, key: VerifierKey | str | Path) -> Receipt:
    """Verifies a receipt file with the key of the ledger, offline."""
    return verify(read(path), key)
