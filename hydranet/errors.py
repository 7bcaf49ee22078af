"""Every error that hydranet raises on purpose: catch `HydraNetError` to catch them all."""


class HydraNetError(Exception):
    """Something went wrong that the message explains: what was received, what was expected, what to do."""


class ConfigError(HydraNetError, ValueError):
    """A config, an option or a name given by the user is wrong; nothing has been read or written yet."""


class DataError(HydraNetError):
    """The pictures or labels that a task names are missing, inconsistent or unusable."""


class ImageError(DataError):
    """One picture can't be read or decoded; the message names it."""


class LargeImageError(ImageError):
    """One picture has more pixels than may be decoded."""


class FetchError(HydraNetError):
    """Weights or a dataset could not be fetched from the network."""


class ModelError(HydraNetError):
    """A model, its weights or a run can't be used as asked."""


class BusyError(HydraNetError):
    """Another process is changing what was to be changed; the message says which."""
