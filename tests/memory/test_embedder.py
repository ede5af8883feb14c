import subprocess
import sys

import numpy as np
import pytest

from memory.embedder import MiniLM


def test_importing_the_memory_loads_no_model_library() -> None:
    code = (
        "import sys, memory.store, memory.recall, memory.seeding, memory.teach;"
        "print([m for m in ('torch', 'faiss', 'sentence_transformers') if m in sys.modules])"
    )
    run = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert run.stdout.strip() == "[]"


@pytest.mark.model
def test_vectors_have_length_one_and_say_which_texts_are_close() -> None:
    vectors = MiniLM().embed(["net sales of the year", "annual revenue", "a lawsuit in court"])
    assert vectors.shape == (3, 384)
    assert vectors.dtype == np.float32
    assert np.allclose(np.linalg.norm(vectors, axis=1), 1, atol=1e-5)
    assert vectors[0] @ vectors[1] > 0.5 > vectors[0] @ vectors[2]
