"""`contend load` over TLS and over sockets of this machine: who is trusted, and what is said."""

import shutil
from pathlib import Path

import pytest
from conftest import Contend, Serve
from fault_server import answering, silent
from faults import no_http
from https_server import https_server, make_certificate, unix_server

if not shutil.which("openssl"):
    pytest.skip("there is no openssl to make certificates with", allow_module_level=True)


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("certificates")


@pytest.fixture(scope="module")
def certificate(folder: Path) -> Path:
    return make_certificate(folder, "localhost")


def test_a_server_that_is_vouched_for_is_measured(load: Contend, certificate: Path) -> None:
    with https_server(certificate) as port:
        said = load(f"https://localhost:{port}/", "-n", "40", "--ca", str(certificate))
    assert said.code == 0
    assert said.document["target"] == f"https://localhost:{port}/"
    assert said.document["requests"]["ok"] == 40
    assert said.document["handshake_time"]["count"] == said.document["connections_opened"] == 4
    assert said.document["handshakes_resumed"] == 0
    assert "TLS             4 handshakes, p50 " in said.out


def test_a_rate_over_tls_is_kept(load: Contend, certificate: Path) -> None:
    with https_server(certificate) as port:
        url = f"https://localhost:{port}/"
        said = load(url, "-r", "200", "-d", "200ms", "--ca", str(certificate))
    assert said.document["requests"]["ok"] == 40
    assert said.document["completion_stamp"] == "kernel"


def test_sessions_are_resumed_where_it_is_asked_for(load: Contend, certificate: Path) -> None:
    with https_server(certificate) as port:
        url = f"https://localhost:{port}/"
        few = ("-n", "20", "-c", "1", "--no-keep-alive", "--ca", str(certificate))
        assert load(url, *few, "--resume-tls").document["handshakes_resumed"] > 10
        assert load(url, *few).document["handshakes_resumed"] == 0


def test_a_certificate_by_itself_is_not_trusted(contend: Contend, certificate: Path) -> None:
    with https_server(certificate) as port:
        said = contend("load", f"https://localhost:{port}/", "-n", "4")
    assert said.code == 2
    assert said.err.startswith(
        f"contend: https://localhost:{port}/: its certificate can't be trusted: self"
    )
    assert said.err.endswith("; try --ca FILE with what vouches for it, or --insecure\n")
    assert said.out == ""


def test_nobody_has_to_vouch_where_that_is_asked_for(load: Contend, certificate: Path) -> None:
    with https_server(certificate) as port:
        said = load(f"https://127.0.0.1:{port}/", "-n", "8", "--insecure")
    assert said.code == 0
    assert said.document["requests"]["ok"] == 8


def test_a_certificate_is_for_one_name(contend: Contend, folder: Path) -> None:
    other = make_certificate(folder, "example.org")
    with https_server(other) as port:
        said = contend("load", f"https://localhost:{port}/", "--ca", str(other))
        by_address = contend("load", f"https://127.0.0.1:{port}/", "--ca", str(other))
    for one, name in ((said, "localhost"), (by_address, "127.0.0.1")):
        assert one.code == 2
        assert f"is not valid for '{name}'" in one.err
        assert one.err.endswith("; try the name that it is for, or --insecure\n")


def test_an_address_may_be_the_name(load: Contend, folder: Path) -> None:
    by_address = make_certificate(folder, "127.0.0.1")
    with https_server(by_address) as port:
        said = load(f"https://127.0.0.1:{port}/", "-n", "8", "--ca", str(by_address))
    assert said.code == 0


def test_a_certificate_ends(contend: Contend, folder: Path) -> None:
    ended = make_certificate(folder, "localhost", days=-1)
    with https_server(ended) as port:
        said = contend("load", f"https://localhost:{port}/", "--ca", str(ended))
    assert said.code == 2
    assert "its certificate can't be trusted: certificate has expired; try a new one" in said.err


def test_a_plain_server_speaks_no_tls(serve: Serve, contend: Contend) -> None:
    for script, why in (
        (no_http, "what answers speaks no TLS; try http://\n"),
        (silent, "it doesn't answer a TLS handshake in time; try http:// where it speaks no TLS\n"),
    ):
        url = serve(script).url.replace("http:", "https:")
        said = contend("load", url, "--connect-timeout", "200ms")
        assert said.code == 2
        assert said.err == f"contend: {url}: {why}"


def test_a_server_of_tls_speaks_nothing_else(contend: Contend, certificate: Path) -> None:
    with https_server(certificate) as port:
        said = contend("load", f"http://127.0.0.1:{port}/", "-n", "4", "--warmup", "0")
    assert said.code == 2
    assert said.err.endswith("what answers speaks TLS; try https://\n")


@pytest.mark.parametrize(
    ("options", "complaint"),
    [
        (("--ca", "/nowhere"), "--ca: /nowhere: No such file or directory"),
        (("--ca", __file__), f"--ca: {__file__}: "),
        (("--ca", "x", "--insecure"), "--insecure: with --ca something is to be verified"),
    ],
)
def test_what_vouches_has_to_be_there(
    serve: Serve, contend: Contend, options: tuple[str, ...], complaint: str
) -> None:
    url = serve(answering()).url.replace("http:", "https:")
    said = contend("load", url, *options)
    assert said.code == 2
    assert said.err.startswith(f"contend: {complaint}")


@pytest.mark.parametrize("option", [("--insecure",), ("--ca", "x"), ("--resume-tls",)])
def test_options_of_tls_are_of_tls(contend: Contend, option: tuple[str, ...]) -> None:
    said = contend("load", "http://127.0.0.1:1/", *option)
    assert said.code == 2
    assert "is no https:// URL" in said.err


def test_a_socket_of_this_machine_is_measured(load: Contend, tmp_path: Path) -> None:
    with unix_server(tmp_path / "app.sock") as path:
        said = load(f"unix:{path}:/x?y", "-n", "40")
        rate = load(f"unix:{path}", "-r", "200", "-d", "200ms")
    assert said.code == rate.code == 0
    assert said.document["target"] == f"unix:{path}:/x?y"
    assert said.document["requests"]["ok"] == rate.document["requests"]["ok"] == 40
    assert rate.document["completion_stamp"] == "user"  # the kernel stamps nothing there


def test_a_short_backlog_of_a_socket_keeps_nobody_out(load: Contend, tmp_path: Path) -> None:
    """The server's is 5, and a local socket is refused at once where TCP would wait."""
    with unix_server(tmp_path / "app.sock") as path:
        said = load(f"unix:{path}", "-n", "400", "-c", "64")
    assert said.document["requests"]["ok"] == 400
    assert said.document["connections_opened"] == 64


def test_nothing_listens_at_a_path(contend: Contend, tmp_path: Path) -> None:
    said = contend("load", f"unix:{tmp_path}/none.sock")
    assert said.code == 2
    assert said.err == (
        f"contend: unix:{tmp_path}/none.sock:/: nothing listens at {tmp_path}/none.sock: "
        "No such file or directory; try to start the server first\n"
    )


@pytest.mark.parametrize("url", ["unix:", "unix:app.sock", "unix:/a:b", f"unix:/{'a' * 200}"])
def test_what_is_no_path_is_refused(contend: Contend, url: str) -> None:
    assert contend("load", url).code == 2
