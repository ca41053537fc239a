"""The files that a run's reports are: atomic, the same at each rebuild, and the README's block."""

import errno
import os
import re
from pathlib import Path

import pytest
from contend import reports
from contend.errors import StoreError
from contend.files import atomic_file
from contend.findings.tables import build_tables
from contend.reports import pictures, plot, readme
from contend.reports.suite_end import last_lines
from contend.reports.write import write_reports
from msgspec.structs import replace
from stored_runs import Fake, quick_figures, stored_run

RUN = stored_run(quick_figures)
BEGIN, END = readme.markers(readme.TABLE)
README = f"# Title\n\n{BEGIN}\nold\n{END}\n\nafter\n"


def contents(folder: Path) -> dict[str, bytes]:
    return {str(one.relative_to(folder)): one.read_bytes() for one in folder.rglob("*.*")}


def test_two_rebuilds_give_the_same_bytes(tmp_path: Path) -> None:
    first, second = tmp_path / "first", tmp_path / "second"
    written = write_reports(RUN, first)
    write_reports(RUN, second)
    assert contents(first) == contents(second)
    assert sorted(contents(first)) == [
        "plots/quick.png",
        "plots/quick.svg",
        "reports/quick.html",
        "tables/quick.csv",
        "tables/quick.md",
    ]
    assert {str(one.relative_to(first)) for one in written} == set(contents(first))


def test_plots_are_whole_files_of_their_kinds(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(reports, "FORMATS", reports.FORMATS[:4])
    write_reports(RUN, tmp_path)
    found = contents(tmp_path / "plots")
    assert found["quick.png"].startswith(b"\x89PNG")
    assert found["quick.svg"].startswith(b"<svg")


def test_plot_shows_every_figure_with_its_interval() -> None:
    tables = build_tables(RUN)
    definition = plot.definition(tables, tables.tables)
    panels = [panel for line in definition["vconcat"] for panel in line["hconcat"]]
    assert [panel["title"]["text"] for panel in panels] == [
        "1 plaintext: closed, c = 64",
        "1 plaintext: open, 1,000/s Poisson, c = 64",
        "6a cpu-mix: closed, c = 64",
        "6a cpu-mix: open, 400/s Poisson, c = 64",
    ]
    shown = [definition["datasets"][panel["data"]["name"]] for panel in panels]
    points = [point for panel in shown for point in panel]
    # Of open panels the median and the judged quantile.
    assert [len(panel) for panel in shown] == [5, 8, 4, 8]
    assert all(point["low"] <= point["value"] <= point["high"] for point in points)
    assert {point["language"] for point in points} == {"C++", "JavaScript", "Python"}


def test_plot_has_servers_by_value_and_models_after_them() -> None:
    tables = build_tables(RUN)
    panel = plot.definition(tables, tables.tables)["vconcat"][0]["hconcat"][0]
    assert panel["layer"][0]["encoding"]["y"]["sort"] == [
        *("node-http", "python-threads"),
        *("null (baseline)", "event-loop (model)", "gil-threads (model)"),
    ]


def test_a_run_of_many_tables_has_a_picture_a_workload(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(pictures, "MOST_PANELS", 3)
    monkeypatch.setattr(reports, "FORMATS", reports.FORMATS[:4])
    write_reports(RUN, tmp_path)
    assert sorted(contents(tmp_path / "plots")) == [
        *("quick-cpu-mix.png", "quick-cpu-mix.svg"),
        *("quick-plaintext.png", "quick-plaintext.svg"),
    ]
    text = (tmp_path / "tables" / "quick.md").read_text(encoding="utf-8")
    _, plaintext, mix = re.split(r"^## (?=1 plaintext|6a cpu-mix)", text, flags=re.MULTILINE)
    assert "(../plots/quick-plaintext.svg)" in plaintext
    assert "(../plots/quick-cpu-mix.svg)" in mix


def test_a_run_without_figures_has_a_plot_too() -> None:
    empty = build_tables(stored_run(quick_figures, complete=False, trials=0))
    assert plot.svgs(empty)[pictures.WHOLE].startswith(b"<svg")


def test_readme_gets_the_table_of_a_finished_quick_run_only(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(reports, "FORMATS", reports.FORMATS[:1])
    path = tmp_path / "README.md"
    path.write_text(README, encoding="utf-8")
    results = tmp_path / "results"
    write_reports(stored_run(quick_figures, complete=False, trials=9), results, tmp_path)
    write_reports(stored_run(quick_figures, suite_name="full"), results, tmp_path)
    write_reports(RUN, results)  # results elsewhere: no checkout's
    assert path.read_text(encoding="utf-8") == README
    written = write_reports(RUN, results, tmp_path)
    text = path.read_text(encoding="utf-8")
    assert path in written
    assert text.startswith(f"# Title\n\n{BEGIN}\n**4 loads, best server against ")
    assert text.endswith(f"{END}\n\nafter\n")
    assert "](results/plots/quick.svg)" in text and "](results/tables/quick.md)" in text
    assert "](results/tables/quick.md#1-plaintext)" in text
    write_reports(RUN, results, tmp_path)
    assert path.read_text(encoding="utf-8") == text


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("# none\n", "stands in it 0 times"),
        (README + BEGIN, "stands in it 2 times"),
        (README + END, "stands in it 2 times"),
        (f"{END}\n{BEGIN}\n", "stands before"),
    ],
)
def test_markers_that_arent_a_pair_are_an_error_and_nothing_is_written(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, text: str, said: str
) -> None:
    monkeypatch.setattr(reports, "FORMATS", reports.FORMATS[:1])
    (tmp_path / "README.md").write_text(text, encoding="utf-8")
    with pytest.raises(StoreError, match=said):
        write_reports(RUN, tmp_path / "results", tmp_path)
    assert (tmp_path / "README.md").read_text(encoding="utf-8") == text
    assert not (tmp_path / "results").exists()


def test_a_full_disk_leaves_the_old_file_and_one_line(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = tmp_path / "quick.md"
    path.write_bytes(b"old")

    def full(descriptor: int) -> None:
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    monkeypatch.setattr(os, "fsync", full)
    with pytest.raises(StoreError, match="No space left on device; try freeing space"):
        atomic_file.write(path, b"new")
    assert path.read_bytes() == b"old"
    assert [one.name for one in tmp_path.iterdir()] == ["quick.md"]


def test_files_can_be_read_by_others(tmp_path: Path) -> None:
    atomic_file.write(tmp_path / "new" / "quick.md", b"new")
    assert (tmp_path / "new" / "quick.md").stat().st_mode & 0o777 == 0o644


def test_a_suite_whose_name_is_a_path_writes_nothing(tmp_path: Path) -> None:
    with pytest.raises(StoreError, match="no file name"):
        write_reports(stored_run(quick_figures, suite_name="../quick"), tmp_path)
    assert list(tmp_path.iterdir()) == []


def test_a_run_without_figures_replaces_nothing(tmp_path: Path) -> None:
    path = tmp_path / "README.md"
    path.write_text(README, encoding="utf-8")
    empty = stored_run(lambda _: Fake(not_run="it died"))
    assert write_reports(empty, tmp_path / "results", tmp_path) == []
    assert path.read_text(encoding="utf-8") == README
    assert not (tmp_path / "results").exists()
    broken_off = replace(build_tables(empty), complete=False)
    said = [one.plain for one in last_lines(broken_off, tmp_path / "run.jsonl", [])]
    assert said[-1] == "nothing has a figure: tables, plots and README stay as they were"
    assert said[1].startswith("exit code 3: ") and said[1].endswith("try contend doctor")


def test_the_last_lines_say_where_everything_lies(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(reports, "FORMATS", reports.FORMATS[:1])
    written = write_reports(RUN, tmp_path)
    said = [one.plain for one in last_lines(build_tables(RUN), tmp_path / "run.jsonl", written)]
    assert said[1] == f"stored: {tmp_path / 'run.jsonl'}"
    assert all(str(one) in said[2] for one in written)
