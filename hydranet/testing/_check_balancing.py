"""`check_balancing`: what every balancing method must do, for the tests of people who write one."""

import dataclasses
from collections.abc import Callable
from typing import Any

import numpy as np

from hydranet.balancing import Balancing
from hydranet.settings import to_config, validate
from hydranet.testing._expect import expect, raises

_NUM_TASKS, _NUM_FEATURES, _NUM_STEPS = 4, 5, 6
_EVERYONE = np.ones(_NUM_TASKS, bool)

# What `compiled` gives for state, losses, gradients, present and the losses after the step: weights, and a state.
_Step = Callable[..., tuple[np.ndarray, dict[str, np.ndarray]]]


def check_balancing(method: Balancing) -> None:
    """Check that `method` keeps the contract of `hydranet.balancing.Balancing`, so that it can train any tasks.

    Use it in a test of your own method. Some steps are made within a `tf.function`, as in a training; no network is
    built, and it takes a few seconds.

    Args:
        method: with the settings to check.

    Raises:
        AssertionError: it breaks the contract; the message says how.

    Example:
        >>> from hydranet import GradNorm
        >>> check_balancing(GradNorm(alpha=0.5))
    """
    _check_is_data(method)
    step = _compiled(method)
    _check_alike(method, step)
    state = _check_steps(method, step)
    _check_absent(step, state)
    _check_nobody(step, state)
    _check_zeros(step, state)


def _check_is_data(method: Balancing) -> None:
    frozen = raises(dataclasses.FrozenInstanceError, setattr, method, "kind", "")
    expect(frozen, f"{method} can change: decorate its class with @dataclass(frozen=True).")
    errors: list[str] = []
    copy = validate(Balancing, to_config(method), errors)  # type: ignore[type-abstract]
    advice = "keep all settings in fields of JSON types, and give each class a `kind` of its own."
    expect(not errors and copy == method, f"A config gives {errors or copy}, expected {method}: {advice}")


def _check_alike(method: Balancing, step: _Step) -> None:
    """Tasks of the same losses and gradients count alike, and at first as without a method."""
    state = _state(method.initial_state(_NUM_TASKS))
    alike = np.full(_NUM_TASKS, 0.8), np.tile(np.linspace(-1, 1, _NUM_FEATURES), (_NUM_TASKS, 1))
    weights, state = step(state, *alike)
    same = np.allclose(weights, 1, rtol=0.1)
    expect(same, f"weigh gives {weights.tolist()} for tasks that are alike, at the first step: expected 1.")
    weights, _ = step(state, *alike)
    same = np.allclose(weights, weights[0], rtol=1e-3)
    expect(same, f"weigh gives {weights.tolist()} for tasks that are alike: expected equal weights.")


def _check_steps(method: Balancing, step: _Step) -> dict[str, np.ndarray]:
    """Return the state after some steps, each of which is a function of what is handed in alone."""
    state = first = _state(method.initial_state(_NUM_TASKS))
    for seed in range(_NUM_STEPS):
        batch = _batch(seed)
        (weights, after), again = step(state, *batch), step(state, *batch)[0]
        same = np.array_equal(weights, again)
        expect(
            same, f"weigh gives {weights.tolist()}, and then {again.tolist()}: keep all of it in the state."
        )
        good = weights.dtype == np.float32 and weights.shape == (_NUM_TASKS,) and np.isfinite(weights).all()
        received = f"weigh gives {weights.dtype} {weights.tolist()}"
        expect(good, f"{received}, expected finite numbers: float32 ({_NUM_TASKS},).")
        expect((weights >= 0).all(), f"{received}: expected no weight below 0.")
        expect(
            _shapes(after) == _shapes(first),
            f"the state becomes {_shapes(after)}, expected {_shapes(first)} as initial_state gives it.",
        )
        state = after
    return state


def _check_absent(step: _Step, state: dict[str, np.ndarray]) -> None:
    present = np.arange(_NUM_TASKS) != 2
    losses, gradients, after = _batch(_NUM_STEPS)
    weights, new_state = step(state, losses, gradients, after, present)
    losses[2] = gradients[2] = after[2] = np.nan
    without, state_without = step(state, losses, gradients, after, present)
    looked_at = not np.array_equal(weights, without) or any(
        not np.array_equal(new_state[name], state_without[name]) for name in state
    )
    expect(not looked_at, "the loss or gradient of an absent task matters: use tf.where(present, …) on them.")
    expect(weights[2] == 0, f"weigh gives {weights.tolist()}: expected 0 for the absent third task.")
    for name, values in state.items():
        kept = values.shape[:1] != (_NUM_TASKS,) or np.array_equal(values[2], new_state[name][2])
        expect(kept, f"{name!r} of an absent task changes: expected it to stay as it was.")


def _check_nobody(step: _Step, state: dict[str, np.ndarray]) -> None:
    """A batch without any label says nothing."""
    losses, gradients, after = (np.zeros_like(values) for values in _batch(0))
    weights, new_state = step(state, losses, gradients, after, ~_EVERYONE)
    expect(not weights.any(), f"weigh gives {weights.tolist()} for a batch without labels: expected 0.")
    same = all(np.array_equal(values, new_state[name]) for name, values in state.items())
    expect(same, "a batch without labels changes the state: expected it to stay as it was.")


def _check_zeros(step: _Step, state: dict[str, np.ndarray]) -> None:
    for losses in (np.zeros(_NUM_TASKS), np.eye(_NUM_TASKS)[1]):
        weights, state = step(state, losses, np.zeros((_NUM_TASKS, _NUM_FEATURES)))
        finite = all(np.isfinite(values).all() for values in (weights, *state.values()))
        received = f"for losses of {losses.tolist()} and gradients of 0"
        expect(finite, f"{received}, weights or state are not finite: guard logarithms and divisions.")


def _compiled(method: Balancing) -> _Step:
    """Return one step of a training, as NumPy sees it."""
    import tensorflow as tf

    @tf.function(autograph=False)
    def step(state: Any, losses: Any, gradients: Any, after: Any, present: Any) -> tuple[Any, Any]:
        weights, state = method.weigh(state, losses, gradients, present)
        return weights, method.learn(state, losses, after, present) if method.looks_ahead else state

    def run(
        state: Any, losses: Any, gradients: Any, after: Any = None, present: Any = _EVERYONE
    ) -> tuple[np.ndarray, dict[str, np.ndarray]]:
        after = losses if after is None else after
        arrays = (tf.constant(values, tf.float32) for values in (losses, gradients, after))
        weights, new_state = step(state, *arrays, tf.constant(present))
        return weights.numpy(), {name: value.numpy() for name, value in new_state.items()}

    return run


def _batch(seed: int) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Return losses, gradients and losses after the step that have nothing in common."""
    rng = np.random.default_rng(seed)
    losses = rng.uniform(0.2, 3, _NUM_TASKS)
    return losses, rng.normal(size=(_NUM_TASKS, _NUM_FEATURES)), losses * rng.uniform(0.7, 1.1, _NUM_TASKS)


def _state(state: dict[str, Any]) -> dict[str, np.ndarray]:
    good = all(isinstance(values, np.ndarray) and values.dtype == np.float32 for values in state.values())
    expect(good, f"initial_state gives {state}, expected float32 arrays by name.")
    return state


def _shapes(state: dict[str, np.ndarray]) -> dict[str, str]:
    return {name: f"{values.dtype} {values.shape}" for name, values in sorted(state.items())}
