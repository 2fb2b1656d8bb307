"""When a call is tried again, and how long to wait before."""

from __future__ import annotations

import random
import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import TypeVar

from .errors import LedgerError, Refused, may_be_sent_again

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Retry:
    """Waits between attempts double, with a part of each drawn by lot, so that many clients do not
    come back at once. A delay that the server asks for is kept."""

    attempts: int = 6
    """At least 1."""
    timeout: float = 15.0
    """Seconds for one attempt at a call."""
    stream_timeout: float = 3600.0
    """Seconds for one attempt at a batch or a list."""
    first: float = 0.1
    """Seconds before the second attempt."""
    longest: float = 5.0
    """Seconds between attempts, at most, unless the server asks for more."""
    sleep: Callable[[float], None] = time.sleep

    def pause(self, failed: int, error: LedgerError) -> float:
        """Seconds to wait after so many failed attempts."""
        growing: float = min(self.longest, self.first * 2.0 ** (failed - 1))
        asked = error.refusal.retry_after if isinstance(error, Refused) else None
        return max(growing * random.uniform(0.5, 1.0), asked or 0.0)

    def run(self, attempt: Callable[[], T]) -> T:
        """The result of the first attempt that succeeds."""
        failed = 0
        while True:
            try:
                return attempt()
            except LedgerError as error:
                failed += 1
                if failed >= self.attempts or not may_be_sent_again(error):
                    raise
                wait = self.pause(failed, error)
            self.sleep(wait)
