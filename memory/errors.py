"""Errors of the memory, by who reads them."""


class SetupError(Exception):
    """For the person at the keyboard: one sentence with the command or setting that fixes it."""


class NotRememberedError(LookupError):
    """No current record has the id that was asked for."""
