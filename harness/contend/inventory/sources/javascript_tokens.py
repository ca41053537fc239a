"""JavaScript as tokens, whose values together are the text."""

from pathlib import Path

from pygments.lexer import include, inherit
from pygments.lexers.javascript import JavascriptLexer
from pygments.token import Error, Punctuation, _TokenType, is_token_subtype

from contend.errors import SuiteError

_OPENED = (r"\{", Punctuation, ("braces", "slashstartsregex"))


class _JavaScript(JavascriptLexer):
    """With braces inside ${}: Pygments's own ends that at the first one that closes, and takes what
    follows for code."""

    tokens = {  # noqa: RUF012 (as Pygments has it)
        "interp-inside": [_OPENED, inherit],
        "braces": [(r"\}", Punctuation, "#pop"), _OPENED, include("root")],
    }


def javascript_tokens(path: Path, text: str) -> list[tuple[_TokenType, str]]:
    """Raises SuiteError for what is no JavaScript, or more than the lexer knows."""
    found = list(_JavaScript(stripnl=False, ensurenl=False).get_tokens(text))
    for kind, value in found:
        if is_token_subtype(kind, Error):
            raise SuiteError(str(path), f"it can't be read at {value!r}", "plainer JavaScript")
    return found
