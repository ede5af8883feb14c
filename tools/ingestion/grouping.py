"""Which files of one folder, or members of one zip, belong together and are read as one source.

Names say it: `stem.xml` or `stem_htm.xml` is an XBRL instance; `stem_pre.xml`, `_lab`, `_cal`,
`_def` and `stem.xsd` belong to it (`.gz`, `.xsd.xml` too). Linkbases whose stem differs (2010: they
are dated otherwise) belong to the only document of the folder with the same company prefix.
Linkbases beside the inline HTML document belong to that, and its extracted instance is not read
again. R files belong to the document beside them.
"""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field

DESCRIPTION = "metadata.json"  # as edgartools writes it: accession_no, filing_date
_LINKBASE = re.compile(r"^(?P<stem>.+)_(?:pre|lab|cal|def|ref)\.xml$", re.IGNORECASE)
_SCHEMA = re.compile(r"^(?P<stem>.+?)\.xsd(?:\.xml)?$", re.IGNORECASE)
_R_FILE = re.compile(r"^(?:R\d+\.(?:htm|xml)|FilingSummary\.xml)$", re.IGNORECASE)
_HTML = re.compile(r"^(?P<stem>.+)\.(?:htm|html|xhtml)$", re.IGNORECASE)
_XML = re.compile(r"^(?P<stem>.+)\.xml$", re.IGNORECASE)
_DATED = re.compile(r"^.+-\d{8}$")


@dataclass(slots=True)
class _Folder:
    """The names of one folder by what they are; documents and taxonomies by their stems."""

    html: dict[str, str] = field(default_factory=dict)
    instances: dict[str, str] = field(default_factory=dict)
    taxonomies: dict[str, list[str]] = field(default_factory=lambda: defaultdict(list))
    r_files: list[str] = field(default_factory=list)
    descriptions: list[str] = field(default_factory=list)
    others: list[str] = field(default_factory=list)


def group(names: Sequence[str]) -> Iterator[tuple[str, tuple[str, ...]]]:
    """Say of the candidates in one folder, in order, which to read and what to read beside each.

    A name that is read beside another is not listed on its own.

    Args:
        names: File names without folder, or member names of a zip that share a folder.
    """
    folder = _sort(names)
    beside = _owners(folder)
    taken = {other for others in beside.values() for other in others}
    extracts = {
        name for stem, name in folder.instances.items() if stem.removesuffix("_htm") in folder.html
    }
    alone = {*folder.html.values(), *folder.instances.values(), *folder.others} - extracts
    if not beside:
        alone.update(folder.descriptions)
    for name in names:
        if name in beside:
            yield name, tuple(beside[name])
        elif name in alone and name not in taken:
            yield name, ()


def _sort(names: Sequence[str]) -> _Folder:
    folder = _Folder()
    unsure: list[tuple[str, str]] = []
    for name in names:
        bare = re.sub(r"\.gz$", "", name, flags=re.IGNORECASE)
        if _R_FILE.match(bare):
            folder.r_files.append(name)
        elif matched := _LINKBASE.match(bare) or _SCHEMA.match(bare):
            folder.taxonomies[matched["stem"]].append(name)
        elif (matched := _HTML.match(bare)) and matched["stem"] not in folder.html:
            folder.html[matched["stem"]] = name
        elif bare.lower() == DESCRIPTION:
            folder.descriptions.append(name)
        elif matched := _XML.match(bare):
            unsure.append((matched["stem"], name))
        else:
            folder.others.append(name)
    for stem, name in unsure:
        if stem.endswith("_htm") or _DATED.match(stem) or stem in folder.taxonomies:
            folder.instances[stem] = name
    return folder


def _owners(folder: _Folder) -> dict[str, list[str]]:
    """The documents that have something beside them, with that."""
    documents = dict(folder.html)
    for stem, name in folder.instances.items():
        documents.setdefault(stem.removesuffix("_htm"), name)
    owners = {name: _taxonomy_of(stem, folder, documents) for stem, name in documents.items()}
    _give_r_files(folder, owners)
    taken = {name for names in owners.values() for name in names}
    for files in folder.taxonomies.values():
        lead, *rest = sorted(files, key=lambda name: (_LINKBASE.match(name) is not None, name))
        if lead not in taken:
            owners[lead] = rest
    described = set(owners) & {*folder.instances.values(), *folder.html.values()}
    for name, beside in owners.items():
        if beside or name in folder.instances.values() or name not in described:
            beside.extend(folder.descriptions)
    return {name: beside for name, beside in owners.items() if beside or name not in described}


def _give_r_files(folder: _Folder, owners: dict[str, list[str]]) -> None:
    with_taxonomy = [name for name, beside in owners.items() if beside]
    candidates = with_taxonomy or list(owners)
    if folder.r_files and len(candidates) == 1:
        owners[candidates[0]].extend(folder.r_files)


def _taxonomy_of(stem: str, folder: _Folder, documents: dict[str, str]) -> list[str]:
    if stem in folder.taxonomies:
        return list(folder.taxonomies[stem])
    free = [other for other in folder.taxonomies if other not in documents]
    same = [other for other in free if _company(other) == _company(stem)]
    rivals = [other for other in documents if _company(other) == _company(stem)]
    if len(same) == 1 and len(rivals) == 1:
        return list(folder.taxonomies[same[0]])
    if len(folder.taxonomies) == len(free) == len(documents) == 1:
        return list(folder.taxonomies[free[0]])
    return []


def _company(stem: str) -> str:
    return re.split(r"[-_\d]", stem, maxsplit=1)[0].lower()
