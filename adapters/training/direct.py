"""Llama's forward and backward pass written out, for training LoRA on a CPU.

What autograd, transformers and PEFT cannot leave out is left out here: the base is frozen, so
no weight gradients; one matrix product for all projections of an input and their LoRA
(`adapters.training.projection`); activations stay in the compute type; logits only where
something is learnt; a prompt's beginning that all rows share is computed once. The result is
PEFT's to rounding (a test compares gradients in float32).

The gradient of the residual stream is kept in float32; every layer adds to it in place.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import torch

from adapters.errors import SetupError
from adapters.training import kernels
from adapters.training.allocation import keep_freed_memory
from adapters.training.attention import Attended, attend, attend_backward
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
class Kept:
    """One layer's activations, kept for the backward pass; tokens are prefix, then rows."""

    x: torch.Tensor
    inverse: torch.Tensor
    attention_in: torch.Tensor
    attended: list[Attended]
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
        keep_freed_memory()
        self.parameters = parameters
        self.epsilon = float(config.rms_norm_eps)
        self.heads, self.kv_heads = config.num_attention_heads, config.num_key_value_heads
        self.dtype = model.dtype
        self.rotary = model.model.rotary_emb
        self.embedding = model.get_input_embeddings().weight.detach()
        self.head = model.get_output_embeddings().weight.detach()
        self.final_norm = model.model.norm.weight.detach().float()
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
        hidden = torch.empty_like(last)
        inverse = kernels.rms_norm(last, self.final_norm, self.epsilon, hidden)
        loss, of_hidden, right = kernels.label_loss(hidden, self.head, batch.labels, weight)
        if weight is not None:
            of_last = torch.zeros(last.shape)
            kernels.add_rms_norm_gradient(of_last, of_hidden, last, self.final_norm, inverse)
            gradient = torch.zeros(x.shape).index_copy_(0, places, of_last)
            self._backward(gradient, kept, batch, turns)
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
            self._layer_backward(
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
        attention_in = layer.qkv.new_input(tokens)
        inverse = kernels.rms_norm(x, layer.attention_norm, self.epsilon, attention_in[:, :hidden])
        attended = self._attend(layer.qkv.forward(attention_in), batch, turns)
        attention_out = layer.output.new_input(tokens)
        start = 0
        for done in attended:  # [rows, heads, length, size]
            rows, _, length, _ = done.out.shape
            room = attention_out[start : start + rows * length, : layer.output.inputs]
            room.view(rows, length, self.heads, -1).copy_(done.out.transpose(1, 2))
            start += rows * length
        middle = layer.output.forward(attention_out, residual=x)
        mlp_in = layer.gate_up.new_input(tokens)
        middle_inverse = kernels.rms_norm(middle, layer.mlp_norm, self.epsilon, mlp_in[:, :hidden])
        gate_up = layer.gate_up.forward(mlp_in)
        mlp_out = layer.down.new_input(tokens)
        size = layer.down.inputs
        kernels.swiglu(gate_up[:, :size], gate_up[:, size:], mlp_out[:, :size])
        kept = Kept(
            x, inverse, attention_in, attended, attention_out,
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
    ) -> None:
        """Turn the gradient of the layer's output into that of its input, in place.

        Args:
            layer: The layer.
            gradient: Of the residual stream, float32 [tokens, hidden].
            kept: What the forward pass kept.
            turns: Cosine and sine of the places.
            through: Whether the input's gradient is wanted (not in the first layer).
        """
        size = layer.down.inputs
        of_mlp = layer.down.backward(gradient.to(self.dtype), kept.mlp_out)
        of_gate_up = torch.empty_like(kept.gate_up)
        kernels.swiglu_backward(of_mlp, kept.gate_up[:, :size], kept.gate_up[:, size:], of_gate_up)
        of_mlp = layer.gate_up.backward(of_gate_up, kept.mlp_in)
        kernels.add_rms_norm_gradient(
            gradient, of_mlp, kept.middle, layer.mlp_norm, kept.middle_inverse
        )
        of_attention = layer.output.backward(gradient.to(self.dtype), kept.attention_out)
        of_qkv = self._attend_backward(of_attention, kept.attended, turns)
        of_attention = layer.qkv.backward(of_qkv, kept.attention_in, through=through)
        if through:
            kernels.add_rms_norm_gradient(
                gradient, of_attention, kept.x, layer.attention_norm, kept.inverse
            )

    def _attend(
        self, qkv: torch.Tensor, batch: Batch, turns: tuple[torch.Tensor, torch.Tensor]
    ) -> list[Attended]:
        """Let the prefix attend to itself, and every row to the prefix and itself."""
        prefix = len(batch.prefix)
        rows, length = batch.rows.shape
        own = self._heads_of(qkv[prefix:].view(rows, length, -1, self.head_size), prefix, turns)
        if not prefix:
            return [attend(*own)]
        first = self._heads_of(qkv[:prefix].view(1, prefix, -1, self.head_size), 0, turns)
        query, key, value = own
        key = torch.cat([first[1].expand(rows, -1, -1, -1), key], dim=2)
        value = torch.cat([first[2].expand(rows, -1, -1, -1), value], dim=2)
        return [attend(*first), attend(query, key, value)]

    def _heads_of(
        self, heads: torch.Tensor, first: int, turns: tuple[torch.Tensor, torch.Tensor]
    ) -> tuple[torch.Tensor, torch.Tensor, torch.Tensor]:
        """Split [rows, length, heads, size] into turned queries and keys, and values."""
        cosine, sine = (turn[first : first + heads.shape[1]] for turn in turns)
        values = self.heads + self.kv_heads
        turned = torch.empty_like(heads[:, :, :values])
        kernels.rotate(heads[:, :, :values], cosine, sine, turned)
        turned = turned.transpose(1, 2)
        return (
            turned[:, : self.heads],
            turned[:, self.heads :],
            heads[:, :, values:].transpose(1, 2),
        )

    def _attend_backward(
        self,
        gradient: torch.Tensor,
        attended: list[Attended],
        turns: tuple[torch.Tensor, torch.Tensor],
    ) -> torch.Tensor:
        """Return the gradient of queries, keys and values before turning, [tokens, out]."""
        parts, start = [], 0
        for done in attended:
            rows, heads, length, size = done.query.shape
            of_out = gradient[start : start + rows * length].view(rows, length, heads, size)
            parts.append(attend_backward(of_out.transpose(1, 2), done))
            start += rows * length
        result = gradient.new_empty(start, (self.heads + 2 * self.kv_heads) * self.head_size)
        if len(parts) == 1:
            self._heads_back(parts[0], 0, turns, result)
            return result
        prefix = attended[0].query.shape[2]
        first, (of_query, of_key, of_value) = parts
        first[1].add_(of_key[:, :, :prefix].sum(0))
        first[2].add_(of_value[:, :, :prefix].sum(0))
        own = (of_query, of_key[:, :, prefix:], of_value[:, :, prefix:])
        self._heads_back(first, 0, turns, result[:prefix])
        self._heads_back(own, prefix, turns, result[prefix:])
        return result

    def _heads_back(
        self,
        parts: tuple[torch.Tensor, torch.Tensor, torch.Tensor],
        first: int,
        turns: tuple[torch.Tensor, torch.Tensor],
        out: torch.Tensor,
    ) -> None:
        """Write gradients of turned queries and keys, and of values, where they come from."""
        query, key, value = (part.transpose(1, 2) for part in parts)
        rows, length, heads, size = query.shape
        cosine, sine = (turn[first : first + length] for turn in turns)
        room = out.view(rows, length, -1, size)
        values = self.heads + self.kv_heads
        kernels.rotate(query, cosine, -sine, room[:, :, :heads])
        kernels.rotate(key, cosine, -sine, room[:, :, heads:values])
        room[:, :, values:] = value

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
            attention_norm=layer.input_layernorm.weight.detach().float(),
            qkv=project("self_attn.q_proj", "self_attn.k_proj", "self_attn.v_proj"),
            output=project("self_attn.o_proj"),
            mlp_norm=layer.post_attention_layernorm.weight.detach().float(),
            gate_up=project("mlp.gate_proj", "mlp.up_proj"),
            down=project("mlp.down_proj"),
        )
