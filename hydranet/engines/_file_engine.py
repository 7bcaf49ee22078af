"""An engine that runs files: a network is converted once, with TensorFlow, and from then on runs without it."""

import contextlib
import tempfile
from abc import abstractmethod
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from hydranet.engines._as_network import as_network
from hydranet.engines._cores import available_cores
from hydranet.engines._engine import Engine, Function, Network
from hydranet.errors import ConfigError, ModelError
from hydranet.files import atomic_path


@dataclass(frozen=True, kw_only=True)
class FileEngine(Engine):
    """An engine that runs networks from files.

    An engine of one's own says how a network becomes the content of files (`serialize`) and how it is read back
    (`open`); everything else follows from these. `hydranet.testing.check_engine` tries it.

    Args:
        suffixes: of the files of one network, `.xml` for example; the first is the one that `open` is given, and
            others lie beside it.
        name, precisions, modules, requirement: as for `Engine`.
    """

    suffixes: tuple[str, ...]

    @abstractmethod
    def serialize(self, network: Any, precision: str, calibration: np.ndarray | None) -> dict[str, bytes]:
        """Return the content of each file by suffix; TensorFlow may be used.

        Args:
            network: a functional Keras model with one float32 input `(batch, ...)` and a dict of outputs; their names
                are the names in the file. `constant_function` gives it as a graph.
            precision: one of `precisions`, as `file_precision` gives it.
            calibration: float32 rows like the input, at least one, where the precision `is_calibrated`.
        """

    @abstractmethod
    def open(self, path: Path, precision: str, num_threads: int) -> Network:
        """Return the network in a file without importing TensorFlow; it may raise anything if the file is damaged.

        Args:
            path: the file with the first suffix; the others are there too.
            precision: in which to compute; the file was made with its `file_precision`.
            num_threads: threads for one call.
        """

    def file_precision(self, precision: str) -> str:
        """Return the precision of the files that are computed in `precision`: in general the same."""
        return precision

    @property
    def file_precisions(self) -> tuple[str, ...]:
        """The precisions that files are made in."""
        return tuple(dict.fromkeys(map(self.file_precision, self.precisions)))

    def is_calibrated(self, precision: str) -> bool:
        """Whether a conversion has to be shown what ranges the activations have."""
        return precision == "int8"

    def convert(
        self,
        network: Any,
        path: Path,
        *,
        precision: str = "float32",
        calibration: np.ndarray | None = None,
    ) -> None:
        """Write a network as files with its weights built in, whole or not at all.

        Args:
            network: a functional Keras model with one float32 input `(batch, ...)` and a dict of outputs; their names
                are the names in the file.
            path: with the first suffix; files with the others are written beside it.
            precision: `float32`; `float16`, which stores the weights as half; or `int8`, which computes in 8-bit
                integers. Input and outputs are float32 in any case.
            calibration: float32 rows like the input, which show int8 what ranges the activations have.

        Raises:
            ConfigError: the engine is not installed or has no such precision, or there are no rows to calibrate on.
        """
        self.check(precision)
        made_with = self.file_precision(precision)
        if self.is_calibrated(made_with) and (calibration is None or not len(calibration)):
            raise ConfigError(f"{made_with} needs rows to calibrate on: received none. Give `calibration`.")
        with self._explained_imports():
            files = self.serialize(network, made_with, calibration)
        with contextlib.ExitStack() as stack:  # all are on the disk before one is moved into place
            for suffix, content in files.items():
                stack.enter_context(atomic_path(path.with_suffix(suffix))).write_bytes(content)

    def load(self, path: Path, *, precision: str = "float32", num_threads: int | None = None) -> Network:
        """Return the network stored in a file, ready to run.

        Args:
            path: that `convert` has written.
            precision: in which to compute.
            num_threads: threads for one call; as many as this process may use cores by default.

        Raises:
            ConfigError: the engine has no such precision, or is not installed as it should be.
            ModelError: a file is missing or damaged.
        """
        self.check(precision)
        for suffix in self.suffixes:
            if not (file := path.with_suffix(suffix)).is_file():
                raise ModelError(f"There is no file {file}. Make the engine's files again.")
        try:
            with self._explained_imports():
                return self.open(path, precision, num_threads or available_cores())
        except ConfigError:
            raise
        except Exception as error:  # the runtimes have no error in common, not even for a damaged file
            reason = (str(error).strip().splitlines() or [type(error).__name__])[-1]
            raise ModelError(
                f"{path} can't be loaded by {self.name}: {reason} "
                "It may be damaged: make the engine's files again."
            ) from error

    def compile(
        self,
        layer: Callable[[Any], Any],
        input_shape: tuple[int, ...],
        *,
        batch_size: int,
        devices: Sequence[str | None] = (None,),
    ) -> list[Function]:
        """Return one function, which the CPU computes from a file that is not kept; see `Engine`."""
        with tempfile.TemporaryDirectory(ignore_cleanup_errors=True) as folder:
            path = Path(folder) / f"network{self.suffixes[0]}"
            self.convert(as_network(layer, input_shape, input_name="inputs"), path)
            return [self.load(path)]

    @contextlib.contextmanager
    def _explained_imports(self) -> Any:
        try:
            yield
        except ImportError as error:
            raise ConfigError(
                f"{self.name} is installed but can't be imported: {error}. "
                f"Install it anew with pip install '{self.requirement}'."
            ) from error
