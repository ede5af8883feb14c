from __future__ import annotations

import json
from pathlib import Path

import pytest
import torch

from adapters import base_model
from adapters.errors import SetupError
from adapters.memory_plan import (
    ModelShape,
    Use,
    kept_bytes_per_token,
    read_shape,
    serving_bytes,
    training_bytes,
)
from adapters.training.batches import Batch
from adapters.training.direct import DirectEngine
from adapters.training.parameters import start_parameters
from adapters.training.recipe import Recipe

LLAMA_3_1_8B = {
    "model_type": "llama", "num_hidden_layers": 32, "hidden_size": 4096,
    "intermediate_size": 14336, "num_attention_heads": 32, "num_key_value_heads": 8,
    "vocab_size": 128256, "max_position_embeddings": 131072,
}  # fmt: skip


def test_the_weights_of_llama_8b_are_its_published_count() -> None:
    shape = ModelShape.of(LLAMA_3_1_8B)
    # 8,030,261,248 parameters: the total in the model's safetensors index, at two bytes each.
    assert shape.linear_weights + shape.other_weights == 8_030_261_248
    assert serving_bytes(shape, Use(quantization="none"))["weights"] == 16_060_522_496


@pytest.mark.parametrize(
    ("name", "count"),
    [
        ("Llama-3.2-1B-Instruct", 1_235_814_400),
        ("Llama-3.2-3B", 3_212_749_824),
        ("Llama-3.1-8B-Instruct", 8_030_261_248),
        ("Meta-Llama-3.1-70B-Instruct", 70_553_706_496),
    ],
)
def test_known_llamas_have_their_published_count(name: str, count: int) -> None:
    shape = read_shape(f"meta-llama/{name}")
    assert shape.linear_weights + shape.other_weights == count


def test_another_architecture_is_refused() -> None:
    with pytest.raises(SetupError, match="'gpt2' model"):
        ModelShape.of({"model_type": "gpt2"})


def test_the_estimate_is_what_training_takes(tiny_folder: Path) -> None:
    shape = read_shape(str(tiny_folder))
    model = base_model.load(tiny_folder, "none", device="cpu").model.float()
    recipe = Recipe("echo", rank=4)
    parameters = start_parameters(model, recipe)
    engine = DirectEngine(model, parameters)
    use = Use(quantization="none", weight_bytes=4, rank=4, pass_tokens=48)
    plan = training_bytes(shape, use, direct=True)
    assert plan["adapters"] == 5 * parameters.flat.nbytes
    rows = torch.randint(3, 250, (2, 24))
    empty = torch.zeros(0, dtype=torch.long)
    batch = Batch(empty, rows, torch.tensor([3]), torch.tensor([4]), torch.tensor([0]), 48)
    kept = kept_activations(engine, batch)
    assert kept_bytes_per_token(shape, use) * 48 == pytest.approx(kept, rel=0.1)


def kept_activations(engine: DirectEngine, batch: Batch) -> int:
    """Bytes of the tensors that the layers keep, views of one memory counted once."""
    with torch.no_grad():
        x = engine.embedding[batch.rows.flatten()]
        total = 0
        for layer in engine.layers:
            x, kept = engine._forward(layer, x, batch, engine._turns(batch))
            done = kept.attended[0]
            tensors = [value for value in vars(kept).values() if isinstance(value, torch.Tensor)]
            tensors += [done.query, done.key, done.value, done.out, done.log_total]
            storages = {t.untyped_storage().data_ptr(): t.untyped_storage() for t in tensors}
            total += sum(storage.nbytes() for storage in storages.values())
    return total


def test_a_folder_without_a_configuration_is_refused(tmp_path: Path) -> None:
    with pytest.raises(SetupError, match="no model's configuration"):
        read_shape(str(tmp_path))


def test_a_configuration_is_read_from_a_folder(tmp_path: Path) -> None:
    (tmp_path / "config.json").write_text(json.dumps(LLAMA_3_1_8B))
    assert read_shape(str(tmp_path)).adapter_weights(16) == 41_943_040
