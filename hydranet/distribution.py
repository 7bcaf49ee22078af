"""On which devices a training runs: one, several of this machine, or those of several machines.

All workers run the same program on the same data. What a worker computes of a global batch follows from the
index of its replicas alone, so the examples of a step do not depend on how many replicas there are.
"""

import json
import os
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from functools import cache, cached_property
from typing import Any

import numpy as np

from hydranet.errors import ConfigError, HydraNetError
from hydranet.settings import PositiveInt, check


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


def choose_distribution(num_replicas: int | None = None) -> Distribution:
    """Return the devices that a training should use; the same ones whenever a process asks again.

    `TF_CONFIG` in the environment: all its workers. Otherwise all GPUs of this machine, if there are several. To
    be called before anything else is computed with TensorFlow.

    Args:
        num_replicas: split the CPU into so many logical devices instead, for tests and development.

    Raises:
        ConfigError: `num_replicas` is below 1, comes too late or beside `TF_CONFIG`, or `TF_CONFIG` is damaged.
        HydraNetError: the workers of `TF_CONFIG` can't be connected.
    """
    return _choose(num_replicas)


@cache
def _choose(num_replicas: int | None) -> Distribution:
    import tensorflow as tf

    check(PositiveInt | None, num_replicas, "The number of replicas")
    worker_index, num_workers = _place_in_cluster()
    if num_workers > 1:
        if num_replicas is not None:
            raise ConfigError("TF_CONFIG says what the replicas are: leave --replicas out.")
        return Distribution(_connect_workers(), worker_index, num_workers)
    if num_replicas is not None and num_replicas > 1:
        return Distribution(tf.distribute.MirroredStrategy(_split_cpu(num_replicas)))
    gpus = tf.config.list_logical_devices("GPU") if num_replicas is None else []
    if len(gpus) > 1:
        return Distribution(tf.distribute.MirroredStrategy())
    return Distribution(tf.distribute.get_strategy())


def _connect_workers() -> Any:
    import tensorflow as tf

    try:
        return tf.distribute.MultiWorkerMirroredStrategy()
    except tf.errors.OpError as error:
        raise HydraNetError(
            f"The workers of TF_CONFIG could not be connected ({error.message}): check that this one's port is free."
        ) from error


def _split_cpu(count: int) -> list[str]:
    import tensorflow as tf

    [cpu] = tf.config.list_physical_devices("CPU")
    try:
        tf.config.set_logical_device_configuration(cpu, [tf.config.LogicalDeviceConfiguration()] * count)
    except RuntimeError as error:
        raise ConfigError(
            "The CPU can't be split into replicas any more, because TensorFlow has computed something already: "
            "choose the replicas first."
        ) from error
    return [f"CPU:{index}" for index in range(count)]


def _place_in_cluster() -> tuple[int, int]:
    """Return the index of this worker, the chief being 0, and the number of workers, as `TF_CONFIG` has them."""
    import tensorflow as tf

    text = os.environ.get("TF_CONFIG") or "{}"
    try:
        config = json.loads(text)
        cluster = tf.train.ClusterSpec(config.get("cluster", {}))
        workers = [(job, index) for job in sorted(cluster.jobs) for index in cluster.task_indices(job)]
        if not set(cluster.jobs) <= {"chief", "worker"}:
            raise ValueError(f"the jobs {', '.join(cluster.jobs)}")
        index = workers.index((config["task"]["type"], int(config["task"]["index"]))) if workers else 0
    except (ValueError, KeyError, TypeError, AttributeError) as error:
        raise ConfigError(
            "TF_CONFIG can't be used: expected JSON with a chief or workers, and which of them this is, such as "
            '{"cluster": {"worker": ["host1:2222", "host2:2222"]}, "task": {"type": "worker", "index": 0}}; '
            f"received {text}."
        ) from error
    return index, max(len(workers), 1)
