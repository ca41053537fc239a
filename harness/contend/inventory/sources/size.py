"""How much code there is: comment-stripped lines, and their bytes after gzip. Pure.

What counts is what a server's author wrote for it: no comments, no docstrings, no blank lines.
"""

import ast
import gzip
import io
import re
import tokenize
from collections.abc import Iterable
from itertools import accumulate
from pathlib import Path

from pygments.token import Comment, is_token_subtype

from contend.errors import SuiteError
from contend.inventory.document import CodeSize
from contend.inventory.sources.javascript_tokens import javascript_tokens

JAVASCRIPT = (".js", ".mjs", ".ts")
TEMPLATES = (".ejs", ".html")
PYTHON = ".py"

# HTML's, EJS's, and Django's and Jinja's.
_TEMPLATE_COMMENT = re.compile(r"<!--.*?-->|<%#.*?%>|\{#.*?#\}", re.DOTALL)


def code_size(paths: Iterable[Path]) -> CodeSize:
    """Of all together: what they have in common is compressed away."""
    lines = [line for path in sorted(paths) for line in code_lines(path)]
    text = "".join(f"{line}\n" for line in lines)
    return CodeSize(len(lines), len(gzip.compress(text.encode(), 9, mtime=0)))


def code_lines(path: Path) -> list[str]:
    """Raises SuiteError for a file that is not what its name says."""
    text = path.read_text(encoding="utf-8")
    if path.suffix == PYTHON:
        text = _python(path, text)
    elif path.suffix in JAVASCRIPT:
        tokens = javascript_tokens(path, text)
        text = "".join(value for kind, value in tokens if not is_token_subtype(kind, Comment))
    else:
        text = _TEMPLATE_COMMENT.sub("", text)
    return [line.rstrip() for line in text.split("\n") if line.strip()]


def parse_python(path: Path, text: str) -> ast.Module:
    """Raises SuiteError."""
    try:
        return ast.parse(text)
    except SyntaxError as error:
        why = f"line {error.lineno}: {error.msg}"
        raise SuiteError(str(path), why, "mending it, or a newer Python for contend") from None


def docstrings(tree: ast.AST) -> list[ast.Constant]:
    documented = (ast.Module, ast.ClassDef, ast.FunctionDef, ast.AsyncFunctionDef)
    bodies = [node.body for node in ast.walk(tree) if isinstance(node, documented)]
    firsts = [body[0].value for body in bodies if body and isinstance(body[0], ast.Expr)]
    return [one for one in firsts if isinstance(one, ast.Constant) and isinstance(one.value, str)]


def _python(path: Path, text: str) -> str:
    documentation = {(one.lineno, one.col_offset) for one in docstrings(parse_python(path, text))}
    starts = [0, *accumulate(map(len, io.StringIO(text)))]
    kept, end = [], 0
    for token in tokenize.generate_tokens(io.StringIO(text).readline):
        is_comment = token.type == tokenize.COMMENT
        if is_comment or (token.type == tokenize.STRING and token.start in documentation):
            kept.append(text[end : starts[token.start[0] - 1] + token.start[1]])
            end = starts[token.end[0] - 1] + token.end[1]
    return "".join([*kept, text[end:]])
