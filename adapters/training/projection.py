"""Linear layers that share an input, with their LoRA, as one matrix product each way.

With R the ranks of all of them together, the input is laid out as [x, x A^T] and the weight
as [W, scale B] with B in blocks, so W x + scale B (A x) is a single product whose sum is
rounded once; its transpose gives the gradients of x and of A x in one product, too. PEFT
computes the same in six products and four passes over the activations, in float32.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import torch

from adapters.training.parameters import LoraParameters


@dataclass(frozen=True)
class Branch:
    """One adapted layer within a projection.

    Attributes:
        name: The module's name.
        outputs: Its columns of the projection's output.
        ranks: Its columns of A x.
    """

    name: str
    outputs: slice
    ranks: slice


class Projection:
    """Frozen weights of layers side by side, and the adapters of those that have one."""

    def __init__(self, layers: list[tuple[str, torch.Tensor]], parameters: LoraParameters) -> None:
        """Lay the weights out.

        Args:
            layers: Module name and weight [out, in] of each layer, in the order of the output.
            parameters: The adapters' masters.
        """
        self.parameters = parameters
        self.inputs = layers[0][1].shape[1]
        self.branches: list[Branch] = []
        rank, start = parameters.recipe.rank, 0
        for name, weight in layers:
            if name in parameters.modules:
                first = rank * len(self.branches)
                outputs = slice(start, start + weight.shape[0])
                self.branches.append(Branch(name, outputs, slice(first, first + rank)))
            start += weight.shape[0]
        self.ranks = rank * len(self.branches)
        kind = layers[0][1]
        self.weight = kind.new_zeros(start, self.inputs + self.ranks)
        torch.cat([weight for _, weight in layers], out=self.weight[:, : self.inputs])
        self.a = kind.new_zeros(self.ranks, self.inputs)
        self.refresh()

    def refresh(self) -> None:
        """Take the masters over into the layout, after every change of theirs."""
        for branch in self.branches:
            a, b = self.parameters.modules[branch.name]
            self.a[branch.ranks].copy_(a)
            columns = slice(self.inputs + branch.ranks.start, self.inputs + branch.ranks.stop)
            self.weight[branch.outputs, columns].copy_(b * self.parameters.scale)

    def new_input(self, tokens: int) -> torch.Tensor:
        """Return room for an input and its A x: [tokens, in + ranks]."""
        return self.weight.new_empty(tokens, self.inputs + self.ranks)

    def forward(self, x: torch.Tensor, residual: torch.Tensor | None = None) -> torch.Tensor:
        """Compute the outputs [tokens, out], plus a residual.

        Args:
            x: From `new_input`, its first columns filled; A x is filled in here.
            residual: Added to the output, [tokens, out].
        """
        if self.ranks:
            x[:, self.inputs :] = x[:, : self.inputs] @ self.a.T
        if residual is None:
            return x @ self.weight.T
        return torch.addmm(residual, x, self.weight.T)

    def backward(
        self, gradient: torch.Tensor, x: torch.Tensor, *, through: bool = True
    ) -> torch.Tensor:
        """Add to the adapters' gradients and return the input's, [tokens, in].

        Args:
            gradient: Of the output, [tokens, out].
            x: What `forward` was given.
            through: Whether the input's gradient is wanted; without it the result is empty.
        """
        wide = gradient @ self.weight[:, 0 if through else self.inputs :]
        inner = wide[:, wide.shape[1] - self.ranks :]
        if self.ranks:
            self._add_gradients(gradient, x, inner)
        if not through or not self.ranks:
            return wide[:, : wide.shape[1] - self.ranks]
        return torch.addmm(wide[:, : self.inputs], inner, self.a)

    def _add_gradients(self, gradient: torch.Tensor, x: torch.Tensor, inner: torch.Tensor) -> None:
        """Add the gradients of A and B; `inner` is that of A x, scale included."""
        of_a = inner.T @ x[:, : self.inputs]
        for branch in self.branches:
            a, b = self.parameters.gradients[branch.name]
            a += of_a[branch.ranks]
            columns = slice(self.inputs + branch.ranks.start, self.inputs + branch.ranks.stop)
            of_b = x[:, columns].T @ gradient[:, branch.outputs]
            b.add_(of_b.T, alpha=self.parameters.scale)


def dense_weight(module: Any, dtype: torch.dtype) -> torch.Tensor:
    """Return a linear layer's weight [out, in]; of an NF4 layer exactly what bitsandbytes uses."""
    weight = module.weight
    state = getattr(weight, "quant_state", None)
    if state is None:
        return torch.as_tensor(weight.detach().to(dtype))
    from bitsandbytes.functional import dequantize_4bit

    return torch.as_tensor(dequantize_4bit(weight.data, state).to(dtype))
