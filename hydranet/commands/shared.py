"""What several commands do: read options, print results."""

import argparse
import json
import os
import sys
import tempfile
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from hydranet.errors import ConfigError


def print_text(text: str) -> None:
    """Write a line to stdout."""
    sys.stdout.write(text + "\n")
    sys.stdout.flush()


def print_json(value: Any) -> None:
    """Write a value to stdout as JSON."""
    print_text(json.dumps(value, indent=2))


def print_counts(pictures: Mapping[str, Any]) -> None:
    """Say how many pictures were read and computed."""
    print_text(
        f"\n{pictures['num_pictures']} pictures: {pictures['num_decoded']} decoded, "
        f"{pictures['num_passed_through_backbone']} passed through the backbone"
        + (f", {len(pictures['bad_images'])} left out as damaged" if pictures["bad_images"] else "")
    )


def read_config(options: argparse.Namespace) -> Any:
    """Return the experiment that the options of a config name."""
    from hydranet.config import load_config

    overrides = parse_settings(options.set)
    if options.weights:
        named = options.weights in {"imagenet", "bundled", "random"}
        overrides["backbone.weights"] = (
            options.weights if named else str(Path(options.weights).expanduser().resolve())
        )
    if options.skip_bad_images:
        overrides["skip_bad_images"] = True
    return load_config(options.config, overrides=overrides, data=parse_pairs(options.data, "--data"))


def parse_settings(settings: Sequence[str]) -> dict[str, Any]:
    """Return what `--set KEY=VALUE` says, the values as YAML."""
    from hydranet.config import parse_yaml_value

    return {key: parse_yaml_value(value) for key, value in parse_pairs(settings, "--set").items()}


def parse_pairs(texts: Sequence[str], option: str) -> dict[str, str]:
    """Return NAME=VALUE texts as a dict."""
    pairs = {}
    for text in texts:
        key, equals, value = text.partition("=")
        if not (key and equals and value):
            raise ConfigError(f"{option} {text!r}: expected NAME=VALUE.")
        pairs[key] = value
    return pairs


def open_predictor(options: argparse.Namespace, *, batch_size: int = 32) -> Any:
    """Return a Predictor of the run, on the engine that the options name."""
    from hydranet.inference.choose_engine import needs_tensorflow
    from hydranet.inference.predictor import Predictor
    from hydranet.inference.source import find_source

    if needs_tensorflow(find_source(options.run), options.engine, options.precision, batch_size):
        import_tensorflow(options)
    return Predictor(options.run, engine=options.engine, precision=options.precision, batch_size=batch_size)


def import_tensorflow(options: argparse.Namespace) -> None:
    """Import TensorFlow without its notes on processors and drivers, unless --debug asks for them.

    They are written by C++ code before any setting of TensorFlow's is in force, so stderr itself is put aside
    meanwhile; if the import fails, what was written is shown.
    """
    if options.debug:
        return
    with tempfile.TemporaryFile() as notes:
        stderr = os.dup(2)
        os.dup2(notes.fileno(), 2)
        try:
            import tensorflow as tf

            tf.config.list_physical_devices()
        except BaseException:
            notes.seek(0)
            os.write(stderr, notes.read())
            raise
        finally:
            os.dup2(stderr, 2)
            os.close(stderr)
