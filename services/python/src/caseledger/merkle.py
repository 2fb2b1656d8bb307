"""The tree of RFC 6962 section 2.1 over the entries (docs/FORMAT.md, Tree)."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence

from .errors import NotBelieved

EMPTY_ROOT = hashlib.sha256(b"").digest()
"""Root of the tree without entries."""


def leaf_hash(entry: bytes) -> bytes:
    """Hash of the leaf that an entry is."""
    return hashlib.sha256(b"\x00" + entry).digest()


def node_hash(left: bytes, right: bytes) -> bytes:
    """Hash of an inner node."""
    return hashlib.sha256(b"\x01" + left + right).digest()


def _check_length(proof: Sequence[bytes], expected: int) -> None:
    if len(proof) != expected:
        raise NotBelieved(f"proof has {len(proof)} hashes, expected {expected}")
    for digest in proof:
        if len(digest) != 32:
            raise NotBelieved(f"hash of a proof has {len(digest)} bytes, expected 32")


def verify_inclusion(
    leaf: bytes, position: int, size: int, proof: Sequence[bytes], root: bytes
) -> None:
    """Checks that a leaf stands at a position of the tree with that size and root."""
    if not 0 <= position < size:
        raise NotBelieved(f"position {position} is not in a tree of size {size}")
    inner = (position ^ (size - 1)).bit_length()
    border = (position >> inner).bit_count()
    _check_length(proof, inner + border)
    found = leaf
    for level, digest in enumerate(proof):
        # Above `inner` the path runs along the right edge of the tree: siblings are on the left.
        left = level >= inner or position >> level & 1
        found = node_hash(digest, found) if left else node_hash(found, digest)
    if found != root:
        raise NotBelieved(f"inclusion proof leads to root {found.hex()}, expected {root.hex()}")


def verify_consistency(
    old_size: int, new_size: int, proof: Sequence[bytes], old_root: bytes, new_root: bytes
) -> None:
    """Checks that the larger tree begins with all leaves of the smaller one."""
    if old_size > new_size:
        raise NotBelieved(f"size {old_size} is not before size {new_size}")
    if old_size == new_size:
        _check_length(proof, 0)
        if old_root != new_root or (new_size == 0 and new_root != EMPTY_ROOT):
            raise NotBelieved(f"two roots for size {new_size}: {old_root.hex()}, {new_root.hex()}")
        return
    if old_size == 0:
        raise NotBelieved("there is nothing to prove about the tree without entries")
    shift = (old_size & -old_size).bit_length() - 1
    inner = ((old_size - 1) ^ (new_size - 1)).bit_length() - shift
    border = ((old_size - 1) >> (inner + shift)).bit_count()
    # A smaller tree that is complete is a node of the larger one, and need not be told.
    told = 0 if old_size & (old_size - 1) == 0 else 1
    _check_length(proof, told + inner + border)
    old = new = proof[0] if told else old_root
    path = (old_size - 1) >> shift
    for level, digest in enumerate(proof[told:]):
        if level >= inner or path >> level & 1:
            old, new = node_hash(digest, old), node_hash(digest, new)
        else:
            new = node_hash(new, digest)
    if old != old_root or new != new_root:
        raise NotBelieved(f"size {new_size} does not extend size {old_size}")
