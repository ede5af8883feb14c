"""`footnote demo`: from nothing to a footnoted answer in one command."""

from __future__ import annotations

from rich.console import Console

from agent.asking import print_answer
from agent.assemble import Parts
from agent.config import Settings
from agent.loading import load_sample_data, prepare_model
from agent.session import Session

QUESTIONS = (
    "What was Apple's gross margin in fiscal 2023, and how does it compare with NVIDIA's?",
    "What does Halden say about its dependence on a single supplier?",
)


def run_demo(settings: Settings) -> None:
    """Prepare the model, load the sample and answer two questions."""
    screen = Console()
    if settings.model == "embedded":
        prepare_model(settings)
    load_sample_data(settings)
    with Session.open(Parts(settings)) as session:
        for question in QUESTIONS:
            screen.print(f"\n› {question}", markup=False, highlight=False, style="bold")
            print_answer(session.ask(question), screen)
    screen.print(
        "\nOpen a footnote with `footnote why last 1`, talk with `footnote chat`.",
        markup=False,
        highlight=False,
    )
