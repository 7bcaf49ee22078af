"""Mixtures: which rows a batch holds, how often each comes, and that nothing but seed and step decides it."""

import copy
import pickle

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from hydranet.data._mixture import Mixture, Plan, Sampling, _allocate
from hydranet.errors import ConfigError

KINDS = ["proportional", "uniform", "temperature", "round_robin"]
SIZES = {"cats_dogs": 60, "horse_human": 0, "dog_breeds": 25, "shoes": 5}


@st.composite
def mixtures(draw, kinds=KINDS, max_views=4):
    sizes = draw(
        st.dictionaries(st.text("abc_", min_size=1, max_size=8), st.integers(0, 40), min_size=1, max_size=6)
    )
    sizes["source"] = draw(st.integers(1, 40))
    weights = st.one_of(st.none(), st.dictionaries(st.sampled_from(sorted(sizes)), st.floats(0.01, 100)))
    return Mixture(
        sizes,
        sampling=Sampling(kind=draw(st.sampled_from(kinds)), temperature=draw(st.floats(1, 10))),
        weights=draw(weights),
        batch_size=draw(st.integers(1, 50)),
        views=draw(st.integers(1, max_views)),
    )


def epoch_of(mixture, epoch=0, seed=0):
    first = epoch * mixture.steps_per_epoch
    plans = [mixture.plan(seed, first + step) for step in range(mixture.steps_per_epoch)]
    return Plan(*map(np.concatenate, zip(*plans, strict=True)))


def rows_of(mixture, name, epoch=0, seed=0):
    """Return (index, view) of the rows of one source, in the order in which they come."""
    plan = epoch_of(mixture, epoch, seed)
    mine = plan.source == mixture.sources.index(name)
    return plan.row[mine], plan.view[mine]


def counts_of(mixture, epoch=0):
    return dict(
        zip(mixture.sources, np.bincount(epoch_of(mixture, epoch).source, minlength=99), strict=False)
    )


def assert_same(plan, other):
    for column, other_column in zip(plan, other, strict=True):
        np.testing.assert_array_equal(column, other_column)


@given(mixtures(), st.lists(st.tuples(st.integers(0, 3), st.integers(0, 200)), min_size=1, max_size=8))
@settings(deadline=None)
def test_a_plan_depends_on_seed_and_step_alone(mixture, calls):
    alone = {call: copy.deepcopy(mixture).plan(*call) for call in calls}
    for call in [*calls, *reversed(calls)]:
        assert_same(mixture.plan(*call), alone[call])
    assert_same(pickle.loads(pickle.dumps(mixture)).plan(*calls[0]), alone[calls[0]])


def test_a_plan_that_is_written_into_does_not_change_the_next():
    mixture = Mixture(SIZES)
    for column in mixture.plan(0, 1):
        column[:] = -1
    assert_same(mixture.plan(0, 1), Mixture(SIZES).plan(0, 1))


def test_plans_stay_what_they_are_from_release_to_release():
    mixture = Mixture({"a": 4, "b": 3}, batch_size=4, views=2)
    assert [column.tolist() for column in mixture.plan(seed=1, step=4)] == [
        [0, 0, 0, 1],
        [0, 2, 1, 0],
        [0, 0, 1, 0],
    ]


@given(mixtures(), st.integers(0, 2**70), st.integers(0, 5))
@settings(deadline=None)
def test_an_epoch_has_full_batches_of_rows_that_exist_and_a_last_one_with_the_rest(mixture, seed, epoch):
    first = epoch * mixture.steps_per_epoch
    sizes = np.array([mixture.sizes[name] for name in mixture.sources])
    lengths = []
    for step in range(first, first + mixture.steps_per_epoch):
        plan = mixture.plan(seed, step)
        lengths.append(len(plan.source))
        assert {column.shape for column in plan} == {(lengths[-1],)}
        assert {column.dtype for column in plan} == {np.dtype(np.int64)}
        assert ((plan.row >= 0) & (plan.row < sizes[plan.source])).all()
        assert ((plan.view >= 0) & (plan.view < mixture.views)).all()
    assert lengths[:-1] == [mixture.batch_size] * (mixture.steps_per_epoch - 1)
    assert 0 < lengths[-1] <= mixture.batch_size
    assert sum(lengths) == mixture.rows_per_epoch == sum(mixture.sizes.values())


@pytest.mark.parametrize("epoch", [0, 1, 7])
def test_a_proportional_epoch_has_every_row_exactly_once(epoch):
    plan = epoch_of(Mixture(SIZES, batch_size=7), epoch)
    expected = [(source, row) for source, size in enumerate(SIZES.values()) for row in range(size)]
    assert sorted(zip(plan.source.tolist(), plan.row.tolist(), strict=True)) == expected


@pytest.mark.parametrize(
    ("sampling", "weights", "expected"),
    [
        (Sampling(), {"shoes": 7}, [45, 0, 19, 26]),  # 90 rows in 60 : 25 : 35
        (Sampling(kind="uniform"), None, [30, 0, 30, 30]),
        (Sampling(kind="uniform"), {"cats_dogs": 0.5}, [18, 0, 36, 36]),
        (Sampling(kind="round_robin"), {"dog_breeds": 3, "horse_human": 9}, [18, 0, 54, 18]),
        # 90 rows in 7.746 : 5 : 2.236 are 46.54, 30.03 and 13.43.
        (Sampling(kind="temperature", temperature=2), None, [47, 0, 30, 13]),
        (Sampling(kind="temperature", temperature=1), None, [60, 0, 25, 5]),
        (Sampling(kind="temperature", temperature=float("inf")), None, [30, 0, 30, 30]),
    ],
)
def test_an_epoch_is_shared_among_the_sources_by_kind_and_weights(sampling, weights, expected):
    mixture = Mixture(SIZES, sampling=sampling, weights=weights, batch_size=16)
    for epoch in range(3):
        assert list(counts_of(mixture, epoch).values()) == expected


@given(
    st.integers(1, 10**7),
    st.lists(st.floats(0, 1, allow_subnormal=False), min_size=1, max_size=50).filter(any),
)
def test_the_largest_remainder_gives_all_rows_and_is_never_off_by_a_whole_one(rows, shares):
    shares = np.array(shares) / np.sum(shares)
    counts = _allocate(rows, shares)
    assert counts.sum() == rows
    assert (np.abs(counts - rows * shares) < 1 + 1e-6).all()
    assert not counts[shares == 0].any()


@given(mixtures())
@settings(deadline=None)
def test_no_row_comes_twice_before_every_other_of_its_source_has_come(mixture):
    for name, size in mixture.sizes.items():
        index, _ = rows_of(mixture, name)
        for start in range(0, len(index), size or 1):
            times = np.bincount(index[start : start + size], minlength=size)
            assert times.max() == 1


def test_a_source_that_comes_round_again_comes_in_another_order():
    index, _ = rows_of(Mixture({"small": 20, "large": 80}, sampling=Sampling(kind="uniform")), "small")
    assert len(index) == 50
    assert index[:20].tolist() != index[20:40].tolist()


def test_a_source_that_is_drawn_less_often_gives_other_rows_in_each_epoch_and_all_in_the_end():
    mixture = Mixture({"small": 20, "large": 80}, sampling=Sampling(kind="uniform"))
    epochs = [set(rows_of(mixture, "large", epoch)[0].tolist()) for epoch in range(20)]
    assert len({frozenset(rows) for rows in epochs}) == 20
    assert set.union(*epochs) == set(range(80))


@given(st.integers(2, 6), st.integers(1, 40), st.integers(0, 100))
@settings(deadline=None)
def test_round_robin_batches_hold_the_same_of_each_source_but_for_one(sources, batch_size, seed):
    sizes = {f"s{number}": 1 + 17 * number for number in range(sources)}
    mixture = Mixture(sizes, sampling=Sampling(kind="round_robin"), batch_size=batch_size)
    assert epoch_of(mixture, 1, seed).source.tolist() == [
        row % sources for row in range(mixture.rows_per_epoch)
    ]


@given(st.lists(st.integers(1, 9), min_size=1, max_size=8), st.integers(1, 30))
@settings(deadline=None)
def test_round_robin_batches_as_large_as_the_sum_of_the_weights_hold_just_these(weights, rounds):
    sizes = {f"s{number}": rounds for number in range(len(weights))}
    sizes["s0"] += rounds * (sum(weights) - len(weights))
    mixture = Mixture(
        sizes,
        sampling=Sampling(kind="round_robin"),
        weights=dict(zip(sizes, weights, strict=True)),
        batch_size=sum(weights),
    )
    assert mixture.steps_per_epoch == rounds
    for step in range(rounds):
        assert np.bincount(mixture.plan(0, step).source).tolist() == weights


def test_round_robin_spreads_many_sources_of_small_weight():
    weights = {"large": 9.0, **{f"small_{number}": 1.0 for number in range(9)}}
    mixture = Mixture(
        dict.fromkeys(weights, 18), sampling=Sampling(kind="round_robin"), weights=weights, batch_size=6
    )
    assert {int((mixture.plan(0, step).source == 0).sum()) for step in range(30)} <= {2, 3, 4}


def test_only_round_robin_keeps_to_one_order_of_the_sources():
    for kind in KINDS:
        mixture = Mixture({"a": 50, "b": 50}, sampling=Sampling(kind=kind))
        orders = {epoch_of(mixture, epoch, seed).source.tobytes() for epoch in (0, 1) for seed in (0, 1)}
        assert len(orders) == (1 if kind == "round_robin" else 4)


@pytest.mark.parametrize("kind", KINDS)
def test_seeds_and_epochs_give_different_rows_and_each_source_its_own(kind):
    mixture = Mixture({"a": 50, "b": 50}, sampling=Sampling(kind=kind))
    orders = [
        tuple(rows_of(mixture, name, epoch, seed)[0])
        for name in "ab"
        for epoch in (0, 1, 2)
        for seed in (0, 1, 2**32, 2**32 + 1)
    ]
    assert len(set(orders)) == len(orders) == 24


@given(mixtures(kinds=["proportional"]), st.integers(0, 20), st.integers(0, 9))
@settings(deadline=None)
def test_a_row_that_every_epoch_draws_shows_each_view_once_in_as_many_epochs(mixture, epoch, seed):
    mixture = Mixture(mixture.sizes, batch_size=mixture.batch_size, views=mixture.views)
    for name, size in mixture.sizes.items():
        seen = [set() for _ in range(size)]
        for number in range(epoch, epoch + mixture.views):
            index, view = rows_of(mixture, name, number, seed)
            for row, row_view in zip(index, view, strict=True):
                seen[row].add(int(row_view))
            # And each epoch shows all views equally often.
            times = np.bincount(view, minlength=mixture.views)
            assert times.max() - times.min() <= 1
        assert seen == [set(range(mixture.views))] * size


def test_a_row_that_comes_again_in_an_epoch_shows_another_view():
    mixture = Mixture({"small": 10, "large": 50}, sampling=Sampling(kind="uniform"), views=3)
    for epoch in range(3):
        index, view = rows_of(mixture, "small", epoch)
        assert len(index) == 30
        assert len(set(zip(index.tolist(), view.tolist(), strict=True))) == 30


def test_seeds_show_rows_their_views_in_another_order():
    mixture = Mixture({"a": 100}, views=4)
    first_views = []
    for seed in (0, 1):
        index, view = rows_of(mixture, "a", seed=seed)
        first_views.append(tuple(view[np.argsort(index)]))
    assert first_views[0] != first_views[1]


@given(mixtures(), st.integers(0, 5), st.data())
@settings(deadline=None)
def test_a_source_keeps_its_rows_and_their_order_when_others_leave(mixture, epoch, data):
    others = data.draw(st.sets(st.sampled_from(mixture.sources)))
    fewer = mixture.only({"source", *others})
    assert set(fewer.sources) == {"source", *others}
    assert fewer.sources == tuple(name for name in mixture.sources if name in fewer.sources)
    for before, after in zip(rows_of(mixture, "source", epoch), rows_of(fewer, "source", epoch), strict=True):
        shorter = min(len(before), len(after))
        np.testing.assert_array_equal(before[:shorter], after[:shorter])


def test_only_keeps_all_else():
    mixture = Mixture(
        SIZES, sampling=Sampling(kind="round_robin"), weights={"shoes": 3}, batch_size=8, views=2
    )
    assert_same(epoch_of(mixture.only(SIZES)), epoch_of(mixture))
    # 65 rows in 1 : 3.
    assert counts_of(mixture.only(["shoes", "cats_dogs"])) == {"cats_dogs": 16, "shoes": 49}


def test_numpy_integers_are_integers():
    mixture = Mixture({"a": np.int64(9)}, batch_size=np.int32(4))
    assert_same(mixture.plan(np.int64(3), np.int64(7)), Mixture({"a": 9}, batch_size=4).plan(3, 7))


@pytest.mark.parametrize(
    ("make", "message"),
    [
        (lambda: Sampling(kind="unifrom"), "received 'unifrom'. Did you mean 'uniform'?"),
        (lambda: Sampling(temperature=0.5), "temperature must be at least 1: received 0.5."),
        (lambda: Sampling(temperature=float("nan")), "temperature must be at least 1: received nan."),
        (lambda: Mixture({}), "needs a source with rows: received the sizes {}."),
        (lambda: Mixture({"a": 0, "b": 0}), "needs a source with rows: received the sizes {'a': 0, 'b': 0}."),
        (lambda: Mixture({"a": -1}), "The size of source 'a' must be at least 0: received -1."),
        (lambda: Mixture({"a": 1}, weights={"b": 1}), "Unknown source 'b'. Known: a."),
        (
            lambda: Mixture({"a": 1}, weights={"a": 0}),
            "The weight of source 'a' must be above 0 and finite: received 0.",
        ),
        (lambda: Mixture({"a": 1}, weights={"a": float("nan")}), "must be above 0 and finite: received nan."),
        (lambda: Mixture({"a": 1}, batch_size=0), "batch_size must be at least 1: received 0."),
        (lambda: Mixture({"a": 1}, views=1.5), "views must be an integer of at least 1: received 1.5."),
        (lambda: Mixture({"a": 1}).plan(-1, 0), "seed must be at least 0: received -1."),
        (lambda: Mixture({"a": 1}).plan(0, -1), "step must be at least 0: received -1."),
        (lambda: Mixture({"shoes": 1}).only(["shoe"]), "Unknown source 'shoe'. Did you mean 'shoes'?"),
        (lambda: Mixture(SIZES).only(["horse_human"]), "needs a source with rows"),
        (lambda: Mixture(SIZES).only([]), "needs a source with rows"),
    ],
)
def test_what_is_wrong_is_named(make, message):
    with pytest.raises(ConfigError) as error:
        make()
    assert message in str(error.value)
