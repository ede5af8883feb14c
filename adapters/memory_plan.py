"""How much memory a Llama will take, from its configuration alone, before anything is loaded.

The formulas are checked against measurements on the embedded base
(`tests/adapters/test_memory_plan.py`). Not in them: the libraries themselves (about 0.5 GB
for torch and transformers on a CPU, about 0.5 GB for a CUDA context) and the allocator's
slack.
"""

from __future__ import annotations

import json
import re
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from adapters.errors import SetupError

# NF4 with double quantization (Dettmers et al. 2023): half a byte a weight, one byte a block
# of 64, and one float32 a block of 256 of those.
NF4_BYTES = 0.5 + 1 / 64 + 4 / (64 * 256)
# What a trained weight takes: master, gradient, two moments, best weights; float32 each.
TRAINED_BYTES = 5 * 4
# What transformers with PEFT keeps for the backward pass, of what the engine "direct" keeps;
# measured on the embedded base (LoRA's inputs in float32, both halves of every rotation, ...).
PEFT_KEEPS = 2.05
LINEAR = {
    "q_proj": ("hidden", "queries"),
    "k_proj": ("hidden", "keys"),
    "v_proj": ("hidden", "keys"),
    "o_proj": ("queries", "hidden"),
    "gate_proj": ("hidden", "intermediate"),
    "up_proj": ("hidden", "intermediate"),
    "down_proj": ("intermediate", "hidden"),
}


@dataclass(frozen=True)
class ModelShape:
    """The sizes in a Llama's configuration that memory depends on."""

    layers: int
    hidden: int
    intermediate: int
    queries: int
    keys: int
    vocabulary: int
    tied: bool
    context: int

    @classmethod
    def of(cls, config: dict[str, Any]) -> ModelShape:
        """Read `config.json`.

        Raises:
            SetupError: It is not a Llama's.
        """
        if config.get("model_type") != "llama":
            raise SetupError(
                f"this is a {config.get('model_type')!r} model and the estimate knows Llamas "
                "only; name a Llama"
            )
        heads = int(config["num_attention_heads"])
        size = int(config.get("head_dim") or config["hidden_size"] // heads)
        return cls(
            layers=int(config["num_hidden_layers"]),
            hidden=int(config["hidden_size"]),
            intermediate=int(config["intermediate_size"]),
            queries=heads * size,
            keys=int(config.get("num_key_value_heads") or heads) * size,
            vocabulary=int(config["vocab_size"]),
            tied=bool(config.get("tie_word_embeddings", False)),
            context=int(config["max_position_embeddings"]),
        )

    def linear_sizes(self) -> dict[str, tuple[int, int]]:
        """Inputs and outputs of each linear layer of a decoder layer."""
        return {
            name: (int(getattr(self, first)), int(getattr(self, second)))
            for name, (first, second) in LINEAR.items()
        }

    @property
    def linear_weights(self) -> int:
        """Weights of all decoder layers' linear layers."""
        return self.layers * sum(i * o for i, o in self.linear_sizes().values())

    @property
    def other_weights(self) -> int:
        """Weights of embeddings, output layer and norms, which are never quantized."""
        tables = 1 if self.tied else 2
        return tables * self.vocabulary * self.hidden + (2 * self.layers + 1) * self.hidden

    def adapter_weights(self, rank: int) -> int:
        """Weights of an adapter of all linear layers."""
        return self.layers * rank * sum(i + o for i, o in self.linear_sizes().values())


_KNOWN = re.compile(r"meta-llama/(?:Meta-)?Llama-(3\.[123]-\d+B)(?:-Instruct)?$")
# From the configurations that Meta published with the models.
_PUBLISHED = {
    "3.1-8B": ModelShape(32, 4096, 14336, 4096, 1024, 128256, False, 131072),
    "3.1-70B": ModelShape(80, 8192, 28672, 8192, 1024, 128256, False, 131072),
    "3.2-1B": ModelShape(16, 2048, 8192, 2048, 512, 128256, True, 131072),
    "3.2-3B": ModelShape(28, 3072, 8192, 3072, 1024, 128256, True, 131072),
    "3.3-70B": ModelShape(80, 8192, 28672, 8192, 1024, 128256, False, 131072),
}


@dataclass(frozen=True)
class Use:
    """What the memory is planned for.

    Attributes:
        quantization: "nf4" or "none".
        weight_bytes: Of an unquantized weight and of an activation: 2 for bfloat16.
        adapters: Adapters in memory, all-linear.
        rank: Their rank.
        sequences: Answered at once.
        tokens: Length of each, prompt and reply.
        pass_tokens: Tokens of one training pass.
    """

    quantization: str = "nf4"
    weight_bytes: int = 2
    adapters: int = 5
    rank: int = 16
    sequences: int = 8
    tokens: int = 2048
    pass_tokens: int = 2048


def serving_bytes(shape: ModelShape, use: Use) -> dict[str, int]:
    """Estimate serving: weights, adapters, key-value cache, activations; bytes."""
    # Widest moment of a pass over 512 tokens a piece: input, gate, up, product, residual.
    piece = min(512, use.tokens) * (3 * shape.intermediate + 4 * shape.hidden)
    return {
        "weights": _weights(shape, use),
        "adapters": use.adapters * shape.adapter_weights(use.rank) * use.weight_bytes,
        "cache": cache_bytes(shape, use.tokens, use.weight_bytes) * use.sequences,
        "activations": piece * use.weight_bytes + use.sequences * shape.vocabulary * 4,
    }


def training_bytes(shape: ModelShape, use: Use, *, direct: bool) -> dict[str, int]:
    """Estimate training one adapter; bytes.

    Args:
        shape: The model.
        use: Its rank and pass_tokens count.
        direct: With the engine "direct", which also holds the linear layers dense, LoRA's
            columns beside them.
    """
    ranks = shape.layers * use.rank
    sizes = shape.linear_sizes().values()
    dense = (shape.linear_weights + ranks * sum(i + o for i, o in sizes)) * use.weight_bytes
    return {
        "weights": _weights(shape, use) + (dense if direct else 0),
        "adapters": shape.adapter_weights(use.rank) * TRAINED_BYTES,
        "activations": round(
            use.pass_tokens * kept_bytes_per_token(shape, use) * (1 if direct else PEFT_KEEPS)
        ),
    }


def kept_bytes_per_token(shape: ModelShape, use: Use) -> int:
    """Activations that a training pass keeps for its backward pass, bytes a token.

    The residual before and after attention, both norms' outputs, queries, keys and values,
    attention's output twice, gate, up and their product, and the A x of seven adapters.
    """
    values = 4 * shape.hidden + 3 * shape.queries + 2 * shape.keys + 3 * shape.intermediate
    return shape.layers * (values + 7 * use.rank) * use.weight_bytes


def cache_bytes(shape: ModelShape, tokens: int, weight_bytes: int = 2) -> int:
    """Keys and values of one sequence, bytes."""
    return 2 * shape.layers * shape.keys * tokens * weight_bytes


def read_shape(source: str, folder: Path | None = None) -> ModelShape:
    """Read the shape of a model folder, or of a hub id.

    Of a hub id `config.json` alone is fetched; Meta's Llama 3 are known without it, since the
    hub asks for a login.

    Args:
        source: Folder or hub id.
        folder: Where the embedded model is, for "embedded".

    Raises:
        SetupError: There is no such model, or it is no Llama.
    """
    if (known := _KNOWN.match(source)) and known[1] in _PUBLISHED:
        return _PUBLISHED[known[1]]
    if source == "embedded" and folder is not None:
        path = folder / "dense" / "config.json"
    elif Path(source).expanduser().is_dir():
        path = Path(source).expanduser() / "config.json"
    else:
        path = _fetched(source)
    try:
        return ModelShape.of(json.loads(path.read_text(encoding="utf-8")))
    except (OSError, ValueError, KeyError) as error:
        raise SetupError(f"{path} is no model's configuration ({error}); name another") from error


def _weights(shape: ModelShape, use: Use) -> int:
    each = NF4_BYTES if use.quantization == "nf4" else use.weight_bytes
    return round(shape.linear_weights * each) + shape.other_weights * use.weight_bytes


def _fetched(source: str) -> Path:
    from huggingface_hub import hf_hub_download
    from huggingface_hub.errors import HfHubHTTPError, HFValidationError, LocalEntryNotFoundError

    try:
        return Path(hf_hub_download(source, "config.json"))
    except (HfHubHTTPError, HFValidationError, LocalEntryNotFoundError, OSError) as error:
        reason = str(error).strip().splitlines()[0]
        raise SetupError(
            f"the configuration of {source} cannot be fetched ({reason}); check the name, the "
            "network and your hub login, or name a local folder"
        ) from error
