"""The parts of a Llama layer between its matrix products, forwards and backwards.

Normalisation is computed in float32 and rounded where transformers rounds it. Everything
is plain torch; nothing needs a compiler.
"""

from __future__ import annotations

import torch
from torch.nn import functional


def inverse_rms(x: torch.Tensor, epsilon: float) -> torch.Tensor:
    """Return 1 / sqrt(mean(x^2) + epsilon) of each row: float32 [tokens, 1]."""
    norm = torch.linalg.vector_norm(x, dim=-1, keepdim=True, dtype=torch.float32)
    return torch.rsqrt(norm.square_().div_(x.shape[-1]).add_(epsilon))


def rms_norm(
    x: torch.Tensor, weight: torch.Tensor, inverse: torch.Tensor, out: torch.Tensor
) -> None:
    """Write x * inverse * weight (Zhang and Sennrich 2019) into `out`, [tokens, hidden]."""
    torch.mul((x * inverse).to(x.dtype), weight, out=out)


def rms_norm_backward(
    gradient: torch.Tensor, x: torch.Tensor, weight: torch.Tensor, inverse: torch.Tensor
) -> torch.Tensor:
    """Return the gradient of `rms_norm`'s x, in x's type."""
    scaled = gradient.float() * weight
    normed = x * inverse
    mean = (scaled * normed).mean(-1, keepdim=True)
    return scaled.addcmul_(normed, mean, value=-1).mul_(inverse).to(x.dtype)


def swiglu(gate: torch.Tensor, up: torch.Tensor, out: torch.Tensor) -> None:
    """Write silu(gate) * up (Shazeer 2020) into `out`, [tokens, intermediate]."""
    torch.mul(functional.silu(gate), up, out=out)


def swiglu_backward(
    gradient: torch.Tensor, gate: torch.Tensor, up: torch.Tensor, out: torch.Tensor
) -> None:
    """Write the gradients of gate and up side by side into `out`, [tokens, 2 intermediate]."""
    size = gate.shape[-1]
    torch.mul(gradient, functional.silu(gate), out=out[:, size:])
    out[:, :size] = torch.ops.aten.silu_backward(gradient * up, gate)


def rotate(x: torch.Tensor, cosine: torch.Tensor, sine: torch.Tensor) -> torch.Tensor:
    """Turn query or key heads to their places (Su et al. 2021), in Llama's half layout.

    Args:
        x: [..., length, heads, size].
        cosine: [length, 1, size / 2].
        sine: As `cosine`; its negative turns a gradient back.
    """
    half = x.shape[-1] // 2
    first, second = x[..., :half], x[..., half:]
    turned = torch.empty_like(x)
    torch.mul(first, cosine, out=turned[..., :half]).addcmul_(second, sine, value=-1)
    torch.mul(second, cosine, out=turned[..., half:]).addcmul_(first, sine)
    return turned


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
