"""TensorFlow as an engine: it computes the Keras layers themselves, on any device, and needs no file."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

from hydranet.engines._compile import compile_network
from hydranet.engines._engine import Engine, Function


@dataclass(frozen=True, kw_only=True)
class TensorFlow(Engine):
    """The engine that models are trained with."""

    name: str = "tensorflow"
    modules: tuple[str, ...] = ("tensorflow",)
    requirement: str = "tensorflow"

    def compile(
        self,
        layer: Callable[[Any], Any],
        input_shape: tuple[int, ...],
        *,
        batch_size: int,
        devices: Sequence[str | None] = (None,),
    ) -> list[Function]:
        """Return a function for each device; see `Engine`."""
        return [compile_network(layer, input_shape, batch_size, device=device) for device in devices]
