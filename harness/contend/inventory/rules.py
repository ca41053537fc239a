"""Rules that stand twice: in the file that a workload's page checks by, and again in a server.

A rule is a keyword that constrains, of the JSON Schemas that the page's file exports as literals. A
server that loads the file has its rules from there. Any other states each of them again, whatever
its validator's words for it are.
"""

import re
from collections.abc import Container
from pathlib import Path

from contend.inventory.sources.size import code_lines

# By workload, from the folder of the workloads.
_PAGES = {"orders": "page/order_rules.mjs"}

_SCHEMA = re.compile(r"^export const \w+ = \{$.*?^\};$", re.DOTALL | re.MULTILINE)
_KEYWORDS = (
    *("required", "type", "minimum", "maximum", "minLength", "maxLength", "pattern"),
    *("minItems", "maxItems"),
)
_RULE = re.compile(rf"\b(?:{'|'.join(_KEYWORDS)}):")


def page_rules(workloads: Path, workload: str) -> Path | None:
    """The file that the workload's page checks by, where it has a page."""
    path = workloads / _PAGES[workload] if workload in _PAGES else None
    return path if path and path.is_file() else None


def rules_stated_again(rules: Path, sources: Container[Path]) -> int:
    """By a server of these files. Raises SuiteError."""
    return 0 if rules.resolve() in sources else count_rules(rules)


def count_rules(path: Path) -> int:
    """Raises SuiteError for a file that is no JavaScript."""
    schemas = _SCHEMA.findall("\n".join(code_lines(path)))
    return sum(len(_RULE.findall(schema)) for schema in schemas)
