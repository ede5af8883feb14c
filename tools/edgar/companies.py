"""Which company a word means: a ticker, a CIK, or a name, from the SEC's list of tickers."""

from __future__ import annotations

import json
import re
from dataclasses import dataclass
from pathlib import Path

from rapidfuzz import fuzz, process

from tools.edgar.errors import EdgarError

_LEGAL = frozenset(
    "inc incorporated corp corporation co company cos ltd limited plc llc lp sa nv ag se the "
    "holdings holding group new de".split()
)
_CIK = re.compile(r"(?:CIK)?0*(\d{1,10})", re.IGNORECASE)
_SIMILAR = 85.0


@dataclass(frozen=True, slots=True)
class ListedCompany:
    """A company of the SEC's list; one found by its number alone may have no name."""

    cik: int
    name: str
    tickers: tuple[str, ...] = ()


class Directory:
    """The SEC's list of tickers and names."""

    def __init__(self, companies: list[ListedCompany]) -> None:
        """Index the companies."""
        self._by_cik = {company.cik: company for company in companies}
        self._by_ticker = {
            _plain_ticker(ticker): company for company in companies for ticker in company.tickers
        }
        self._by_name: dict[str, list[ListedCompany]] = {}
        for company in companies:
            self._by_name.setdefault(_plain_name(company.name), []).append(company)

    @classmethod
    def read(cls, path: Path) -> Directory:
        """Read company_tickers.json.

        Raises:
            EdgarError: It has another shape.
        """
        found: dict[int, ListedCompany] = {}
        try:
            for row in json.loads(path.read_bytes()).values():
                cik, ticker = int(row["cik_str"]), str(row["ticker"])
                known = found.get(cik)
                tickers = (*known.tickers, ticker) if known else (ticker,)
                found[cik] = ListedCompany(cik, str(row["title"]), tickers)
        except (ValueError, KeyError, TypeError, AttributeError) as error:
            raise EdgarError(f"{path} is not the SEC's list of tickers ({error!r})") from error
        return cls(list(found.values()))

    def find(self, words: str) -> ListedCompany:
        """Find the company that is meant.

        A ticker in capitals is a ticker; otherwise a name goes before a ticker, so that "ford" is
        the car maker.

        Raises:
            EdgarError: None, or several; the message names the nearest.
        """
        text = words.strip()
        if number := _CIK.fullmatch(text):
            cik = int(number[1])
            return self._by_cik.get(cik, ListedCompany(cik, f"CIK {cik}"))
        ticker = self._by_ticker.get(_plain_ticker(text))
        if ticker is not None and text == text.upper():
            return ticker
        named = self._named(_plain_name(text))
        if len(named) == 1:
            return named[0]
        if ticker is not None:
            return ticker
        raise EdgarError(self._what_else(text, named))

    def _named(self, name: str) -> list[ListedCompany]:
        if not name:
            return []
        if name in self._by_name:
            return self._by_name[name]
        starting = [key for key in self._by_name if key.startswith(name + " ")]
        return [company for key in starting for company in self._by_name[key]]

    def _what_else(self, text: str, named: list[ListedCompany]) -> str:
        if named:
            choice = ", ".join(_shown(company) for company in named[:5])
            return f"{text!r} may be {choice}; give the ticker or the CIK"
        near = _nearest(_plain_name(text), list(self._by_name))
        shown = ", ".join(_shown(self._by_name[name][0]) for name in near)
        hint = f"; did you mean {shown}?" if shown else ""
        return f"{text!r} is no file, ticker, CIK or company name on the SEC's list{hint}"


def _nearest(name: str, names: list[str]) -> list[str]:
    found = process.extract(name, names, scorer=fuzz.ratio, limit=3, score_cutoff=_SIMILAR)
    return [row[0] for row in found]


def _shown(company: ListedCompany) -> str:
    return f"{company.name} ({company.tickers[0] if company.tickers else company.cik})"


def _plain_ticker(text: str) -> str:
    return text.strip().upper().replace(".", "-").replace("/", "-")


def _plain_name(text: str) -> str:
    words = re.sub(r"[^a-z0-9&]+", " ", text.lower().replace("'", "")).split()
    while len(words) > 1 and words[-1] in _LEGAL:
        words.pop()
    return " ".join(words[1:] if len(words) > 1 and words[0] == "the" else words)
