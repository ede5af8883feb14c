"""Training and its memory on the real 135M base, converted in the cache if it is not there."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any

import platformdirs
import pytest
import torch

from adapters import base_model
from adapters.memory_plan import (
    Use,
    cache_bytes,
    read_shape,
    serving_bytes,
    training_bytes,
)
from adapters.training.batches import make_batch
from adapters.training.direct import DirectEngine
from adapters.training.examples import Example
from adapters.training.parameters import start_parameters
from adapters.training.projection import dense_weight
from adapters.training.recipe import Recipe
from adapters.training.with_peft import PeftEngine

pytestmark = pytest.mark.model


@pytest.fixture(scope="module")
def embedded_folder() -> Path:
    cache = os.environ.get("FOOTNOTE_CACHE") or platformdirs.user_cache_path("footnote")
    return base_model.prepare("embedded", Path(cache))


def test_dequantized_weights_compute_what_bitsandbytes_computes(embedded_folder: Path) -> None:
    model = base_model.load(embedded_folder, "nf4", device="cpu").model
    for name in ("self_attn.k_proj", "mlp.down_proj"):
        layer = model.model.layers[7].get_submodule(name)
        x = torch.randn(5, layer.in_features, dtype=model.dtype, requires_grad=True)
        plain = torch.nn.functional.linear(x, dense_weight(layer, model.dtype))
        assert torch.equal(layer(x), plain)


def test_both_engines_see_the_same_nf4_base(embedded_folder: Path) -> None:
    chance = torch.Generator().manual_seed(0)
    tokens = tuple(torch.randint(100, 40_000, (60,), generator=chance).tolist())
    batch = make_batch([Example("a", "g", tokens, 20)], 0, 32)
    losses, gradients = [], []
    for engine in (PeftEngine, DirectEngine):
        base = base_model.load(embedded_folder, "nf4", device="cpu")
        parameters = start_parameters(base.model, Recipe("echo", rank=4))
        losses.append(engine(base.model, parameters).train(batch, 1 / 40).token_loss)
        gradients.append(parameters.gradient)
    assert losses[0] == pytest.approx(losses[1], rel=0.01)
    assert torch.nn.functional.cosine_similarity(*gradients, dim=0) > 0.98


def stored_bytes(model: Any) -> int:
    """Bytes of all weights as they lie in memory, NF4's statistics included."""
    total = 0
    for weight in {id(p): p for p in model.parameters()}.values():
        total += weight.nbytes
        state = getattr(weight, "quant_state", None)
        if state is not None:
            total += state.absmax.nbytes + state.state2.absmax.nbytes
    return total


def test_the_estimate_is_what_the_embedded_base_takes(embedded_folder: Path) -> None:
    shape = read_shape("embedded", embedded_folder)
    base = base_model.load(embedded_folder, "nf4", device="cpu")
    use = Use(weight_bytes=base.model.dtype.itemsize)
    assert serving_bytes(shape, use)["weights"] == pytest.approx(stored_bytes(base.model), rel=0.01)
    with torch.inference_mode():
        cache = base.model(torch.arange(64)[None], use_cache=True).past_key_values
    held = sum(layer.keys.nbytes + layer.values.nbytes for layer in cache.layers)
    assert cache_bytes(shape, 64, use.weight_bytes) == held


def test_the_estimate_is_what_peft_keeps_for_its_backward_pass(embedded_folder: Path) -> None:
    shape = read_shape("embedded", embedded_folder)
    model = base_model.load(embedded_folder, "nf4", device="cpu").model
    parameters = start_parameters(model, Recipe("echo"))
    engine = PeftEngine(model, parameters)
    kept: dict[int, torch.Tensor] = {}
    weights = {
        tensor.untyped_storage().data_ptr()
        for tensor in [parameters.flat, *model.state_dict().values()]
    }

    def keep(tensor: torch.Tensor) -> torch.Tensor:
        if tensor.untyped_storage().data_ptr() not in weights and 128 in tensor.shape:
            kept[tensor.untyped_storage().data_ptr()] = tensor
        return tensor

    batch = make_batch([Example("a", "g", tuple(range(100, 228)), 124)], 0, 32)
    with torch.autograd.graph.saved_tensors_hooks(keep, lambda tensor: tensor):
        engine._loss(batch)
    use = Use(weight_bytes=model.dtype.itemsize, pass_tokens=128)
    plan = training_bytes(shape, use, direct=False)["activations"]
    held = sum(tensor.untyped_storage().nbytes() for tensor in kept.values())
    assert plan == pytest.approx(held, rel=0.1)
