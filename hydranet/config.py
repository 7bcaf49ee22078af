"""YAML → `Experiment`: a run as data, validated whole before anything is read or built.

All errors of a config come at once, each with its YAML path, what was received and what was expected.
Relative paths in a config start from the config's own folder.
"""

import dataclasses
import json
from collections.abc import Mapping
from io import StringIO
from pathlib import Path
from typing import Any

from hydranet.data import UNSPLIT, Source
from hydranet.errors import ConfigError, DataError
from hydranet.experiment import Experiment
from hydranet.settings import validate
from hydranet.tasks import Task, gate_problems, get_task, load_plugin, task_origins, task_to_config


def load_config(
    path: str | Path,
    *,
    overrides: Mapping[str, Any] | None = None,
    data: Mapping[str, str] | None = None,
) -> Experiment:
    """Read and validate a config.

    Args:
        path: the YAML file.
        overrides: values by dotted path, such as `{"backbone.image_size": 160}`; they replace the file's.
        data: a folder of pictures by task name; it replaces the task's `data`, or makes a new task.

    Raises:
        ConfigError: all that is wrong with it.

    Example:
        >>> import tempfile
        >>> path = Path(tempfile.mkdtemp()) / "shoes.yaml"
        >>> _ = path.write_text("tasks: {shoes: {data: ../pictures/shoes}}")
        >>> load_config(path, overrides={"backbone.image_size": 160}).backbone.image_size
        160
    """
    path = Path(path)
    try:
        text = path.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        reason = error.strerror if isinstance(error, OSError) else "it is not text in UTF-8"
        raise ConfigError(f"The config {path} can't be read: {reason}.") from error
    raw = _parse_yaml(text, path)
    for key, value in (overrides or {}).items():
        set_value(raw, key, value)
    for name, folder in (data or {}).items():
        set_value(raw, f"tasks.{name}.data", str(Path(folder).expanduser().resolve()))
    return parse_experiment(raw, base_dir=path.parent, origin=str(path))


def parse_experiment(raw: Any, *, base_dir: Path | None = None, origin: str = "config") -> Experiment:
    """Validate a config that has been read already; see `load_config`.

    Args:
        raw: nested dicts and lists, as YAML or JSON gives them.
        base_dir: the folder that relative paths start from; the working directory by default.
        origin: what error messages call the config.
    """
    base_dir = (base_dir or Path.cwd()).resolve()
    if not isinstance(raw, Mapping):
        raise ConfigError(f"{origin} must be a mapping with `tasks:`: received {type(raw).__name__}.")
    if isinstance(plugins := raw.get("plugins"), list | tuple):
        for plugin in plugins:
            load_plugin(str(plugin), base_dir=base_dir)
    errors: list[str] = []
    expanded = {**raw, "tasks": _expand_tasks(raw.get("tasks"), base_dir, errors)}
    expanded = {key: value for key, value in expanded.items() if value is not None}
    if isinstance(backbone := raw.get("backbone"), Mapping):
        expanded["backbone"] = _locate(backbone, "weights", base_dir)
    if isinstance(plugins, list | tuple):
        expanded["plugins"] = [_located_plugin(plugin, base_dir) for plugin in plugins]
    if isinstance(features := raw.get("features"), Mapping):
        expanded["features"] = _locate(features, "dir", base_dir)
    if isinstance(phases := raw.get("fine_tuning"), Mapping | list | tuple):
        expanded["fine_tuning"] = [_expand_phase(phase) for phase in _as_list(phases)]
    expanded["tasks"] = _without_bad_gates(expanded["tasks"], raw.get("tasks"), errors)
    experiment = validate(Experiment, expanded, errors)
    if experiment is None or errors:
        count = "1 error" if len(errors) == 1 else f"{len(errors)} errors"
        raise ConfigError("\n  ".join([f"{origin}: {count}", *errors]))
    return experiment


def check_data(experiment: Experiment) -> None:
    """Check the layout and labels of all data on this machine; no picture is read.

    Raises:
        ConfigError: all that is missing, or not as the tasks expect it.
    """
    errors = []
    tasks = dict(experiment.tasks)
    for name, task in experiment.tasks.items():
        try:
            if task.data is not None and task.data.is_local:
                tasks[name] = _with_labels(task, task.data)
        except DataError as error:
            errors.append(f"tasks.{name}.data: {error}")
    errors += gate_problems(tasks)
    if errors:
        raise ConfigError("\n  ".join(["the config is valid, but not its data:", *errors]))


def experiment_to_yaml(experiment: Experiment) -> str:
    """Return `experiment` as YAML that `load_config` reads back, with every default written out."""
    from ruamel.yaml import YAML

    config = json.loads(json.dumps(dataclasses.asdict(experiment)))
    for task in config["tasks"].values():
        del task["name"]
    stream = StringIO()
    yaml = YAML(typ="safe", pure=True)
    yaml.default_flow_style = False
    yaml.width = 10_000
    yaml.sort_base_mapping_type_on_output = False  # type: ignore[assignment]
    yaml.dump(config, stream)
    return stream.getvalue()


def parse_yaml_value(text: str) -> Any:
    """Return the value that `text` has as YAML: a number, true, a list, or the text itself."""
    from ruamel.yaml import YAML
    from ruamel.yaml.error import YAMLError

    try:
        return YAML(typ="safe", pure=True).load(text)
    except YAMLError:
        return text


def _parse_yaml(text: str, path: Path) -> dict[str, Any]:
    from ruamel.yaml import YAML
    from ruamel.yaml.constructor import DuplicateKeyError
    from ruamel.yaml.error import YAMLError

    try:
        raw = YAML(typ="safe", pure=True).load(text)
    except DuplicateKeyError as error:
        problem = str(error.problem).split(" with value")[0]
        raise ConfigError(
            f"{path}, line {error.problem_mark.line + 1}: {problem}: every key, and so every task, "
            "may stand only once."
        ) from error
    except YAMLError as error:
        raise ConfigError(f"{path} is not valid YAML: {error}") from error
    if not isinstance(raw, dict):
        raise ConfigError(f"{path} must be a mapping with `tasks:`: received {type(raw).__name__}.")
    return raw


def set_value(raw: dict[str, Any], key: str, value: Any) -> None:
    """Set the value under a dotted path in a config that has not been validated yet; a list takes positions."""
    *parents, last = key.split(".")
    node: Any = raw
    for parent in parents:
        place = _place(node, parent, key)
        if isinstance(node, dict) and not isinstance(node.get(parent), dict | list):
            node[parent] = {}
        node = node[place]
    node[_place(node, last, key)] = value


def _place(node: Any, step: str, key: str) -> str | int:
    if not isinstance(node, list):
        return step
    if not (step.isdigit() and int(step) < len(node)):
        raise ConfigError(
            f"{key}: received {step!r}, expected a position in the list, from 0 to {len(node) - 1}."
        )
    return int(step)


def _expand_tasks(raw: Any, base_dir: Path, errors: list[str]) -> dict[str, Any]:
    if not isinstance(raw, Mapping) or not raw:
        errors.append(
            f"tasks: received {raw!r}, expected a mapping of at least one task name to its settings."
        )
        return {}
    expanded = {}
    for name, settings in raw.items():
        try:
            expanded[str(name)] = _expand_task(str(name), settings, base_dir)
        except ConfigError as error:
            errors.append(f"tasks.{name}: {error}")
    return expanded


def _expand_task(name: str, settings: Any, base_dir: Path) -> dict[str, Any]:
    """Put the registered task's fields under the config's, and the long forms in place of the short ones."""
    if settings is not None and not isinstance(settings, Mapping):
        raise ConfigError(f"received {settings!r}, expected settings such as `data: PATH`, or nothing.")
    settings = dict(settings or {})
    if settings.get("name", name) != name:
        raise ConfigError(
            f"its name is its key: received name: {settings['name']}. Leave it out, or rename the key."
        )
    if name in task_origins() or "data" not in settings:
        registered = task_to_config(get_task(name))
        if settings.get("kind", registered["kind"]) == registered["kind"]:
            settings = {**registered, **settings}
    if isinstance(when := settings.get("when"), Mapping):
        settings["when"] = {gate: _class_names(classes) for gate, classes in when.items()}
    if isinstance(head := settings.get("head"), str):
        settings["head"] = {"kind": head}
    if isinstance(data := settings.get("data"), str):
        settings["data"] = {"kind": "folder", "path": data}
    if isinstance(data := settings.get("data"), Mapping):
        settings["data"] = _locate(_locate(data, "path", base_dir), "data_dir", base_dir)
    return {"kind": "single_label", **settings, "name": name}


def _class_names(classes: Any) -> list[Any]:
    """Return the classes of a gate, whether one or several are given."""
    names = _as_list(classes)
    for name in names:
        if not isinstance(name, str | Mapping | list):
            received = json.dumps(name, default=str)
            raise ConfigError(
                f"a class in `when` must be a text: received {received}, expected quotes around it."
            )
    return names


def _without_bad_gates(expanded: dict[str, Any], raw: Any, errors: list[str]) -> dict[str, Any]:
    """Check the gates, even if something else is wrong; take them out if they are, as `Experiment` checks them too."""
    if not any(settings.get("when") for settings in expanded.values()):
        return expanded
    tasks = {name: validate(Task, settings, []) for name, settings in expanded.items()}  # type: ignore[type-abstract]
    problems = gate_problems({**dict.fromkeys(map(str, raw)), **tasks})
    errors += problems
    good = [name for name, task in tasks.items() if task is not None] if problems else []
    return {
        name: {**settings, "when": {}} if name in good else settings for name, settings in expanded.items()
    }


def _as_list(value: Any) -> list[Any]:
    return list(value) if isinstance(value, list | tuple) else [value]


def _expand_phase(phase: Any) -> Any:
    """Put the long forms in place of the short ones: `sampling: uniform`, `balancing: pcgrad`."""
    if not isinstance(phase, Mapping):
        return phase
    short = {
        key: {"kind": phase[key]} for key in ("sampling", "balancing") if isinstance(phase.get(key), str)
    }
    return {**phase, **short}


def _locate(settings: Mapping[str, Any], key: str, base_dir: Path) -> dict[str, Any]:
    """Make the path under `key` absolute."""
    located = dict(settings)
    value = located.get(key)
    if isinstance(value, str) and not (key == "weights" and value in {"imagenet", "bundled", "random"}):
        located[key] = str((base_dir / Path(value).expanduser()).resolve())
    return located


def _located_plugin(plugin: Any, base_dir: Path) -> Any:
    is_file = isinstance(plugin, str) and plugin.endswith(".py")
    return str((base_dir / Path(plugin).expanduser()).resolve()) if is_file else plugin


def _with_labels(task: Task, source: Source) -> Task:
    """Return the task with the classes that its data give, once all labels are checked."""
    splits = {split: [example.label for example in examples] for split, examples in source.load().items()}
    resolved = task.resolve(splits.get("train", splits.get(UNSPLIT, [])))
    for labels in splits.values():
        resolved.encode(labels)
    return resolved
