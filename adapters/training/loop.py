"""The training loop: steps, schedule, evaluations, early stopping, checkpoints.

Everything that a step does follows from the recipe, the examples and the state of the
checkpoint, so a training that was killed goes on to the very same weights.
"""

from __future__ import annotations

import math
import random
import time
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

import torch

from adapters.training.batches import Batch, epoch_steps, make_batch, passes
from adapters.training.checkpoint import State, write_state
from adapters.training.examples import Example, shared_prefix
from adapters.training.parameters import LoraParameters
from adapters.training.progress import Progress
from adapters.training.recipe import Recipe
from adapters.training.score import Score

# A shared beginning shorter than this is not worth the second attention call.
SHORTEST_PREFIX = 16


class Engine(Protocol):
    """What computes losses and gradients."""

    def refresh(self) -> None:
        """Take changed masters over."""

    def train(self, batch: Batch, weight: float) -> Score:
        """Add weight times the gradient of the summed loss."""

    def evaluate(self, batch: Batch) -> Score:
        """Compute the loss without gradients."""


@dataclass(frozen=True)
class Schedule:
    """Linear warm-up, then a cosine down to a share of the peak.

    Attributes:
        recipe: Where the peak and the shares are.
        total: Optimizer steps of the training.
    """

    recipe: Recipe
    total: int

    def rate(self, step: int) -> float:
        """Learning rate of a step, counted from 0."""
        warm = max(1, round(self.recipe.warmup * self.total))
        if step < warm:
            return self.recipe.learning_rate * (step + 1) / warm
        done = (step - warm) / max(1, self.total - warm)
        cosine = 0.5 * (1 + math.cos(math.pi * done))
        floor = self.recipe.final_rate
        return self.recipe.learning_rate * (floor + (1 - floor) * cosine)


class Training:
    """One run of a recipe over examples; `run` carries on from a state."""

    def __init__(
        self,
        engine: Engine,
        parameters: LoraParameters,
        examples: tuple[Sequence[Example], Sequence[Example]],
        folder: Path,
        state: State,
    ) -> None:
        """Plan all epochs and take the state over.

        Args:
            engine: Computes the gradients.
            parameters: The masters; the state's are copied into them.
            examples: To train on, and held out.
            folder: Where checkpoint and log go.
            state: New, or of a checkpoint.
        """
        self.engine, self.parameters, self.folder, self.state = engine, parameters, folder, state
        self.recipe = recipe = parameters.recipe
        train, held_out = examples
        prefix = shared_prefix([*train, *held_out])
        self.prefix = prefix if prefix >= SHORTEST_PREFIX else 0
        epochs = [epoch_steps(train, self.prefix, recipe, n) for n in range(recipe.epochs)]
        self.steps = [step for epoch in epochs for step in epoch]
        self.evaluate_after = _evaluation_steps([len(epoch) for epoch in epochs], recipe)
        count = min(recipe.evaluation_rows, len(held_out))
        chosen = random.Random(recipe.seed).sample(list(held_out), count)
        chosen.sort(key=lambda example: len(example.tokens))
        self.held_out = passes(chosen, self.prefix, recipe.pass_tokens, recipe.bucket_tokens)
        self.schedule = Schedule(recipe, len(self.steps))
        self.weights = torch.nn.Parameter(parameters.flat)
        self.weights.grad = parameters.gradient
        self.optimizer = torch.optim.AdamW(
            [self.weights],
            lr=recipe.learning_rate,
            betas=(recipe.beta1, recipe.beta2),
            weight_decay=recipe.weight_decay,
            fused=True,
        )
        self._restore()

    def run(self, progress: Progress) -> State:
        """Train to the end, or to early stopping; return the state with the best weights."""
        state, written = self.state, time.monotonic()
        progress.write("start", step=state.step, steps=len(self.steps), prefix=self.prefix)
        while state.step < len(self.steps) and not state.stopped:
            begun = time.monotonic()
            score, tokens, norm = self._step(self.steps[state.step])
            seconds = time.monotonic() - begun
            state.step, state.tokens = state.step + 1, state.tokens + tokens
            state.seconds += seconds
            progress.write(
                "step", step=state.step, loss=score.token_loss, tokens=tokens, norm=norm,
                rate=self.schedule.rate(state.step - 1), seconds=round(seconds, 3),
            )  # fmt: skip
            progress.show(
                state.step,
                f"loss {score.token_loss:.3f}  {state.tokens / state.seconds:,.0f} tokens/s",
            )
            if state.step in self.evaluate_after and self.held_out:
                self._evaluate(progress)
            if time.monotonic() - written > self.recipe.checkpoint_seconds:
                self.save()
                written = time.monotonic()
        self.save()
        progress.write("end", step=state.step, stopped=state.stopped, seconds=state.seconds)
        return state

    def save(self) -> None:
        """Write the checkpoint."""
        moments = self.optimizer.state[self.weights]
        self.state.weights = self.parameters.flat
        self.state.optimizer = dict(moments)
        self.state.chance = torch.get_rng_state()
        write_state(self.folder, self.state)

    def score_held_out(self) -> Score:
        """Score the held-out examples with the weights as they are."""
        total = Score()
        for group in self.held_out:
            batch = make_batch(group, self.prefix, self.recipe.bucket_tokens)
            total += self.engine.evaluate(batch)
        return total

    def _restore(self) -> None:
        state = self.state
        if state.weights is not None:
            self.parameters.flat.copy_(state.weights)
            self.optimizer.state[self.weights].update(state.optimizer)
            torch.set_rng_state(state.chance)
        else:
            torch.manual_seed(self.recipe.seed)
        self.engine.refresh()

    def _step(self, groups: Sequence[Sequence[Example]]) -> tuple[Score, int, float]:
        """Do one optimizer step; return score, tokens and the gradient's norm."""
        labels = sum(example.label_count for group in groups for example in group)
        self.parameters.gradient.zero_()
        total, tokens = Score(), 0
        for group in groups:
            batch = make_batch(group, self.prefix, self.recipe.bucket_tokens)
            total += self.engine.train(batch, 1 / labels)
            tokens += sum(len(example.tokens) for example in group)
        norm = torch.nn.utils.clip_grad_norm_([self.weights], self.recipe.clip_norm)
        for settings in self.optimizer.param_groups:
            settings["lr"] = self.schedule.rate(self.state.step)
        self.optimizer.step()
        self.engine.refresh()
        return total, tokens, float(norm)

    def _evaluate(self, progress: Progress) -> None:
        """Score the held-out examples, keep the best weights, stop when nothing improves."""
        state, score = self.state, self.score_held_out()
        value = -score.token_loss if self.recipe.watch == "loss" else score.exact_share
        point = {"step": state.step, "loss": score.token_loss, "exact": score.exact_share}
        state.curve.append(point)
        if state.best is None or value > state.best:
            state.best, state.misses = value, 0
            state.best_weights = self.parameters.flat.clone()
        else:
            state.misses += 1
        state.stopped = 0 < self.recipe.patience <= state.misses
        progress.write("evaluation", **point, best=state.misses == 0)


def _evaluation_steps(epochs: Sequence[int], recipe: Recipe) -> frozenset[int]:
    """Steps, counted from 1, after which the held-out examples are scored."""
    found, start = set(), 0
    for length in epochs:
        for part in range(1, recipe.evaluations + 1):
            found.add(start + max(1, round(length * part / recipe.evaluations)))
        start += length
    return frozenset(found)
