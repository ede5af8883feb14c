"""Questions over one XBRL file: concept, value, formula; and the rows that train the choice."""

import gzip
import json
from collections.abc import Sequence
from datetime import date
from decimal import Decimal
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from adapters.tasks.xbrl import NO_CONCEPT, XBRL, chosen_concept, concept_grammar, letter_of
from agent.training_rows.xbrl import FiledLine, rows_of, with_headings
from agent.xbrl.asking import answer_question
from agent.xbrl.concepts import ConceptRanking, common_words, concept_words
from agent.xbrl.extraction import XbrlReader
from agent.xbrl.questions import read_question
from agent.xbrl.values import TaggedValue, read_values
from memory.seeding import SEEDS
from tools.errors import SetupError, ToolError
from tools.figures.metrics import Catalogue

CUT_OUT = """lBenefit xmlns:us- >120</>
<us-gaap:Revenues xmlns:us- >1000</>
<us-gaap:NetIncomeLoss>-50</us-gaap:NetIncomeLoss>
<us-gaap:AssetsCurrent >300</>
<us-gaap:LiabilitiesCurrent >200</>
<us-gaap:NetCashProvidedByUsedInOperatingActivities >80</>
<us-gaap:NetCashProvidedByUsedInFinancingActivities >-30</>
<us-gaap:CommitmentsAndContingencies xsi: />
<us-gaap:PropertyPlantAndEquipmentNet >75</>
<us-gaap:Assets >60"""


@pytest.fixture(scope="module")
def catalogue() -> Catalogue:
    return Catalogue.load(SEEDS / "metrics.yaml")


def test_cut_out_is_read_between_its_cut_ends() -> None:
    values = read_values(CUT_OUT)
    assert values[0] == TaggedValue("us-gaap:Revenues", Decimal(1000), "1000")
    assert [v.concept for v in values][-1] == "us-gaap:PropertyPlantAndEquipmentNet"
    assert len(values) == 7


def test_text_without_xbrl_says_what_is_wanted() -> None:
    with pytest.raises(SetupError, match="holds no XBRL values"):
        read_values("Revenue was 1,000 in 2023.")


@pytest.mark.parametrize(
    ("question", "answer"),
    [
        ("What is the XBRL tag for current assets?", "us-gaap:AssetsCurrent"),
        (
            "Identify the US GAAP XBRL tag for Cash Flow for Financing Activities as used by Acme"
            " Tools for the FY 2003.",
            "us-gaap:NetCashProvidedByUsedInFinancingActivities",
        ),
        ("What was Acme's net income for the fiscal year 2003?", "-50"),
        ("How much was Plant, Property, and Equipment for Acme Tools in FY 2003?", "75"),
        ("Formula for the current ratio of Acme Tools", "300 / 200"),
        ("Net profit margin of Acme Tools, answer with a formula", "((-50) / 1000) * 100"),
    ],
)
def test_question_is_answered_from_the_file(
    question: str, answer: str, catalogue: Catalogue
) -> None:
    assert answer_question(CUT_OUT, read_question(question), catalogue, None)["answer"] == answer


def test_only_the_last_question_counts() -> None:
    read = read_question(
        "Example question: What is the tag for cash? Example answer: x\n"
        "Question: What is the value of Acme's inventory for the FY 2003? Answer:"
    )
    assert (read.asked, read.phrases[-1]) == ("value", "inventory")


def test_line_that_the_file_lacks_is_refused(catalogue: Catalogue) -> None:
    with pytest.raises(ToolError, match=r"no line|no concept"):
        answer_question(CUT_OUT, read_question("What is goodwill?"), catalogue, None)


def test_formula_over_a_missing_term_is_refused(catalogue: Catalogue) -> None:
    reader = XbrlReader(read_values(CUT_OUT), catalogue)
    with pytest.raises(ToolError, match="reports no"):
        reader.formula("debt to equity")


def test_dated_values_are_those_of_the_files_own_period(catalogue: Catalogue) -> None:
    years = [(date(y, 1, 1), date(y, 12, 31)) for y in (2022, 2023)]
    values = [
        TaggedValue("us-gaap:Revenues", Decimal(n), str(n), "USD", *period)
        for n, period in zip((90, 100), years, strict=True)
    ]
    values.append(
        TaggedValue("us-gaap:Revenues", Decimal(25), "25", "USD", date(2023, 10, 1), years[1][1])
    )
    reader = XbrlReader(values, catalogue)
    assert reader.value("revenue").text == "100"
    assert reader.value("revenue", period_end=date(2022, 12, 31)).text == "90"
    with pytest.raises(ToolError, match="no value of us-gaap:Revenues for 2021-12-31"):
        reader.value("revenue", period_end=date(2021, 12, 31))


def test_several_concepts_are_put_to_the_adapter(catalogue: Catalogue) -> None:
    asked: list[tuple[str, Sequence[str]]] = []

    def choose(line: str, place: str, concepts: Sequence[str]) -> str | None:
        asked.append((line, concepts))
        return concepts[1]

    values = read_values("<us-gaap:NetIncomeLoss>5</a><us-gaap:ProfitLoss>6</a>")
    assert XbrlReader(values, catalogue, choose=choose).value("net income").text == "6"
    assert asked == [("net income", ("us-gaap:NetIncomeLoss", "us-gaap:ProfitLoss"))]


def test_reply_names_a_concept_or_none() -> None:
    grammar = concept_grammar(3)
    assert [grammar.accepts(reply) for reply in ("A", "C", "none", "D", "")] == [
        True, True, True, False, False,
    ]  # fmt: skip
    assert chosen_concept("B", ["x:One", "x:Two"]) == "x:Two"
    assert chosen_concept(NO_CONCEPT, ["x:One"]) is None


@given(
    st.lists(
        st.from_regex(r"x:[A-Z][a-z]{2,8}([A-Z][a-z]{2,8})?", fullmatch=True),
        min_size=1,
        unique=True,
    )
)
def test_concepts_own_words_rank_it_first(concepts: list[str]) -> None:
    ranking = ConceptRanking(concepts)
    for concept in concepts:
        words = concept_words(concept)
        best = ranking.nearest(words, count=1)[0]
        assert common_words(words, best) == common_words(words, concept)


def _lines() -> list[FiledLine]:
    concepts = ["Assets", "AssetsCurrent", "InventoryNet", "AccountsReceivableNetCurrent"]
    labels = ["Total assets", "Total current assets", "Inventories", "Trade receivables"]
    return [
        FiledLine(f"acc-{n}", str(n), "balance", "Assets", label, f"us-gaap:{concept}")
        for n in range(5)
        for label, concept in zip(labels, concepts, strict=True)
    ]


def test_rows_render_and_their_letter_names_the_filed_concept() -> None:
    rows = list(rows_of(_lines(), 1, origin="test"))
    assert len(rows) == 16 and len({row.id for row in rows}) == 16
    truth = {line.label: concept_words(line.concept) for line in _lines()}
    for row in rows:
        XBRL.render(**row.variables)
        listed = row.variables["concepts"]
        wanted = truth[str(row.variables["line"])]
        if row.completion == NO_CONCEPT:
            assert wanted not in listed
        else:
            assert row.completion == letter_of(list(listed).index(wanted))


def test_headings_stand_above_their_lines_within_one_statement() -> None:
    rows = [
        {"accession": "a", "statement": "balance", "ordinal": n, "label": label,
         "concept": concept, "is_abstract": abstract}
        for n, (label, concept, abstract) in enumerate([
            ("Cash", "us-gaap:Cash", False),
            ("Current liabilities:", "us-gaap:LiabilitiesCurrentAbstract", True),
            ("Accounts payable", "us-gaap:AccountsPayableCurrent", False),
            ("Own line", "acme:OwnLine", False),
        ])
    ]  # fmt: skip
    found = list(with_headings(rows, {"a": "7"}))
    assert [(line.label, line.heading, line.company) for line in found] == [
        ("Cash", "", "7"),
        ("Accounts payable", "Current liabilities", "7"),
    ]


@pytest.mark.data
@pytest.mark.parametrize(("name", "least"), [("xbrl_tags", 18), ("value", 18), ("formula", 18)])
def test_published_samples_without_an_adapter(
    name: str, least: int, shared_data: Path, catalogue: Catalogue
) -> None:
    with gzip.open(shared_data / "finlora" / f"xbrl_{name}_sample.jsonl.gz", "rt") as lines:
        samples = [json.loads(line) for line in lines]
    right = 0
    for sample in samples:
        question = read_question(sample["context"])
        answer = answer_question(sample["context"], question, catalogue, None)["answer"]
        right += answer == sample["target"]
    assert len(samples) == 20 and right >= least
