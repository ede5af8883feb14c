"""The REPL: questions, streamed steps, footnotes on demand. A line editor over one session."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Any

from prompt_toolkit import PromptSession
from prompt_toolkit.completion import CompleteEvent, Completer, Completion
from prompt_toolkit.document import Document
from prompt_toolkit.history import FileHistory
from rich.console import Console

from agent.asking import print_answer
from agent.assemble import Parts
from agent.config import Settings
from agent.errors import SETUP_ERRORS
from agent.footnotes import print_footnote
from agent.session import Session
from agent.state import Step

HELP = """\
Ask in plain words: What was Apple's gross margin in fiscal 2023?
Follow up: and the year before?   Teach: by net debt we mean total debt minus cash.
  /why N     open footnote N of the last answer
  /run       show the steps of the last run
  /memory X  what is remembered about X (all taught records without X)
  /forget ID forget a taught record
  /help      this list
  /quit      leave (also Ctrl-D); Ctrl-C stops an answer"""


class Words(Completer):
    """Completes commands, tickers and metric labels."""

    def __init__(self, words: Iterable[str]) -> None:
        self._words = sorted(set(words), key=str.lower)

    def get_completions(
        self, document: Document, complete_event: CompleteEvent
    ) -> Iterable[Completion]:
        """Yield the words that start as the text before the cursor does."""
        del complete_event
        text = document.text_before_cursor
        start = text.rsplit(" ", 1)[-1]
        if len(start) < 2:
            return
        for word in self._words:
            if word.lower().startswith(start.lower()):
                yield Completion(word, start_position=-len(start))


def chat(settings: Settings) -> None:
    """Run the REPL until the person leaves."""
    screen = Console()
    parts = Parts(settings, tell=lambda line: screen.print(f"[dim]{line}[/dim]"))
    with Session.open(parts) as session:
        names = [company.ticker or company.name for company in parts.desk.companies]
        screen.print(_greeting(names), markup=False, highlight=False)
        prompt: PromptSession[str] = PromptSession(
            history=FileHistory(str(settings.home / "history")),
            completer=Words([*_words(parts), *_COMMANDS]),
            complete_while_typing=False,
        )
        Talk(session, parts, screen).loop(prompt.prompt)


class Talk:
    """One conversation: its thread and its last run."""

    def __init__(self, session: Session, parts: Parts, screen: Console) -> None:
        self._session, self._parts, self._screen = session, parts, screen
        self._thread = parts.runs.new_id()
        self._last: dict[str, Any] | None = None

    def loop(self, read: Callable[[str], str]) -> None:
        """Read and answer lines; Ctrl-C stops an answer, Ctrl-D ends."""
        while True:
            try:
                line = read("› ").strip()
            except KeyboardInterrupt:
                continue
            except EOFError:
                return
            if line in {"/quit", "/exit", "/q"}:
                return
            if line:
                self.take(line)

    def take(self, line: str) -> None:
        """Carry out a command or answer a question; nothing that fails ends the session."""
        try:
            if line.startswith("/"):
                self._command(*line[1:].split(maxsplit=1))
            else:
                self._ask(line)
        except KeyboardInterrupt:
            self._screen.print("stopped", style="dim")
        except SETUP_ERRORS as error:
            self._screen.print(str(error), markup=False, style="yellow")
        except Exception as error:  # recorded with its run; the session goes on
            self._screen.print(
                f"failed: {type(error).__name__}: {error}", markup=False, style="red"
            )

    def _ask(self, question: str) -> None:
        record = self._session.ask(question, thread=self._thread, on_step=self._show_step)
        self._last = record
        print_answer(record, self._screen)

    def _show_step(self, step: Step) -> None:
        name = f"{step.node}/{step.task}" if step.task else step.node
        adapter = f" [{step.adapter}]" if step.adapter else ""
        line = f"  {step.layer:<7} {name:<16} {step.ms:>8.0f} ms{adapter}  {step.detail}"
        self._screen.print(line[:160], style="dim", markup=False, highlight=False)

    def _command(self, name: str = "help", argument: str = "") -> None:
        commands: dict[str, Callable[[str], None]] = {
            "why": self._why,
            "run": self._run,
            "memory": self._memory,
            "forget": self._forget,
            "help": self._help,
        }
        action = commands.get(name)
        if action is None:
            self._screen.print(f"There is no /{name}; /help lists the commands.", markup=False)
            return
        action(argument)

    def _help(self, _: str) -> None:
        self._screen.print(HELP, markup=False, highlight=False)

    def _why(self, argument: str) -> None:
        if self._last is None:
            self._screen.print("Ask something first.")
        elif not argument.strip().isdigit():
            self._screen.print("Say which footnote: /why N", markup=False)
        else:
            print_footnote(self._last, int(argument), console=self._screen)

    def _run(self, _: str) -> None:
        if self._last is None:
            self._screen.print("Ask something first.")
            return
        self._screen.print(f"run {self._last['run']}", highlight=False)
        for step in self._last["steps"]:
            self._show_step(Step(**step))

    def _memory(self, argument: str) -> None:
        from memory.recall import recall

        if argument:
            found = [hit.record for hit in recall(self._parts.memory, argument, k=5)]
        else:
            found = [record for record in self._parts.memory.list() if record.is_taught]
        for record in found:
            line = f"{record.id}  ({record.taught_by}) {record.text}"
            self._screen.print(line, markup=False, highlight=False)
        if not found:
            self._screen.print("Nothing was taught yet. /help shows how.", highlight=False)

    def _forget(self, argument: str) -> None:
        from agent.learn import expert_name
        from memory.errors import NotRememberedError

        try:
            record = self._parts.memory.forget(argument.strip(), by=expert_name())
        except NotRememberedError as error:
            self._screen.print(str(error), markup=False)
            return
        self._parts.forget_vocabulary()
        self._screen.print(f"Forgotten: {record.text}", markup=False, highlight=False)


_COMMANDS = ["/why", "/run", "/memory", "/forget", "/help", "/quit"]


def _words(parts: Parts) -> list[str]:
    metrics = [metric.label.lower() for metric in parts.catalogue.metrics.values()]
    tickers = [company.ticker for company in parts.desk.companies if company.ticker]
    names = [company.name.split(" ")[0] for company in parts.desk.companies]
    return [*tickers, *names, *metrics]


def _greeting(names: list[str]) -> str:
    if not names:
        return (
            "No company is on file yet: run `footnote ingest --sample` or `footnote ingest PATH`."
        )
    shown = ", ".join(names[:12]) + (f" and {len(names) - 12} more" if len(names) > 12 else "")
    return f"On file: {shown}. /help for help."
