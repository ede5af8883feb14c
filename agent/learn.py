"""The `learn` node: what an expert teaches is shown, accepted, and from then on recalled."""

from __future__ import annotations

import getpass
import re

import typer

from agent.assemble import Parts
from agent.config import Settings
from agent.errors import SetupError
from agent.state import Answer
from memory.errors import NotRememberedError
from memory.records import Record
from memory.teach import NotUnderstood, Proposal, accept, propose

_TEACHING = re.compile(
    r"^\s*(?:please\s+)?(?:remember\s+(?:that\s+)?)?"
    r"(?:by\s+.{2,80}?\s+(?:we|i)\s+(?:always\s+)?mean\b"
    r"|when\s+(?:i|we)\s+say\b|when\s+(?:i|we)\s+talk\s+about\b"
    r"|we\s+(?:define|call|use)\b|for\s+us,?\s.{2,80}\s(?:means|is)\b|.{2,60}\s+means\s)",
    re.IGNORECASE,
)
_YES = frozenset({"y", "yes", "ok", "okay", "sure", "please do", "remember it", "accept"})


def is_teaching(sentence: str) -> bool:
    """Return whether a sentence tells what a word means, rather than asks."""
    return bool(_TEACHING.match(sentence)) and not sentence.rstrip().endswith("?")


def propose_record(sentence: str, parts: Parts) -> Proposal | NotUnderstood:
    """Return what would be remembered, or why nothing would."""
    return propose(sentence, _known_words(parts), taught_by=expert_name())


def teach(sentence: str, reply: str, parts: Parts) -> Answer:
    """Remember what a sentence teaches, if the reply agrees."""
    proposal = propose_record(sentence, parts)
    if isinstance(proposal, NotUnderstood):
        return Answer("abstained", f"{proposal.reason} {proposal.needed}")
    if reply.strip().lower().rstrip(".!") not in _YES:
        return Answer("abstained", "Not remembered.")
    accept(parts.memory, proposal)
    parts.forget_vocabulary()
    return Answer("answered", f"Remembered: {proposal.record.text}.")


def teach_from_command_line(settings: Settings, sentence: str, *, accepted: bool) -> bool:
    """Show what a sentence teaches and remember it on a yes; return whether it was."""
    parts = Parts(settings)
    try:
        proposal = propose_record(sentence, parts)
        if isinstance(proposal, NotUnderstood):
            typer.echo(f"{proposal.reason} {proposal.needed}", err=True)
            return False
        typer.echo(proposal.summary)
        reply = "yes" if accepted or typer.confirm("Remember it?") else "no"
        answer = teach(sentence, reply, parts)
        typer.echo(answer.text)
        return answer.status == "answered"
    finally:
        parts.close()


def remembered(settings: Settings, *, everything: bool = False) -> list[Record]:
    """Return what was taught, or everything that is remembered."""
    parts = Parts(settings)
    try:
        return [one for one in parts.memory.list() if everything or one.is_taught]
    finally:
        parts.close()


def forget(settings: Settings, record_id: str) -> Record:
    """Stop remembering a record and return it.

    Raises:
        SetupError: Nothing is remembered under the id.
    """
    parts = Parts(settings)
    try:
        return parts.memory.forget(record_id, by=expert_name())
    except NotRememberedError as error:
        raise SetupError(f"{error}; `footnote memory list` shows the ids.") from error
    finally:
        parts.close()


def rebuild(settings: Settings) -> int:
    """Write the memory's vector index anew and return the number of its vectors."""
    from memory.embedder import MiniLM
    from memory.store import MemoryStore

    return MemoryStore.rebuild(settings.memory_path, MiniLM())


def expert_name() -> str:
    """Return the name under which this person teaches."""
    try:
        return getpass.getuser()
    except (OSError, KeyError):
        return "expert"


def _known_words(parts: Parts) -> dict[str, list[str]]:
    return {m.name: [m.label, *m.synonyms] for m in parts.catalogue.metrics.values()}
