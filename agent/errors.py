"""Errors for the person at the keyboard."""

import adapters.errors
import memory.errors
import tools.errors


class SetupError(Exception):
    """Something a person can fix; the message is one sentence with the fix."""


SETUP_ERRORS = (
    SetupError,
    adapters.errors.SetupError,
    memory.errors.SetupError,
    tools.errors.SetupError,
)
