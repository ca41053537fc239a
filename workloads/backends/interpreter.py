"""What a Python interpreter is, in its own words: `PYTHON interpreter.py`.

Prints a line of JSON. `suitable`: a released CPython with a GIL that can make environments.
`optimised`: built with profile-guided optimisation, as distributions and python.org build it. A
version manager's own build often isn't, and is slower by a third to a half; to measure that would
be a comparison of build options.
"""

import importlib.util
import json
import platform
import sys
import sysconfig

# Debian's own interpreter is optimised by its packaging, of which its configuration doesn't tell.
DISTRIBUTION_PREFIX = "/usr"


def main() -> None:
    configured = sysconfig.get_config_var("CONFIG_ARGS") or ""
    is_released = sys.implementation.name == "cpython" and sys.version_info.releaselevel == "final"
    has_gil = not sysconfig.get_config_var("Py_GIL_DISABLED")
    makes_environments = all(importlib.util.find_spec(name) for name in ("venv", "ensurepip"))
    print(
        json.dumps(
            {
                "version": platform.python_version(),
                "suitable": is_released and has_gil and makes_environments,
                "optimised": "--enable-optimizations" in configured
                or sys.base_prefix == DISTRIBUTION_PREFIX,
            }
        )
    )


if __name__ == "__main__":
    main()
