"""The kit passes for every format that is installed, and says what is wrong with one that does not work."""

from dataclasses import dataclass

import pytest

from hydranet.errors import ConfigError
from hydranet.exports._engine_format import EngineFormat
from hydranet.exports._formats import FORMATS
from hydranet.testing._check_format import check_format

pytestmark = pytest.mark.slow


@pytest.mark.parametrize("name", FORMATS)
def test_the_formats_pass(name):
    try:
        FORMATS[name].check_installed("float32")
    except ConfigError as error:
        pytest.skip(str(error))
    check_format(FORMATS[name])


@dataclass(frozen=True, kw_only=True)
class Broken(EngineFormat):
    """LiteRT's format with a fault."""

    fault: str
    precisions: tuple[str, ...] = ("float32",)

    def write(self, model, folder, **options):
        """Write the file, or no file, or another one too."""
        if self.fault == "writes nothing":
            return
        super().write(model, folder, **options)
        if self.fault == "describes itself":
            self.description_path(folder).write_text("{}")

    def read(self, folder, precision):
        """Return how the file answers, or otherwise."""
        if self.fault == "writes nothing":
            return None
        answer = super().read(folder, precision)
        if self.fault == "answers otherwise":
            return lambda images: {name: 1.01 * scores for name, scores in answer(images).items()}
        if self.fault == "one column":
            return lambda images: {name: scores[:, -1:] for name, scores in answer(images).items()}
        return answer

    def describe(self):
        """Return a description."""
        return {"names": ("tuples", "are no JSON")} if self.fault == "no JSON" else {}

    def description_path(self, folder):
        """Return where it is, perhaps elsewhere."""
        return folder.parent / "x.json" if self.fault == "leads out" else super().description_path(folder)


@pytest.mark.parametrize(
    ("fault", "problem"),
    [
        ("no JSON", r"describe gives .*, expected JSON"),
        ("leads out", "description_path leads out of the folder"),
        ("writes nothing", "write leaves no file"),
        ("describes itself", r"write leaves hydranet\.json"),
        ("answers otherwise", "the scores of 'zebra' differ from the model's"),
        ("one column", r"the output 'zebra' gives float32 \(1, 1\), expected float32 \(1, 2\)"),
    ],
)
def test_a_fault_is_found(fault, problem):
    engine = FORMATS["litert"].engine
    with pytest.raises(AssertionError, match=problem):
        check_format(Broken(name="broken", engine=engine, fault=fault))
