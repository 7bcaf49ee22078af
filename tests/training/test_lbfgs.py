"""L-BFGS: the minimum of a convex function, found with few evaluations though values are known in single precision."""

import numpy as np
import pytest

from hydranet.training._lbfgs import minimise


class Counted:
    """A function, and how often it has been evaluated."""

    def __init__(self, function):
        self.function = function
        self.count = 0

    def __call__(self, point):
        self.count += 1
        value, gradient = self.function(point.astype(np.float64))
        return float(np.float32(value)), gradient.astype(np.float32)


def quadratic(num=50, above=0.0, seed=0):
    """A quadratic function whose curvatures span three orders of magnitude, its minimum, and its value there."""
    rng = np.random.default_rng(seed)
    basis = np.linalg.qr(rng.normal(size=(num, num)))[0]
    matrix = (basis * np.geomspace(0.1, 100, num)) @ basis.T
    lowest = rng.normal(size=num)

    def function(point):
        away = point - lowest
        return above + 0.5 * away @ matrix @ away, matrix @ away

    return Counted(function), lowest


def zeros(num=50):
    return np.zeros(num, np.float32)


def test_the_minimum_of_a_quadratic_function_is_found():
    function, lowest = quadratic()
    found = minimise(function, zeros(), 1e-9)

    np.testing.assert_allclose(found.point, lowest, atol=0.01)
    assert found.value == pytest.approx(function(found.point)[0])
    # SciPy's takes 153.
    assert found.num_iterations < 170


def test_a_lower_tolerance_takes_fewer_iterations():
    function, _ = quadratic()
    loose, close = (minimise(function, zeros(), tolerance) for tolerance in (1e-2, 1e-8))

    assert loose.num_iterations < close.num_iterations
    assert loose.value > close.value


@pytest.mark.parametrize("seed", range(4))
def test_no_steps_are_tried_in_vain_where_values_have_lost_their_digits(seed):
    """Values are off by one millionth here, as sums of float32 can be, which is more than is left to go down."""
    function, lowest = quadratic()
    exact, rng = function.function, np.random.default_rng(seed)

    def rough(point):
        value, gradient = exact(point)
        return 1 + value + rng.uniform(-1e-6, 1e-6), gradient

    function.function = rough
    start = (lowest + rng.normal(scale=2e-4, size=50)).astype(np.float32)
    found = minimise(function, start, 0.0)

    assert function.count <= found.num_iterations + 4
    assert exact(found.point)[0] < exact(start)[0]


def test_a_minimum_is_left_where_it_is():
    function, lowest = quadratic()
    function.function = lambda point: (1.0, np.zeros_like(point))
    found = minimise(function, lowest.astype(np.float32), 1e-9)

    assert (found.num_iterations, function.count) == (0, 1)
    np.testing.assert_array_equal(found.point, lowest.astype(np.float32))


@pytest.mark.filterwarnings("ignore:overflow", "ignore:invalid value")
@pytest.mark.parametrize("start", [-3.0, -0.1, 0.2])
@pytest.mark.parametrize("beyond", [np.inf, np.nan])
def test_a_step_so_long_that_it_ends_beyond_all_numbers_is_shortened(start, beyond):
    """The exponential of 100 x overflows a little way above the minimum."""

    def function(point):
        grown = np.exp(np.float32(100) * point.astype(np.float32))
        grown[np.isinf(grown)] = beyond
        return (grown - 100 * point).sum(), 100 * (grown - 1)

    found = minimise(Counted(function), np.full(3, start, np.float32), 1e-9)

    np.testing.assert_allclose(found.point, 0, atol=1e-3)


def test_a_function_that_falls_for_ever_ends():
    found = minimise(lambda point: (float(-point.sum()), -np.ones_like(point)), zeros(3), 1e-9)

    assert np.isfinite(found.point).all()
    assert found.num_iterations <= 500
