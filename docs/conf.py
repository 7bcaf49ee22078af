"""How the pages are built: `sphinx-build --fail-on-warning docs docs/_build`."""

import os

import hydranet

os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")

project = "hydranet"
author = "the authors of hydranet"
version = release = hydranet.__version__

extensions = ["myst_parser", "sphinx.ext.autodoc", "sphinx.ext.napoleon"]
exclude_patterns = ["_build"]

# Docstrings are Google's form, with `code` in single backticks; types stand in the signatures.
default_role = "literal"
add_module_names = False
autodoc_class_signature = "mixed"
autodoc_member_order = "bysource"
autodoc_typehints = "signature"
autodoc_default_options = {"members": True, "show-inheritance": True}
napoleon_numpy_docstring = False
# What a layer is called with stands beside what it is made with.
napoleon_custom_sections = [("Call arguments", "params_style")]

myst_enable_extensions = ["substitution"]
myst_heading_anchors = 3
# Each public name, linked to the package that it comes from.
myst_substitutions = {
    "public_names": " · ".join(
        f"{{py:obj}}`{name} <{module}.{name}>`" for name, module in sorted(hydranet._MODULE_OF.items())
    )
}

html_theme = "furo"
html_title = f"hydranet {version}"
html_copy_source = False
