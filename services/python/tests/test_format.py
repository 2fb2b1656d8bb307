"""The worked example of docs/FORMAT.md, byte for byte, and its negative twins."""

from __future__ import annotations

import base64
import hashlib
import re

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from caseledger import Entry, NotBelieved, VerifierKey, verify
from caseledger.entry import HEADER
from caseledger.merkle import EMPTY_ROOT, node_hash, verify_consistency, verify_inclusion
from caseledger.note import _ORDER, _P, _SMALL, Checkpoint
from caseledger.receipt import TlogProof
from conftest import ROOT

FORMAT = (ROOT / "docs/FORMAT.md").read_text(encoding="utf-8")


def block(name: str) -> str:
    found = re.search(rf"^```{name}\n(.*?)^```$", FORMAT, re.DOTALL | re.MULTILINE)
    assert found is not None
    return found[1]


def entry_bytes(number: int) -> bytes:
    rows = [line.split() for line in block(f"entry-{number}").splitlines()]
    raw = b"".join(bytes.fromhex(row[1]) for row in rows)
    assert [int(row[0]) for row in rows if row[2] == "body"] in ([HEADER.size], [])
    return raw


ENTRIES = [entry_bytes(number) for number in range(3)]
RECEIPT = block("receipt")
KEY = re.search(r"`(ledger\.example/audit\+[^`]+)`", FORMAT)[1]  # type: ignore[index]
ROOT_HASH = re.search(r"tree over the three leaf hashes is\n`([0-9a-f]{64})`", FORMAT)[1]  # type: ignore[index]
CHECKPOINT = TlogProof.parse(RECEIPT).checkpoint


def test_hashes_are_those_of_the_document() -> None:
    rows = re.findall(r"^\| (\d) \| (\d+) \| `(\w{64})` \| `(\w{64})` \|$", FORMAT, re.MULTILINE)
    assert len(rows) == 3
    for number, length, chain_hash, leaf_hash in rows:
        entry = Entry.decode(ENTRIES[int(number)])
        assert len(entry.raw) == int(length)
        assert entry.chain_hash.hex() == chain_hash
        assert entry.leaf_hash.hex() == leaf_hash


def test_headers_say_what_the_document_says() -> None:
    first, second, third = map(Entry.decode, ENTRIES)
    assert (first.submitter, first.submitter_sequence, first.parts) == ("court-19", 7, 2)
    assert first.recorded_at.isoformat() == "2026-01-01T00:00:00+00:00"
    assert (second.position, second.part, second.prev) == (1, 1, first.chain_hash)
    assert second.content == hashlib.sha256(b"first submission").digest()
    assert (third.submitter, third.revision, third.stream_prev) == (
        "da-office.2",
        1,
        first.chain_hash,
    )
    assert (third.body_version, third.body) == (2, b"")
    assert second.body == b"\x12\x01d"


def test_the_receipt_of_the_document_is_verified() -> None:
    receipt = verify(RECEIPT, KEY)
    assert receipt.position == 1
    assert receipt.entry.raw == ENTRIES[1]
    assert (receipt.checkpoint.size, receipt.checkpoint.root.hex()) == (3, ROOT_HASH)
    assert receipt.text() == RECEIPT


def test_a_changed_byte_anywhere_is_refused() -> None:
    raw = RECEIPT.encode()
    for at in range(len(raw)):
        for other in (raw[at] ^ 1, raw[at] ^ 32, 10):
            changed = raw[:at] + bytes([other]) + raw[at + 1 :]
            if changed == raw:
                continue
            try:
                text = changed.decode()
            except UnicodeDecodeError:
                continue
            with pytest.raises(NotBelieved):
                verify(text, KEY)


def test_what_is_put_before_or_behind_is_refused() -> None:
    head, rest = RECEIPT.split("\n", 1)
    for text in (
        RECEIPT + "\n",
        RECEIPT + "x",
        "\n" + RECEIPT,
        RECEIPT.replace("\n", "\r\n"),
        RECEIPT[:-1],
        f"{head}\nindex 1\n{rest}",
        RECEIPT.replace("index 1", "index 01"),
        RECEIPT.replace("index 1", "index +1"),
        RECEIPT.replace("index 1", "index 18446744073709551617"),
        "",
    ):
        with pytest.raises(NotBelieved):
            verify(text, KEY)


def test_lines_of_keys_that_are_not_known_are_ignored_and_must_be_lines() -> None:
    other = "\u2014 witness.example/w AAAAAAE=\n"
    assert verify(RECEIPT + other, KEY).position == 1
    for line in ("\u2014 witness.example/w AAAAAA==\n", "- witness.example/w AAAAAAE=\n", "\n"):
        with pytest.raises(NotBelieved):
            verify(RECEIPT + line, KEY)
    with pytest.raises(NotBelieved):
        verify(RECEIPT + other * 100, KEY)
    signed = "\u2014" + CHECKPOINT.split("\u2014")[1]
    assert Checkpoint.open(CHECKPOINT + signed, VerifierKey.parse(KEY)).size == 3
    forged = signed.replace("KlIQjL", "KlIQjM")
    with pytest.raises(NotBelieved, match="does not hold"):
        Checkpoint.open(CHECKPOINT + forged, VerifierKey.parse(KEY))


def signed(text: str) -> str:
    """A note of the log of the document, whose seed is the bytes 00 to 1f."""
    key = VerifierKey.parse(KEY)
    signature = Ed25519PrivateKey.from_private_bytes(bytes(range(32))).sign(text.encode())
    line = base64.b64encode(key.key_id + signature).decode()
    return f"{text}\n\u2014 {key.name} {line}\n"


def test_a_checkpoint_has_one_form_whoever_signed_it() -> None:
    key = VerifierKey.parse(KEY)
    text = CHECKPOINT.split("\n\n")[0] + "\n"
    origin, size, root, _ = text.split("\n")
    assert signed(text) == CHECKPOINT
    assert Checkpoint.open(signed(text + "more\n"), key).size == 3
    empty = base64.b64encode(EMPTY_ROOT).decode()
    assert Checkpoint.open(signed(f"{origin}\n0\n{empty}\n"), key).size == 0
    for wrong in (
        f"ledger.example/other\n{size}\n{root}\n",
        f"{origin}\n03\n{root}\n",
        f"{origin}\n0\n{root}\n",
        f"{origin}\n{size}\n{root[:-4]}\n",
        f"{origin}\n{size}\n",
        f"{origin}\n{size}\n{root}\n\n",
        f"{origin}\n{size}\n{root}\nta\tb\n",
        f"{origin}\n{size}\n{root}\n" + "x" * 65_536 + "\n",
    ):
        with pytest.raises(NotBelieved):
            Checkpoint.open(signed(wrong), key)


def test_another_key_of_the_same_name_is_refused() -> None:
    public = bytes.fromhex("29acbae141bccaf0b22e1a94d34d0bc7361e526d0bfc12c89794bc9322966dd7")
    key_id = hashlib.sha256(b"ledger.example/audit\n\x01" + public).digest()[:4]
    other = VerifierKey("ledger.example/audit", key_id, public)
    assert VerifierKey.parse(f"{other}\n") == other
    with pytest.raises(NotBelieved, match="no signature"):
        verify(RECEIPT, other)


@pytest.mark.parametrize(
    "wrong",
    [
        KEY.replace("2a52108c", "2a52108d"),
        KEY.replace("2a52108c", "2A52108C"),
        KEY.replace("ledger.example/audit", "ledger.example/other"),
        KEY[:-1],
        KEY.replace("+AQ", "+BA"),
        "ledger.example/audit+2a52108c",
    ],
)
def test_a_key_that_is_none_is_refused(wrong: str) -> None:
    with pytest.raises(ValueError):
        VerifierKey.parse(wrong)


@pytest.mark.parametrize(
    ("at", "value"),
    [
        (0, b"X"),
        (3, b"\x02"),
        (36, bytes(32)),
        (85, bytes(7) + b"\x01"),
        (93, b"\x01"),
        (125, bytes(16)),
        (125, b"C"),
        (140, b"x"),
        (165, b"\x00\x02"),
        (237, b"\x00\x04"),
    ],
)
def test_an_entry_that_nobody_writes_is_refused(at: int, value: bytes) -> None:
    raw = ENTRIES[1]
    with pytest.raises(NotBelieved):
        Entry.decode(raw[:at] + value + raw[at + len(value) :])
    with pytest.raises(NotBelieved):
        Entry.decode(raw + b"\0")
    with pytest.raises(NotBelieved):
        Entry.decode(raw[:238])


def tree(leaves: list[bytes]) -> bytes:
    """RFC 6962 section 2.1, as it is written there."""
    if not leaves:
        return EMPTY_ROOT
    if len(leaves) == 1:
        return leaves[0]
    half = 1 << (len(leaves) - 1).bit_length() - 1
    return node_hash(tree(leaves[:half]), tree(leaves[half:]))


def path(position: int, leaves: list[bytes]) -> list[bytes]:
    """RFC 6962 section 2.1.1."""
    if len(leaves) <= 1:
        return []
    half = 1 << (len(leaves) - 1).bit_length() - 1
    if position < half:
        return [*path(position, leaves[:half]), tree(leaves[half:])]
    return [*path(position - half, leaves[half:]), tree(leaves[:half])]


def subproof(size: int, leaves: list[bytes], complete: bool = True) -> list[bytes]:
    """RFC 6962 section 2.1.2."""
    if size == len(leaves):
        return [] if complete else [tree(leaves)]
    half = 1 << (len(leaves) - 1).bit_length() - 1
    if size <= half:
        return [*subproof(size, leaves[:half], complete), tree(leaves[half:])]
    return [*subproof(size - half, leaves[half:], False), tree(leaves[:half])]


LEAVES = [hashlib.sha256(bytes([0, number])).digest() for number in range(20)]


def test_inclusion_is_proven_for_every_leaf_and_for_no_other() -> None:
    for size in range(1, len(LEAVES) + 1):
        leaves = LEAVES[:size]
        root = tree(leaves)
        for position, leaf in enumerate(leaves):
            proof = path(position, leaves)
            verify_inclusion(leaf, position, size, proof, root)
            for wrong in (
                (LEAVES[position - 1], position, size, proof, root),
                (leaf, position + 1, size, proof, root),
                (leaf, position, size, [*proof, root], root),
                (leaf, size, size, proof, root),
                (leaf, position, size, proof, LEAVES[0] if size > 1 else LEAVES[1]),
            ):
                if wrong[0] != leaf or wrong[1:] != (position, size, proof, root):
                    with pytest.raises(NotBelieved):
                        verify_inclusion(*wrong)


def test_consistency_is_proven_for_every_pair_and_for_no_other() -> None:
    for size in range(1, len(LEAVES) + 1):
        leaves = LEAVES[:size]
        for old in range(1, size + 1):
            proof, roots = subproof(old, leaves), (tree(leaves[:old]), tree(leaves))
            verify_consistency(old, size, proof, *roots)
            with pytest.raises(NotBelieved):
                verify_consistency(old, size, [*proof, LEAVES[0]], *roots)
            with pytest.raises(NotBelieved):
                verify_consistency(old, size, proof, hashlib.sha256(roots[0]).digest(), roots[1])
            with pytest.raises(NotBelieved):
                verify_consistency(old, size, proof, roots[0], hashlib.sha256(roots[1]).digest())
    verify_consistency(0, 0, [], EMPTY_ROOT, EMPTY_ROOT)
    for sizes in ((0, 5), (5, 3)):
        with pytest.raises(NotBelieved):
            verify_consistency(*sizes, [], EMPTY_ROOT, EMPTY_ROOT)


def test_points_of_small_order_sign_nothing() -> None:
    # Doubling a point three times leads to the identity exactly for these.
    d = -121665 * pow(121666, -1, _P) % _P
    for y in _SMALL:
        x_squared = (y * y - 1) * pow(d * y * y + 1, -1, _P) % _P
        for _ in range(3):
            y_squared = y * y % _P
            # y of the double of (x, y): (y^2 + x^2) / (1 - d x^2 y^2).
            y = (y_squared + x_squared) * pow(1 - d * x_squared * y_squared, -1, _P) % _P
            x_squared = (y * y - 1) * pow(d * y * y + 1, -1, _P) % _P
        assert y == 1
        assert x_squared == 0
    assert len(_SMALL) == 5
    identity = (1).to_bytes(32, "little")
    key_id = hashlib.sha256(b"k\n\x01" + identity).digest()[:4]
    with pytest.raises(ValueError, match="small order"):
        VerifierKey.parse(str(VerifierKey("k", key_id, identity)))
    # With this key and signature every message would be signed.
    weak = VerifierKey("k", key_id, identity)
    assert not weak.holds(identity + bytes(32), b"anything")
    key = VerifierKey.parse(KEY)
    signature = TlogProof.parse(RECEIPT).checkpoint.split(" ")[-1]
    raw = base64.b64decode(signature)[4:]
    text = (CHECKPOINT.split("\n\n")[0] + "\n").encode()
    assert key.holds(raw, text)
    larger = int.from_bytes(raw[32:], "little") + _ORDER
    assert not key.holds(raw[:32] + larger.to_bytes(32, "little"), text)
