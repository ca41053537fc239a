"""The document `contend.gate-certificate/1`: how often a gate errs on this machine. Immutable.

What was measured are blocks; gates are drawn from them with fresh seeds, and each figure says which
it counts. It holds on machines of one CPU model, kernel version and number of cores. What follows
the version, a distributor's or a host's build, changes every few weeks on hosted runners, and would
make each certificate worthless as soon as it had grown.
"""

import hashlib
from pathlib import Path

import msgspec

from contend.errors import StoreError
from contend.files import atomic_file
from contend.machine.environment import Environment, Machine

SCHEMA = "contend.gate-certificate/1"


class Counted(msgspec.Struct, frozen=True):
    """So many gates of those tried, and the bound of the share (a risk of 5%): of drawn gates, as
    far as the blocks go that they are drawn from."""

    found: int
    of: int
    bound: float
    is_upper: bool = True  # the share is no higher; else no lower


class Injected(msgspec.Struct, frozen=True):
    """A candidate that is worse in a known way, or a disturbance."""

    name: str
    blocks: int
    dropped_blocks: int
    ratios: dict[str, float | None]  # as measured, of each figure
    regressions: Counted  # of gates drawn from its blocks; bound below where one is to be found
    median_blocks: float  # until the verdict


class Scatter(msgspec.Struct, frozen=True):
    """Of a figure, between blocks of equal servers."""

    name: str
    delta: float
    sigma: float | None  # of a block's log-ratio
    # That is found in 95% of the gates within the time; None where none is, or it doesn't gate.
    smallest_change: float | None
    # Drawn gates that pass though this figure is worse: by exactly its delta, where a pass that
    # shouldn't be is likeliest, and by twice that. None where it doesn't gate, and in older ones.
    passes_at_delta: Counted | None = None
    passes_at_twice: Counted | None = None


class GateCertificate(msgspec.Struct, frozen=True):
    schema: str
    server: str  # the command that both sides ran
    blocks: int  # of equal servers, from all stored gates that compared a command with itself
    dropped_blocks: int
    within_s: float  # the longest that a gate may take
    live: Counted  # regressions that such gates gave, as they were run; bound above
    own_halves: Counted  # the same between the halves of the baseline's bursts, of all stored gates
    drawn: Counted  # the same of gates drawn from those blocks
    # Of drawn gates whose every figure is worse by exactly its delta; their sides by a coin.
    at_delta: Counted
    figures: tuple[Scatter, ...]
    injected: tuple[Injected, ...]
    environment: Environment | None = None
    again: str = "contend gate --error-rates"


class _Any(msgspec.Struct, frozen=True):
    schema: str


def key(machine: Machine) -> str:
    """Names machines on which the same certificate holds."""
    version = machine.kernel.partition("-")[0]
    told = f"{machine.cpu_model}|{version}|{machine.cores}"
    return hashlib.sha256(told.encode()).hexdigest()[:12]


def certificate_path(results: Path, machine: Machine) -> Path:
    return results / "certificates" / f"gate-{key(machine)}.json"


def write(path: Path, found: GateCertificate) -> None:
    """Raises StoreError where it can't be written."""
    text = msgspec.json.format(msgspec.json.encode(found), indent=2) + b"\n"
    atomic_file.write(path, text)


def read_certificate(path: Path) -> GateCertificate | None:
    """None where there is none of this version. Raises StoreError for a file that is none."""
    if not path.is_file():
        return None
    try:
        data = path.read_bytes()
        if msgspec.json.decode(data, type=_Any).schema != SCHEMA:
            return None
        return msgspec.json.decode(data, type=GateCertificate)
    except (OSError, msgspec.MsgspecError) as error:
        raise StoreError(
            str(path), f"no certificate: {error}", "contend gate --error-rates"
        ) from None
