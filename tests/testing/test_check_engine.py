"""The kit passes for every engine that is installed, and says what is wrong with one that does not work."""

from dataclasses import dataclass

import numpy as np
import pytest

from hydranet.engines._engine import Engine
from hydranet.engines._engines import ENGINES
from hydranet.engines._litert import LiteRt
from hydranet.testing._check_engine import check_engine

pytestmark = pytest.mark.slow


@pytest.mark.parametrize("name", ENGINES)
def test_the_engines_pass(name):
    if not ENGINES[name].is_installed():
        pytest.skip(f"{name} is not installed")
    check_engine(ENGINES[name])


@dataclass(frozen=True, kw_only=True)
class Broken(LiteRt):
    """LiteRT in float32 with a fault."""

    fault: str
    precisions: tuple[str, ...] = ("float32",)

    def serialize(self, network, precision, calibration):
        """Return the file, and perhaps another."""
        files = super().serialize(network, precision, calibration)
        return {**files, ".note": b""} if self.fault == "writes another file" else files

    def open(self, path, precision, num_threads):
        """Return a network that answers otherwise."""
        if self.fault == "reads anything":
            content = path.read_bytes()
            return super().open(path, precision, num_threads) if len(content) > 12_000 else None
        return BrokenNetwork(super().open(path, precision, num_threads), self.fault)


class BrokenNetwork:
    """A network that answers otherwise."""

    def __init__(self, network, fault):
        self.network, self.fault = network, fault
        self.output_names = ("features",) if fault == "names one output" else network.output_names
        self.shared = {}

    def __call__(self, inputs):
        outputs = self.network(inputs)
        match self.fault:
            case "float64":
                return {name: each.astype(np.float64) for name, each in outputs.items()}
            case "depends on its neighbours":
                return {name: each + (len(each) > 1) for name, each in outputs.items()}
            case "gives the same array":
                for name, each in outputs.items():
                    array = self.shared.setdefault((name, len(each)), np.empty_like(each))
                    array[:] = each
                return {name: self.shared[name, len(each)] for name, each in outputs.items()}
        return outputs


@pytest.mark.parametrize(
    ("fault", "problem"),
    [
        ("writes another file", r"convert writes files with \['\.note', '\.tflite'\]"),
        ("names one output", r"output_names are \['features'\], expected \['features', 'zebras'\]"),
        ("float64", r"float64 \(1, 12\), expected a NumPy array, float32"),
        ("depends on its neighbours", "differs from Keras by"),
        ("gives the same array", "a later call changes earlier outputs"),
    ],
)
def test_a_fault_is_found(fault, problem):
    with pytest.raises(AssertionError, match=problem):
        check_engine(Broken(name="broken", fault=fault))


def test_what_is_no_data_or_lacks_float32_is_found():
    class Mutable(LiteRt):
        """Compared by its own idea of equality."""

        def __eq__(self, other):
            return False

        __hash__ = None

    with pytest.raises(AssertionError, match="differs from its copy: decorate its class"):
        check_engine(Mutable())
    with pytest.raises(AssertionError, match="expected float32 first"):
        check_engine(LiteRt(precisions=("int8",)))
    assert issubclass(Mutable, Engine)
