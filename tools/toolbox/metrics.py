"""Find the metric that a text means, or say which are near."""

from __future__ import annotations

import re

from rapidfuzz import fuzz, process

from tools.errors import ToolError
from tools.figures.metrics import Metric
from tools.toolbox.sources import Sources

_NEAR = 5


def one_metric(sources: Sources, text: str) -> Metric:
    """Return the metric of a name, label or synonym.

    Raises:
        ToolError: There is none; the message has the nearest names.
    """
    catalogue = sources.catalogue
    key = _key(text)
    for metric in catalogue.metrics.values():
        if key in {_key(metric.name), _key(metric.label), *map(_key, metric.synonyms)}:
            return metric
    raise ToolError(
        f"There is no metric {text!r}. Nearest names: {', '.join(nearest_metrics(sources, text))}. "
        "Call again with one of these; other filed concepts can be read with query_sql from `fact`."
    )


def nearest_metrics(sources: Sources, text: str) -> list[str]:
    """Return the names of the metrics whose name, label or synonym is most like a text."""
    known = {
        _key(phrase): metric.name
        for metric in sources.catalogue.metrics.values()
        for phrase in (metric.name, metric.label, *metric.synonyms)
    }
    hits = process.extract(_key(text), list(known), scorer=fuzz.WRatio, limit=4 * _NEAR)
    return list(dict.fromkeys(known[hit[0]] for hit in hits))[:_NEAR]


def _key(text: str) -> str:
    return " ".join(re.findall(r"[a-z0-9&]+", text.lower()))
