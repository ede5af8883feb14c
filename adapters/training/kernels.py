"""The parts of a Llama layer between its matrix products, forwards and backwards.

Normalisation is computed in float32, and so is the gradient of the residual stream, which
every layer adds to. Everything is plain torch; nothing needs a compiler.
"""

from __future__ import annotations

import torch
from torch.nn import functional


def rms_norm(
    x: torch.Tensor, weight: torch.Tensor, epsilon: float, out: torch.Tensor
) -> torch.Tensor:
    """Write x / rms(x) * weight (Zhang and Sennrich 2019) into `out`, [tokens, hidden].

    Args:
        x: [tokens, hidden].
        weight: float32 [hidden].
        epsilon: Added to the mean square.
        out: In x's type.

    Returns:
        1 / rms(x) of each row: float32 [tokens, 1].
    """
    wide = x.to(torch.float32, copy=True)
    norm = torch.linalg.vector_norm(wide, dim=-1, keepdim=True)
    inverse = torch.rsqrt(norm.square_().div_(x.shape[-1]).add_(epsilon))
    out.copy_(wide.mul_(inverse).mul_(weight))
    return inverse


def add_rms_norm_gradient(
    total: torch.Tensor,
    gradient: torch.Tensor,
    x: torch.Tensor,
    weight: torch.Tensor,
    inverse: torch.Tensor,
) -> None:
    """Add the gradient of `rms_norm`'s x to `total`, float32 [tokens, hidden].

    With g = gradient * weight it is g / rms - x mean(g x) / rms^3.
    """
    scaled = gradient.to(torch.float32, copy=True).mul_(weight)
    wide = x.float()
    along = (scaled * wide).sum(-1, keepdim=True)
    total.addcmul_(scaled, inverse)
    total.addcmul_(wide, (inverse**3).mul_(along).div_(-x.shape[-1]))


def swiglu(gate: torch.Tensor, up: torch.Tensor, out: torch.Tensor) -> None:
    """Write silu(gate) * up (Shazeer 2020) into `out`, [tokens, intermediate]."""
    torch.mul(functional.silu(gate), up, out=out)


def swiglu_backward(
    gradient: torch.Tensor, gate: torch.Tensor, up: torch.Tensor, out: torch.Tensor
) -> None:
    """Write the gradients of gate and up side by side into `out`, [tokens, 2 intermediate]."""
    size = gate.shape[-1]
    room = functional.silu(gate)
    torch.mul(gradient, room, out=out[:, size:])
    torch.mul(gradient, up, out=room)
    torch.ops.aten.silu_backward.grad_input(room, gate, grad_input=out[:, :size])


def rotate(x: torch.Tensor, cosine: torch.Tensor, sine: torch.Tensor, out: torch.Tensor) -> None:
    """Turn query or key heads to their places (Su et al. 2021), in Llama's half layout.

    Args:
        x: [..., length, heads, size].
        cosine: [length, 1, size / 2].
        sine: As `cosine`; its negative turns a gradient back.
        out: As `x`, and not the same memory.
    """
    half = x.shape[-1] // 2
    first, second = x[..., :half], x[..., half:]
    torch.mul(first, cosine, out=out[..., :half]).addcmul_(second, sine, value=-1)
    torch.mul(second, cosine, out=out[..., half:]).addcmul_(first, sine)


def label_loss(
    hidden: torch.Tensor, head: torch.Tensor, labels: torch.Tensor, weight: float | None
) -> tuple[float, torch.Tensor, torch.Tensor]:
    """Cross-entropy of the labelled places only.

    Args:
        hidden: Last hidden states where something is learnt, [labels, hidden].
        head: The output layer's weight, [vocabulary, hidden].
        labels: Tokens to learn, [labels].
        weight: Factor of the gradient; None computes no gradient.

    Returns:
        Summed loss in nats, gradient of `hidden` (empty without a weight), and whether each
        label is the likeliest token, bool [labels].
    """
    total, gradients, right = 0.0, [hidden[:0]], []
    for rows, wanted in zip(torch.split(hidden, 256), torch.split(labels, 256), strict=True):
        scores = (rows @ head.T).float()
        right.append(scores.argmax(-1) == wanted)
        picked = scores.gather(1, wanted[:, None])
        log_total = scores.logsumexp(-1, keepdim=True)
        total += float((log_total - picked).sum())
        if weight is not None:
            chances = scores.sub_(log_total).exp_()
            chances[torch.arange(len(wanted)), wanted] -= 1
            gradients.append(chances.mul_(weight).to(head.dtype) @ head)
    return total, torch.cat(gradients), torch.cat(right)
