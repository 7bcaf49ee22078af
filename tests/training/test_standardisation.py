"""Inputs on one scale: exact where there are many rows, steadied by all inputs where there are few."""

import numpy as np
import pytest

from hydranet.training._standardisation import Standardisation


def standardisation_of(inputs, by_direction=False):
    def batches(batch_size):
        for start in range(0, len(inputs), batch_size):
            yield slice(start, start + batch_size), inputs[start : start + batch_size]

    return Standardisation.of(batches, len(inputs), by_direction=by_direction)


def rows(count, num_inputs, seed=0):
    return (np.random.default_rng(seed).gamma(2.0, size=(count, num_inputs)) + 1).astype(np.float32)


def test_few_rows_say_little_of_the_scale_of_single_inputs():
    few, many = standardisation_of(rows(4, 50)).scale, standardisation_of(rows(400, 50)).scale

    assert few.std() / few.mean() < 0.05
    np.testing.assert_allclose(many, rows(400, 50).std(0), rtol=1e-4)


def test_more_rows_are_believed_more():
    deviations = [
        np.abs(standardisation_of(rows(count, 1000)).scale - rows(count, 1000).std(0)).mean()
        for count in (10, 200, 900)
    ]

    assert deviations[0] > 2 * deviations[1] > 4 * deviations[2]


def test_few_rows_of_like_length_are_compared_by_direction():
    inputs = rows(6, 50)
    standardisation = standardisation_of(inputs, by_direction=True)

    np.testing.assert_allclose(
        standardisation.apply(inputs * np.float32(1.3)), standardisation.apply(inputs), atol=1e-3
    )
    weights = np.random.default_rng(1).normal(size=(51, 3)).astype(np.float32)
    kernel, bias = standardisation.folded(weights)
    of_mean_length = (
        inputs / np.linalg.norm(inputs, axis=1, keepdims=True) * np.float32(standardisation.length)
    )
    expected = standardisation.apply(inputs) @ weights[:-1] + weights[-1]
    np.testing.assert_allclose(of_mean_length @ kernel + bias, expected, atol=1e-3)


@pytest.mark.parametrize(
    "inputs",
    [rows(60, 50), rows(6, 50) * 10.0 ** np.arange(6)[:, None], rows(6, 50) * (np.arange(6) > 0)[:, None]],
    ids=["many rows", "lengths that differ much", "a row of zeros"],
)
def test_other_rows_keep_their_length(inputs):
    standardisation = standardisation_of(inputs.astype(np.float32), by_direction=True)

    assert standardisation.length is None
    assert np.isfinite(standardisation.apply(inputs.astype(np.float32))).all()


def test_an_input_that_never_changes_gets_no_weight_from_few_rows_either():
    inputs = rows(6, 50)
    inputs[:, 7] = 3.0
    kernel, _ = standardisation_of(inputs).folded(np.ones((51, 2), np.float32))

    assert (kernel[7] == 0).all()
    assert (kernel[8] != 0).all()
