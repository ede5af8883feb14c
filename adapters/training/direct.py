"""Llama's forward and backward pass written out, for training LoRA on a CPU.

What autograd, transformers and PEFT cannot leave out is left out here: the base is frozen, so
no weight gradients; one matrix product for all projections of an input and their LoRA
(`adapters.training.projection`); activations stay in the compute type; logits only where
something is learnt; a prompt's beginning that all rows share is computed once. The result is
PEFT's to rounding (a test compares gradients in float32).

Only attention goes through autograd, a layer at a time, to use torch's fused kernel.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import torch
from torch.nn import functional

from adapters.errors import SetupError
from adapters.training import kernels
from adapters.training.batches import Batch
from adapters.training.parameters import LoraParameters
from adapters.training.projection import Projection, dense_weight
from adapters.training.score import Score


@dataclass(frozen=True)
class Layer:
    """A decoder layer's frozen weights with its adapters."""

    attention_norm: torch.Tensor
    qkv: Projection
    output: Projection
    mlp_norm: torch.Tensor
    gate_up: Projection
    down: Projection


@dataclass
class Attention:
    """What attention computed, kept for its backward pass.

    Attributes:
        leaves: Queries, keys, values as autograd's leaves; of the prefix and of the rows.
        out: Its outputs, with autograd's graph.
    """

    leaves: list[torch.Tensor]
    out: list[torch.Tensor]


@dataclass
class Kept:
    """One layer's activations, kept for the backward pass; tokens are prefix, then rows."""

    x: torch.Tensor
    inverse: torch.Tensor
    attention_in: torch.Tensor
    attention: Attention
    attention_out: torch.Tensor
    middle: torch.Tensor
    middle_inverse: torch.Tensor
    mlp_in: torch.Tensor
    gate_up: torch.Tensor
    mlp_out: torch.Tensor


class DirectEngine:
    """Computes loss and LoRA gradients of batches; the parameters' `gradient` adds up."""

    def __init__(self, model: Any, parameters: LoraParameters) -> None:
        """Lay the frozen weights out, NF4 ones dequantized once.

        Raises:
            SetupError: The model is no Llama, or has biases.
        """
        config = model.config
        if config.model_type != "llama" or config.attention_bias or config.mlp_bias:
            raise SetupError(
                f'the engine "direct" trains Llamas without biases, and this is a '
                f'{config.model_type} model; set engine = "peft" in the recipe'
            )
        self.parameters = parameters
        self.epsilon = float(config.rms_norm_eps)
        self.heads, self.kv_heads = config.num_attention_heads, config.num_key_value_heads
        self.dtype = model.dtype
        self.rotary = model.model.rotary_emb
        self.embedding = model.get_input_embeddings().weight.detach()
        self.head = model.get_output_embeddings().weight.detach()
        self.final_norm = model.model.norm.weight.detach()
        self.layers = [
            self._layer(layer, f"model.layers.{index}.")
            for index, layer in enumerate(model.model.layers)
        ]
        self.head_size = self.layers[0].output.inputs // self.heads
        self.checkpointing = parameters.recipe.checkpointing

    def refresh(self) -> None:
        """Take changed masters over."""
        for layer in self.layers:
            for projection in (layer.qkv, layer.output, layer.gate_up, layer.down):
                projection.refresh()

    @torch.no_grad()
    def train(self, batch: Batch, weight: float) -> Score:
        """Add weight times the gradient of the summed loss."""
        return self._run(batch, weight)

    @torch.no_grad()
    def evaluate(self, batch: Batch) -> Score:
        """Compute the loss without gradients."""
        return self._run(batch, None)

    def _run(self, batch: Batch, weight: float | None) -> Score:
        turns = self._turns(batch)
        x = self.embedding[torch.cat([batch.prefix, batch.rows.flatten()])]
        kept: list[Kept | torch.Tensor] = []
        for layer in self.layers:
            before = x
            x, activations = self._forward(layer, x, batch, turns)
            if weight is not None:
                kept.append(before if self.checkpointing else activations)
        places = batch.label_places + len(batch.prefix)
        last = x[places]
        inverse = kernels.inverse_rms(last, self.epsilon)
        hidden = torch.empty_like(last)
        kernels.rms_norm(last, self.final_norm, inverse, hidden)
        loss, gradient, right = kernels.label_loss(hidden, self.head, batch.labels, weight)
        if weight is not None:
            gradient = kernels.rms_norm_backward(gradient, last, self.final_norm, inverse)
            self._backward(torch.zeros_like(x).index_copy_(0, places, gradient), kept, batch, turns)
        return Score.of(loss, right, batch.label_rows)

    def _backward(
        self,
        gradient: torch.Tensor,
        kept: list[Kept | torch.Tensor],
        batch: Batch,
        turns: tuple[torch.Tensor, torch.Tensor],
    ) -> None:
        for index in reversed(range(len(self.layers))):
            activations = kept.pop()
            if isinstance(activations, torch.Tensor):
                _, activations = self._forward(self.layers[index], activations, batch, turns)
            gradient = self._layer_backward(
                self.layers[index], gradient, activations, turns, through=index > 0
            )

    def _forward(
        self,
        layer: Layer,
        x: torch.Tensor,
        batch: Batch,
        turns: tuple[torch.Tensor, torch.Tensor],
    ) -> tuple[torch.Tensor, Kept]:
        """Run one layer over [tokens, hidden]."""
        tokens, hidden = x.shape
        inverse = kernels.inverse_rms(x, self.epsilon)
        attention_in = layer.qkv.new_input(tokens)
        kernels.rms_norm(x, layer.attention_norm, inverse, attention_in[:, :hidden])
        attention = self._attend(layer.qkv.forward(attention_in), batch, turns)
        attention_out = layer.output.new_input(tokens)
        width = layer.output.inputs
        start = 0
        for out in attention.out:  # [rows, heads, length, size]
            rows, _, length, _ = out.shape
            room = attention_out[start : start + rows * length, :width]
            room.view(rows, length, self.heads, -1).copy_(out.transpose(1, 2))
            start += rows * length
        middle = layer.output.forward(attention_out, residual=x)
        middle_inverse = kernels.inverse_rms(middle, self.epsilon)
        mlp_in = layer.gate_up.new_input(tokens)
        kernels.rms_norm(middle, layer.mlp_norm, middle_inverse, mlp_in[:, :hidden])
        gate_up = layer.gate_up.forward(mlp_in)
        mlp_out = layer.down.new_input(tokens)
        size = layer.down.inputs
        kernels.swiglu(gate_up[:, :size], gate_up[:, size:], mlp_out[:, :size])
        kept = Kept(
            x, inverse, attention_in, attention, attention_out,
            middle, middle_inverse, mlp_in, gate_up, mlp_out,
        )  # fmt: skip
        return layer.down.forward(mlp_out, residual=middle), kept

    def _layer_backward(
        self,
        layer: Layer,
        gradient: torch.Tensor,
        kept: Kept,
        turns: tuple[torch.Tensor, torch.Tensor],
        *,
        through: bool,
    ) -> torch.Tensor:
        """Return the gradient of the layer's input (of nothing in the first layer)."""
        size = layer.down.inputs
        of_mlp = layer.down.backward(gradient, kept.mlp_out)
        assert of_mlp is not None
        of_gate_up = torch.empty_like(kept.gate_up)
        kernels.swiglu_backward(of_mlp, kept.gate_up[:, :size], kept.gate_up[:, size:], of_gate_up)
        of_mlp_in = layer.gate_up.backward(of_gate_up, kept.mlp_in)
        assert of_mlp_in is not None
        gradient = gradient + kernels.rms_norm_backward(
            of_mlp_in, kept.middle, layer.mlp_norm, kept.middle_inverse
        )
        of_attention = layer.output.backward(gradient, kept.attention_out)
        assert of_attention is not None
        of_qkv = self._attend_backward(of_attention, kept.attention, turns)
        of_attention_in = layer.qkv.backward(of_qkv, kept.attention_in, through=through)
        if of_attention_in is None:
            return gradient
        return gradient + kernels.rms_norm_backward(
            of_attention_in, kept.x, layer.attention_norm, kept.inverse
        )

    def _attend(
        self, qkv: torch.Tensor, batch: Batch, turns: tuple[torch.Tensor, torch.Tensor]
    ) -> Attention:
        """Let every row attend to the prefix and to itself, the prefix to itself."""
        prefix = len(batch.prefix)
        leaves: list[torch.Tensor] = []
        for part, (rows, length), first in (
            (qkv[:prefix], (1, prefix), 0),
            (qkv[prefix:], tuple(batch.rows.shape), prefix),
        ):
            if part.shape[0]:
                leaves += self._heads_of(part.view(rows, length, -1, self.head_size), first, turns)
        with torch.enable_grad():
            leaves = [leaf.requires_grad_() for leaf in leaves]
            if not prefix:
                return Attention(leaves, [_causal(*leaves)])
            query, key, value, row_query, row_key, row_value = leaves
            out = [_causal(query, key, value), _after(row_query, row_key, row_value, key, value)]
        return Attention(leaves, out)

    def _heads_of(
        self, heads: torch.Tensor, first: int, turns: tuple[torch.Tensor, torch.Tensor]
    ) -> list[torch.Tensor]:
        """Split [rows, length, heads, size] into turned queries and keys, and values."""
        cosine, sine = (turn[first : first + heads.shape[1]] for turn in turns)
        values = self.heads + self.kv_heads
        turned = kernels.rotate(heads[:, :, :values], cosine, sine).transpose(1, 2)
        return [
            turned[:, : self.heads].detach(),
            turned[:, self.heads :].detach(),
            heads[:, :, values:].transpose(1, 2).detach(),
        ]

    def _attend_backward(
        self,
        gradient: torch.Tensor,
        attention: Attention,
        turns: tuple[torch.Tensor, torch.Tensor],
    ) -> torch.Tensor:
        """Return the gradient of queries, keys and values before turning, [tokens, out]."""
        outs, start = [], 0
        for out in attention.out:
            rows, heads, length, size = out.shape
            part = gradient[start : start + rows * length]
            outs.append(part.reshape(rows, length, heads, size).transpose(1, 2))
            start += rows * length
        found = torch.autograd.grad(attention.out, attention.leaves, outs)
        values = self.heads + self.kv_heads
        result = gradient.new_empty(start, (values + self.kv_heads) * self.head_size)
        start, first = 0, 0
        for index in range(0, len(found), 3):
            rows, _, length, _ = found[index].shape
            room = result[start : start + rows * length].view(rows, length, -1, self.head_size)
            cosine, sine = (turn[first : first + length] for turn in turns)
            turned = torch.cat([grad.transpose(1, 2) for grad in found[index : index + 2]], dim=2)
            room[:, :, :values] = kernels.rotate(turned, cosine, -sine)
            room[:, :, values:] = found[index + 2].transpose(1, 2)
            start, first = start + rows * length, first + length
        return result

    def _turns(self, batch: Batch) -> tuple[torch.Tensor, torch.Tensor]:
        """Cosine and sine of every position: [prefix + length, 1, size / 2] each."""
        length = len(batch.prefix) + batch.rows.shape[1]
        like = self.embedding[:1, None]
        cosine, sine = self.rotary(like, torch.arange(length, device=like.device)[None])
        half = cosine.shape[-1] // 2
        return cosine[0, :, None, :half], sine[0, :, None, :half]

    def _layer(self, layer: Any, name: str) -> Layer:
        def project(*parts: str) -> Projection:
            return Projection(
                [
                    (f"{name}{part}", dense_weight(layer.get_submodule(part), self.dtype))
                    for part in parts
                ],
                self.parameters,
            )

        return Layer(
            attention_norm=layer.input_layernorm.weight.detach(),
            qkv=project("self_attn.q_proj", "self_attn.k_proj", "self_attn.v_proj"),
            output=project("self_attn.o_proj"),
            mlp_norm=layer.post_attention_layernorm.weight.detach(),
            gate_up=project("mlp.gate_proj", "mlp.up_proj"),
            down=project("mlp.down_proj"),
        )


def _causal(query: torch.Tensor, key: torch.Tensor, value: torch.Tensor) -> torch.Tensor:
    """Attend within rows: [rows, heads, length, size]."""
    return functional.scaled_dot_product_attention(
        query, key, value, is_causal=True, enable_gqa=True
    )


def _after(
    query: torch.Tensor,
    key: torch.Tensor,
    value: torch.Tensor,
    prefix_key: torch.Tensor,
    prefix_value: torch.Tensor,
) -> torch.Tensor:
    """Attend to the whole prefix and causally within rows."""
    rows, _, length, _ = query.shape
    prefix = prefix_key.shape[2]
    key = torch.cat([prefix_key.expand(rows, -1, -1, -1), key], dim=2)
    value = torch.cat([prefix_value.expand(rows, -1, -1, -1), value], dim=2)
    seen = torch.ones(length, prefix + length, dtype=torch.bool, device=query.device)
    return functional.scaled_dot_product_attention(
        query, key, value, attn_mask=seen.tril(prefix), enable_gqa=True
    )
