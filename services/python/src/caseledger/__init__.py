"""A client of Caseledger for courts: says what a clerk and a judge did, and believes nothing but receipts.

from caseledger import Client

with Client("https://ledger.example:7400", verifier_key="ledger.vkey", organisation="lasc",
            ca="ca.pem", cert="lasc.pem", key="lasc.key") as client:
    court = client.court("LASC-CJC", source="odyssey")
    confirmed = court.confirm_filing("m-17", "SYN-1", "F-1", filed_on="2020-02-11")
    confirmed.save("receipts")
"""

from .client import Client, Confirmed, Reading
from .court import Court, Open, Worklist
from .entry import Entry
from .errors import (
    LedgerError,
    MalformedField,
    NotAllowed,
    NotBelieved,
    NotIdentified,
    NotNow,
    OtherContent,
    OutcomeUnknown,
    Refusal,
    Refused,
    RuleBroken,
    Unreachable,
    Violation,
)
from .manifest import BadBatch, Batch, Outcome, RowOutcome
from .note import Checkpoint, VerifierKey
from .receipt import Receipt, verify, verify_file
from .retry import Retry

__all__ = [
    "BadBatch",
    "Batch",
    "Checkpoint",
    "Client",
    "Confirmed",
    "Court",
    "Entry",
    "LedgerError",
    "MalformedField",
    "NotAllowed",
    "NotBelieved",
    "NotIdentified",
    "NotNow",
    "Open",
    "OtherContent",
    "Outcome",
    "OutcomeUnknown",
    "Reading",
    "Receipt",
    "Refusal",
    "Refused",
    "Retry",
    "RowOutcome",
    "RuleBroken",
    "Unreachable",
    "VerifierKey",
    "Violation",
    "Worklist",
    "verify",
    "verify_file",
]
