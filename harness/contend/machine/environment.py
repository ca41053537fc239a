"""The machine and the software that a figure was measured with: immutable values.

`machine` must be the same, as it is `compared`, before absolute figures are; `software` is shown
where it differs and bars nothing. A figure that this machine doesn't give is null.
"""

import msgspec

# What a kernel keeps for itself differs by some KiB from one boot of a machine to the next.
_MEMORY_STEP = 2**27


class Machine(msgspec.Struct, frozen=True):
    cpu_model: str | None
    cores: int
    kernel: str
    governor: str | None
    virtualised: bool | None
    memory_bytes: int | None

    @property
    def compared(self) -> "Machine":
        """Equal for two boots of one machine."""
        if self.memory_bytes is None:
            return self
        steps = round(self.memory_bytes / _MEMORY_STEP)
        return msgspec.structs.replace(self, memory_bytes=steps * _MEMORY_STEP)


class Software(msgspec.Struct, frozen=True):
    contend: str
    engine_hash: str | None
    server: str | None
    versions: dict[str, str]


class Environment(msgspec.Struct, frozen=True):
    machine: Machine
    software: Software
