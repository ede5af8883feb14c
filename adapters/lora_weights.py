"""An adapter's weights: a PEFT folder read and written as plain tensors, without PEFT.

PEFT's own names are kept, so that PEFT and vLLM load the same folder:
`base_model.model.model.layers.0.self_attn.q_proj.lora_A.weight` [rank, in] and `lora_B`
[out, rank]. What is read is checked: shapes, rank, no NaN, nothing missing.
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from adapters.errors import SetupError

if TYPE_CHECKING:
    import torch

CONFIG_FILE = "adapter_config.json"
WEIGHTS_FILE = "adapter_model.safetensors"
_PREFIX = "base_model.model."
_A, _B = ".lora_A.weight", ".lora_B.weight"


@dataclass(frozen=True)
class LoraWeights:
    """A low-rank change of a model's linear layers: W x + scale B (A x).

    Attributes:
        rank: Rows of every A and columns of every B.
        alpha: LoRA's alpha.
        targets: Last parts of the changed modules' names ("q_proj"), sorted.
        modules: Module name as the base model has it ("model.layers.0.self_attn.q_proj") to
            A [rank, in] and B [out, rank].
        invocation: Tokens after which the adapter acts (activated LoRA); empty where it acts
            on every token.
    """

    rank: int
    alpha: float
    targets: tuple[str, ...]
    modules: dict[str, tuple[torch.Tensor, torch.Tensor]]
    invocation: tuple[int, ...] = ()

    @property
    def scale(self) -> float:
        """Factor of the change, alpha / rank."""
        return self.alpha / self.rank


def load_adapter(folder: Path) -> LoraWeights:
    """Read an adapter's folder onto the CPU, in the type it was saved in.

    Raises:
        SetupError: A file is missing or damaged, or the weights are not plain LoRA.
    """
    config = _read_config(folder / CONFIG_FILE)
    path = folder / WEIGHTS_FILE
    from safetensors import SafetensorError
    from safetensors.torch import load_file

    try:
        tensors = load_file(path)
    except (OSError, SafetensorError) as error:
        raise _damaged(path, str(error)) from error
    modules = _pairs(tensors, path)
    rank = int(config["r"])
    for name, (a, b) in modules.items():
        _check_pair(path, name, a, b, rank)
    return LoraWeights(
        rank=rank,
        alpha=float(config["lora_alpha"]),
        targets=tuple(sorted({name.rpartition(".")[2] for name in modules})),
        modules=modules,
        invocation=tuple(config.get("alora_invocation_tokens") or ()),
    )


def save_adapter(folder: Path, weights: LoraWeights, *, base_name: str) -> None:
    """Write `adapter_config.json` and `adapter_model.safetensors` (bfloat16)."""
    import torch
    from safetensors.torch import save_file

    tensors = {}
    for name, (a, b) in weights.modules.items():
        tensors[f"{_PREFIX}{name}{_A}"] = a.detach().to("cpu", torch.bfloat16).contiguous()
        tensors[f"{_PREFIX}{name}{_B}"] = b.detach().to("cpu", torch.bfloat16).contiguous()
    folder.mkdir(parents=True, exist_ok=True)
    config = {
        "peft_type": "LORA",
        "task_type": "CAUSAL_LM",
        "base_model_name_or_path": base_name,
        "r": weights.rank,
        "lora_alpha": weights.alpha,
        "lora_dropout": 0.0,
        "target_modules": list(weights.targets),
        "bias": "none",
        "inference_mode": True,
    }
    if weights.invocation:
        config["alora_invocation_tokens"] = list(weights.invocation)
    (folder / CONFIG_FILE).write_text(json.dumps(config, indent=1) + "\n", encoding="utf-8")
    save_file(tensors, folder / WEIGHTS_FILE, metadata={"format": "pt"})


def _read_config(path: Path) -> dict[str, Any]:
    try:
        config: dict[str, Any] = json.loads(path.read_text(encoding="utf-8"))
        kind, _, _ = config["peft_type"], int(config["r"]), float(config["lora_alpha"])
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise _damaged(path, str(error)) from error
    unknown = [name for name in ("use_rslora", "use_dora", "rank_pattern") if config.get(name)]
    if kind != "LORA" or unknown or config.get("bias", "none") != "none":
        raise SetupError(
            f"{path} is not plain LoRA ({kind}, {', '.join(unknown) or 'with biases'}); "
            "train it anew with `footnote train`"
        )
    return config


def _pairs(
    tensors: dict[str, torch.Tensor], path: Path
) -> dict[str, tuple[torch.Tensor, torch.Tensor]]:
    halves: dict[str, dict[str, torch.Tensor]] = {}
    for key, tensor in tensors.items():
        for suffix in (_A, _B):
            if key.startswith(_PREFIX) and key.endswith(suffix):
                halves.setdefault(key[len(_PREFIX) : -len(suffix)], {})[suffix] = tensor
                break
        else:
            raise _damaged(path, f"{key} is no LoRA weight")
    lonely = [name for name, half in halves.items() if len(half) != 2]
    if lonely or not halves:
        raise _damaged(path, f"the weights of {lonely[0] if lonely else 'all modules'} are missing")
    return {name: (half[_A], half[_B]) for name, half in halves.items()}


def _check_pair(path: Path, name: str, a: torch.Tensor, b: torch.Tensor, rank: int) -> None:
    if a.dim() != 2 or b.dim() != 2 or a.shape[0] != rank or b.shape[1] != rank:
        raise _damaged(path, f"{name} has shapes {list(a.shape)}, {list(b.shape)} at rank {rank}")
    if not (a.isfinite().all() and b.isfinite().all()):
        raise _damaged(path, f"{name} holds numbers that are not finite")


def _damaged(path: Path, why: str) -> SetupError:
    return SetupError(f"{path} is missing or damaged ({why}); train or fetch that adapter again")
