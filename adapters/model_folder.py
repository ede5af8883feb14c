"""A converted model's folder: its manifest, what is wrong with it, its name and its hash.

The manifest names every file with its size and SHA-256; a file beside it holds the
manifest's own hash.
"""

from __future__ import annotations

import hashlib
import json
from pathlib import Path
from typing import Any

MANIFEST = "manifest.json"


def problems(folder: Path, *, verify: bool = False) -> list[str]:
    """Compare a prepared folder with its manifest.

    Args:
        folder: What `adapters.conversion.prepare` returned.
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
        elif verify and file_sha256(path) != entry["sha256"]:
            found.append(f"{path} has other content")
    return found


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
        return file_sha256(folder / MANIFEST)
    digest = hashlib.sha256()
    for path in sorted(folder.glob("*.safetensors")):
        digest.update(f"{path.name} {path.stat().st_size}\n".encode())
    for name in ("config.json", "tokenizer.json"):
        if (folder / name).is_file():
            digest.update((folder / name).read_bytes())
    return digest.hexdigest()


def write_manifest(folder: Path, **origin: Any) -> None:
    """Write down every file in a folder, and where they come from (`name` and more)."""
    files = sorted(path for path in folder.rglob("*") if path.is_file())
    manifest = {
        **origin,
        "files": {
            path.relative_to(folder).as_posix(): {
                "sha256": file_sha256(path),
                "bytes": path.stat().st_size,
            }
            for path in files
        },
    }
    content = json.dumps(manifest, indent=1).encode()
    (folder / MANIFEST).write_bytes(content)
    (folder / f"{MANIFEST}.sha256").write_text(hashlib.sha256(content).hexdigest() + "\n")


def file_sha256(path: Path) -> str:
    """Hash a file, as 64 hex digits."""
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()
