"""Training through transformers, bitsandbytes and PEFT as they are: any model, and CUDA."""

from __future__ import annotations

from typing import Any

import torch
from torch.nn import functional

from adapters.training.batches import Batch
from adapters.training.parameters import LoraParameters
from adapters.training.score import Score


class PeftEngine:
    """Computes loss and LoRA gradients of batches; the parameters' `gradient` adds up."""

    def __init__(self, model: Any, parameters: LoraParameters) -> None:
        """Wrap the model; its LoRA weights become views of the masters."""
        from peft import LoraConfig, get_peft_model

        recipe = parameters.recipe
        self.parameters = parameters
        config = LoraConfig(
            r=recipe.rank,
            lora_alpha=recipe.alpha,
            lora_dropout=recipe.dropout,
            target_modules=list(recipe.targets),
            task_type="CAUSAL_LM",
        )
        self.wrapped = get_peft_model(model, config)
        self.plain = self.wrapped.get_base_model()
        self.device = self.plain.device
        for name, module in self.plain.named_modules():
            if name in parameters.modules:
                self._share(module.lora_A["default"].weight, name, 0)
                self._share(module.lora_B["default"].weight, name, 1)
        if recipe.checkpointing:
            self.plain.gradient_checkpointing_enable({"use_reentrant": False})
        self.head = self.plain.get_output_embeddings()

    def refresh(self) -> None:
        """Do nothing: the weights are the masters."""

    def train(self, batch: Batch, weight: float) -> Score:
        """Add weight times the gradient of the summed loss."""
        self.wrapped.train()
        loss, score = self._loss(batch)
        torch.autograd.backward(loss * weight)
        return score

    @torch.no_grad()
    def evaluate(self, batch: Batch) -> Score:
        """Compute the loss without gradients."""
        self.wrapped.eval()
        return self._loss(batch)[1]

    def _share(self, weight: torch.nn.Parameter, name: str, half: int) -> None:
        weight.data = self.parameters.modules[name][half]
        weight.grad = self.parameters.gradients[name][half]

    def _loss(self, batch: Batch) -> tuple[torch.Tensor, Score]:
        rows, length = batch.rows.shape
        prefix = len(batch.prefix)
        tokens = torch.cat([batch.prefix.expand(rows, -1), batch.rows], dim=1).to(self.device)
        # Causal attention and padding at the end: no token that counts sees a padded one.
        hidden = self.plain.get_decoder()(input_ids=tokens, use_cache=False).last_hidden_state
        row, column = batch.label_places // length, batch.label_places % length
        chosen = hidden[row.to(self.device), (column + prefix).to(self.device)]
        labels = batch.labels.to(self.device)
        scores = self.head(chosen).float()
        loss = functional.cross_entropy(scores, labels, reduction="sum")
        right = (scores.argmax(-1) == labels).cpu()
        return loss, Score.of(float(loss), right, batch.label_rows)
