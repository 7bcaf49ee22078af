"""Several datasets as one stream of batches, in which the rows of a batch follow from seed and step alone."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from typing import Annotated, Any, Literal, NamedTuple

import numpy as np
from annotated_types import Ge

from hydranet.errors import ConfigError
from hydranet.naming import unknown_name
from hydranet.settings import NonNegativeInt, PositiveFloat, PositiveInt, Settings, check

SamplingKind = Literal["proportional", "uniform", "temperature", "round_robin"]

# What a stream of random numbers is for, so that no two uses share one.
_ORDER, _ROWS, _VIEWS = range(3)


@dataclass(frozen=True, kw_only=True)
class Sampling(Settings):
    """How a mixture shares its rows among its sources.

    Args:
        kind: `proportional`: as large as the sources are, so that an epoch has each row once; `uniform`: the
            same for all; `temperature`: between the two, size^(1/temperature); `round_robin`: as `uniform`,
            and the sources take turns, so that batches hold nearly the same too.
        temperature: of `temperature`, at least 1: 1 is proportional, infinity is uniform.

    Raises:
        ConfigError: a field is outside its range.

    Temperature: Arivazhagan et al., 2019, arXiv:1907.05019.

    Example:
        >>> Sampling(kind="temperature").temperature
        2.0
    """

    kind: SamplingKind = "proportional"
    temperature: Annotated[float, Ge(1)] = 2.0

    @classmethod
    def long_form(cls, value: Any) -> Any:
        """Return the sampling whose kind `value` is, if it is a text; see `Settings.long_form`."""
        return {"kind": value} if isinstance(value, str) else value

    @property
    def exponent(self) -> float:
        """The power of a source's size that its share is proportional to."""
        return {"proportional": 1.0, "temperature": 1 / self.temperature}.get(self.kind, 0.0)


class Plan(NamedTuple):
    """The rows of one global batch.

    Args:
        source: which of the mixture's sources: int64 `(rows,)`.
        row: within that source: int64 `(rows,)`.
        view: int64 `(rows,)`, values in [0, views).

    Example:
        >>> source, index, view = Mixture({"cats_dogs": 6}, batch_size=4).plan(seed=0, step=1)
        >>> source.tolist(), index.shape, view.tolist()
        ([0, 0], (2,), [0, 0])
    """

    source: np.ndarray
    row: np.ndarray
    view: np.ndarray


class Mixture:
    """Several sources as one stream of batches.

    An epoch has as many rows as all sources together; its last batch may be smaller. Within a source, rows
    are drawn without replacement: one that is drawn more often than it has rows starts again in another
    order, one that is drawn less often gives other rows in each epoch. Which they are depends on its own
    name and size, not on the sources beside it.

    Args:
        sizes: how many rows each source has, at least 0; not all 0.
        sampling: how rows are shared among sources.
        weights: factors above 0 on the sources' shares; 1 where not given. With `uniform` sampling they are
            the shares.
        batch_size: rows of a global batch, at least 1.
        views: how many views each row has, at least 1. A row that every epoch draws shows each of them once
            in `views` successive epochs.

    Raises:
        ConfigError: a number is outside its range, a weight names no source, or there are no rows.

    Example:
        >>> mixture = Mixture({"cats_dogs": 6, "horse_human": 3}, batch_size=4)
        >>> mixture.rows_per_epoch, mixture.steps_per_epoch
        (9, 3)
        >>> rows = [row for step in range(3) for row in zip(*mixture.plan(seed=0, step=step))]
        >>> sorted((mixture.sources[source], int(index)) for source, index, _ in rows if source == 1)
        [('horse_human', 0), ('horse_human', 1), ('horse_human', 2)]
    """

    def __init__(
        self,
        sizes: Mapping[str, int],
        *,
        sampling: Sampling = Sampling(),
        weights: Mapping[str, float] | None = None,
        batch_size: int = 32,
        views: int = 1,
    ) -> None:
        weights = weights or {}
        _check_sources(sizes, weights)
        check(PositiveInt, batch_size, "batch_size")
        check(PositiveInt, views, "views")
        self.sources = tuple(sizes)
        self.sizes = {name: int(size) for name, size in sizes.items()}
        self.sampling = sampling
        self.weights = {name: float(weights.get(name, 1)) for name in sizes}
        self.batch_size = int(batch_size)
        self.views = int(views)
        self.rows_per_epoch = sum(self.sizes.values())
        self.steps_per_epoch = -(-self.rows_per_epoch // self.batch_size)
        self._shares = self._normalised_shares()
        self._counts = _allocate(self.rows_per_epoch, self._shares)
        self._last_epoch: tuple[tuple[int, int], Plan] | None = None

    def plan(self, seed: int, step: int) -> Plan:
        """Return the rows of the global batch of `step`: the same for the same seed and step, whatever came before.

        Args:
            seed: the run's seed, at least 0.
            step: counted from 0 through all epochs; its epoch is `step // steps_per_epoch`.

        Returns:
            `batch_size` rows, or those that are left at the end of an epoch.

        Raises:
            ConfigError: `seed` or `step` is no integer or below 0.

        Example:
            >>> Mixture({"cats_dogs": 6, "horse_human": 3}, batch_size=4).plan(seed=0, step=2).source.shape
            (1,)
        """
        check(NonNegativeInt, seed, "seed")
        check(NonNegativeInt, step, "step")
        epoch, batch = divmod(int(step), self.steps_per_epoch)
        rows = slice(batch * self.batch_size, (batch + 1) * self.batch_size)
        # Copies, so that nobody can write into the epoch that is kept.
        return Plan(*(column[rows].copy() for column in self._epoch(int(seed), epoch)))

    def only(self, sources: Collection[str]) -> "Mixture":
        """Return the same mixture over fewer sources, whose epochs are shorter.

        In an epoch of the same number, each source gives its rows in the same order as before.

        Args:
            sources: names of those that stay; they keep their order.

        Raises:
            ConfigError: there is no such source, or none with rows is left.

        Example:
            >>> Mixture({"cats_dogs": 6, "horse_human": 3}).only(["horse_human"]).rows_per_epoch
            3
        """
        for name in sources:
            if name not in self.sizes:
                raise ConfigError(unknown_name("source", name, self.sources))
        kept = [name for name in self.sources if name in sources]
        return Mixture(
            {name: self.sizes[name] for name in kept},
            sampling=self.sampling,
            weights={name: self.weights[name] for name in kept},
            batch_size=self.batch_size,
            views=self.views,
        )

    def _normalised_shares(self) -> np.ndarray:
        sizes = np.array(list(self.sizes.values()), np.float64)
        weights = np.array(list(self.weights.values()))
        # 0 to the power of 0 is 1, but no rows are no rows.
        shares: np.ndarray = np.where(sizes > 0, weights * sizes**self.sampling.exponent, 0.0)
        return shares / shares.sum()

    def _epoch(self, seed: int, epoch: int) -> Plan:
        """Draw an epoch, and keep it for the steps that follow."""
        kept = self._last_epoch
        if kept is None or kept[0] != (seed, epoch):
            kept = self._last_epoch = (seed, epoch), self._draw_epoch(seed, epoch)
        return kept[1]

    def _draw_epoch(self, seed: int, epoch: int) -> Plan:
        if self.sampling.kind == "round_robin":
            source = _take_turns(self._counts, self._shares)
        else:
            source = np.repeat(np.arange(len(self.sources)), self._counts)
            source = _rng(seed, _ORDER, epoch).permutation(source)
        drawn = [
            self._draw_source(name, int(count), seed, epoch)
            for name, count in zip(self.sources, self._counts, strict=True)
            if count
        ]
        rows = np.empty((2, self.rows_per_epoch), np.int64)
        rows[:, np.argsort(source, kind="stable")] = np.concatenate(drawn, axis=1)
        return Plan(source, *rows)

    def _draw_source(self, name: str, count: int, seed: int, epoch: int) -> np.ndarray:
        """Return index and view of the `count` rows that a source gives in an epoch."""
        size = self.sizes[name]
        name_key = int.from_bytes(name.encode(), "big")
        num_passes = -(-count // size)
        passes = np.tile(np.arange(size), (num_passes, 1))
        index = _rng(seed, _ROWS, epoch, name_key).permuted(passes, axis=1).ravel()[:count]
        # Each view is the first of as many rows as any other, and of the same rows in every epoch.
        first_view = _rng(seed, _VIEWS, name_key).permutation(size) % self.views
        view = (first_view[index] + epoch + np.arange(count) // size) % self.views
        return np.stack([index, view])


def _allocate(rows: int, shares: np.ndarray) -> np.ndarray:
    """Divide `rows` by largest remainder (Hamilton's method): the first of equals gets what is left over."""
    quotas = rows * shares
    counts = np.floor(quotas).astype(np.int64)
    left = rows - counts.sum()
    counts[np.argsort(counts - quotas, kind="stable")[:left]] += 1
    return counts


def _take_turns(counts: np.ndarray, shares: np.ndarray) -> np.ndarray:
    """Return the sources in the order in which their turns are due, 1/share apart.

    Stride scheduling: Waldspurger and Weihl, 1995, MIT/LCS/TM-528.
    """
    source = np.repeat(np.arange(len(counts)), counts)
    turn = np.concatenate([np.arange(count) for count in counts])
    # Staggered, or else all sources with the same small share would come at once.
    due = (turn + (source + 0.5) / len(counts)) / shares[source]
    return source[np.argsort(due, kind="stable")]


def _rng(seed: int, *purpose: int) -> "np.random.Generator":
    return np.random.default_rng(np.random.SeedSequence(seed, spawn_key=purpose))


def _check_sources(sizes: Mapping[str, int], weights: Mapping[str, float]) -> None:
    for name, size in sizes.items():
        check(NonNegativeInt, size, f"The size of source {name!r}")
    if not any(sizes.values()):
        raise ConfigError(f"A mixture needs a source with rows: received the sizes {dict(sizes)}.")
    for name, weight in weights.items():
        if name not in sizes:
            raise ConfigError(unknown_name("source", name, sizes))
        check(PositiveFloat, weight, f"The weight of source {name!r}")
