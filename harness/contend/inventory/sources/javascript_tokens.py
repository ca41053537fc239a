"""JavaScript, and TypeScript, as tokens whose values together are the text."""

from pathlib import Path

from pygments.lexer import include, inherit
from pygments.lexers.javascript import JavascriptLexer, TypeScriptLexer
from pygments.token import Error, Punctuation, _TokenType, is_token_subtype

from contend.errors import SuiteError

_OPENED = (r"\{", Punctuation, ("braces", "slashstartsregex"))
# With braces inside ${}: Pygments's own lexers end that at the first one that closes, and take what
# follows for code.
_BRACES = {
    "interp-inside": [_OPENED, inherit],
    "braces": [(r"\}", Punctuation, "#pop"), _OPENED, include("root")],
}


class _JavaScript(JavascriptLexer):
    tokens = _BRACES


class _TypeScript(TypeScriptLexer):
    tokens = _BRACES


def javascript_tokens(path: Path, text: str) -> list[tuple[_TokenType, str]]:
    """Raises SuiteError for what is no JavaScript, or more than the lexer knows."""
    lexer = _TypeScript if path.suffix == ".ts" else _JavaScript
    found = list(lexer(stripnl=False, ensurenl=False).get_tokens(text))
    for kind, value in found:
        if is_token_subtype(kind, Error):
            raise SuiteError(str(path), f"it can't be read at {value!r}", "plainer JavaScript")
    return found
