"""What can go wrong, by what there is to do about it."""

from __future__ import annotations

from dataclasses import dataclass, field


class LedgerError(Exception):
    """Anything that this package raises by itself."""


class NotBelieved(LedgerError):
    """A receipt, proof or answer does not prove what it should. Nothing of it is to be relied on:
    keep it, and tell whoever audits the ledger."""


class Unreachable(LedgerError):
    """Nobody answers, or not in time. What was sent may have been recorded: send it again, under the
    same message id."""


@dataclass(frozen=True, slots=True)
class Violation:
    """One thing that is wrong: the path of a field or the id of a rule, and what would be right."""

    subject: str
    description: str


@dataclass(frozen=True, slots=True)
class Refusal:
    """Why something is not recorded, as the ledger said it."""

    code: int
    """Number of the gRPC status."""
    reason: str
    """For programs: one of the reasons of docs/API.md."""
    message: str
    """For people."""
    metadata: dict[str, str] = field(default_factory=dict)
    violations: tuple[Violation, ...] = ()
    retry_after: float | None = None
    """Seconds to wait before trying again; none if that will not help."""


class Refused(LedgerError):
    """The ledger said no. Sending the same again will not help, unless a subclass says so."""

    def __init__(self, refusal: Refusal) -> None:
        super().__init__(f"{refusal.reason}: {refusal.message}")
        self.refusal = refusal

    @property
    def reason(self) -> str:
        """One of the reasons of docs/API.md."""
        return self.refusal.reason


class MalformedField(Refused):
    """A field is not what it should be: `refusal.violations` says which. Mend the message."""


class NotIdentified(Refused):
    """The ledger does not know who calls: certificate, token or organisation are missing or wrong."""


class NotAllowed(Refused):
    """The caller may not do that, or not in that role."""


class OtherContent(Refused):
    """The message id was used for another content. Find out which of the two is right."""


class RuleBroken(Refused):
    """A rule of the ledger forbids it as the case stands; `reason` names the rule."""


class NotNow(Refused):
    """Not at the moment. The same message may be recorded later, under the same message id."""


class OutcomeUnknown(Refused):
    """It may or may not have been recorded: send it again, under the same message id."""


# By number of google.rpc.Code.
_BY_CODE: dict[int, type[Refused]] = {
    4: NotNow,  # DEADLINE_EXCEEDED: not begun
    7: NotAllowed,  # PERMISSION_DENIED
    8: NotNow,  # RESOURCE_EXHAUSTED
    14: NotNow,  # UNAVAILABLE
    16: NotIdentified,  # UNAUTHENTICATED
}

_BY_REASON: dict[str, type[Refused]] = {
    "MALFORMED_FIELD": MalformedField,
    "MESSAGE_TOO_LARGE": MalformedField,
    "DUPLICATE_MESSAGE_ID_OTHER_CONTENT": OtherContent,
    "OUTCOME_UNKNOWN": OutcomeUnknown,
    # Nothing is wrong with the message, but which role it is sent in is left open.
    "ROLE_AMBIGUOUS": NotAllowed,
    # Neither a rule nor anything that passes.
    "READ_ONLY": Refused,
    "NO_SUCH_METHOD": Refused,
    "NOT_FOUND": Refused,
    "BEYOND_LEDGER": Refused,
    "SIGNATURE_REQUIRED": Refused,
    "SIGNATURE_INVALID": Refused,
    "SIGNING_KEY_UNKNOWN": Refused,
    "TOO_MANY_NUMBER_GAPS": Refused,
}

# INVALID_ARGUMENT, NOT_FOUND, FAILED_PRECONDITION, ABORTED: what is left of these are rules.
_RULES = frozenset({3, 5, 9, 10})


def refused(refusal: Refusal) -> Refused:
    """The exception for a refusal."""
    left = RuleBroken if refusal.code in _RULES else Refused
    kind = _BY_REASON.get(refusal.reason) or _BY_CODE.get(refusal.code, left)
    return kind(refusal)


def may_be_sent_again(error: LedgerError) -> bool:
    """Whether the same call may succeed later. Messages keep their ids, so nothing is recorded
    twice."""
    return isinstance(error, (NotNow, OutcomeUnknown, Unreachable))
