"""What a Python interpreter is, in its own words: `PYTHON interpreter.py`.

Prints a line of JSON. `suitable`: a released CPython with a GIL that can make environments.
`optimised`: built with profile-guided optimisation, as distributions and python.org build it. A
version manager's own build often isn't, and is slower by a third to a half; to measure that would
be a comparison of build options. `free_threaded`: built to run without a GIL; `gil`: whether it has
one all the same. `base`: what its environment was made from, or itself. `packages`: where they are.
"""

import importlib.util
import json
import os
import platform
import sys
import sysconfig

# The newest release, as of 2026-11-25; the lock files go up to it.
CURRENT = "3.15"

# Debian's own interpreter is optimised by its packaging, of which its configuration doesn't tell.
DISTRIBUTION_PREFIX = "/usr"


def main() -> None:
    configured = sysconfig.get_config_var("CONFIG_ARGS") or ""
    is_released = sys.implementation.name == "cpython" and sys.version_info.releaselevel == "final"
    free_threaded = bool(sysconfig.get_config_var("Py_GIL_DISABLED"))
    makes_environments = all(importlib.util.find_spec(name) for name in ("venv", "ensurepip"))
    print(
        json.dumps(
            {
                "version": platform.python_version(),
                "current": CURRENT,
                "suitable": is_released and not free_threaded and makes_environments,
                "optimised": "--enable-optimizations" in configured
                or sys.base_prefix == DISTRIBUTION_PREFIX,
                "free_threaded": free_threaded,
                "gil": getattr(sys, "_is_gil_enabled", lambda: True)(),
                "base": os.path.realpath(getattr(sys, "_base_executable", sys.executable)),
                "packages": sysconfig.get_path("purelib"),
            }
        )
    )


if __name__ == "__main__":
    main()
