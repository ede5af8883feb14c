"""Cues: the words that say what is wanted of the figures, and the words that say nothing.

A cue table maps an intent's cue to the expressions that carry it. `HARMLESS` holds words that
neither narrow nor change a figure; every other unclaimed word counts as not understood.
"""

import re
from pathlib import Path

from agent.linking.words import Question

CUES: dict[str, str] = {
    "say": (
        r"\b(?:(?:say|says|said|saying)(?!\s+that)|tell(?:s)?\s+(?:us|me|investors|shareholders)?\s*about|talk(?:s|ed)?"
        r"\s+about|describe[sd]?|discuss(?:es|ed)?|mention(?:s|ed)?|disclose[sd]?|explain(?:s|ed)?|"
        r"comment(?:s|ed)?\s+on|warn(?:s|ed)?|characteri[sz]e[sd]?|outline[sd]?|address(?:es|ed)?|"
        r"state[sd]?|view(?:s|ed)?|(?:name|cite|list)[sd]?\s+as|identif(?:y|ies|ied)|attribute[sd]?|blame[sd]?|expects?|position\s+on|summari[sz]e)\b"
    ),
    "text": (
        r"\b(?:why|who|whom|whose|risk\s+factors?|risks?|strategy|strategies|competitors?|compete[sd]?|competition|"
        r"suppliers?|customers?|litigation|lawsuits?|legal\s+proceedings|regulations?|regulatory|"
        r"headquarter(?:s|ed)?|headcount|employees?|employ|workforce|properties|cybersecurity|business\s+model|"
        r"products|where\s+(?:is|are|does|do)|in\s+the\s+words|quote|passage|section|item\s+\d+[abc]?|"
        r"depend(?:s|ed|ent|ence)?|rely|relies|reliance|plan(?:s|ned)?\s+to|intend(?:s|ed)?)\b"
    ),
    "define": (
        r"\b(?:define|definition|meaning|(?<!\bi\s)(?<!\()mean|means|meant|stand\s+for|(?:calculated?|computed?|defined?|worked\s+out|"
        r"derived?|measured?)\b|formula|calculate|compute|explain|arrive\s+at|derive|work\s+out)\b"
    ),
    "cagr": (
        r"\b(?:cagr|compound(?:ed)?\s+(?:annual\s+)?(?:growth|rate)(?:\s+(?:growth\s+)?rate)?(?:\s+of\s+growth)?"
        r"|compound(?:ed)?\s+annual(?:ly|i[sz]ed)?(?:\s+(?:growth|rate))*|annuali[sz]ed\s+(?:rate|growth)(?:\s+rate)?"
        r"|compound(?:s|ed|ing)?\s+(?:at|annually|over|between|from)|(?:average\s+)?annual\s+growth\s+rate|per\s+year\s+on\s+average)\b"
    ),
    "percent": r"(?:\b(?:percent(?:age)?(?:\s+terms)?|pct|how\s+fast|rate)\b|%)",
    "growth": (
        r"\b(?:grow|grew|grown|growing|grows|growth(?:\s+rate)?|yoy|y/y|year[\s-]+over[\s-]+year|"
        r"year[\s-]+on[\s-]+year)\b"
    ),
    "change": (
        r"\b(?:chang(?:e|es|ed|ing)|differ(?:s|ed|ence|ences)?|increas(?:e|es|ed|ing)|decreas(?:e|es|ed|ing)|ris(?:e|es|en|ing)|"
        r"rose|fall|falls|fell|fallen|falling|declin(?:e|es|ed|ing)|drop(?:s|ped|ping)?|swing|delta|gain(?:ed)?|shr[aiu]nk|"
        r"expand(?:ed)?|improv(?:e|ed|ement)|deteriorat(?:e|ed)|move[d]?|(?:go|went|gone)\s+(?:up|down)|"
        r"climb(?:ed|s)?|jump(?:ed|s)?|slip(?:ped|s)?|up\s+or\s+down|double[sd]?|contract(?:ed)?|rais(?:e|es|ed|ing)|"
        r"cut(?:s|ting)?|trim(?:s|med|ming)?|lift(?:s|ed|ing)?|boost(?:s|ed|ing)?|reduc(?:e|es|ed|ing|tion)|surg(?:e|es|ed|ing)|"
        r"soar(?:s|ed|ing)?|plung(?:e|es|ed|ing)|tumbl(?:e|es|ed|ing)|advanc(?:e|es|ed|ing)|dip(?:s|ped|ping)?|slid(?:e|es|ing)?|"
        r"widen(?:s|ed|ing)?|narrow(?:s|ed|ing)?|the\s+step|add(?:ed)?\s+to|slump(?:s|ed|ing)?|(?:is|was|were|are)\s.{0,40}?\b(?:up|down))\b"
    ),
    "compare": (
        r"\b(?:compar(?:e|es|ed|ing|ison)|versus|vs|against|stack(?:s)?\s+up|than|side\s+by\s+side|next\s+to\s+each\s+other|alongside|which\s+(?:company|one|of|firm)|"
        r"who\s+(?:had|has|made|earned|posted|reported|spent|generated|was|is|carried|paid|sold)|"
        r"higher|lower|larger|bigger|smaller|greater|more|less|better|worse|gap\s+between|relative\s+to\s+each)\b"
    ),
    "most": (
        r"\b(?:most|highest|largest|biggest|greatest|best|top|maximum|peak(?:ed)?|record|strongest|richest|fattest)\b"
    ),
    "least": r"\b(?:least|lowest|smallest|fewest|worst|minimum|weakest|bottom|thinnest)\b",
    "rank": r"\b(?:rank(?:s|ed|ing)?|order(?:ed)?\b(?:.{0,40}?\sby)?|sort(?:ed)?|league)\b",
    "which_year": (
        r"\b(?:(?:in\s+)?(?:which|what)\s+(?:fiscal\s+)?(?:year|years|quarter)|when\s+(?:was|were|did)|best\s+year|worst\s+year)\b"
    ),
    "trend": (
        r"\b(?:trend(?:s|ed|ing)?|history|historical(?:ly)?|each\s+(?:fiscal\s+)?year|every\s+(?:fiscal\s+)?year|by\s+(?:fiscal\s+)?year|"
        r"year[\s-]+by[\s-]+year|annually|develop(?:s|ed|ment)?|evol(?:ve|ved|ution)|trajectory|path|track|"
        r"over\s+time|progress(?:ion|ed)?|time\s+series|run\s+of|walk\s+(?:me\s+)?(?:through|thru)|looked\s+like)\b"
    ),
    "average": r"\b(?:average[d]?|mean|typical(?:ly)?)\b",
    "sum": (
        r"\b(?:combined|cumulative(?:ly)?|altogether|sum(?:med)?|aggregate|in\s+total|all\s+together|"
        r"added\s+up|add\s+up|put\s+together|together)\b"
    ),
    "share": (
        r"(?:%\s+of\b|\b(?:slice|chunk|bite)\s+of\b|\bas\s+an?\s+(?:percent(?:age)?|share|fraction|proportion|portion|%)\s+of\b|"
        r"\b(?:what|which|how\s+(?:big|large|much)\s+of\s+an?)\s+(?:percent(?:age)?|share|fraction|proportion|portion|part|%)\s+of\b|"
        r"\b(?:percent(?:age)?|share|fraction|proportion|portion|%)\s+of\b|\bout\s+of\s+every\b|"
        r"\bratio\s+of\b|\bdivided\s+by\b|\brelative\s+to\b|\bin\s+relation\s+to\b|\bhow\s+much\s+of\b)"
    ),
    "gap": (
        r"\b(?:by\s+how\s+much|how\s+much\s+(?:more|less|higher|lower|larger|bigger|smaller|greater)|"
        r"how\s+many\s+more|gap|ahead\s+of|behind|difference)\b"
    ),
    "spend": (
        r"\b(?:spen[dt]|spends|spending|outlays?|invest(?:s|ed|ing)|shell(?:s|ed)?\s+out|"
        r"fork(?:s|ed)?\s+out|(?:pay|pays|paid|paying|hand|hands|handed|dole|doled)\s+out|p(?:ay|ays|aid|aying)|"
        r"(?:plough|plow|pour|put|sink|sank|plunk)(?:s|ed)?\s+into|went\s+(?:out\s+)?(?:in)?to)\b"
    ),
    "past": r"\b(?:was|were|did|had|reported|made|earned|ended)\b",
    "why": r"(?:^\s*why\b|\breasons?\b|\bexplanations?\b|\bwhat\s+(?:caused|drove|explains)\b)",
    "follow_up": (
        r"^\s*(?:and|what\s+about|how\s+about|same|same\s+for|also|now|then|ok(?:ay)?(?:\s+and)?|but)\b"
    ),
    "whether": r"^\s*(?:did|has|have|had|was|were|is|are|does|do)\b",
}

HARMLESS = frozenset(
    (Path(__file__).parent / "harmless_words.txt").read_text(encoding="utf-8").split()
)


def claim_share_words(question: Question) -> None:
    """Claim "what share of" before metrics are linked: no number of shares is meant."""
    for match in re.finditer(
        r"\b(?:what|which|as\s+a|larger|bigger)\s+share\s+of\b", question.text.lower()
    ):
        _claim(question, *match.span())


def find_cues(question: Question) -> frozenset[str]:
    """Return the cues a question carries and claim their words where they are still free."""
    text = question.text.lower()
    found = set()
    for name, pattern in CUES.items():
        for match in re.finditer(pattern, text):
            if _claim(question, *match.span()):
                found.add(name)
    return frozenset(found)


def _claim(question: Question, start: int, end: int) -> bool:
    """Claim a cue's words; return whether any of them was not part of a name or a metric."""
    inside = [i for i, word in enumerate(question.words) if word.start < end and word.end > start]
    taken = {question.claims.get(index) for index in inside}
    if taken & {"metric", "company"} and taken <= {"metric", "company"}:
        return False
    for index in inside:
        question.claims.setdefault(index, "cue")
    return True
