"""The devices of a training: what runs on each, and what goes between them."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np

from hydranet.errors import HydraNetError


@dataclass(frozen=True)
class Share:
    """What one of several workers, which all do the same, computes of what is missing.

    Args:
        index: of this worker.
        count: of workers.
        devices: on which of its devices its network runs, such as `GPU:1`; None is TensorFlow's choice.
    """

    index: int = 0
    count: int = 1
    devices: tuple[str | None, ...] = (None,)


class Distribution:
    """The devices of a training, through a strategy of `tf.distribute`.

    Args:
        strategy: how variables and gradients are shared.
        worker_index: which of the workers this process is; the first is the chief, who writes the run.
        num_workers: how many there are.
    """

    def __init__(self, strategy: Any, worker_index: int = 0, num_workers: int = 1) -> None:
        self.strategy = strategy
        self.worker_index = worker_index
        self.num_workers = num_workers
        self.num_replicas: int = strategy.num_replicas_in_sync

    @property
    def is_chief(self) -> bool:
        """Whether this worker writes the run."""
        return self.worker_index == 0

    @property
    def local_replicas(self) -> range:
        """Which of the replicas are this worker's."""
        count = self.num_replicas // self.num_workers
        return range(self.worker_index * count, (self.worker_index + 1) * count)

    @property
    def share(self) -> Share:
        """What this worker extracts of the features, and where."""
        devices = tuple(self.strategy.extended.worker_devices) if len(self.local_replicas) > 1 else (None,)
        return Share(self.worker_index, self.num_workers, devices)

    @property
    def has_bfloat16_gpus(self) -> bool:
        """Whether all devices are GPUs that compute faster in bfloat16: NVIDIA's from Ampere on."""
        import tensorflow as tf

        gpus = tf.config.list_physical_devices("GPU")
        capabilities = [
            tf.config.experimental.get_device_details(gpu).get("compute_capability", (0, 0)) for gpu in gpus
        ]
        return bool(gpus) and min(capabilities) >= (8, 0)

    def on_replicas(self, compute: Callable[..., Any]) -> Callable[..., Any]:
        """Return a compiled function that runs `compute` on each replica, with its part of every argument."""
        import tensorflow as tf

        function = tf.function(
            lambda *arguments: self.strategy.run(compute, arguments), autograph=False, reduce_retracing=True
        )
        # TensorFlow takes all that come from here for one, and would warn that it is traced again and again.
        function._omit_frequent_tracing_warning = True
        return function

    def per_replica(self, make: Callable[[int], Any]) -> Any:
        """Return the nests of tensors that `make` gives for each of this worker's replicas, by its index."""
        values = {replica: make(replica) for replica in self.local_replicas}
        return self.strategy.experimental_distribute_values_from_function(
            lambda context: values[context.replica_id_in_sync_group]
        )

    def first(self, value: Any) -> Any:
        """Return the first local replica's part of what `on_replicas` gives, as NumPy arrays."""
        import tensorflow as tf

        return tf.nest.map_structure(
            lambda part: self.strategy.experimental_local_results(part)[0].numpy(), value
        )

    def from_chief(self, arrays: list[np.ndarray]) -> list[np.ndarray]:
        """Return the chief's arrays: workers on different machines may have computed others in the last digits."""
        return self.first(self._from_chief(arrays)) if self.num_workers > 1 else arrays

    @cached_property
    def _from_chief(self) -> Callable[..., Any]:
        import tensorflow as tf

        def of_chief(arrays: list[Any]) -> list[Any]:
            context = tf.distribute.get_replica_context()
            is_chief = tf.equal(context.replica_id_in_sync_group, 0)
            parts = [tf.where(is_chief, array, tf.zeros_like(array)) for array in arrays]
            return context.all_reduce(tf.distribute.ReduceOp.SUM, parts)

        return self.on_replicas(of_chief)

    def wait_for_all(self) -> None:
        """Return when every worker has come here."""
        self.from_chief([np.zeros(1)])

    @contextmanager
    def explaining_lost_workers(self) -> Iterator[None]:
        """Say plainly that another worker is gone, where TensorFlow speaks of sockets and collectives.

        Raises:
            HydraNetError: a worker was lost.
        """
        import tensorflow as tf

        try:
            yield
        # What TensorFlow raises in a worker when it can't reach another one.
        except (tf.errors.UnavailableError, tf.errors.AbortedError, tf.errors.CancelledError) as error:
            if self.num_workers == 1:
                raise
            reason = error.message.splitlines()[0].rpartition("}} ")[2].rstrip(":")
            raise HydraNetError(
                f"A worker was lost, and the others can't go on without it ({reason}); its own output may say why. "
                f"Start all {self.num_workers} workers again with --resume: they go on from the last checkpoint."
            ) from error
