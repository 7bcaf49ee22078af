"""Which devices there are: those of `TF_CONFIG`, all GPUs of this machine, or its CPU."""

import json
import os
from functools import cache
from typing import Any

from hydranet.distribution._distribution import Distribution
from hydranet.errors import ConfigError, HydraNetError
from hydranet.settings import PositiveInt, check


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


def own_distribution() -> Distribution:
    """Return the devices of this process alone, for what one worker does while the others may have gone already.

    Returns:
        What `choose_distribution` does, unless that spreads over several workers.
    """
    import tensorflow as tf

    chosen = choose_distribution()
    return chosen if chosen.num_workers == 1 else Distribution(tf.distribute.get_strategy())


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
