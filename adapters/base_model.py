"""The base model, loaded in 4 bits out of a folder that `adapters.conversion` made ready.

Any other folder with a transformers model loads as well. torch and transformers are imported
inside the functions that need them.
"""

from __future__ import annotations

import os
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal

from adapters.conversion import Progress, nf4, prepare, quiet_libraries
from adapters.errors import SetupError
from adapters.model_folder import MANIFEST, base_hash, base_name, problems

__all__ = [
    "BaseModel",
    "Progress",
    "Quantization",
    "base_hash",
    "base_name",
    "load",
    "physical_cores",
    "prepare",
    "problems",
]

Quantization = Literal["nf4", "none"]


@dataclass(frozen=True)
class BaseModel:
    """A loaded base model.

    Attributes:
        model: The transformers causal language model, in evaluation mode.
        tokenizer: Its fast tokenizer, with chat template.
        name: What adapters' cards call it.
        base_hash: SHA-256 that identifies its files, 64 hex digits.
        quantization: How its linear layers are held.
    """

    model: Any
    tokenizer: Any
    name: str
    base_hash: str
    quantization: Quantization = "none"

    @property
    def device(self) -> str:
        """Where the weights are: "cpu", "cuda:0", ..."""
        return str(self.model.device)

    @property
    def context_tokens(self) -> int:
        """Longest sequence the model was made for, tokens."""
        return int(self.model.config.max_position_embeddings)


def load(
    folder: Path,
    quantization: Quantization = "nf4",
    *,
    device: str = "auto",
    verify: bool = False,
) -> BaseModel:
    """Load a prepared base model.

    Args:
        folder: What `prepare` returned, or any folder with a transformers model.
        quantization: "nf4" holds the linear layers in NF4 with double quantization;
            embeddings and head stay dense.
        device: "auto" takes a CUDA device where there is one.
        verify: Hash the files before loading them.

    Raises:
        SetupError: The folder is not a model, or it was changed.
    """
    prepared = (folder / MANIFEST).exists()
    if prepared and (found := problems(folder, verify=verify)):
        raise SetupError(f"{found[0]}; remove {folder} and run `footnote doctor` to make it anew")
    if not prepared and not (folder / "config.json").is_file():
        raise SetupError(f"{folder} holds no model; run `make setup` or set another model folder")
    _set_threads()
    weights, tokenizer_folder = folder, folder
    if prepared:
        weights = folder / ("nf4" if quantization == "nf4" else "dense")
        tokenizer_folder = folder / "tokenizer"
    with quiet_libraries():
        from transformers import AutoModelForCausalLM, AutoTokenizer

        target = _device(device)
        dtype = _compute_dtype(target)
        settings: dict[str, Any] = {"dtype": dtype, "device_map": {"": target}}
        if quantization == "nf4" and not prepared:
            settings["quantization_config"] = nf4(dtype)
        model = AutoModelForCausalLM.from_pretrained(
            str(weights), local_files_only=True, **settings
        )
        tokenizer = AutoTokenizer.from_pretrained(str(tokenizer_folder), local_files_only=True)
    model.eval()
    return BaseModel(model, tokenizer, base_name(folder), base_hash(folder), quantization)


def _device(name: str) -> str:
    import torch

    if name != "auto":
        return name
    return "cuda:0" if torch.cuda.is_available() else "cpu"


def _compute_dtype(device: str) -> Any:
    """Return bfloat16 where the hardware computes in it, else float32."""
    import torch

    if device.startswith("cuda"):
        return torch.bfloat16 if torch.cuda.is_bf16_supported() else torch.float16
    flags = Path("/proc/cpuinfo")
    known = flags.is_file() and "avx512_bf16" in flags.read_text()
    return torch.bfloat16 if known else torch.float32


def _set_threads() -> None:
    """Use one thread a physical core, unless OMP_NUM_THREADS says otherwise."""
    if "OMP_NUM_THREADS" in os.environ:
        return
    import torch

    torch.set_num_threads(physical_cores())


def physical_cores() -> int:
    """Count the physical cores this process may run on (logical ones where unknown)."""
    if not hasattr(os, "sched_getaffinity"):
        return os.cpu_count() or 1
    cores = set()
    for cpu in os.sched_getaffinity(0):
        siblings = Path(f"/sys/devices/system/cpu/cpu{cpu}/topology/thread_siblings_list")
        cores.add(siblings.read_text() if siblings.is_file() else str(cpu))
    return len(cores)
