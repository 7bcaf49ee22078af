"""The whole model as one graph in a standard format, for other people's runtimes."""

from hydranet.exports._export import ExportReport, export

__all__ = ["ExportReport", "export"]
