"""What several commands do: read options, print results."""

import argparse
import gc
import io
import json
import logging
import os
import sys
import tempfile
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any, BinaryIO, cast

from hydranet.errors import ConfigError, HydraNetError
from hydranet.tables import escaped

_log = logging.getLogger(__name__)


def print_text(text: str) -> None:
    """Write text to stdout, with a newline after it; nothing in it is a command to a terminal."""
    try:
        sys.stdout.write(escaped(text, keep="\n") + "\n")
        sys.stdout.flush()
    except BrokenPipeError:
        raise
    except OSError as error:
        sys.stdout = None  # type: ignore[assignment]  # what it holds still can't be written at the end either
        raise HydraNetError(
            f"The result could not be written: {error.strerror}. Free some space, or send it elsewhere."
        ) from error


def print_json(value: Any) -> None:
    """Write a value to stdout as JSON."""
    print_text(json.dumps(value, indent=2))


def print_counts(pictures: Mapping[str, Any]) -> None:
    """Say how many pictures were read and computed."""
    print_text(
        f"\n{pictures['num_pictures']} pictures: {pictures['num_decoded']} decoded, "
        f"{pictures['num_passed_through_backbone']} passed through the backbone, "
        f"{pictures['num_found_in_store']} features found in the store"
        + (f", {len(pictures['bad_images'])} left out as damaged" if pictures["bad_images"] else "")
    )


def read_config(options: argparse.Namespace) -> Any:
    """Return the experiment that the options of a config name."""
    from hydranet.backbones import Backbone
    from hydranet.config import load_config
    from hydranet.settings import expand

    overrides = parse_overrides(options.set)
    if options.weights:
        located = expand(Backbone, {"weights": options.weights}, base_dir=Path.cwd())
        overrides["backbone.weights"] = located["weights"]
    if options.skip_bad_images:
        overrides["skip_bad_images"] = True
    return load_config(options.config, overrides=overrides, data=parse_pairs(options.data, "--data"))


def parse_overrides(settings: Sequence[str]) -> dict[str, Any]:
    """Return what `--set KEY=VALUE` says, the values as YAML."""
    from hydranet.settings import parse_yaml_value

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


def open_run(options: argparse.Namespace) -> Any:
    """Return the run that the options name."""
    from hydranet.runs import Run

    return Run(options.run, trust=options.trust)


def open_predictor(options: argparse.Namespace, *, batch_size: int = 32, heat_maps: bool = False) -> Any:
    """Return a Predictor of the run, on the engine that the options name."""
    from hydranet.inference import Predictor

    with native_notes_aside(options):
        return Predictor(
            options.run,
            engine=options.engine,
            precision=options.precision,
            batch_size=batch_size,
            trust=options.trust,
            heat_maps=heat_maps,
        )


def prepare_prediction(run: Any, options: argparse.Namespace) -> None:
    """Make what the first prediction of a run that was just written would wait for."""
    from hydranet.inference import prepare

    try:
        with native_notes_aside(options):
            prepare(run)
    except HydraNetError as error:
        _log.warning("%s is written; the first prediction will take longer: %s", run.folder, error)


def import_tensorflow(options: argparse.Namespace) -> None:
    """Import TensorFlow without its notes on processors and drivers, unless --debug asks for them."""
    with native_notes_aside(options), _kept_for_good():
        import tensorflow as tf

        tf.config.list_physical_devices()


@contextmanager
def _kept_for_good() -> Iterator[None]:
    """Spare the garbage collector what the first import makes: it would go through all of it time and again."""
    if gc.get_freeze_count():  # later, what is no longer needed would be kept too
        yield
        return
    gc.disable()
    try:
        yield
    finally:
        gc.freeze()
        gc.enable()


@contextmanager
def native_notes_aside(options: argparse.Namespace) -> Iterator[None]:
    """Keep what C++ code writes to stderr from being seen, unless --debug asks for it or something unforeseen happens.

    TensorFlow writes before any setting of its own is in force, and LiteRT and its converter have none, so stderr
    itself is put aside meanwhile; log lines still go there, and those that it does not take are lost.
    """
    if options.debug:
        yield
        return
    handlers = [each for each in logging.getLogger().handlers if isinstance(each, logging.StreamHandler)]
    with _notes_file() as notes, _without_buffer(os.dup(2)) as stderr:
        streams = [handler.stream for handler in handlers]
        for handler in handlers:
            handler.setStream(stderr)
        os.dup2(notes.fileno(), 2)
        try:
            yield
        except HydraNetError:
            raise
        except BaseException:
            notes.seek(0)
            with suppress(OSError):
                os.write(stderr.fileno(), notes.read())
            raise
        finally:
            os.dup2(stderr.fileno(), 2)
            for handler, stream in zip(handlers, streams, strict=True):
                handler.setStream(stream)


def _without_buffer(handle: int) -> io.TextIOWrapper:
    """Return a text file that holds nothing back: what it can't write fails once, and not again when it is closed."""
    return io.TextIOWrapper(cast(BinaryIO, open(handle, "wb", buffering=0)), write_through=True)


def _notes_file() -> BinaryIO:
    """Return a file that is gone when it is closed; without a disk that takes one, a file that keeps nothing."""
    try:
        return cast(BinaryIO, tempfile.TemporaryFile())
    except OSError:
        return open(os.devnull, "w+b")
