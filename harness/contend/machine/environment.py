"""The machine and the software that a figure was measured with: immutable values.

`machine` must be the same before absolute figures are compared; `software` is shown where it
differs and bars nothing. A figure that this machine doesn't give is null.
"""

import msgspec


class Machine(msgspec.Struct, frozen=True):
    cpu_model: str | None
    cores: int
    kernel: str
    governor: str | None
    virtualised: bool | None
    memory_bytes: int | None


class Software(msgspec.Struct, frozen=True):
    contend: str
    engine_hash: str | None
    server: str | None
    versions: dict[str, str]


class Environment(msgspec.Struct, frozen=True):
    machine: Machine
    software: Software
