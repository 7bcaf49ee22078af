"""The order of the modules, what they may import, and what importing them must not load."""

import ast
import importlib
import subprocess
import sys
from pathlib import Path

import pytest

import hydranet

ROOT = Path(__file__).parents[1]

# A file imports only what stands above it. A package stands for all its modules.
ORDER = [
    "hydranet.errors",
    "hydranet.naming",
    "hydranet.variants",
    "hydranet.files",
    "hydranet.progress",
    "hydranet.registry",
    "hydranet.data.images",
    "hydranet.data.augment",
    "hydranet.data.mixture",
    "hydranet.data.drawings",
    "hydranet.data.tfds",
    "hydranet.data.pictures",
    "hydranet.data.views",
    "hydranet.data.sources",
    "hydranet.data.dataset",
    "hydranet.heads",
    "hydranet.tasks",
    "hydranet.training.balancing",
    "hydranet.fine_tuning",
    "hydranet.experiment",
    "hydranet.validation",
    "hydranet.config",
    "hydranet.bundled",
    "hydranet.model.cuts",
    "hydranet.model.blocks",
    "hydranet.model.fingerprint",
    "hydranet.model.application",
    "hydranet.model.backbone",
    "hydranet.model.tail",
    "hydranet.model.feature_network",
    "hydranet.model.inference",
    "hydranet.model.hydranet",
    "hydranet.model.cost",
    "hydranet.model.verify",
    "hydranet.engines",
    "hydranet.training.features",
    "hydranet.training.extract",
    "hydranet.training.distribution",
    "hydranet.training.event_log",
    "hydranet.training.linear",
    "hydranet.training.regularisation",
    "hydranet.training.gradient",
    "hydranet.training.fit_head",
    "hydranet.training.prepare",
    "hydranet.training.evaluate",
    "hydranet.training.timing",
    "hydranet.training.train_heads",
    "hydranet.training.joint_rows",
    "hydranet.training.activations",
    "hydranet.training.joint_batches",
    "hydranet.training.storing",
    "hydranet.training.optimizers",
    "hydranet.training.joint_model",
    "hydranet.training.joint_step",
    "hydranet.training.joint_evaluate",
    "hydranet.training.phase_data",
    "hydranet.training.checkpoint",
    "hydranet.training.phase",
    "hydranet.training.fine_tune",
    "hydranet.training.train_model",
    "hydranet.training.run",
    "hydranet.training.assess",
    "hydranet.training.fit",
    "hydranet.training.edit",
    "hydranet.training.trial",
    "hydranet.training.compare",
    "hydranet.training.trade_off",
    "hydranet.inference",
    "hydranet.evidence",
    "hydranet.exports",
    "hydranet.serving",
    "hydranet.report",
    "hydranet.testing",
    "hydranet.commands",
    "hydranet.cli",
    "hydranet.__main__",
]
# Packages that other modules are divided into, and whose `__init__.py` says only what they are for.
GROUPS = {
    "hydranet.data",
    "hydranet.model",
    "hydranet.training",
    "hydranet.inference",
    "hydranet.evidence",
    "hydranet.exports",
    "hydranet.serving",
    "hydranet.report",
}

# Modules that execute code when they read data.
UNSAFE = {"pickle", "cPickle", "_pickle", "dill", "cloudpickle", "joblib", "shelve", "marshal"}


def module_name(path):
    parts = path.relative_to(ROOT).with_suffix("").parts
    return ".".join(parts[:-1] if parts[-1] == "__init__" else parts)


FILES = {module_name(path): path for path in sorted((ROOT / "hydranet").rglob("*.py"))}
TASK_FILES = sorted((ROOT / "tasks").glob("*.py"))


def imports(path):
    """Return (line, module, name or None) of every import, also of those within functions."""
    found = []
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            found += [(node.lineno, alias.name, None) for alias in node.names]
        elif isinstance(node, ast.ImportFrom):
            assert not node.level, (
                f"{path}:{node.lineno}: a relative import hides where it leads; write it out"
            )
            found += [(node.lineno, node.module, alias.name) for alias in node.names]
    return found


def imported_modules(path):
    """Return (line, module of hydranet) of every import from hydranet."""
    for line, module, name in imports(path):
        if module.partition(".")[0] != "hydranet":
            continue
        if f"{module}.{name}" in FILES:
            yield line, f"{module}.{name}"
        elif module != "hydranet":
            yield line, module
        elif name in hydranet.__all__:
            yield line, hydranet._MODULE_OF[name]


def place(module):
    """Return where `module` stands in the order."""
    for position, entry in enumerate(ORDER):
        if module == entry or module.startswith(f"{entry}."):
            return position
    return None


def run_python(code, folder):
    return subprocess.run(
        [sys.executable, "-c", code], cwd=folder, capture_output=True, text=True, timeout=120
    )


def test_the_order_names_only_modules_that_exist():
    assert [entry for entry in ORDER if entry not in FILES] == []


@pytest.mark.parametrize("module", [name for name in FILES if name != "hydranet"])
def test_a_module_imports_only_what_stands_above_it(module):
    if module in GROUPS:
        assert imports(FILES[module]) == [], f"{module} is a group: it imports nothing"
        return
    here = place(module)
    assert here is not None, f"{module} has no place in ORDER: add it below all that it imports"
    wrong = [
        f"{FILES[module]}:{line} imports {imported}"
        for line, imported in imported_modules(FILES[module])
        if place(imported) is None or place(imported) > here
    ]
    assert not wrong, "\n".join(wrong)


@pytest.mark.parametrize(
    "package",
    [
        "hydranet.data.drawings",
        "hydranet.tasks",
        "hydranet.training.balancing",
        "hydranet.bundled",
        "hydranet.commands",
        "hydranet.inference",
        "hydranet.report",
    ],
)
def test_modules_of_one_package_do_not_import_each_other_in_a_circle(package):
    above = {
        name: {imported for _, imported in imported_modules(path) if imported.startswith(package)} - {name}
        for name, path in FILES.items()
        if name.startswith(package)
    }
    while free := [name for name, needed in above.items() if not needed & above.keys()]:
        for name in free:
            del above[name]
    assert not above, f"these import each other in a circle: {', '.join(above)}"


@pytest.mark.parametrize("path", TASK_FILES, ids=lambda path: path.stem)
def test_built_in_tasks_import_only_public_names(path):
    for line, module, name in imports(path):
        where = f"{path}:{line}"
        if module.partition(".")[0] == "hydranet":
            assert module == "hydranet", f"{where}: import from hydranet, not from {module}"
            assert name in hydranet.__all__, f"{where}: {name} is no public name"
        else:
            assert module.partition(".")[0] in sys.stdlib_module_names, f"{where}: {module}"


@pytest.mark.parametrize("path", [*FILES.values(), *TASK_FILES], ids=lambda path: str(path.relative_to(ROOT)))
def test_nothing_reads_data_that_could_be_code(path):
    found = [(line, module) for line, module, _ in imports(path) if module.partition(".")[0] in UNSAFE]
    assert not found, f"{path}: {found}"


def test_importing_hydranet_and_its_command_line_loads_no_tensorflow(tmp_path):
    code = (
        "import sys, hydranet, hydranet.cli, hydranet.config, hydranet.tasks; from hydranet import SingleLabel\n"
        "print(sorted({'tensorflow', 'keras', 'tensorflow_datasets'} & set(sys.modules)))"
    )
    done = run_python(code, tmp_path)
    assert (done.returncode, done.stdout.strip()) == (0, "[]"), done.stderr


def test_the_tasks_refuse_to_be_a_package_called_tasks():
    done = run_python("import tasks", ROOT)
    assert done.returncode != 0
    assert "This package is called hydranet_tasks" in done.stderr


def test_the_public_names_exist_and_are_those_that_type_checkers_see():
    tree = ast.parse(FILES["hydranet"].read_text(encoding="utf-8"))
    [block] = [node for node in tree.body if isinstance(node, ast.If)]
    seen = {
        (alias.asname or alias.name, node.module)
        for node in block.body
        if isinstance(node, ast.ImportFrom)
        for alias in node.names
    }
    assert seen == set(hydranet._MODULE_OF.items())
    assert hydranet.__all__ == sorted(hydranet._MODULE_OF)
    assert set(hydranet.__all__) <= set(dir(hydranet))


@pytest.mark.parametrize("name", hydranet.__all__)
def test_a_public_name_comes_from_the_module_that_the_table_says(name):
    module = importlib.import_module(hydranet._MODULE_OF[name])
    assert getattr(hydranet, name) is getattr(module, name)
    assert place(getattr(hydranet, name).__module__) == place(module.__name__)


def test_an_unknown_public_name_is_an_attribute_error():
    with pytest.raises(AttributeError, match="has no attribute 'SingelLabel'"):
        _ = hydranet.SingelLabel
