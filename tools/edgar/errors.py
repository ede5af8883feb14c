"""What can go wrong with one address; each message is one sentence for a person."""

from __future__ import annotations

from tools.errors import SetupError


class EdgarError(SetupError):
    """EDGAR refused, or kept failing, or what it sent is broken."""


class NotThere(EdgarError):
    """EDGAR has nothing at this address."""


class Unreachable(EdgarError):
    """No connection to EDGAR."""


class Refused(EdgarError):
    """EDGAR will refuse every further request, too: it makes no sense to go on."""
