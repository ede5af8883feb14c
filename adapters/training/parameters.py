"""The trained weights: float32 masters of every A and B in one flat tensor.

One tensor makes the optimizer one fused call, the gradient's norm one reduction, and a
checkpoint three tensors.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Any

import torch

from adapters.errors import SetupError
from adapters.lora_weights import LoraWeights
from adapters.training.recipe import Recipe


@dataclass(frozen=True)
class LoraParameters:
    """Master weights and their gradients.

    Attributes:
        flat: All weights, float32 [count].
        gradient: Their gradients, float32 [count].
        modules: Module name to (A [rank, in], B [out, rank]), views of `flat`.
        gradients: The same views of `gradient`.
        recipe: Where rank and alpha are.
    """

    flat: torch.Tensor
    gradient: torch.Tensor
    modules: dict[str, tuple[torch.Tensor, torch.Tensor]]
    gradients: dict[str, tuple[torch.Tensor, torch.Tensor]]
    recipe: Recipe

    @property
    def scale(self) -> float:
        """Factor of the change, alpha / rank."""
        return self.recipe.alpha / self.recipe.rank

    def as_weights(self) -> LoraWeights:
        """Return what is saved; the tensors are shared with the masters."""
        return LoraWeights(
            rank=self.recipe.rank,
            alpha=self.recipe.alpha,
            targets=tuple(sorted(self.recipe.targets)),
            modules=self.modules,
        )


def start_parameters(model: Any, recipe: Recipe, device: str = "cpu") -> LoraParameters:
    """Draw the start: A uniform within 1/sqrt(in) as PEFT does, B zero.

    Raises:
        SetupError: The model has no layers of the recipe's names.
    """
    shapes = {
        name: (int(module.in_features), int(module.out_features))
        for name, module in model.named_modules()
        if name.rpartition(".")[2] in recipe.targets and hasattr(module, "in_features")
    }
    missing = set(recipe.targets) - {name.rpartition(".")[2] for name in shapes}
    if missing:
        raise SetupError(
            f"the base model has no layers named {', '.join(sorted(missing))}; "
            "correct the recipe's targets"
        )
    count = sum(recipe.rank * (size_in + size_out) for size_in, size_out in shapes.values())
    flat, gradient = torch.zeros(count, device=device), torch.zeros(count, device=device)
    modules, gradients = _views(flat, shapes, recipe.rank), _views(gradient, shapes, recipe.rank)
    chance = torch.Generator().manual_seed(recipe.seed)
    for a, _ in modules.values():
        bound = 1 / math.sqrt(a.shape[1])
        a.copy_((torch.rand(a.shape, generator=chance) * 2 - 1) * bound)
    return LoraParameters(flat, gradient, modules, gradients, recipe)


def _views(
    flat: torch.Tensor, shapes: dict[str, tuple[int, int]], rank: int
) -> dict[str, tuple[torch.Tensor, torch.Tensor]]:
    views, start = {}, 0
    for name, (size_in, size_out) in shapes.items():
        middle, end = start + rank * size_in, start + rank * (size_in + size_out)
        a = flat[start:middle].view(rank, size_in)
        views[name] = (a, flat[middle:end].view(size_out, rank))
        start = end
    return views
