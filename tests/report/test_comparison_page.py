"""The page of a comparison has its charts, its finding and its numbers."""

import re

from hydranet import Drawings, SingleLabel
from hydranet.experiment import Experiment
from hydranet.report._comparison_page import write_comparison_page

TASK = SingleLabel(name="breed", data=Drawings("dog_breeds", 4, 2))


def test_each_comparison_is_a_section_with_charts_and_table(shared_separate, tmp_path):
    page = write_comparison_page(
        tmp_path / "compared" / "report.html", Experiment(tasks={"breed": TASK}), [shared_separate], []
    )
    text = page.read_text(encoding="utf-8")
    assert "<title>compared · hydranet</title>" in text
    assert "One shared backbone against separate ones" in text
    assert text.count("<svg") == 6
    assert re.search(r'<td class="number">-3.00</td>', text)  # what sharing costs the breeds, in points
    assert not re.findall(r"(?:src|href)=\"(?!data:|#)", text)
