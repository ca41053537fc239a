"""Proves the instrument on this machine: measures the plan, and stores the certificate.

A trial that isn't valid is measured again, twice at most: whether it is says how late the generator
was, not how right. What is finished when an interrupt comes is judged and stored; the certificate
is then incomplete.
"""

import hashlib
from collections.abc import Callable
from pathlib import Path

import msgspec

from contend.certify.certificate import Certificate, CoreProbe
from contend.certify.checks import Measured
from contend.certify.measure import CertifyRunner
from contend.certify.plan import OracleTrial, plan
from contend.certify.verdict import certify
from contend.errors import StoreError, TargetError, TrialError
from contend.files.atomic_file import write
from contend.machine.interrupts import Interrupted

MOST_ATTEMPTS = 3


def run(runner: CertifyRunner, started: str, on_done: Callable[[OracleTrial], None]) -> Certificate:
    """Raises TargetError or TrialError when nothing can be measured on this machine; later ones
    are the reasons of a certificate that is incomplete."""
    measured: list[Measured] = []
    cores: list[CoreProbe] = []
    ceiling: float | None = None
    is_complete = False
    failure: str | None = None
    try:
        cores = runner.probe()
        for planned in plan(runner.scale):
            for _ in range(MOST_ATTEMPTS):
                measured.append(runner.measure(planned))
                if measured[-1].validity.states_figures:
                    break
            on_done(planned)
        ceiling = runner.ceiling()
        is_complete = True
    except Interrupted:
        pass
    except (TargetError, TrialError) as error:
        if not measured:
            raise
        failure = str(error)
    return certify(
        started,
        runner.scale.name,
        runner.environment,
        cores,
        measured,
        ceiling,
        is_complete,
        failure,
    )


def store(results: Path, certificate: Certificate) -> Path:
    """As results/certificates/<UTC>-<hash6>.json. Raises StoreError where it can't be written."""
    text = msgspec.json.format(msgspec.json.encode(certificate), indent=2) + b"\n"
    digest = hashlib.sha256(text).hexdigest()
    stamp = "".join(letter for letter in certificate.started if letter.isalnum())
    path = results / "certificates" / f"{stamp}-{digest[:6]}.json"
    try:
        write(path, text)
    except StoreError as error:
        raise StoreError(error.what, error.why, "freeing space, or another --results") from None
    return path
