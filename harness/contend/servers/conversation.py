"""A short trial of a server that has just been started, held by the engine, for what it alone can
speak: WebSockets, chat, streams of events."""

import time
from collections.abc import Callable, Mapping

from contend import _engine
from contend.errors import TargetError
from contend.suites.contract import EVENTS, Contract, request_classes
from contend.trials.document import OUTCOMES
from contend.trials.spec import Asked, TrialSpec, engine_spec

CONVERSATIONS = 16  # at once
REQUESTS = 64  # of a conversation, at least
# Of streams, which say something at times of their own.
_STREAMS = {"streams": 8, "interval_ms": 50}
_LISTENED_NS = 500_000_000


def converse(
    title: str,
    contract: Contract,
    host: str,
    port: int,
    bodies: Mapping[str, bytes],
    pause: Callable[[float], None] = time.sleep,
) -> dict[str, int]:
    """How many of its requests came to each outcome. Raises TargetError, naming the backend by
    `title`, when one of its connections doesn't open or one of its classes is never right, and for
    a contract that the engine can't keep; and what `pause` raises, which ends it."""
    interrupts: list[BaseException] = []

    def goes_on(_: object) -> bool:
        try:
            pause(0)
        except BaseException as interrupt:
            interrupts.append(interrupt)
        return not interrupts

    listens = contract.protocol == EVENTS
    asked = Asked(
        target=f"http://{host}:{port}",
        host_header=f"{host}:{port}",
        address=host,
        port=port,
        classes=request_classes(contract, bodies),
        protocol=contract.protocol,
        protocol_options=contract.protocol_options | (_STREAMS if listens else {}),
    )
    connections = max(CONVERSATIONS, contract.protocol_options.get("rooms", 1))
    spec = TrialSpec(
        **vars(asked),
        connections=connections,
        warmup_ns=0,
        duration_ns=_LISTENED_NS,
        max_requests=0 if listens else REQUESTS,
    )
    try:
        result = _engine.run_trial(engine_spec(spec), goes_on)
    except (ValueError, OSError) as error:
        raise TargetError(title, str(error), "another contract") from None
    if interrupts:
        raise interrupts[0]
    what = f"{title}: {contract.protocol} {contract.request[0].path}"
    if result.connections_missing:
        why = f"{result.connections_missing} of its connections could not be opened"
        raise TargetError(what, why, "mending the server")
    if silent := [one.name for one in result.classes if not one.requests["ok"]]:
        raise TargetError(what, f"no {silent[0]} was right", "mending the server")
    return {outcome: result.requests[outcome] for outcome in OUTCOMES}
