"""The table of engines: what is asked for is there, installed and able, or the error says what is."""

import re
import subprocess
import sys
from dataclasses import dataclass

import pytest

from hydranet.engines import _engine
from hydranet.engines._engines import (
    ENGINES,
    REFERENCE_ENGINE,
    get_engine,
    installed_engines,
    register_engine,
)
from hydranet.engines._litert import LiteRt
from hydranet.errors import ConfigError


def test_the_default_is_the_one_that_needs_no_other_package():
    assert REFERENCE_ENGINE == "tensorflow"
    assert list(ENGINES)[:4] == ["tensorflow", "onnxruntime", "openvino", "litert"]


@pytest.mark.parametrize(
    ("engine", "precision", "message"),
    [
        ("openvnio", "float32", r"Unknown engine 'openvnio'\. Did you mean 'openvino'\? Known: litert"),
        ("openvino", "float61", r"Unknown precision 'float61'\. Did you mean 'float16'\?"),
        (
            "litert",
            "bfloat16",
            r"litert computes in float32, float16, int8, not in bfloat16.*choose openvino",
        ),
        (
            "tensorflow",
            "int8",
            r"tensorflow computes in float32, not in int8.*onnxruntime or openvino or litert",
        ),
    ],
)
def test_what_there_is_not_is_an_error_that_says_what_there_is(engine, precision, message):
    with pytest.raises(ConfigError, match=message):
        get_engine(engine, precision)


@pytest.mark.parametrize(
    ("engine", "requirement"),
    [("onnxruntime", "hydranet[onnx]"), ("openvino", "hydranet[openvino]"), ("litert", "ai-edge-litert")],
)
def test_an_engine_that_is_not_installed_says_how_to_install_it(monkeypatch, engine, requirement):
    monkeypatch.setattr(_engine, "find_spec", lambda name: None)
    assert installed_engines() == []
    with pytest.raises(
        ConfigError, match=rf"{engine} is not installed.*pip install '{re.escape(requirement)}'"
    ):
        get_engine(engine)


@pytest.mark.parametrize(
    ("name", "message"),
    [
        ("auto", "can't be called 'auto'"),
        ("fastest", "can't be called 'fastest'"),
        (
            "litert",
            r"Two engines are called 'litert': one from hydranet\.\S+:LiteRt, one from .*Other\. Rename",
        ),
        ("Mine", r"must match \[a-z\]\[a-z0-9_\]\*: 'Mine'"),
    ],
)
def test_a_name_that_is_taken_or_no_name_is_refused(name, message):
    @dataclass(frozen=True, kw_only=True)
    class Other(LiteRt):
        """Another engine."""

    with pytest.raises(ConfigError, match=message):
        register_engine(Other(name=name))
    assert type(ENGINES["litert"]) is LiteRt


@pytest.mark.slow
def test_naming_engines_and_asking_for_one_imports_no_runtime():
    code = (
        "import sys; from hydranet.engines import ENGINES, installed_engines\n"
        "installed_engines(), list(ENGINES)\n"
        "known = {module for engine in ENGINES.values() for module in engine.modules}\n"
        "print(sorted({*known, 'keras'} & set(sys.modules)))"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, timeout=60)
    assert (done.returncode, done.stdout.strip()) == (0, "[]"), done.stderr
