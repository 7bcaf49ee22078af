"""The command that answers over HTTP."""

import argparse
import os
from importlib.util import find_spec
from pathlib import Path

from hydranet.commands._shared import open_predictor, print_text
from hydranet.errors import ConfigError

_NEEDED = ("starlette", "uvicorn", "httptools", "prometheus_client", "python_multipart")


def serve(options: argparse.Namespace) -> None:
    """Answer every task about pictures that clients send, until SIGTERM or Ctrl-C."""
    missing = [name for name in _NEEDED if find_spec(name) is None]
    if missing:
        raise ConfigError(f"Serving needs {', '.join(missing)}: pip install 'hydranet[serve]'.")
    from hydranet.serving import GracefulServer, Limits, Service, bind, create_app

    limits = Limits(
        max_queue=options.max_queue,
        timeout=options.timeout,
        max_body_mb=options.max_body_mb,
        max_megapixels=options.max_megapixels,
    )
    token = _admin_token(options)
    with bind(options.host, options.port) as socket:
        predictor = open_predictor(options, batch_size=options.batch_size)
        service = Service(
            predictor=predictor, model_name=_model_name(options.run), limits=limits, admin_token=token
        )
        app = create_app(service, heads_dir=Path(options.heads) if options.heads else None)
        host, port = socket.getsockname()[:2]
        address = f"[{host}]:{port}" if ":" in host else f"{host}:{port}"

        def announce() -> None:
            print_text(
                f"Serving {', '.join(predictor.tasks)} at http://{address} "
                f"(engine {predictor.engine}, {predictor.precision}); reference: http://{address}/docs"
            )

        GracefulServer(app, service, log_requests=options.log_requests, on_started=announce).run([socket])


def _model_name(run: str) -> str:
    path = Path(run).resolve()
    return path.stem if path.is_file() else path.name


def _admin_token(options: argparse.Namespace) -> str | None:
    """Return the token that lets heads be changed: from the file, or else the environment."""
    if not options.admin_token_file:
        return os.environ.get("HYDRANET_ADMIN_TOKEN") or None
    path = Path(options.admin_token_file)
    try:
        token = path.read_text(encoding="utf-8").strip()
    except (OSError, ValueError) as error:
        raise ConfigError(f"--admin-token-file {path} can't be read: {error}.") from error
    if not token:
        raise ConfigError(
            f"--admin-token-file {path} is empty: expected a token, such as 32 random characters."
        )
    return token
