"""YAML → `Experiment`: a run as data, validated whole before anything is read or built.

All errors of a config come at once, each with its YAML path, what was received and what was expected.
Relative paths in a config start from the config's own folder.
"""

import dataclasses
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

from hydranet.data import (
    UNSPLIT,
    Source,
    check_folds,
    check_present,
    check_rows,
    listing_once,
    load_dataset,
    unmeasured_notes,
)
from hydranet.errors import ConfigError, DataError, ModelError
from hydranet.experiment import Experiment
from hydranet.settings import expand, read_yaml, set_value, to_config, validate, write_yaml
from hydranet.tasks import Task, gate_problems, is_plugin_loaded, load_plugin, with_registered

# So few that they may all be alike, and leave none to validate.
_FEW_EXAMPLES = 100


def load_config(
    path: str | Path,
    *,
    overrides: Mapping[str, Any] | None = None,
    data: Mapping[str, str] | None = None,
    trust: bool = True,
) -> Experiment:
    """Read and validate a config.

    Args:
        path: the YAML file.
        overrides: values by dotted path, such as `{"backbone.image_size": 160}`; they replace the file's.
        data: a folder of pictures by task name; it replaces the task's `data`, or makes a new task.
        trust: whether its `plugins` may be imported: they are Python code. False for a config that came with
            somebody's run.

    Raises:
        ConfigError: all that is wrong with it.
        ModelError: it is not trusted, and has plug-ins that are not imported yet.

    Example:
        >>> import tempfile
        >>> path = Path(tempfile.mkdtemp()) / "shoes.yaml"
        >>> _ = path.write_text("tasks: {shoes: {data: ../pictures/shoes}}")
        >>> load_config(path, overrides={"backbone.image_size": 160}).backbone.image_size
        160
    """
    path = Path(path)
    raw = read_yaml(path)
    _check_is_mapping(raw, str(path))
    for key, value in (overrides or {}).items():
        set_value(raw, key, value)
    for name, folder in (data or {}).items():
        set_value(raw, f"tasks.{name}.data", str(Path(folder).expanduser().resolve()))
    return parse_experiment(raw, base_dir=path.parent, origin=str(path), trust=trust)


def parse_experiment(
    raw: Any, *, base_dir: Path | None = None, origin: str = "config", trust: bool = True
) -> Experiment:
    """Validate a config that has been read already; see `load_config`.

    Args:
        raw: nested dicts and lists, as YAML or JSON gives them.
        base_dir: the folder that relative paths start from; the working directory by default.
        origin: what error messages call the config.
        trust: whether plug-ins may be imported.
    """
    base_dir = (base_dir or Path.cwd()).resolve()
    _check_is_mapping(raw, origin)
    plugins = _plugins(raw)
    if not trust and (unknown := _not_loaded(plugins, base_dir)):
        raise ModelError(f"{origin} {untrusted(unknown)}")
    for plugin in plugins:
        load_plugin(plugin, base_dir=base_dir)
    errors: list[str] = []
    given = {key: value for key, value in raw.items() if value is not None}
    given["tasks"] = _with_registered_tasks(raw.get("tasks"), errors)
    expanded = expand(Experiment, given, base_dir=base_dir)
    errors += _gate_problems(expanded["tasks"], raw.get("tasks"))
    experiment = validate(Experiment, expanded, errors)
    if experiment is None or errors:
        errors = list(dict.fromkeys(errors))  # an experiment checks its gates too
        count = "1 error" if len(errors) == 1 else f"{len(errors)} errors"
        raise ConfigError("\n  ".join([f"{origin}: {count}", *errors]))
    return experiment


def find_new_plugins(path: Path) -> list[str]:
    """Return the plug-ins of a config that are not imported yet; none is imported.

    Raises:
        ConfigError: it can't be read.
    """
    raw = read_yaml(path)
    _check_is_mapping(raw, str(path))
    return _not_loaded(_plugins(raw), path.parent.resolve())


def untrusted(plugins: Iterable[str]) -> str:
    """Say of a config that has plug-ins which nobody has said may be imported, and how to say so."""
    return (
        f"names plug-ins, Python code that would be executed: {', '.join(plugins)}. Where you trust whoever wrote "
        "it, say so: `--trust` on the command line, `trust=True` in Python."
    )


def check_data(experiment: Experiment) -> list[str]:
    """Check the layout, files and labels of all data on this machine, and return what is to be said of them.

    No picture is decoded. Only where they are few are they read, and divided as a training divides them.

    Raises:
        ConfigError: all that is missing, or not as the tasks expect it.
    """
    errors, notes = [], []
    tasks = dict(experiment.tasks)
    for name, task in experiment.tasks.items():
        try:
            if task.data is not None and task.data.is_local:
                tasks[name], found = _with_labels(task, task.data, experiment)
                notes += [f"{name}: {note}" for note in found]
        except DataError as error:
            errors.append(f"tasks.{name}.data: {error}")
    errors += gate_problems(tasks)
    errors += _domain_problems(dataclasses.replace(experiment, tasks=tasks))
    if errors:
        raise ConfigError("\n  ".join(["the config is valid, but not its data:", *errors]))
    return notes


def experiment_to_yaml(experiment: Experiment) -> str:
    """Return `experiment` as YAML that `load_config` reads back, with every default written out."""
    return write_yaml(to_config(experiment))


def _check_is_mapping(raw: Any, origin: str) -> None:
    if not isinstance(raw, Mapping):
        raise ConfigError(f"{origin} must be a mapping with `tasks:`: received {type(raw).__name__}.")


def _plugins(raw: Mapping[str, Any]) -> list[str]:
    plugins = raw.get("plugins")
    return list(map(str, plugins)) if isinstance(plugins, list | tuple) else []


def _not_loaded(plugins: Iterable[str], base_dir: Path) -> list[str]:
    return [plugin for plugin in plugins if not is_plugin_loaded(plugin, base_dir=base_dir)]


def _with_registered_tasks(raw: Any, errors: list[str]) -> dict[str, Any]:
    if not isinstance(raw, Mapping) or not raw:
        errors.append(
            f"tasks: received {raw!r}, expected a mapping of at least one task name to its settings."
        )
        return {}
    tasks = {}
    for name, settings in raw.items():
        try:
            tasks[str(name)] = with_registered(str(name), settings)
        except ConfigError as error:
            errors.append(f"tasks.{name}: {error}")
    return tasks


def _gate_problems(settings: Mapping[str, Any], raw: Any) -> list[str]:
    """Check the gates of the tasks that can be read, even if something else is wrong."""
    if not any(each.get("when") for each in settings.values()):
        return []
    tasks = {name: validate(Task, each, []) for name, each in settings.items()}  # type: ignore[type-abstract]
    return gate_problems({**dict.fromkeys(map(str, raw)), **tasks})


def _domain_problems(experiment: Experiment) -> list[str]:
    """Check the pictures of the domain; those with a label where their task's classes are known."""
    if experiment.domain is None:
        return []
    try:
        experiment.domain.check(experiment.tasks)
        _, labelled = experiment.domain.examples(experiment.tasks)
        for name, examples in labelled.items():
            if experiment.tasks[name].is_resolved:
                experiment.tasks[name].encode([example.label for example in examples])
    except (ConfigError, DataError) as error:
        return [str(error)]
    return []


@listing_once()
def _with_labels(task: Task, source: Source, experiment: Experiment) -> tuple[Task, list[str]]:
    """Check all files and labels; return the task with the classes that they give, and what is to be said of them."""
    splits, skip_bad_images = source.load(), experiment.skip_bad_images
    everything = [example for examples in splits.values() for example in examples]
    gone = check_present(everything, source.example_shape, skip_bad_images=skip_bad_images)
    check_rows(everything, experiment.backbone.image_shape)
    labels = {split: [example.label for example in examples] for split, examples in splits.items()}
    resolved = task
    if task.head.is_trained:
        resolved = task.resolve(labels.get("train", labels.get(UNSPLIT, [])))
    for of_split in labels.values() if resolved.is_resolved else ():  # or its classes come with its head
        resolved.encode(of_split)
    if experiment.folds and task.head.is_trained:
        divided = [label for split in labels if split != "test" for label in labels[split]]
        check_folds(experiment.folds, divided, resolved.classes_of)
    if len(everything) <= _FEW_EXAMPLES:
        loaded = load_dataset(
            source, task=task.name, classes_of=resolved.classes_of, skip_bad_images=skip_bad_images
        )
        notes = [*loaded.notes]
    else:
        notes = source.notes()
        notes += unmeasured_notes(labels, resolved.classes_of) if "train" in labels else []
    return resolved, [*gone, *notes, *resolved.label_notes([example.label for example in everything])]
