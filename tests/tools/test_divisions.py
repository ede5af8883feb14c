"""Parts of a whole, on cases made at random and on the ones that fool a search."""

from decimal import Decimal

from hypothesis import given
from hypothesis import strategies as st

from tools.figures.divisions import Amount, adds_up, find_parts, is_rest

# Values with odd digits, in thousands, so that no two sets add up alike by chance.
VALUES = st.lists(st.integers(10**9, 10**11), min_size=3, max_size=7, unique=True)


def _exact(*values: int) -> list[Amount]:
    return [Amount(Decimal(value), Decimal(0)) for value in values]


@given(VALUES, st.data())
def test_a_total_never_counts_a_subtotal_with_its_members(values: list[int], data) -> None:
    covered = data.draw(st.integers(2, len(values) - 1))
    subtotal = sum(values[:covered])
    order = data.draw(st.permutations([*values, subtotal]))
    found = find_parts(_exact(*order), *_exact(sum(values)))
    assert found is not None
    assert sorted(order[place] for place in found) == sorted(values)


@given(VALUES, st.integers(0, 6))
def test_rounding_to_millions_hides_no_division(values: list[int], spare: int) -> None:
    rounded = [Amount.filed(Decimal(round(value, -6)), "-6") for value in values]
    whole = Amount.filed(Decimal(round(sum(values), -6)), "-6")
    assert find_parts(rounded, whole) == list(range(len(values)))
    beyond = Amount.filed(whole.value + (len(values) + 2 + spare) * 10**6, "-6")
    assert not adds_up(rounded, beyond)


def test_a_search_that_would_fit_by_chance_finds_nothing() -> None:
    # 1 + 2 + 3 + 4 of eight small numbers make ten, as do many other sets of them.
    assert find_parts(_exact(1, 2, 3, 4, 5, 6, 7, 8), *_exact(10)) is None


def test_one_value_is_no_division() -> None:
    assert find_parts(_exact(1000, 0), *_exact(1000)) is None
    assert find_parts([], *_exact(1000)) is None


def test_a_loss_is_a_part() -> None:
    assert find_parts(_exact(7003, -1001, 2500), *_exact(8502)) == [0, 1, 2]


def test_eliminations_filed_twice_count_once() -> None:
    apart = _exact(-160_300, 160_300, -160_300)
    assert is_rest(_exact(750_100, 410_200), *_exact(1_000_000), apart)
    assert not is_rest(_exact(750_100, 410_200), *_exact(990_000), apart)
