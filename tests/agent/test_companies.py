import pytest

from agent.linking.companies import Company, CompanyLinker
from agent.linking.words import Question

COMPANIES = [
    Company(1, "Apple Inc.", "AAPL"),
    Company(2, "Texas Instruments Incorporated", "TXN"),
    Company(3, "The Procter & Gamble Company", "PG"),
    Company(4, "Target Corporation", "TGT"),
    Company(5, "McDonald's Corporation", "MCD"),
    Company(6, "The Home Depot, Inc.", "HD"),
    Company(7, "AT&T Inc.", "T"),
    Company(8, "Lowe's Companies, Inc.", "LOW"),
    Company(9, "Bristol-Myers Squibb Company", "BMY"),
]


@pytest.fixture
def linker() -> CompanyLinker:
    return CompanyLinker(
        COMPANIES,
        tickers={company.cik: [company.ticker] for company in COMPANIES},
        other_names={9: ["BMS"]},
        vocabulary={"low", "target", "sales", "income"},
    )


@pytest.mark.parametrize(
    ("text", "ciks"),
    [
        ("What was Apple's revenue?", [1]),
        ("AAPL revenue", [1]),
        ("aapl revenue", [1]),
        ("apple inc. sales", [1]),
        ("Texas Instruments and TI", [2]),
        ("P&G net sales", [3]),
        ("Procter & Gamble's income", [3]),
        ("mcdonalds sales", [5]),
        ("McDonald's sales", [5]),
        ("Home Depot versus Lowe's", [6, 8]),
        ("AT&T dividends", [7]),
        ("Bristol-Myers Squibb", [9]),
        ("Bristol Myers Squibb", [9]),
        ("BMS sales", [9]),
        ("Aple revenue", []),
        ("Applee revenue", [1]),
        ("Texas sales", []),
        ("low income", []),
        ("What does Apple say about its emission target?", [1]),
        ("Pfizer's sales", []),
    ],
)
def test_names_are_linked(linker: CompanyLinker, text: str, ciks: list[int]) -> None:
    links, ambiguous = linker.link(Question.read(text))
    assert [link.company.cik for link in links] == ciks
    assert ambiguous == []


def test_a_misspelled_name_says_so(linker: CompanyLinker) -> None:
    links, _ = linker.link(Question.read("Mcdonnalds sales"))
    assert [(link.company.cik, link.exact) for link in links] == [(5, False)]


def test_a_name_of_two_companies_is_ambiguous() -> None:
    twins = [Company(1, "Liberty Media Corp", "LM"), Company(2, "Liberty Global plc", "LG")]
    linker = CompanyLinker(twins, tickers={}, other_names={}, vocabulary=())
    links, ambiguous = linker.link(Question.read("Liberty's revenue"))
    assert links == []
    assert [[company.cik for company in fits] for _, fits in ambiguous] == [[1, 2]]
