"""What sources say without being run: lines of code, what a file loads, and its routes."""

import gzip
from pathlib import Path

import pytest
from contend.errors import SuiteError
from contend.inventory.sources.reach import files_of, read_sources
from contend.inventory.sources.size import code_lines, code_size
from contend.inventory.sources.source import names_in, route_of, serves
from contend.inventory.sources.tree import Tree

PYTHON = '''
"""What it is,

in two lines."""
import re  # regular expressions


def found(text: str) -> bool:
    """Whether there is one: é."""; a = "# é"  # é
    return bool(re.search("""#
    "docstring?" """, text))
'''

JAVASCRIPT = r"""
#!/usr/bin/env node
// a line
import { a } from './a.mjs'; // after code
/* over
   two lines */ const quotient = a / 2 / 1; /* between */ const url = 'http://x/*';
const page = (rows) => html`// no ${rows.map(({ id }) => html`<i>${id}</i>`)} /* nor this */`;
const path = /^[^/]+\/\/x$/; // a regular expression
"""

TEMPLATE = """<!DOCTYPE html>
<!-- for
     people --><p>{{ message }}</p>
{# Django and Jinja #}
<%# EJS %><b><%= message %></b>
"""


def write(folder: Path, files: dict[str, str]) -> None:
    for name, text in files.items():
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8")


@pytest.mark.parametrize(
    ("name", "text", "lines"),
    [
        (
            "a.py",
            PYTHON,
            [
                "import re",
                "def found(text: str) -> bool:",
                '    ; a = "# é"',
                '    return bool(re.search("""#',
                '    "docstring?" """, text))',
            ],
        ),
        (
            "a.mjs",
            JAVASCRIPT.lstrip(),
            [
                "import { a } from './a.mjs';",
                " const quotient = a / 2 / 1;  const url = 'http://x/*';",
                *JAVASCRIPT.splitlines()[6:7],
                r"const path = /^[^/]+\/\/x$/;",
            ],
        ),
        (
            "a.html",
            TEMPLATE,
            ["<!DOCTYPE html>", "<p>{{ message }}</p>", "<b><%= message %></b>"],
        ),
    ],
)
def test_lines_of_code_are_those_without_comments(
    tmp_path: Path, name: str, text: str, lines: list[str]
) -> None:
    write(tmp_path, {name: text})
    assert code_lines(tmp_path / name) == lines


def test_size_is_of_all_files_together_in_the_order_of_their_names(tmp_path: Path) -> None:
    write(tmp_path, {"b.py": "b = 2\n", "a.py": "a = 1  # one\n\n"})
    found = code_size([tmp_path / "b.py", tmp_path / "a.py"])
    assert found.lines == 2
    assert found.gzip_bytes == len(gzip.compress(b"a = 1\nb = 2\n", 9, mtime=0))


@pytest.mark.parametrize(
    ("name", "text", "said"),
    [("a.py", "def\n", "line 1: invalid syntax"), ("a.mjs", "a @ b\n", "can't be read at '@'")],
)
def test_what_cant_be_read_is_an_error(tmp_path: Path, name: str, text: str, said: str) -> None:
    write(tmp_path, {name: text})
    with pytest.raises(SuiteError, match=said):
        code_size([tmp_path / name])


@pytest.mark.parametrize(
    ("pattern", "route"),
    [
        ("/orders/{id}", ("orders",)),
        ("/delay/:ms(^\\d{1,5}$)", ("delay",)),
        ("delay/<int:ms>", ("delay",)),
        (r"^\/cpu\/(?<ms>\d{1,5})$", ("cpu",)),
        ("/ws/echo", ("ws", "echo")),
        ("/", ()),
        ("^[A-Z]{2}$", ()),
    ],
)
def test_a_route_is_what_stands_before_its_first_parameter(
    pattern: str, route: tuple[str, ...]
) -> None:
    assert route_of(pattern) == route


def test_a_route_serves_the_paths_that_begin_with_it() -> None:
    assert serves(("orders",), "/orders/{id}?q=priority")
    assert serves(("ws", "echo"), "/ws/echo")
    assert not serves(("delay", "5"), "/delay/10")
    assert not serves(("ws", "echo"), "/ws/chat?room={room}")
    assert not serves((), "/json")


@pytest.mark.parametrize(
    ("text", "names"),
    [
        ("@fastify/view", ["@fastify/view"]),
        ("drizzle-orm/sqlite-core", ["drizzle-orm"]),
        ("sqlite+aiosqlite:///file", ["sqlite", "aiosqlite"]),
        ("/ws/echo", [""]),
    ],
)
def test_strings_name_packages(text: str, names: list[str]) -> None:
    assert names_in(text) == names


SHARED = {"shared/used.py": "", "shared/unused.py": "import nothing\n"}

# A framework that finds its files by name, with the handlers apart from their routes.
BY_NAME = {
    "server/settings.py": 'KIND = "asgi" == "views"\nURLS = "urls"\nTABLE = "shop.models"\n',
    "server/urls.py": (
        "from shop.views import basics, world\nfrom framework import path\n"
        'urls = [path("json", basics.json), path("db", world.row), path("update", world.update)]\n'
    ),
    "server/asgi.py": "import never\n",
    "server/shop/__init__.py": "",
    "server/shop/models.py": "import orm\n",
    "server/shop/views/basics.py": "import used\n",
    "server/shop/views/world.py": 'from ..models import World\nTEMPLATE = "page.html"\n',
    "server/shop/templates/page.html": "<p></p>\n",
    "server/gunicorn.conf.py": "import used\n",
}


def found(tmp_path: Path, start: list[str], paths: list[str], others: list[str]) -> list[str]:
    tree = Tree([tmp_path / "server", tmp_path / "shared"])
    started = tree.started(start)
    sources = read_sources(tree, started)
    files = files_of(sources, started, paths, others)
    return sorted(str(path.relative_to(tmp_path.resolve())) for path in files)


def test_files_are_found_by_imports_and_by_name(tmp_path: Path) -> None:
    write(tmp_path, BY_NAME | SHARED)
    both = found(tmp_path, ["gunicorn", "settings"], ["/json", "/db"], [])
    assert both == [
        "server/gunicorn.conf.py",
        "server/settings.py",
        "server/shop/__init__.py",
        "server/shop/models.py",
        "server/shop/templates/page.html",
        "server/shop/views/basics.py",
        "server/shop/views/world.py",
        "server/urls.py",
        "shared/used.py",
    ]
    # models.py is imported, so that its name in the settings is no reason to load it.
    assert found(tmp_path, ["settings"], ["/json"], ["/db", "/update"]) == [
        "server/settings.py",
        "server/shop/__init__.py",
        "server/shop/views/basics.py",
        "server/urls.py",
        "shared/used.py",
    ]


IN_PLACE = {
    "server/app.mjs": (
        "import { orders } from './routes/orders.mjs';\nimport { basics } from './basics.mjs';\n"
        "const allowed = (url) => url.startsWith('/ws/');\n"
    ),
    "server/basics.mjs": "import './common.mjs';\napp.get(/^\\/delay\\/(\\d+)$/, wait);\n",
    "server/routes/orders.mjs": "import '../common.mjs';\napp.post('/orders/:id', place);\n",
    "server/common.mjs": "ask('/delay/5');\nrender('page');\n",
    "server/page.ejs": "<p></p>\n",
    "shared/sockets.mjs": "if (path === '/ws/echo') accept();\n",
}


def test_routes_stand_where_they_are_served(tmp_path: Path) -> None:
    write(
        tmp_path,
        IN_PLACE | {"server/server.mjs": "import './app.mjs';\nimport '../shared/sockets.mjs'"},
    )
    paths = ["/delay/10", "/orders/{id}", "/ws/echo"]
    common = ["server/app.mjs", "server/common.mjs", "server/page.ejs", "server/server.mjs"]
    for path, own in zip(
        paths, ("server/basics.mjs", "server/routes/orders.mjs", "shared/sockets.mjs"), strict=True
    ):
        others = [one for one in paths if one != path]
        needed = found(tmp_path, ["server.mjs"], [path], others)
        # app.mjs has a route of WebSockets too, and leads to the others.
        expected = common if own.startswith("server") else ["server/app.mjs", "server/server.mjs"]
        assert needed == sorted([*expected, own])


def test_nothing_is_left_out_where_a_route_cant_be_seen(tmp_path: Path) -> None:
    write(tmp_path, {"server/server.py": "from routes import route\nimport used\n", **SHARED})
    write(tmp_path, {"server/routes.py": 'match path:\n    case ["json"]: ...\n'})
    every = ["server/routes.py", "server/server.py", "shared/used.py"]
    assert found(tmp_path, ["server.py"], ["/json"], ["/db"]) == every
