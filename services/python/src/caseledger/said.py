"""Is what was recorded what was said?

A receipt proves that an entry is in the ledger; this decides whether it is the right one. A message
is read here as the server reads it (docs/COURTS.md), so that every entry can be compared with it.
What the server adds is how it read codes that are no words of the ledger, which it has to tell, and
the identifiers of orders and filings, which only the ledger can make.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from google.protobuf.message import DecodeError

from .entry import CASE, Entry
from .errors import NotBelieved
from .event.v1 import case_fact_pb2 as facts
from .event.v1 import filing_fact_pb2 as filing_facts
from .event.v1 import vocabulary_pb2 as words
from .event.v1.event_pb2 import Event, Fact
from .v1.court_service_pb2 import CodeReading, FilingConfirmation, FilingReview

# Of a body that the submitter did not sign: without a private part that is kept with it, and with one.
_BODY_VERSION, _PRIVATE_BODY_VERSION = 1, 3
_HELD, _SIGHTED = 61, 63
_MADE_BY_LEDGER = ("confirmation_matched", "confirmation_sighted")
# Stands for an identifier that the ledger makes.
_GIVEN = bytes([1]) * 16

_REVIEW = ("ACCEPTED", "PARTIALLY_ACCEPTED", "REJECTED", "RECEIVED")
_DOCKETING = ("DOCKETED", "PENDING", "REJECTED")
_RULING = ("GRANTED", "DENIED", "SEALING_ORDERED")
_FINDING = ("NOT_FOUND", "DESTROYED")


class Unreadable(Exception):
    """The message says nothing that could be recorded."""


@dataclass(frozen=True, slots=True)
class Said:
    """One fact that follows from a message."""

    on: int
    """Business date, YYYYMMDD."""
    fact: Fact
    charges: tuple[int, ...]
    """The charges named, ascending; none for the whole case."""
    about_case: bool = True


def day(text: str) -> int:
    """The day of `2020-02-11`, or of a time that begins so, as YYYYMMDD."""
    digits = text[:4] + text[5:7] + text[8:10]
    if len(digits) != 8 or not digits.isdecimal() or text[4] + text[7] != "--":
        raise Unreadable
    return int(digits)


def _compared(text: str) -> str:
    return text.upper().replace(" ", "_").replace("-", "_")


class _Words:
    """How codes are read."""

    def __init__(self, readings: Iterable[CodeReading]) -> None:
        self._told = {(r.field, _compared(r.raw)): r.code for r in readings if r.code}

    def find(self, field: str, raw: str, known: Sequence[str]) -> str | None:
        """The word; none if it is not known."""
        word = self._told.get((field, _compared(raw)), _compared(raw))
        return word if word in known else None

    def closed(self, field: str, raw: str, known: Sequence[str]) -> str:
        """The word, where there is no place for another code."""
        word = self.find(field, raw, known)
        if word is None:
            raise Unreadable
        return word

    def number(self, field: str, raw: str, enum: Any, prefix: str) -> Any:
        """The number of a word that must be known."""
        return enum.Value(prefix + self.closed(field, raw, _members(enum, prefix)))

    def coded(self, field: str, raw: str, enum: Any, prefix: str) -> dict[str, Any]:
        """The members of a coded message: the word, or the code as it came."""
        if raw == "":
            raise Unreadable
        word = self.find(field, raw, _members(enum, prefix))
        return {"unmapped": raw} if word is None else {"known": enum.Value(prefix + word)}


def _members(enum: Any, prefix: str) -> list[str]:
    return [name[len(prefix) :] for name in enum.keys() if not name.endswith("_UNSPECIFIED")]


def facts_of(message: FilingConfirmation, readings: Iterable[CodeReading]) -> list[Said]:
    """What a message says, as the facts it becomes. Identifiers that the ledger makes are placeholders."""
    charges = tuple(sorted(set(message.scope.charges.ids)))
    read = _Words(readings)
    statement = message.WhichOneof("statement")
    if statement == "review":
        return _review(message, read, charges)
    on, fact = _one_fact(message, statement or "", read)
    return [Said(on, fact, charges)]


def _one_fact(message: FilingConfirmation, statement: str, read: _Words) -> tuple[int, Fact]:
    if statement == "docket_entry":
        entry = message.docket_entry
        entered = facts.DispositionEntered(
            disposition=read.number(
                "disposition", entry.disposition, words.NewDisposition, "NEW_DISPOSITION_"
            ),
            order=_given(entry.order_number),
        )
        if entry.severity_after:
            entered.severity_after = read.number(
                "severity", entry.severity_after, words.Severity, "SEVERITY_"
            )
        if entry.reason:
            reason = read.coded(
                "dismissal_reason", entry.reason, words.DismissalReason, "DISMISSAL_REASON_"
            )
            entered.reason.CopyFrom(words.CodedDismissalReason(**reason))
        return day(entry.entered_on), Fact(disposition_entered=entered)
    if statement == "ruling":
        return day(message.ruling.ordered_on), _ruling(message, read)
    if statement == "sealing":
        sealing = message.sealing
        surfaces = {
            read.number("seal_surface", surface, words.SealSurface, "SEAL_SURFACE_")
            for surface in sealing.surfaces
        }
        executed = facts.SealingExecuted(
            surfaces=sorted(surfaces),
            extent=read.number("seal_extent", sealing.extent, words.SealExtent, "SEAL_EXTENT_"),
            order=_given(sealing.order_number),
        )
        return day(sealing.executed_on), Fact(sealing_executed=executed)
    if statement == "missing_record":
        missing = message.missing_record
        found_on = day(missing.found_on)
        if read.closed("finding", missing.finding, _FINDING) == "NOT_FOUND":
            search = read.coded(
                "search_result", missing.reason, words.SearchResult, "SEARCH_RESULT_"
            )
            not_found = facts.RecordNotFound(search=words.CodedSearchResult(**search))
            return found_on, Fact(record_not_found=not_found)
        authority = read.coded(
            "destruction_authority",
            missing.reason,
            words.DestructionAuthority,
            "DESTRUCTION_AUTHORITY_",
        )
        coded = words.CodedDestructionAuthority(**authority)
        return found_on, Fact(record_destroyed=facts.RecordDestroyed(authority=coded))
    raise Unreadable


def _ruling(message: FilingConfirmation, read: _Words) -> Fact:
    ruling = message.ruling
    order = _given(ruling.order_number)
    word = read.closed("ruling", ruling.ruling, _RULING)
    if word == "GRANTED":
        remedy = read.number("remedy", ruling.remedy, words.Remedy, "REMEDY_")
        return Fact(relief_granted=facts.ReliefGranted(order=order, remedy=remedy))
    if word == "DENIED":
        ground = read.coded("denial_ground", ruling.reason, words.DenialGround, "DENIAL_GROUND_")
        coded = words.CodedDenialGround(**ground)
        return Fact(relief_denied=facts.ReliefDenied(order=order, ground=coded))
    return Fact(sealing_ordered=facts.SealingOrdered(order=order))


def _review(message: FilingConfirmation, read: _Words, charges: tuple[int, ...]) -> list[Said]:
    review = message.review
    word = read.find("review_status", review.review_status, _REVIEW)
    docketing = read.find("docketing_status", review.docketing_status, _DOCKETING)
    outcome = _outcome(word, docketing)
    if review.review_status and word is None:
        # A status nobody knows decides nothing: it is kept where filings keep it.
        status = words.CodedReviewStatus(unmapped=review.review_status)
        reviewed = filing_facts.FilingReviewed(status=status)
        on = _first_day(review)
        received = Said(on, _received(), charges)
        return [received, Said(on, Fact(filing_reviewed=reviewed), (), about_case=False)]
    if outcome in (None, "RECEIVED"):
        return [Said(_first_day(review), _received(), charges)]
    if outcome == "ACCEPTED":
        received_on = day(review.received_at) if review.received_at else 0
        accepted = facts.FilingAccepted(filing=_GIVEN, received_on=received_on)
        return [Said(day(review.official_filed_on), Fact(filing_accepted=accepted), charges)]
    reason = review.reason or _reason_of_documents(message, read)
    code = read.coded("filing_rejection", reason, words.FilingRejection, "FILING_REJECTION_")
    coded = words.CodedFilingRejection(**code)
    if outcome == "REJECTED":
        rejected = facts.FilingRejected(filing=_GIVEN, reason=coded)
        return [Said(day(review.reviewed_on), Fact(filing_rejected=rejected), charges)]
    partially = facts.FilingPartiallyAccepted(
        filing=_GIVEN, rejected=review.rejected_charges, reason=coded
    )
    fact = Fact(filing_partially_accepted=partially)
    return [Said(day(review.official_filed_on), fact, charges)]


def _outcome(review: str | None, docketing: str | None) -> str | None:
    if "REJECTED" in (review, docketing):
        return "REJECTED"
    if review in ("PARTIALLY_ACCEPTED", "ACCEPTED"):
        return review
    if docketing == "DOCKETED":
        return "ACCEPTED"
    return "RECEIVED" if review or docketing else None


def _received() -> Fact:
    return Fact(filing_received=facts.FilingReceived(filing=_GIVEN))


def _first_day(review: FilingReview) -> int:
    return day(review.received_at or review.reviewed_on or review.official_filed_on)


def _reason_of_documents(message: FilingConfirmation, read: _Words) -> str:
    for document in message.documents:
        rejected = read.find("review_status", document.status, _REVIEW) == "REJECTED"
        if rejected and document.reject_reason:
            return document.reject_reason
    return ""


def _given(number: str) -> bytes:
    return _GIVEN if number else b""


def check(
    message: FilingConfirmation, readings: Iterable[CodeReading], role: int, entries: list[Entry]
) -> list[Event]:
    """Checks that the entries of a message say what the message says, and gives what they say."""
    try:
        said = facts_of(message, readings)
    except Unreadable:
        raise NotBelieved("a message that says nothing was recorded") from None
    events = [_event(entry, role) for entry in entries]
    recorded = iter(zip(entries, events))
    for one in said:
        _find(one, message, recorded)
    for entry, event in recorded:
        if event.fact.WhichOneof("kind") not in _MADE_BY_LEDGER:
            raise NotBelieved(f"entry {entry.position} was recorded and never said")
    return events


def _event(entry: Entry, role: int) -> Event:
    try:
        event = Event.FromString(entry.body)
    except DecodeError as error:
        raise NotBelieved(f"body of entry {entry.position} is no event") from error
    version = _PRIVATE_BODY_VERSION if event.private else _BODY_VERSION
    if (entry.body_type, entry.body_version) != (_number(event.fact), version):
        raise NotBelieved(f"body of entry {entry.position} is not what its header says")
    if role and event.role != role:
        raise NotBelieved(f"entry {entry.position} was recorded in another role")
    return event


def _find(said: Said, message: FilingConfirmation, recorded: Iterator[tuple[Entry, Event]]) -> None:
    for entry, event in recorded:
        if _states(said, event):
            _check_case(said, message, entry)
            return
        if event.fact.WhichOneof("kind") not in _MADE_BY_LEDGER:
            raise NotBelieved(f"entry {entry.position} is not what was said")
    raise NotBelieved("not everything that was said is recorded")


def _check_case(said: Said, message: FilingConfirmation, entry: Entry) -> None:
    if not said.about_case:
        return
    if entry.stream_kind != CASE or message.case_id not in (b"", entry.stream_id):
        raise NotBelieved(f"entry {entry.position} is about another case than was said")


def _states(said: Said, event: Event) -> bool:
    kind = event.fact.WhichOneof("kind")
    if event.occurred_on != said.on:
        return False
    named = tuple(event.charges)
    if kind == "confirmation_held":
        held = event.fact.confirmation_held
        return tuple(sorted(held.charges)) == said.charges and _same(said.fact, held.fact)
    if said.charges and named and named != said.charges:
        return False
    if kind == "confirmation_sighted":
        return event.fact.confirmation_sighted.kind == _number(said.fact)
    return _same(said.fact, event.fact)


def _same(said: Fact, recorded: Fact) -> bool:
    kind = recorded.WhichOneof("kind")
    if kind is None or kind != said.WhichOneof("kind"):
        return False
    ours, theirs = Fact(), Fact()
    ours.CopyFrom(said)
    theirs.CopyFrom(recorded)
    ours_body, theirs_body = getattr(ours, kind), getattr(theirs, kind)
    for name in ("filing", "order"):
        if len(getattr(theirs_body, name, b"")) == 16:
            setattr(theirs_body, name, _GIVEN)
    if kind == "filing_partially_accepted":
        for body in (ours_body, theirs_body):
            body.rejected.sort()
    return ours == theirs


def _number(fact: Fact) -> int:
    kind = fact.WhichOneof("kind")
    return 0 if kind is None else int(Fact.DESCRIPTOR.fields_by_name[kind].number)


def status(entries: Sequence[Entry], flags: Sequence[int]) -> str:
    """What a message that is recorded came to."""
    kinds = {entry.body_type for entry in entries}
    if _HELD in kinds:
        return "HELD"
    if kinds == {_SIGHTED}:
        return "SIGHTED"
    return "ACCEPTED_WITH_FLAGS" if flags else "ACCEPTED"


def flags(events: Iterable[Event]) -> list[int]:
    """The flags of all events together, ascending."""
    bits = 0
    for event in events:
        bits |= event.flags
    return [bit for bit in range(bits.bit_length()) if bits >> bit & 1]
