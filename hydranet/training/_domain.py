"""The pictures of the domain that the heads of an experiment are adapted to."""

from hydranet.domains import DomainPictures
from hydranet.errors import DataError
from hydranet.experiment import Experiment


def load_domain(experiment: Experiment) -> DomainPictures | None:
    """List and hash them, and check their labels; None where the experiment has no domain.

    Raises:
        DataError: a folder has no pictures, or labelled ones have a label that their task does not know.
    """
    if experiment.domain is None:
        return None
    found = experiment.domain.load(experiment.tasks, skip_bad_images=experiment.skip_bad_images)
    for name, dataset in found.labelled.items():
        try:
            experiment.tasks[name].encode(dataset.labels)
        except DataError as error:
            raise DataError(f"domain.labelled.{name}: {error}") from error
    return found
