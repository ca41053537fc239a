"""Each room rule finds its breach, and lets alone what is allowed."""

import pytest
import room_rules


def found(path: str, text: str) -> list[str]:
    """The breaches in one file, as line: what."""
    return [f"{breach.line}: {breach.what}" for breach in room_rules.breaches({path: text})]


@pytest.mark.parametrize(
    ("path", "text", "breach"),
    [
        ("notes.txt", "", "1: notes.txt has no place at the project's top level"),
        (
            "harness/engine/core/clock.h",
            '#pragma once\n#include "load/pacer.h"\n',
            '2: core/ may not include "load/pacer.h"',
        ),
        (
            "harness/engine/exchange/http1_test.cpp",
            '#include "arrivals/poisson.h"\n',
            '1: exchange/ may not include "arrivals/poisson.h"',
        ),
        (
            "harness/engine/extras/x.h",
            "",
            "1: extras/ is no room of the engine",
        ),
        (
            "bench/x.cpp",
            "#include <boost/asio.hpp>\n",
            "1: boost/asio.hpp takes seconds to compile: include what is used",
        ),
        (
            "harness/engine/load/x.h",
            "class A {\n    friend class B;\n};\n",
            "2: a friend knows what it should not have to",
        ),
        (
            "harness/engine/load/x.cpp",
            'void f() { std::printf("x"); }\n',
            "1: the engine prints nothing",
        ),
        (
            "harness/contend/stats/estimate.py",
            "from ..servers.target import Target\n",
            "1: stats/ may not import contend.servers.target",
        ),
        (
            "harness/contend/reports/table.py",
            "def f() -> None:\n    from contend import _engine\n",
            "2: reports/ may not import contend._engine",
        ),
        (
            "harness/contend/suites/plan.py",
            "from contend.trials import spec\n",
            "1: suites/ may not import contend.trials",
        ),
        (
            "harness/contend/gate/run.py",
            "from contend.certify.plan import plan\n",
            "1: gate/ may not import contend.certify.plan",
        ),
        (
            "harness/contend/extras/x.py",
            "x = 1\n",
            "1: extras/ is no room of the package",
        ),
        (
            "workloads/backends/package-lock.json",
            '"resolved": "https://registry.example/x.tgz"\n',
            '1: "resolved": names a package registry: the user\'s own is used',
        ),
        (
            "scripts/setup",
            "cd /home/me/contend\n",
            "1: /home/ is a path of one machine",
        ),
        (
            "harness/contend/plan.py",
            "x = 1  # TODO: two\n",
            "1: TODO marks unfinished work",
        ),
        (
            "harness/engine/load/x.h",
            "class PoolManager {};\n",
            "1: PoolManager says how, not what: name the one thing it is",
        ),
    ],
)
def test_breach_is_found(path: str, text: str, breach: str) -> None:
    assert breach in found(path, text)


@pytest.mark.parametrize(
    ("path", "text"),
    [
        ("harness/engine/core/trial_spec.h", '#include "core/clock.h"\n#include <vector>\n'),
        ("harness/engine/servers/null.cpp", '#include "models/model.h"\n'),
        ("harness/engine/bindings/register_trial.cpp", '#include "load/load_generator.h"\n'),
        ("harness/engine/core/names.cpp", 'std::snprintf(text, 8, "%d", 1);\n'),
        (
            "harness/contend/reports/table.py",
            "from contend.runs.store import Run\nfrom . import text\n",
        ),
        ("harness/contend/target.py", "import subprocess\n"),
        ("README.md", "The package is on https://pypi.org/project/contend/\n"),
        ("workloads/work-mix.toml", 'path = "/work"\n'),
        ("harness/contend/database.py", "class Database: ...\n"),
    ],
)
def test_what_is_allowed_passes(path: str, text: str) -> None:
    assert found(path, text) == []


def test_long_files_are_named_without_breaking_anything() -> None:
    files = {
        "harness/contend/long.py": "x = 1\n" * 301,
        "harness/contend/short.py": "x = 1\n" * 300,
    }

    assert room_rules.breaches(files) == []
    assert list(room_rules.long_files(files)) == [
        "harness/contend/long.py: 301 lines deserve a second look"
    ]


def test_what_measures_is_found_through_what_is_imported() -> None:
    files = {
        "harness/contend/findings/tables.py": "from contend.runs.record import Run\n",
        "harness/contend/runs/record.py": "from contend.machine import processes\n",
        "harness/contend/machine/processes.py": "import subprocess\n",
    }
    said = [str(one) for one in room_rules.breaches(files)]
    way = "subprocess, by contend.machine.processes, by contend.runs.record"
    assert f"harness/contend/findings/tables.py:1: findings/ may not import {way}" in said


def test_the_histogram_is_no_way_to_the_engine_and_types_are_no_import() -> None:
    files = {
        "harness/contend/findings/figures.py": "from contend.trials.histograms import Histogram\n",
        "harness/contend/trials/histograms.py": "from contend._engine import Histogram\n",
        "harness/contend/reports/table.py": "from typing import TYPE_CHECKING\n\n"
        "if TYPE_CHECKING:\n    from contend import _engine\n",
    }
    assert not room_rules.breaches(files)
