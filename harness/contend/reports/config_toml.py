"""A contend.toml for a repository, as `contend init` writes it. Pure."""

import json

from contend.gate.config import Config


def render(config: Config) -> str:
    """TOML's basic strings are JSON's, as far as a command or a URL needs them."""
    server = config.server
    lines = [
        "# What `contend gate` compares. {port} stands for a port that is free.",
        "[server]",
        f"candidate = {json.dumps(server.candidate, ensure_ascii=False)}",
        f"url = {json.dumps(server.url, ensure_ascii=False)}",
    ]
    for name in ("baseline", "baseline_ref", "build"):
        value = getattr(server, name)
        if value is not None:
            lines.append(f"{name} = {json.dumps(value, ensure_ascii=False)}")
    lines += [
        "",
        "[gate]",
        f"max_time = {json.dumps(config.gate.max_time)}",
    ]
    if config.gate.rate is not None:
        lines.append(f"rate = {config.gate.rate:g} # requests/s of the open bursts")
    else:
        lines.append("# rate = 500 # requests/s of the open bursts; else half of the capacity")
    lines += ["", "# What a figure may worsen by.", "[gate.delta]"]
    lines += [
        f"{json.dumps(name) if '.' in name else name} = {json.dumps(share)}"
        for name, share in config.gate.delta.items()
    ]
    for one in config.request:
        lines += [
            "",
            "[[request]]",
            f"class = {json.dumps(one.name, ensure_ascii=False)}",
            f"method = {json.dumps(one.method)}",
            f"path = {json.dumps(one.path, ensure_ascii=False)}",
            f"weight = {one.weight:g}",
        ]
    return "\n".join(lines) + "\n"
