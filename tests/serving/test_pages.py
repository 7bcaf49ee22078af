import os
import re
from pathlib import Path

import pytest

from .conftest import serve

pytestmark = pytest.mark.slow


@pytest.mark.parametrize("path", ["/", "/docs"])
def test_a_page_loads_nothing_from_elsewhere_and_runs_no_script_but_its_own(served, path):
    response = served.client.get(path)
    policy = response.headers["content-security-policy"]
    assert response.headers["content-type"].startswith("text/html")
    assert response.headers["x-content-type-options"] == "nosniff"
    assert "default-src 'none'" in policy
    assert re.findall("script-src ([^;]*)", policy)[0].startswith("'sha256-")
    assert "unsafe" not in policy
    assert not re.findall(r"(?:src|href)=\"(?!docs|\.|openapi\.json|data:)", response.text)
    assert not re.findall(r"https?://", response.text)
    assert not re.findall(r"\son\w+=|style=\"", response.text), "inline code is what the policy forbids"


@pytest.fixture(scope="module")
def visited(shared_predictor):
    with serve(shared_predictor) as running:
        yield running


@pytest.fixture
def page(browser, visited):
    browser.set_window_size(1280, 900)
    browser.get(visited.url)
    yield browser
    assert [entry for entry in browser.get_log("browser") if "favicon" not in entry["message"]] == []


def choose(page, path, file_id="file"):
    page.execute_script("document.getElementById('message').textContent = ''")
    page.find_element("id", file_id).send_keys(str(path))
    return wait_for(page, "#message", lambda text: text and text != "Asking …")


def wait_for(page, selector, condition):
    from selenium.webdriver.support.wait import WebDriverWait

    return WebDriverWait(page, 10).until(
        lambda _: (text := page.find_element("css selector", selector).text) and condition(text) and text
    )


def texts(page, selector):
    return [found.text for found in page.find_elements("css selector", selector)]


def screenshot(page, name):
    """Keep a picture of the page, where someone wants to look at it."""
    if folder := os.environ.get("HYDRANET_SCREENSHOTS"):
        Path(folder).mkdir(parents=True, exist_ok=True)
        page.save_screenshot(str(Path(folder) / f"{name}.png"))


def test_before_a_picture_is_chosen_the_page_says_what_it_can_be_asked(page):
    wait_for(page, "#answers", lambda text: "age" in text)
    assert [text.split("\n") for text in texts(page, ".head")] == [
        ["cats_dogs", "single label", "cat, dog"],
        ["coat", "single label", "curly, long, short", "Only for dog in cats_dogs."],
        ["parts", "multi label", "ear, nose, tail"],
        ["age", "regression"],
    ]
    assert not page.find_element("id", "picture").is_displayed()
    screenshot(page, "page-start")


def test_a_chosen_picture_is_answered_by_every_head(page, cat_and_dog, tmp_path):
    (tmp_path / "dog.png").write_bytes(cat_and_dog[1])
    assert choose(page, tmp_path / "dog.png").startswith("Answered in ")
    assert texts(page, ".head h2") == ["cats_dogs", "coat", "parts", "age"]
    labels = texts(page, ".head .label")
    assert labels[0] == "dog"
    assert labels[1] in ("curly", "long", "short")
    bars = page.find_elements("css selector", ".bar")
    assert len(bars) == 2 + 3 + 3
    assert bars[0].size["width"] > bars[1].size["width"]
    assert page.find_element("id", "picture").size["width"] > 10


@pytest.mark.parametrize("width", [390, 1280])
def test_a_head_whose_gate_is_closed_says_so_and_the_page_fits_its_window(page, cat_and_dog, tmp_path, width):
    page.set_window_size(width, 900)
    (tmp_path / "cat.png").write_bytes(cat_and_dog[0])
    choose(page, tmp_path / "cat.png")
    [closed] = texts(page, ".head.closed")
    assert closed.split("\n") == ["coat", "not asked (only for dog in cats_dogs)"]
    script = "return [document.documentElement.scrollWidth, document.documentElement.clientWidth]"
    needed, there = page.execute_script(script)
    assert needed <= there
    screenshot(page, f"page-{width}")


def test_what_is_no_picture_gets_the_reason_and_the_next_one_an_answer(page, browser, cat_and_dog, tmp_path):
    (tmp_path / "a.png").write_bytes(b"<script>alert(1)</script>")
    (tmp_path / "b.png").write_bytes(cat_and_dog[0])
    assert "is not a picture that can be read" in choose(page, tmp_path / "a.png")
    assert texts(page, ".head") == []
    assert choose(page, tmp_path / "b.png").startswith("Answered in ")
    [refused] = browser.get_log("browser")  # the browser itself notes that the answer was a refusal
    assert "422" in refused["message"]


def test_a_dropped_and_a_pasted_picture_are_asked_about(page, cat_and_dog):
    for event in ("drop", "paste"):
        page.execute_script(
            """
            document.getElementById("message").textContent = "";
            const transfer = new DataTransfer();
            transfer.items.add(new File([new Uint8Array(arguments[1])], "a.png", {type: "image/png"}));
            const given = {bubbles: true, cancelable: true, dataTransfer: transfer, clipboardData: transfer};
            const event = arguments[0] === "drop" ? new DragEvent("drop", given) : new ClipboardEvent("paste", given);
            document.body.dispatchEvent(event);
            """,
            event,
            list(cat_and_dog[1]),
        )
        wait_for(page, "#message", lambda text: text.startswith("Answered in "))


def test_the_page_can_be_used_with_the_keyboard_and_names_what_it_has(page):
    from selenium.webdriver.common.keys import Keys

    names = []
    for _ in range(2):
        page.switch_to.active_element.send_keys(Keys.TAB)
        names.append(page.switch_to.active_element.get_attribute("id") or page.switch_to.active_element.text)
    assert names == ["Reference", "file"]
    assert "Choose a picture" in page.find_element("id", "file").accessible_name
    assert page.find_element("id", "message").get_attribute("aria-live") == "polite"


def test_the_reference_shows_every_route(page, visited):
    page.get(f"{visited.url}/docs")
    wait_for(page, "#reference", lambda text: "/predict" in text)
    assert "POST /predict Answer about pictures" in texts(page, "summary")
    assert len(texts(page, "summary")) == 14
    page.find_element("css selector", "summary").click()
    screenshot(page, "docs")
