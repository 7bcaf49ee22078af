"""The order of the modules, what they may import, and what importing them must not load."""

import ast
import importlib
import re
import subprocess
import sys
from pathlib import Path

import pytest

import hydranet
from hydranet.engines import REFERENCE_ENGINE

ROOT = Path(__file__).parents[1]

# A package, or a module beside the packages, imports only what stands above it.
ORDER = [
    *("keras_classes", "errors", "naming", "files", "registry", "progress", "tables", "charts", "settings"),
    *("drawings", "data", "heads", "tasks", "backbones", "balancing", "domains", "engines"),
    *("fine_tuning", "experiment", "config"),
    *("model", "distribution", "features", "runs", "evaluation", "joint", "training", "comparison"),
    *("inference", "exports", "serving", "report", "testing", "commands", "cli", "__main__"),
]

# The kinds of each family: only its own package names them, so that another's kind is as complete as these.
FAMILIES = {
    "data": {"CSV", "TFDS", "Drawings", "Folder", "Masks", "Arrays"},
    "tasks": {"SingleLabel", "MultiLabel", "Regression"},
    "backbones": {
        "Application",
        "applications",
        "KerasFile",
        "keras_file",
        "KerasHub",
        "keras_hub",
        "StoredFeatures",
    },
    # Not `Static`, which is no balancing, and the default of a phase.
    "balancing": {"FAMO", "GradNorm", "PCGrad", "Uncertainty"},
    "domains": {"Coral", "Denoising", "ImportanceWeights", "Standardise"},
}

# What engines and formats are called, and what their runtimes are imported as.
ENGINES_AND_FORMATS = {
    *("onnxruntime", "openvino", "litert", "ai_edge_litert"),
    *("saved_model", "onnx", "tf2onnx", "tflite"),
}

# A folder in this format is a kind of backbone too.
NAMED_ELSEWHERE = {"hydranet.backbones._saved_model": {"saved_model"}, "hydranet.backbones": {"saved_model"}}

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


def package_of(module):
    """Return the package of hydranet, or the module beside the packages, that `module` belongs to."""
    return module.removeprefix("hydranet.").partition(".")[0]


def is_shipped(module):
    return "_pretraining" not in module


def run_python(code, folder):
    return subprocess.run(
        [sys.executable, "-c", code], cwd=folder, capture_output=True, text=True, timeout=120
    )


MODULES = [name for name in FILES if name != "hydranet" and is_shipped(name)]


def test_the_order_names_each_package_once():
    assert sorted(ORDER) == sorted({package_of(module) for module in MODULES})


@pytest.mark.parametrize("module", MODULES)
def test_a_module_imports_only_what_stands_above_its_package(module):
    here = ORDER.index(package_of(module))
    wrong = [
        f"{FILES[module]}:{line} imports {imported}"
        for line, imported in imported_modules(FILES[module])
        if ORDER.index(package_of(imported)) > here
    ]
    assert not wrong, "\n".join(wrong)


@pytest.mark.parametrize("module", MODULES)
def test_a_package_is_reached_through_its_face(module):
    wrong = [
        f"{FILES[module]}:{line} imports {imported}"
        for line, imported in imported_modules(FILES[module])
        if package_of(imported) != package_of(module) and imported.count(".") > 1
    ]
    assert not wrong, "\n".join(wrong)


def named(path):
    """Return (line, name) of every name that code uses; what docstrings show is no code."""
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        match node:
            case ast.Name(id=name) | ast.Attribute(attr=name):
                yield node.lineno, name
            case ast.ImportFrom(names=aliases):
                yield from ((node.lineno, alias.name) for alias in aliases)


@pytest.mark.parametrize("module", MODULES)
def test_a_kind_is_named_in_the_package_of_its_family_alone(module):
    others = [kinds for package, kinds in FAMILIES.items() if package != package_of(module)]
    wrong = [
        f"{FILES[module]}:{line} names {name}: ask the {name}'s family what you want to know"
        for line, name in named(FILES[module])
        if any(name in kinds for kinds in others)
    ]
    assert not wrong, "\n".join(wrong)


def words(path):
    """Return (line, word) of the texts in code and of the modules that it imports; docstrings are no code."""
    tree = ast.parse(path.read_text(encoding="utf-8"))
    prose = {id(node.value) for node in ast.walk(tree) if isinstance(node, ast.Expr)}
    for node in ast.walk(tree):
        if isinstance(node, ast.Constant) and isinstance(node.value, str) and id(node) not in prose:
            yield from ((node.lineno, word) for word in re.findall(r"\w+", node.value))
    yield from ((line, module.partition(".")[0]) for line, module, _ in imports(path))


@pytest.mark.parametrize(
    "module", [name for name in MODULES if package_of(name) not in {"engines", "exports"}]
)
def test_an_engine_or_a_format_is_named_in_its_package_alone(module):
    path = FILES[module]
    others = ENGINES_AND_FORMATS - NAMED_ELSEWHERE.get(module, set())
    wrong = [f"{path}:{line} names {word}" for line, word in words(path) if word in others]
    compared = [
        node.lineno
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8")))
        if isinstance(node, ast.Compare)
        for side in ast.walk(node)
        if isinstance(side, ast.Constant) and side.value == REFERENCE_ENGINE
    ]
    wrong += [f"{path}:{line} asks for {REFERENCE_ENGINE}: ask the engine instead" for line in compared]
    assert not wrong, "\n".join(wrong)


@pytest.mark.parametrize(
    "package", [name for name in ORDER if FILES.get(f"hydranet.{name}", ROOT).stem == "__init__"]
)
def test_modules_of_one_package_do_not_import_each_other_in_a_circle(package):
    members = {name for name in MODULES if name.startswith(f"hydranet.{package}.")}
    above = {
        name: {found for _, found in imported_modules(FILES[name])} & members - {name} for name in members
    }
    while free := [name for name, needed in above.items() if not needed & above.keys()]:
        for name in free:
            del above[name]
    assert not above, f"these import each other in a circle: {', '.join(above)}"


@pytest.mark.parametrize(
    "package", [name for name in ORDER if FILES.get(f"hydranet.{name}", ROOT).stem == "__init__"]
)
def test_a_package_has_a_face(package):
    face = importlib.import_module(f"hydranet.{package}")
    assert face.__doc__, f"{package}: say what it is for"
    assert face.__all__, f"{package}: name what it offers"
    assert all(hasattr(face, name) for name in face.__all__)


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


@pytest.mark.slow
def test_importing_hydranet_and_its_command_line_loads_no_tensorflow(tmp_path):
    code = (
        "import sys, hydranet, hydranet.cli, hydranet.config, hydranet.tasks; from hydranet import SingleLabel\n"
        "print(sorted({'tensorflow', 'keras', 'tensorflow_datasets'} & set(sys.modules)))"
    )
    done = run_python(code, tmp_path)
    assert (done.returncode, done.stdout.strip()) == (0, "[]"), done.stderr


@pytest.mark.slow
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


def test_an_unknown_public_name_is_an_attribute_error():
    with pytest.raises(AttributeError, match="has no attribute 'SingelLabel'"):
        _ = hydranet.SingelLabel
