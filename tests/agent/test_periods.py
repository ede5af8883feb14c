from datetime import date

import pytest

from agent.linking.period_forms import PeriodRequest
from agent.linking.periods import link_periods
from agent.linking.words import Question

YEAR_2023 = PeriodRequest("year", "FY", 2023)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("revenue in fiscal 2023", [YEAR_2023]),
        ("revenue FY23", [YEAR_2023]),
        ("revenue FY'23", [YEAR_2023]),
        ("revenue for fiscal year 2023?", [YEAR_2023]),
        ("Q2 2023 sales", [PeriodRequest("year", "Q2", 2023)]),
        ("2Q23 sales", [PeriodRequest("year", "Q2", 2023)]),
        ("the third quarter of fiscal 2022", [PeriodRequest("year", "Q3", 2022)]),
        ("Q4 FY24", [PeriodRequest("year", "Q4", 2024)]),
        ("first nine months of 2022", [PeriodRequest("year", "9M", 2022)]),
        ("from 2021 to 2023", [PeriodRequest("range", "FY", 2021, 2023)]),
        ("between FY21 and FY23", [PeriodRequest("range", "FY", 2021, 2023)]),
        ("2019-23", [PeriodRequest("range", "FY", 2019, 2023)]),
        ("since 2020", [PeriodRequest("range", "FY", 2020)]),
        ("over the past five years", [PeriodRequest("last", "FY", count=5)]),
        ("the last 3 years through 2022", [PeriodRequest("last", "FY", 2022, count=3)]),
        ("in its latest fiscal year", [PeriodRequest("latest")]),
        ("the year before", [PeriodRequest("earlier", count=1)]),
        ("2023 vs. 2022", [YEAR_2023, PeriodRequest("year", "FY", 2022)]),
        (
            "the year ended January 31, 2024",
            [PeriodRequest("ended", "FY", on=date(2024, 1, 31))],
        ),
        ("sales of $2,023 million", []),
    ],
)
def test_period_expressions_are_read(text: str, expected: list[PeriodRequest]) -> None:
    assert list(link_periods(Question.read(text)).requests) == expected


def test_a_knowledge_date_stands_beside_the_period_it_is_about() -> None:
    found = link_periods(Question.read("As of March 1, 2021, what was net income for fiscal 2020?"))
    assert found.as_of == date(2021, 3, 1)
    assert found.requests == (PeriodRequest("year", "FY", 2020),)


def test_a_balance_date_is_a_period_and_no_knowledge_date() -> None:
    found = link_periods(Question.read("total assets as of September 28, 2024"))
    assert found.as_of is None
    assert found.requests == (PeriodRequest("day", "FY", on=date(2024, 9, 28)),)


def test_a_day_that_does_not_exist_is_reported() -> None:
    assert link_periods(Question.read("cash on February 30, 2023")).bad


def test_as_originally_reported_is_read() -> None:
    assert link_periods(Question.read("revenue 2019 as originally reported")).original


def test_a_day_beside_a_year_is_a_knowledge_date() -> None:
    found = link_periods(
        Question.read("Looking only at filings up to 31 March 2022, EPS for 2021?")
    )
    assert (found.as_of, [r.year for r in found.requests]) == (date(2022, 3, 31), [2021])


def test_a_year_with_its_last_day_is_one_period() -> None:
    found = link_periods(Question.read("fiscal year 2024 (the one ended January 31, 2024)"))
    assert found.as_of is None
    assert [request.kind for request in found.requests] == ["year", "ended"]
