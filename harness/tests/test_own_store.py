"""Which store is meant where none is named."""

from pathlib import Path

import pytest
from contend.cli import run
from contend.files import paths


def test_in_the_checkout_it_is_the_checkouts(monkeypatch: pytest.MonkeyPatch) -> None:
    root = paths.checkout_root()
    assert root is not None
    monkeypatch.chdir(root / "bench")
    assert paths.results_dir() == root / "results"
    assert paths.own_checkout() == root
    assert paths.own_checkout(Path("elsewhere")) is None


def test_elsewhere_it_is_a_folder_of_ones_own(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    assert paths.results_dir() == tmp_path / "contend-results"
    assert paths.own_checkout() is None


def test_the_version_is_said(capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["--version"]) == 0
    assert capsys.readouterr().out.startswith("contend 0.")
