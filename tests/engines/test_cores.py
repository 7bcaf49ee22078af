from hydranet.engines import _cores as cores


def test_a_container_uses_no_more_threads_than_its_share_of_the_cores(tmp_path, monkeypatch):
    share = tmp_path / "cpu.max"
    monkeypatch.setattr(cores, "_CONTAINER_SHARE", share)
    available = cores.available_cores()  # no such file: all
    for content, expected in (
        ("50000 100000\n", 1),
        ("max 100000\n", available),
        ("6400000 100000\n", min(available, 64)),
    ):
        share.write_text(content)
        assert cores.available_cores() == expected
