"""The commands that list what there is."""

import argparse
import dataclasses

from hydranet.commands._options import format_option, run_option
from hydranet.commands._shared import import_tensorflow, open_run, print_json, print_text


def tasks(options: argparse.Namespace) -> None:
    """List the registered tasks."""
    from hydranet.tables import format_table
    from hydranet.tasks import get_task, task_origins

    rows = []
    for name, origin in task_origins().items():
        task = get_task(name)
        rows.append([name, task.kind, task.data or "-", origin])
    print_text(format_table(["task", "kind", "data", "from"], rows))


def backbones_options(parser: argparse.ArgumentParser) -> None:
    """Add the options of `backbones`."""
    parser.add_argument("name", metavar="NAME", nargs="?")
    parser.add_argument("--image-size", type=int, default=224, metavar="PIXELS")


def backbones(options: argparse.Namespace) -> None:
    """List the backbones, or the cuts of one."""
    import_tensorflow(options)
    from hydranet.backbones import backbone_names, default_backbone, find_cuts
    from hydranet.commands._tables import cuts_table

    if not options.name:
        return print_text("\n".join(backbone_names()))
    backbone = default_backbone(options.name, image_size=options.image_size)
    network = backbone.build_network()
    cuts = find_cuts(network, [backbone.default_feature])
    print_text(cuts_table(cuts))
    print_text(
        f"\n{backbone.label} at {backbone.size_text}: {network.count_params():,} parameters, "
        f"{cuts[-1].multiply_adds_below:,} multiply-adds, {len(network.layers)} layers, {len(cuts)} cuts"
    )
    return None


def info_options(parser: argparse.ArgumentParser) -> None:
    """Add the options of `info`."""
    format_option(parser)
    run_option(parser)


def info(options: argparse.Namespace) -> None:
    """Describe a run."""
    import_tensorflow(options)
    from hydranet.commands._tables import metrics_table, phase_text
    from hydranet.tables import format_table

    run = open_run(options)
    backbone = run.experiment.backbone
    if options.format == "json":
        return print_json({"backbone": dataclasses.asdict(backbone), **run.metrics})
    rows = [
        [task.name, task.kind, task.head.kind, len(task.classes) or "-"]
        for task in run.experiment.tasks.values()
    ]
    print_text(f"{backbone.describe()}\n")
    print_text(format_table(["task", "kind", "head", "classes"], rows))
    print_text("\n" + metrics_table(run.experiment.tasks, run.metrics["tasks"]))
    for number, phase in enumerate(run.metrics.get("fine_tuning", []), start=1):
        print_text("\n" + phase_text(number, phase))
    print_text("\n" + ", ".join(f"{name} {version}" for name, version in run.metrics["versions"].items()))
    return None


def features_options(parser: argparse.ArgumentParser) -> None:
    """Add the options of `features`."""
    parser.add_argument("--dir", help="of the store")
    parser.add_argument("--clear", action="store_true")


def features(options: argparse.Namespace) -> None:
    """List the stored features, or clear them."""
    from hydranet.features import FeatureStore
    from hydranet.tables import format_table

    store = FeatureStore(options.dir)
    if options.clear:
        return print_text(f"Freed {store.clear() / 1e6:.1f} MB in {store.folder}.")
    usage = store.usage()
    print_text(
        format_table(
            ["trunk and dtype", "rows", "MB"],
            [[space.name, space.num_rows, f"{space.num_bytes / 1e6:.1f}"] for space in usage],
        )
    )
    num_bytes = sum(space.num_bytes for space in usage)
    print_text(
        f"\n{num_bytes / 1e6:.1f} MB in {store.folder}, and {store.networks.num_bytes() / 1e6:.1f} MB of converted "
        "networks"
    )
    return None
