"""What `hydranet serve` checks before it serves; that it serves is seen in test_server.py."""

import argparse
import subprocess
import sys

import pytest

from hydranet.commands import _serving as serving
from hydranet.commands._serving import serve
from hydranet.errors import ConfigError


@pytest.fixture
def options(tmp_path):
    return argparse.Namespace(
        run=str(tmp_path),
        host="127.0.0.1",
        port=0,
        max_queue=256,
        max_megapixels=16,
        timeout=20,
        max_body_mb=1,
        admin_token_file=None,
    )


def test_without_the_extra_it_says_what_to_install(monkeypatch, options):
    monkeypatch.setattr(serving, "_NEEDED", ("starlette", "no_such_package"))
    with pytest.raises(ConfigError, match=r"needs no_such_package: pip install 'hydranet\[serve\]'"):
        serve(options)


@pytest.mark.parametrize(
    ("content", "message"), [(None, "can't be read"), (b" \n", "is empty"), (b"\xff", "read")]
)
def test_a_token_file_without_a_token_is_an_error(options, tmp_path, content, message):
    options.admin_token_file = str(tmp_path / "token")
    if content is not None:
        (tmp_path / "token").write_bytes(content)
    with pytest.raises(ConfigError, match=message):
        serve(options)


def test_the_token_is_the_files_or_else_the_environments(monkeypatch, options, tmp_path):
    monkeypatch.setenv("HYDRANET_ADMIN_TOKEN", "from the environment")
    assert serving._admin_token(options) == "from the environment"
    (tmp_path / "token").write_text("from the file\n")
    options.admin_token_file = str(tmp_path / "token")
    assert serving._admin_token(options) == "from the file"


def test_a_model_is_called_like_its_folder_or_file(tmp_path):
    (tmp_path / "pets.keras").touch()
    assert serving._model_name(str(tmp_path / "pets.keras")) == "pets"
    assert serving._model_name(f"{tmp_path}/") == tmp_path.name


WITHOUT_THE_EXTRA = """
import sys
for name in ("starlette", "uvicorn", "httptools", "prometheus_client", "python_multipart"):
    sys.modules[name] = None
from hydranet.cli import main
try:
    main(["serve", "--help"])
finally:
    print(sorted({"tensorflow", "keras", "scipy"} & sys.modules.keys()))
"""


@pytest.mark.slow
def test_its_help_needs_no_extra_and_stays_light():
    done = subprocess.run(
        [sys.executable, "-c", WITHOUT_THE_EXTRA], capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stderr
    assert "pictures that may wait (default: 256)" in done.stdout
    assert done.stdout.endswith("[]\n")
