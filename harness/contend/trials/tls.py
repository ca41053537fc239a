"""What an https:// server is spoken to with, and whether it can be: said before the load."""

import socket
import ssl
from dataclasses import dataclass

from contend import _engine
from contend.errors import TargetError, UsageError


@dataclass(frozen=True)
class Tls:
    server_name: str  # that its certificate has to be for
    verifies: bool = True
    ca_file: str = ""  # PEM; empty: what the system trusts
    resumes: bool = False  # connections after the first resume its session

    def engine_options(self) -> _engine.TlsOptions:
        given = _engine.TlsOptions()
        for name in ("server_name", "verifies", "ca_file", "resumes"):
            setattr(given, name, getattr(self, name))
        return given


def check_server(target: str, address: str, port: int, tls: Tls, timeout_ns: int) -> None:
    """One handshake. Raises TargetError that says why there is none, and UsageError where the file
    of certificates holds none."""
    context = _context(tls)
    try:
        with (
            socket.create_connection((address, port), timeout_ns / 1e9) as plain,
            context.wrap_socket(plain, server_hostname=tls.server_name),
        ):
            return
    except ssl.SSLCertVerificationError as error:
        why, instead = _distrust(error)
    except ssl.SSLError as error:
        why, instead = _no_handshake(error)
    except TimeoutError:
        why, instead = "it doesn't answer a TLS handshake in time", "http:// where it speaks no TLS"
    except OSError as error:
        why = f"it ends the TLS handshake: {error.strerror or error}"
        instead = "http:// where it speaks no TLS"
    raise TargetError(target, why, instead)


def speaks_tls(address: str, port: int, timeout_ns: int) -> bool:
    """Whether a handshake goes through, whoever it is."""
    try:
        check_server("", address, port, Tls("localhost", verifies=False), timeout_ns)
    except TargetError:
        return False
    return True


def _context(tls: Tls) -> ssl.SSLContext:
    try:
        context = ssl.create_default_context(cafile=tls.ca_file or None)
    except (OSError, ssl.SSLError) as error:
        why = getattr(error, "strerror", None) or str(error)
        raise UsageError("--ca", f"{tls.ca_file}: {why}", "a file of PEM certificates") from None
    context.minimum_version = ssl.TLSVersion.TLSv1_2
    context.set_alpn_protocols(["http/1.1"])
    if not tls.verifies:
        context.check_hostname = False
        context.verify_mode = ssl.CERT_NONE
    return context


# OpenSSL's numbers (x509_vfy.h), as far as they say what to do.
_EXPIRED, _NOT_YET, _SELF_SIGNED, _SELF_SIGNED_ROOT, _NO_ISSUER = 10, 9, 18, 19, 20
_WRONG_HOST, _WRONG_ADDRESS = 62, 64

# What OpenSSL's releases call it.
_NO_TLS = ("WRONG_VERSION_NUMBER", "RECORD_LAYER_FAILURE", "HTTP_REQUEST", "PACKET_LENGTH_TOO_LONG")
_OLD_TLS = ("UNSUPPORTED_PROTOCOL", "TLSV1_ALERT_PROTOCOL_VERSION", "NO_PROTOCOLS_AVAILABLE")


def _distrust(error: ssl.SSLCertVerificationError) -> tuple[str, str]:
    why = f"its certificate can't be trusted: {error.verify_message}"
    if error.verify_code in (_WRONG_HOST, _WRONG_ADDRESS):
        return why, "the name that it is for, or --insecure"
    if error.verify_code in (_EXPIRED, _NOT_YET):
        return why, "a new one, or --insecure"
    if error.verify_code in (_SELF_SIGNED, _SELF_SIGNED_ROOT, _NO_ISSUER):
        return why, "--ca FILE with what vouches for it, or --insecure"
    return why, "--ca FILE, or --insecure"


def _no_handshake(error: ssl.SSLError) -> tuple[str, str]:
    reason = (error.reason or "").upper()
    if reason in _NO_TLS:
        return "what answers speaks no TLS", "http://"
    if reason in _OLD_TLS:
        return "it speaks no TLS from 1.2 on", "a newer protocol in the server"
    said = reason.replace("_", " ").lower() or str(error)
    return f"there is no TLS handshake with it: {said}", "--insecure, or http://"
