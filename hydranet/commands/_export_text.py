"""What an export's check has found, as text."""

from typing import TYPE_CHECKING

from hydranet.tables import figure, format_table

if TYPE_CHECKING:  # so that the module does not load Keras
    from hydranet.exports import ExportReport


def export_text(report: "ExportReport") -> str:
    """Return what was written, and one row per task: how much its scores differ, and what a smaller precision costs."""
    header = ["task", "largest difference"]
    if report.metrics:
        header += ["metric", "before", "after", "pictures"]
    rows: list[list[object]] = []
    for name, difference in report.largest_differences.items():
        row: list[object] = [name, f"{difference:.1e}"]
        if metrics := report.metrics.get(name):
            row += [
                metrics["metric"],
                figure(metrics["before"]),
                figure(metrics["after"]),
                metrics["num_examples"],
            ]
        rows.append(row)
    text = (
        f"{report.folder}: {report.file_format}, {report.precision}, {report.num_bytes / 1e6:.1f} MB, "
        f"compared with the model on {report.num_pictures} pictures\n\n" + format_table(header, rows)
    )
    if report.largest_difference_from_bytes is not None:
        text += f"\n\nfrom the files' bytes: largest difference {report.largest_difference_from_bytes:.1e}"
    return text
