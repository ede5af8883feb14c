from __future__ import annotations

import pytest
import torch
from torch.nn import functional

from adapters.training.attention import attend, attend_backward


def made(rows: int, length: int, prefix: int) -> tuple[torch.Tensor, ...]:
    """Queries of 6 heads, keys and values of 2, and a gradient of the outputs."""
    chance = torch.Generator().manual_seed(0)
    shapes = [(6, length), (2, prefix + length), (2, prefix + length), (6, length)]
    return tuple(torch.randn(rows, *shape, 16, generator=chance) * 2 for shape in shapes)


@pytest.mark.parametrize("prefix", [0, 5])
def test_attention_and_its_gradients_are_those_of_autograd(prefix: int) -> None:
    query, key, value, of_out = made(3, 12, prefix)
    leaves = [tensor.clone().requires_grad_() for tensor in (query, key, value)]
    mask = torch.ones(12, prefix + 12, dtype=torch.bool).tril(prefix)
    wanted = functional.scaled_dot_product_attention(*leaves, attn_mask=mask, enable_gqa=True)
    done = attend(query, key, value)
    assert torch.allclose(done.out, wanted, atol=1e-5)
    gradients = torch.autograd.grad(wanted, leaves, of_out)
    for found, expected in zip(attend_backward(of_out, done), gradients, strict=True):
        assert torch.allclose(found, expected, atol=1e-4)


def test_gradients_in_bfloat16_are_as_near_as_the_fused_kernels() -> None:
    exact = [tensor.bfloat16() for tensor in made(2, 64, 0)]
    leaves = [tensor.float().requires_grad_() for tensor in exact[:3]]
    out = functional.scaled_dot_product_attention(*leaves, is_causal=True, enable_gqa=True)
    wanted = torch.autograd.grad(out, leaves, exact[3].float())
    found = attend_backward(exact[3], attend(*exact[:3]))
    for near, right in zip(found, wanted, strict=True):
        assert (near.float() - right).norm() / right.norm() < 0.015
