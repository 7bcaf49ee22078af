"""What an engine is: something that computes a network."""

from abc import ABC, abstractmethod
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from importlib.util import find_spec
from typing import Any, Protocol

import numpy as np

from hydranet.errors import ConfigError
from hydranet.naming import unknown_name

# From float32 rows `(n, ...)`, any n of at least 1, to what the network gives for them, by name.
Function = Callable[[np.ndarray], Mapping[str, np.ndarray]]


class Network(Protocol):
    """A function of arrays: float32 `(n, ...)`, any n of at least 1, to the float32 `(n, ...)` outputs by name.

    It may be called from several threads at once.
    """

    output_names: tuple[str, ...]

    def __call__(self, inputs: np.ndarray) -> dict[str, np.ndarray]:
        """Return the outputs for `inputs`, by name."""
        ...


@dataclass(frozen=True, kw_only=True)
class Engine(ABC):
    """Something that computes a network.

    An engine of one's own is a `FileEngine`, which runs files that are made once; only TensorFlow, which computes the
    Keras layers themselves, does without.

    Args:
        name: what people call it in configs and on the command line: `[a-z][a-z0-9_]*`.
        precisions: in which it can compute; `float32` first.
        modules: top-level modules that must be importable for it to run.
        requirement: what pip has to install for it, such as `hydranet[litert]`.
    """

    name: str
    precisions: tuple[str, ...] = ("float32",)
    modules: tuple[str, ...] = ()
    requirement: str = ""

    def is_installed(self) -> bool:
        """Whether it can run here; nothing is imported."""
        return all(find_spec(module) is not None for module in self.modules)

    def check(self, precision: str = "float32") -> None:
        """Raise ConfigError unless it is installed and computes in this precision."""
        if precision not in self.precisions:
            raise ConfigError(unknown_name(f"precision of {self.name}", precision, self.precisions))
        if not self.is_installed():
            raise ConfigError(
                f"The engine {self.name} is not installed: install it with pip install '{self.requirement}'."
            )

    @abstractmethod
    def compile(
        self,
        layer: Callable[[Any], Any],
        input_shape: tuple[int, ...],
        *,
        batch_size: int,
        devices: Sequence[str | None] = (None,),
    ) -> list[Function]:
        """Return a Keras layer, with its present weights, as functions that compute it in float32.

        Args:
            layer: a Keras layer or a function made of some; later changes of its weights are not seen.
            input_shape: of one row.
            batch_size: the most rows in one call.
            devices: where to compute, such as `GPU:1`; None leaves it to the engine.

        Returns:
            A function for each device that the engine uses, at least one: from float32 `(n, *input_shape)` to what
            the layer gives, by name; where it gives no dict, the one output is called `features`.
        """
