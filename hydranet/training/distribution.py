"""On which devices a training runs: one, several of this machine, or those of several machines.

All workers run the same program on the same data. What a worker computes of a global batch follows from the
index of its replicas alone, so the examples of a step do not depend on how many replicas there are.
"""

import json
import os
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import cache
from typing import Any

import numpy as np
import tensorflow as tf

from hydranet.errors import ConfigError, HydraNetError
from hydranet.training.extract import Share

# What TensorFlow raises in a worker when it can't reach another one.
_LOST = (tf.errors.UnavailableError, tf.errors.AbortedError, tf.errors.CancelledError)


class Distribution:
    """The devices of a training, through a strategy of `tf.distribute`.

    Args:
        strategy: how variables and gradients are shared.
    """

    def __init__(self, strategy: Any) -> None:
        self.strategy = strategy
        self.num_replicas: int = strategy.num_replicas_in_sync
        self.worker_index, self.num_workers = _place_in_cluster(strategy.cluster_resolver)

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
        gpus = tf.config.list_physical_devices("GPU")
        capabilities = [
            tf.config.experimental.get_device_details(gpu).get("compute_capability", (0, 0)) for gpu in gpus
        ]
        return bool(gpus) and min(capabilities) >= (8, 0)

    def per_replica(self, make: Callable[[int], Any]) -> Any:
        """Return the nests of tensors that `make` gives for each of this worker's replicas, by its index."""
        values = {replica: make(replica) for replica in self.local_replicas}
        return self.strategy.experimental_distribute_values_from_function(
            lambda context: values[context.replica_id_in_sync_group]
        )

    def first(self, value: Any) -> Any:
        """Return the first local replica's part of what `strategy.run` has returned, as NumPy arrays."""
        return tf.nest.map_structure(
            lambda part: self.strategy.experimental_local_results(part)[0].numpy(), value
        )

    def gather(self, value: Any) -> np.ndarray:
        """Return the rows of all replicas of all workers, in the order of the replicas."""
        gathered: np.ndarray = self.strategy.gather(value, axis=0).numpy()
        return gathered

    def from_chief(self, arrays: list[np.ndarray]) -> list[np.ndarray]:
        """Return the chief's arrays: workers on different machines may have computed others in the last digits."""
        if self.num_workers == 1:
            return arrays
        values = self.per_replica(
            lambda replica: [tf.constant(array if replica == 0 else np.zeros_like(array)) for array in arrays]
        )
        total = tf.function(
            lambda values: self.strategy.run(
                lambda parts: tf.distribute.get_replica_context().all_reduce(
                    tf.distribute.ReduceOp.SUM, parts
                ),
                (values,),
            ),
            autograph=False,
        )
        return [self.first(part) for part in total(values)]

    def wait_for_all(self) -> None:
        """Return when every worker has come here."""
        if self.num_workers > 1:
            one = self.strategy.run(tf.function(lambda: tf.constant(1.0), autograph=False))
            self.strategy.reduce(tf.distribute.ReduceOp.SUM, one, axis=None)

    @contextmanager
    def explaining_lost_workers(self) -> Iterator[None]:
        """Say plainly that another worker is gone, where TensorFlow speaks of sockets and collectives.

        Raises:
            HydraNetError: a worker was lost.
        """
        try:
            yield
        except _LOST as error:
            if self.num_workers == 1:
                raise
            reason = error.message.splitlines()[0]
            raise HydraNetError(
                f"A worker was lost, and the others can't go on without it ({reason}). Start all "
                f"{self.num_workers} workers again with --resume: they go on from the last checkpoint."
            ) from error


@cache
def choose_distribution(num_replicas: int | None = None) -> Distribution:
    """Return the devices that a training should use; a process has one such choice.

    `TF_CONFIG` in the environment: all its workers. Otherwise all GPUs of this machine, if there are several. To
    be called before anything else is computed with TensorFlow.

    Args:
        num_replicas: split the CPU into so many logical devices instead, for tests and development.

    Raises:
        ConfigError: `num_replicas` is below 1, comes too late or beside `TF_CONFIG`, or `TF_CONFIG` is damaged.
    """
    if num_replicas is not None and num_replicas < 1:
        raise ConfigError(f"The number of replicas must be at least 1: received {num_replicas}.")
    if _num_configured_workers() > 1:
        if num_replicas is not None:
            raise ConfigError("TF_CONFIG says what the replicas are: leave --replicas out.")
        return Distribution(tf.distribute.MultiWorkerMirroredStrategy())
    if num_replicas is not None and num_replicas > 1:
        return Distribution(tf.distribute.MirroredStrategy(_split_cpu(num_replicas)))
    gpus = tf.config.list_logical_devices("GPU") if num_replicas is None else []
    if len(gpus) > 1:
        return Distribution(tf.distribute.MirroredStrategy())
    return Distribution(tf.distribute.get_strategy())


def _num_configured_workers() -> int:
    text = os.environ.get("TF_CONFIG", "")
    try:
        cluster = (json.loads(text) if text else {}).get("cluster", {})
        if set(cluster) - {"chief", "worker", "evaluator"}:
            raise ValueError(f"the jobs {', '.join(cluster)}; only chief and worker are supported")
        return sum(len(cluster.get(job, ())) for job in ("chief", "worker"))
    except (ValueError, AttributeError, TypeError) as error:
        raise ConfigError(
            f"TF_CONFIG has {error}: expected JSON such as "
            '{"cluster": {"worker": ["host1:2222", "host2:2222"]}, "task": {"type": "worker", "index": 0}}.'
        ) from error


def _split_cpu(count: int) -> list[str]:
    [cpu] = tf.config.list_physical_devices("CPU")
    try:
        tf.config.set_logical_device_configuration(cpu, [tf.config.LogicalDeviceConfiguration()] * count)
    except RuntimeError as error:
        raise ConfigError(
            "The CPU can't be split into replicas any more, because TensorFlow has computed something already: "
            "choose the replicas first."
        ) from error
    return [f"CPU:{index}" for index in range(count)]


def _place_in_cluster(resolver: Any) -> tuple[int, int]:
    """Return the index of this worker, the chief being 0, and the number of workers."""
    if resolver is None or not resolver.cluster_spec():
        return 0, 1
    cluster = resolver.cluster_spec().as_dict()
    num_chiefs = len(cluster.get("chief", ()))
    offset = num_chiefs if resolver.task_type == "worker" else 0
    return offset + resolver.task_id, num_chiefs + len(cluster.get("worker", ()))
