"""A gate's document as JUnit's XML: a test case a figure, and one a share. Pure."""

from contend.gate.document import PASS, REGRESSION, GateDocument, Metric, Share, of_both
from contend.reports import foreign
from contend.reports.gate_text import change, interval


def render(found: GateDocument) -> bytes:
    """What isn't known well enough is skipped."""
    cases = [_figure(one) for one in found.metrics]
    cases += [_share(one) for one in found.shares]
    failures, skipped = (sum(word in one for one in cases) for word in ("<failure", "<skipped"))
    counts = f'tests="{len(cases)}" failures="{failures}" skipped="{skipped}"'
    lines = [
        '<?xml version="1.0" encoding="UTF-8"?>',
        f'<testsuite name="contend gate" {counts}>',
        *(f"  {one}" for one in cases),
        "</testsuite>",
    ]
    return ("\n".join(lines) + "\n").encode()


def _figure(one: Metric) -> str:
    said = f"{change(one)} {interval(one)}"
    if one.reason is not None:
        return _case(one.name, "skipped", one.reason)
    if one.verdict == REGRESSION:
        return _case(one.name, "failure", f"{said} adj-p={one.p_adjusted:.4f}")
    return _case(one.name, "" if one.verdict == PASS else "skipped", said)


def _share(one: Share) -> str:
    kind = {PASS: "", REGRESSION: "failure"}.get(one.verdict, "skipped")
    return _case(one.name, kind, of_both(one))


def _case(name: str, kind: str, message: str) -> str:
    opened = f'<testcase classname="contend.gate" name={foreign.in_xml_attribute(name)}'
    if not kind:
        return f"{opened}/>"
    return f"{opened}><{kind} message={foreign.in_xml_attribute(message)}/></testcase>"
