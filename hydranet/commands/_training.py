"""The commands that train."""

import argparse
from pathlib import Path

from hydranet.commands._options import config_options, format_option, open_option
from hydranet.commands._reporting import report_after
from hydranet.commands._shared import (
    import_tensorflow,
    prepare_prediction,
    print_counts,
    print_json,
    print_text,
    read_config,
)


def train_options(parser: argparse.ArgumentParser) -> None:
    """Add the options of `train`."""
    format_option(parser)
    config_options(parser)
    parser.add_argument("--run", metavar="DIR", help="where to write; runs/CONFIG by default")
    parser.add_argument("--resume", action="store_true", help="go on from an interrupted training")
    parser.add_argument(
        "--replicas", type=int, metavar="N", help="split the CPU into N devices, for tests and development"
    )
    parser.add_argument(
        "--compare-random", action="store_true", help="train on a backbone with random weights too"
    )
    parser.add_argument(
        "--tensorboard", action="store_true", help="write the learning curves to RUN/tensorboard as they come"
    )
    open_option(parser)


def train(options: argparse.Namespace) -> None:
    """Train a head for every task of a config."""
    from hydranet.config import check_data

    experiment = read_config(options)
    check_data(experiment)
    import_tensorflow(options)
    from hydranet.commands._tables import metrics_table, phase_text
    from hydranet.distribution import choose_distribution
    from hydranet.training import train_on_listed

    folder = Path(options.run or f"runs/{Path(options.config).stem}")
    distribution = choose_distribution(options.replicas)
    run, listed = train_on_listed(
        experiment,
        folder,
        compare_random=options.compare_random,
        resume=options.resume,
        distribution=distribution,
        tensorboard=options.tensorboard,
    )
    if not distribution.is_chief:
        return None
    prepare_prediction(run, options)
    report, intervals = report_after(run, options, listed)
    if options.format == "json":
        return print_json(run.metrics)
    for number, phase in enumerate(run.metrics.get("fine_tuning", []), start=1):
        print_text(phase_text(number, phase) + "\n")
    print_text(
        metrics_table(
            run.experiment.tasks, run.metrics["tasks"], intervals, run.metrics.get("random_backbone")
        )
    )
    print_counts(run.metrics["pictures"])
    spent = ", ".join(
        f"{what.removesuffix('_s').replace('_', '-')} {seconds:.1f} s"
        for what, seconds in run.metrics["timing"].items()
        if what in {"features_s", "heads_s", "out_of_fold_s", "fine_tuning_s"}
    )
    print_text(f"{spent}; written to {folder}\n{report}")
    samples = folder / "pictures"
    wanted = samples if samples.is_dir() else run.model.backbone.reads.removesuffix("s").upper()
    print_text(f"\nNext: hydranet predict {folder} {wanted}")
    return None


def validate(options: argparse.Namespace) -> None:
    """Check a config and the folders it names."""
    from hydranet.config import check_data

    experiment = read_config(options)
    for note in check_data(experiment):
        print_text(note)
    import_tensorflow(options)
    from hydranet.joint import find_phase_cuts
    from hydranet.model import build_trunk

    trunk = build_trunk(experiment.backbone.without_download(), experiment.tasks.values())
    cuts = find_phase_cuts(trunk.giving(experiment.features_tuned), experiment.fine_tuning)
    for number, cut in enumerate(cuts, start=1):
        print_text(
            f"Fine-tuning phase {number} trains what is above {cut.layer} (layer {cut.index}), "
            f"{1 - cut.share_below:.0%} of the backbone's multiply-adds."
        )
    print_text(f"{options.config} is valid: {len(experiment.tasks)} task(s): {', '.join(experiment.tasks)}.")
