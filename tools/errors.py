"""The two errors of this package that have a reader: a person, or the model."""


class SetupError(Exception):
    """Something a person at the keyboard can fix; the message is one sentence with the fix."""


class ToolError(Exception):
    """A tool refused or failed; the message tells the model what was wrong and what to do next."""
