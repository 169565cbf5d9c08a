"""What goes wrong, in sentences that say what to do."""
from __future__ import annotations


class RatchetModelError(Exception):
    """Any error of this package."""


class PackError(RatchetModelError):
    """The estimator, the frame or the definition cannot become a package; the message says what to change."""


class PushError(RatchetModelError):
    """Ratchet did not take the package; the message says why, and what to do."""
