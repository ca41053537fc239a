"""Whether an answer is what its contract says."""

import pytest
from contend.conformance import Answer, matches, verify
from contend.contract import Contract, Exchange
from contend.errors import TargetError

CONTRACT = Contract(
    title="test",
    request=(
        Exchange(name="text", path="/text", expect_body="Hello"),
        Exchange(name="json", path="/json", match="json", expect_body='{"a":[1,2]}'),
    ),
    reject=(Exchange(name="unknown", path="/nowhere", expect_status=404),),
)
RIGHT = {
    "/text": Answer(200, b"Hello"),
    "/json": Answer(200, b'{"a": [1, 2]}\n'),
    "/nowhere": Answer(404, b"Not Found"),
}


def ask_with(**changed: Answer) -> dict[str, bytes]:
    answers = RIGHT | {f"/{path}": answer for path, answer in changed.items()}
    return verify("Server", CONTRACT, lambda exchange: answers[exchange.path])


def test_the_bytes_of_each_class_are_kept() -> None:
    assert ask_with() == {"text": b"Hello", "json": b'{"a": [1, 2]}\n'}


@pytest.mark.parametrize(
    ("path", "answer", "said"),
    [
        ("text", Answer(200, b"hello"), "body 'hello', not 'Hello'"),
        ("text", Answer(500, b"Hello"), "status 500, not 200"),
        ("json", Answer(200, b'{"a":[2,1]}'), "as its contract says"),
        ("json", Answer(200, b"{"), "as its contract says"),
        ("json", Answer(200, b"\xff"), "as its contract says"),
        ("nowhere", Answer(200, b"Not Found"), "status 200, not 404"),
    ],
)
def test_a_wrong_answer_is_named(path: str, answer: Answer, said: str) -> None:
    with pytest.raises(TargetError, match=f"Server: GET /{path}") as caught:
        ask_with(**{path: answer})
    assert said in str(caught.value)


def test_html_matches_after_decoding_entities() -> None:
    assert matches("html", "<p>&lt;b&gt; &#39;</p>", b"<p>&lt;b> &#x27;</p>")
    assert not matches("html", "<p>a</p>", b"<p>b</p>")
    assert not matches("bytes", "a", b"a\n")
