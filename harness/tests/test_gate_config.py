"""contend.toml: written by `contend init`, read by `contend gate`, beaten by options."""

import subprocess
from pathlib import Path

import pytest
from conftest import Contend
from contend.cli.gate_options import Flags, asked_for
from contend.errors import SuiteError, UsageError
from contend.gate.config import read_config
from contend.gate.figures import FIGURES, with_deltas
from test_toml_files import WRONG_WORDS

GIVEN = ("--candidate", "node 'my server.mjs' --port {port}", "--url", "http://127.0.0.1:{port}/x")


FILE = """
[server]
candidate = "new {port}"
baseline = "old {port}"
url = "http://127.0.0.1:{port}/"

[gate]
delta = { p99 = "20%", goodput = "4%" }
rate = 250.0
connections = 8
seed = 7

[[request]]
class = "a"
path = "/a"
weight = 3

[[request]]
class = "b"
method = "POST"
path = "/b"
body = "x"
expect_status = 201
match = "json"
expect_body = "made"
"""


@pytest.fixture(autouse=True)
def _in_a_folder_of_its_own(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)


def write(text: str) -> Path:
    path = Path("contend.toml")
    path.write_text(text)
    return path


def test_init_writes_what_gate_reads(contend: Contend) -> None:
    limits = ("--delta", "p99=20%", "--delta", "goodput=2.5%", "--rate", "250")
    requests = ("--request", "30%:GET /a", "--request", "70%:POST /b")
    done = contend("init", *GIVEN, "--build", "make", "--max-time", "5m", *limits, *requests)
    assert done.code == 0 and "written: contend.toml" in done.out
    asked = asked_for(Flags(), None)
    assert asked.settings.candidate == asked.settings.baseline == GIVEN[1]
    assert asked.settings.url == GIVEN[3]
    assert (asked.revision, asked.build) == ("origin/main", "make")
    assert asked.settings.max_time_s == 300
    classes = [(one.method, one.path, one.weight) for one in asked.settings.classes]
    assert classes == [("GET", "/a", 30), ("POST", "/b", 70)]
    assert asked.settings.rate_per_s == 250
    deltas = {one.name: one.delta for one in asked.settings.figures}
    assert (deltas["p99"], deltas["goodput"], deltas["p50"]) == (0.2, 0.025, 0.05)


def test_init_asks_for_the_url_alone_where_no_request_is_given(contend: Contend) -> None:
    assert contend("init", *GIVEN).code == 0
    assert [one.path for one in asked_for(Flags(), None).settings.classes] == ["/x"]


def git(*arguments: str) -> None:
    who = ("-c", "user.name=a", "-c", "user.email=a@example.org")
    subprocess.run(["git", *who, *arguments], check=True, capture_output=True)


def repository(branch: str) -> None:
    git("init", "--quiet", "-b", branch)
    git("commit", "--quiet", "--allow-empty", "-m", "first")


def test_init_takes_the_branch_that_a_repository_without_a_remote_has(contend: Contend) -> None:
    repository("trunk")
    for more in ("trunk", "master", "main"):
        git("update-ref", f"refs/heads/{more}", "HEAD")
        done = contend("init", *GIVEN, "--force")
        assert done.code == 0 and f"there is no origin/main here, so it is {more}" in done.out
        assert asked_for(Flags(), None).revision == more


def test_init_takes_origin_main_where_there_is_one(contend: Contend) -> None:
    repository("main")
    git("update-ref", "refs/remotes/origin/main", "HEAD")
    done = contend("init", *GIVEN)
    assert done.out == "written: contend.toml; next: contend gate\n"
    assert asked_for(Flags(), None).revision == "origin/main"


def test_init_says_so_where_there_is_no_such_commit(contend: Contend) -> None:
    said = "baseline_ref: no commit here is called"
    assert f"{said} origin/main" in contend("init", *GIVEN).out
    repository("main")
    done = contend("init", *GIVEN, "--force", "--baseline-ref", "v1")
    assert done.code == 0 and f"{said} v1" in done.out
    assert asked_for(Flags(), None).revision == "v1"


def test_init_writes_out_what_every_figure_may_worsen_by(contend: Contend) -> None:
    assert contend("init", *GIVEN, "--delta", "p99=20%").code == 0
    written = read_config(Path("contend.toml")).gate.delta
    assert list(written) == [one.name for one in FIGURES]
    assert written["p99"] == "20%" and written["p99.9"] == "25%"
    assert asked_for(Flags(), None).settings.figures == with_deltas({"p99": 0.2})


def test_init_overwrites_nothing_unless_told(contend: Contend) -> None:
    write("mine")
    assert "it is there already; try --force" in contend("init", *GIVEN).complaint
    assert Path("contend.toml").read_text() == "mine"
    assert contend("init", *GIVEN, "--force").code == 0


@pytest.mark.parametrize(
    ("given", "said"),
    [
        ((), "--candidate: is needed"),
        (("--candidate", "x {port}"), "--url: is needed"),
        (("--candidate", "x {port}", "--url", "http://127.0.0.1/"), "names no {port}"),
        ((*GIVEN, "--max-time", "soon"), "--max-time"),
        ((*GIVEN, "--delta", "p98=1%"), "no figure 'p98'"),
        ((*GIVEN, "--rate", "0"), "--rate: 0"),
        ((*GIVEN, "--request", "x"), "--request"),
    ],
)
def test_init_says_what_is_wrong(given: tuple[str, ...], said: str, contend: Contend) -> None:
    done = contend("init", *given)
    assert done.code == 2 and said in done.complaint
    assert not Path("contend.toml").exists()


@pytest.mark.parametrize(
    ("line", "said"), [*WRONG_WORDS, ("headers = {Connection = 'close'}", "set by contend itself")]
)
def test_a_file_whose_request_would_break_is_refused(line: str, said: str) -> None:
    path = "" if line.startswith("path") else "path = '/'\n"
    with pytest.raises(SuiteError) as caught:
        read_config(write(f"{FILE}[[request]]\nclass = 'c'\n{path}{line}\n"))
    assert str(caught.value).startswith("contend.toml: request[2]: ") and said in str(caught.value)


def test_a_file_says_all_that_options_do() -> None:
    write(FILE)
    settings = asked_for(Flags(), None).settings
    assert (settings.baseline, settings.candidate) == ("old {port}", "new {port}")
    assert (settings.rate_per_s, settings.connections, settings.seed) == (250.0, 8, 7)
    deltas = {one.name: one.delta for one in settings.figures}
    assert (deltas["p99"], deltas["goodput"], deltas["p50"]) == (0.2, 0.04, 0.05)
    assert [(one.name, one.weight, one.expect_status) for one in settings.classes] == [
        ("a", 3.0, 200),
        ("b", 1.0, 201),
    ]
    assert [one.expect_body for one in settings.classes] == [None, b"made"]
    assert settings.matches == ("bytes", "json")


def test_options_beat_the_file() -> None:
    write(FILE)
    flags = Flags(
        candidate="newest {port}",
        rate=10.0,
        deltas=("p99=1%",),
        requests=("100%:GET /c",),
        seed=9,
        connections=2,
    )
    settings = asked_for(flags, None).settings
    assert settings.candidate == "newest {port}" and settings.baseline == "old {port}"
    assert (settings.rate_per_s, settings.seed, settings.connections) == (10.0, 9, 2)
    assert [one.path for one in settings.classes] == ["/c"]
    deltas = {one.name: one.delta for one in settings.figures}
    assert (deltas["p99"], deltas["goodput"]) == (0.01, 0.04)


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("[server]\ncandidate = 'x'\n", "url"),
        ("[server]\ncandidate = 'x'\nurl = 'y'\n[gate]\nmax = 1\n", "max"),
        ("[server]\ncandidate = 'x'\nurl = 'y'\n[gate]\ndelta = { p98 = '1%' }\n", "p98"),
        ("[server]\ncandidate = 'x'\nurl = 'y'\n[gate]\ndelta = { p99 = '1' }\n", "no share"),
        ("[server]\ncandidate = 'x'\nurl = 'y'\n[gate]\nrate = 0.0\n", "rate"),
        ("[server", "contend.toml"),
        (FILE.replace('class = "a"', 'class = "a"\npushed = true'), "pushed"),
        (FILE.replace("weight = 3", "weight = 0.0"), "a weight must be above 0"),
        (FILE.replace('path = "/a"', 'path = "a"'), "a path must start with /"),
    ],
)
def test_a_wrong_file_is_named_with_its_key(text: str, said: str) -> None:
    write(text)
    with pytest.raises(SuiteError, match=r"contend\.toml") as caught:
        read_config(Path("contend.toml"))
    assert said in str(caught.value)


def test_a_file_that_is_not_there_is_said() -> None:
    with pytest.raises(UsageError, match="contend init"):
        asked_for(Flags(), Path("elsewhere.toml"))
    with pytest.raises(UsageError, match="--candidate: is needed"):
        asked_for(Flags(), None)


def test_headers_and_bodies_are_of_requests_that_are_named_with_them() -> None:
    write(FILE)
    for flags in (Flags(headers=("A: b",)), Flags(body="x")):
        with pytest.raises(UsageError, match="the file's requests have their own"):
            asked_for(flags, None)
    given = asked_for(Flags(headers=("A: b",), requests=("100%:GET /c",)), None)
    assert given.settings.classes[0].headers == (("A", "b"),)
    assert given.settings.matches == ("bytes",)


def test_a_command_that_is_shown_tells_no_secret() -> None:
    flags = Flags(headers=("Authorization: Bearer x", "X-Api-Key: y", "Accept: text/html"))
    said = flags.command(None)
    assert "Bearer" not in said and "y" not in said.replace("Api-Key", "")
    assert "'Accept: text/html'" in said and "Authorization: …" in said


def test_a_build_without_a_revision_is_said() -> None:
    flags = Flags(candidate="x {port}", url="http://127.0.0.1:{port}/", build="make")
    with pytest.raises(UsageError, match="--baseline-ref REV"):
        asked_for(flags, None)
