"""action.yml: its steps run by bash as the runner does, with stubs of contend and gh."""

import os
import re
import subprocess
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
import yaml

ROOT = Path(__file__).parents[2]
MARK = "<!-- contend:gate -->"
# Says how it was called, and ends as the test wants.
CONTEND = """#!/bin/bash
printf '%s\\n' "$@" >"$RUNNER_TEMP/asked"
while (($#)); do
  case $1 in --json) json=$2 ;; --markdown) markdown=$2 ;; esac
  shift
done
if [[ $VERDICT ]]; then
  echo "{\\"verdict\\": \\"$VERDICT\\"}" >"$json"
  printf '<!-- contend:gate -->\\n### contend: %s\\n' "$VERDICT" >"$markdown"
else
  [[ $MUTE ]] || echo 'contend: --candidate: exited with 1' >&2
fi
exit "$CODE"
"""
GH = """#!/bin/bash
printf '%s ' "$@" >>"$RUNNER_TEMP/gh"; echo >>"$RUNNER_TEMP/gh"
[[ $* != *--paginate* ]] || echo "$OLD_COMMENT"
[[ ! $GH_FAILS ]]
"""


@dataclass(frozen=True)
class Ran:
    code: int
    said: str
    asked: list[str]  # of contend
    gh: list[str]  # a line a call
    outputs: str
    summary: str


def step(name: str) -> dict[str, Any]:
    action = yaml.safe_load((ROOT / "action.yml").read_text(encoding="utf-8"))
    found: dict[str, Any] = next(one for one in action["runs"]["steps"] if one["name"] == name)
    return found


def expanded(text: str, context: dict[str, str]) -> str:
    return re.sub(r"\$\{\{ *([\w.-]+) *\}\}", lambda found: context[found[1]], text)


@pytest.fixture
def repository(tmp_path: Path) -> Path:
    """At the merge of a pull request, as actions/checkout leaves it."""
    folder = tmp_path / "repository"
    git = ["git", "-C", str(folder), "-c", "user.name=t", "-c", "user.email=t@localhost"]
    subprocess.run(["git", "init", "--quiet", "-b", "main", str(folder)], check=True)
    (folder / "contend.toml").write_text('[server]\ncandidate = "x {port}"\n', encoding="utf-8")
    subprocess.run([*git, "add", "."], check=True)
    for arguments in (
        ["commit", "-qm", "first"],
        ["checkout", "-qb", "branch"],
        ["commit", "-qm", "change", "--allow-empty"],
        ["checkout", "-q", "main"],
        ["commit", "-qm", "meanwhile", "--allow-empty"],
        ["merge", "-q", "--no-ff", "--no-edit", "branch"],
    ):
        subprocess.run([*git, *arguments], check=True)
    return folder


def run(name: str, repository: Path, inputs: dict[str, str] | None = None, **env: str) -> Ran:
    temp = repository.parent / "runner"
    stubs = temp / "contend/bin"
    stubs.mkdir(parents=True, exist_ok=True)
    for stub, program in (("contend", CONTEND), ("gh", GH)):
        (stubs / stub).write_text(program, encoding="utf-8")
        (stubs / stub).chmod(0o755)
    action = yaml.safe_load((ROOT / "action.yml").read_text(encoding="utf-8"))
    context = {f"inputs.{key}": one.get("default", "") for key, one in action["inputs"].items()}
    context |= {f"inputs.{key}": value for key, value in (inputs or {}).items()}
    context |= {
        "runner.temp": str(temp),
        "github.event.pull_request.base.sha": commit(repository, "main~1^"),
        "github.event.pull_request.number": "7",
    }
    found = step(name)
    files = {key: temp / key for key in ("GITHUB_OUTPUT", "GITHUB_STEP_SUMMARY")}
    done = subprocess.run(
        # As the runner calls it for `shell: bash`.
        ["bash", "--noprofile", "--norc", "-eo", "pipefail", "-c", found["run"]],
        cwd=repository,
        env=os.environ
        | {key: expanded(value, context) for key, value in found["env"].items()}
        | {"RUNNER_TEMP": str(temp), "GITHUB_REPOSITORY": "owner/name"}
        | {"PATH": f"{stubs}:{os.environ['PATH']}", "VERDICT": "", "CODE": "0"}
        | {"OLD_COMMENT": "", "GH_FAILS": "", "MUTE": ""}
        | {key: str(path) for key, path in files.items()}
        | env,
        capture_output=True,
        text=True,
    )
    return Ran(
        code=done.returncode,
        said=done.stdout + done.stderr,
        asked=text(temp / "asked").splitlines(),
        gh=text(temp / "gh").splitlines(),
        outputs=text(files["GITHUB_OUTPUT"]),
        summary=text(files["GITHUB_STEP_SUMMARY"]),
    )


def commit(repository: Path, revision: str) -> str:
    argv = ["git", "-C", str(repository), "rev-parse", revision]
    return subprocess.run(argv, check=True, capture_output=True, text=True).stdout.strip()


def text(path: Path) -> str:
    return path.read_text(encoding="utf-8") if path.exists() else ""


@pytest.mark.parametrize(
    ("verdict", "code", "inconclusive", "ends_with"),
    [
        ("pass", "0", "pass", 0),
        ("regression", "1", "pass", 1),
        ("inconclusive", "3", "pass", 0),
        ("inconclusive", "3", "fail", 3),
    ],
)
def test_a_job_ends_as_the_gate_does(
    verdict: str, code: str, inconclusive: str, ends_with: int, repository: Path
) -> None:
    ran = run("Gate", repository, {"inconclusive": inconclusive}, VERDICT=verdict, CODE=code)
    assert ran.code == ends_with, ran.said
    assert ran.outputs == f"verdict={verdict}\n"
    assert ran.summary.startswith(MARK) and verdict in ran.summary
    own = ["gate", "--config", "contend.toml", "--results", "contend-results"]
    assert ran.asked[:5] == own and "--max-time" not in ran.asked


def test_a_pull_request_is_compared_with_what_it_is_merged_into(repository: Path) -> None:
    ran = run("Gate", repository, {"max-time": "5m", "results": "kept"}, VERDICT="pass")
    assert ran.asked[3:5] == ["--results", "kept"]
    assert ran.asked[-4:] == ["--baseline-ref", commit(repository, "HEAD^1"), "--max-time", "5m"]


def test_a_baseline_of_the_file_or_of_the_job_is_kept(repository: Path) -> None:
    with (repository / "contend.toml").open("a", encoding="utf-8") as file:
        file.write('baseline_ref = "v1"\n')
    assert "--baseline-ref" not in run("Gate", repository, VERDICT="pass").asked
    ran = run("Gate", repository, {"baseline-ref": "v2"}, VERDICT="pass")
    assert ran.asked[-2:] == ["--baseline-ref", "v2"]


def test_a_gate_that_could_not_run_is_said_so(repository: Path) -> None:
    ran = run("Gate", repository, CODE="2")
    assert ran.code == 2 and ran.outputs == ""
    assert "the gate could not run" in ran.summary
    assert "contend: --candidate: exited with 1" in ran.summary
    assert ran.summary.count("```") == 2


def test_a_gate_that_said_nothing_leaves_a_summary_that_is_whole(repository: Path) -> None:
    ran = run("Gate", repository, CODE="137", MUTE="1")
    assert ran.code == 137 and ran.summary.count("```") == 2


@pytest.mark.parametrize(("old", "method"), [("", "POST"), ("42", "PATCH")])
def test_a_pull_request_has_one_comment(old: str, method: str, repository: Path) -> None:
    run("Gate", repository, VERDICT="pass")
    ran = run("Comment", repository, OLD_COMMENT=old)
    place = "repos/owner/name/issues/" + (f"comments/{old}" if old else "7/comments")
    assert ran.code == 0 and len(ran.gh) == 2
    assert ran.gh[1].startswith(f"api --method {method} {place} --field body=@")


def test_a_comment_that_is_refused_fails_no_job(repository: Path) -> None:
    run("Gate", repository, VERDICT="pass")
    ran = run("Comment", repository, GH_FAILS="1")
    assert ran.code == 0 and "::warning" in ran.said
