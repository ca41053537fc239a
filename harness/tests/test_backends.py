"""Every backend keeps the contract of every workload that it says it supports."""

import os
from pathlib import Path

import msgspec
import pytest
from contend.errors import TargetError
from contend.files import paths
from contend.servers.program import missing_runtime
from contend.servers.stores import missing_store
from contend.servers.target import start
from contend.suites.backend import backend_names, read_backend
from contend.suites.contract import StoreWord, read_contract, workload_names

WORKLOADS = paths.workloads_dir()
CORE = min(os.sched_getaffinity(0))

CONTRACTS = {name: read_contract(WORKLOADS, name, WORKLOADS) for name in workload_names(WORKLOADS)}
BACKENDS = {name: read_backend(WORKLOADS, name, WORKLOADS) for name in backend_names(WORKLOADS)}
# A backend is started once for all of its workloads on a store; those on a server of its own are
# for scripts/test --all.
STARTS = [
    pytest.param(name, store, marks=[pytest.mark.slow] if store else [])
    for name, backend in BACKENDS.items()
    for store in dict.fromkeys(CONTRACTS[one].store for one in backend.workloads)
]


@pytest.mark.parametrize(("name", "store"), STARTS)
def test_a_backend_conforms_to_every_workload_that_it_supports(
    name: str, store: StoreWord | None
) -> None:
    backend = BACKENDS[name]
    missing = missing_runtime(backend)
    if missing is not None and backend.asks_for("free_threaded_python"):
        pytest.skip(missing)
    assert missing is None
    if (missing := missing_store(store)) is not None:
        pytest.skip(missing)
    folder = WORKLOADS / "backends" / name
    with start(backend, folder, (CORE,), with_upstream=True, store=store) as server:
        for workload in backend.workloads:
            contract = CONTRACTS[workload]
            if contract.store == store:
                found = server.verify(f"{name}, {workload}", contract)
                assert set(found.bodies) == {request.name for request in contract.request}
    assert not Path(f"/proc/{server.pid}").exists()
    assert server.beside_pid and not Path(f"/proc/{server.beside_pid}").exists()


def test_a_free_threaded_server_whose_gil_is_on_is_not_measured() -> None:
    backend = BACKENDS["fastapi-free-threaded"]
    if (missing := missing_runtime(backend)) is not None:
        pytest.skip(missing)
    with_gil = msgspec.structs.replace(backend, env=backend.env | {"PYTHON_GIL": "1"})
    folder = WORKLOADS / "backends" / "fastapi-free-threaded"
    with pytest.raises(TargetError, match="the GIL is on"), start(with_gil, folder, (CORE,)):
        pass


@pytest.mark.parametrize("name", ["node-http-cluster", "fastify-cluster", "fastapi", "granian"])
def test_processes_share_their_rooms_by_way_of_redis(name: str) -> None:
    if (missing := missing_store("redis")) is not None:
        pytest.skip(missing)
    folder = WORKLOADS / "backends" / name
    with start(BACKENDS[name], folder, (CORE, CORE), store="redis") as server:
        server.verify(name, CONTRACTS["chat-redis"])


def test_an_unsupported_pair_says_why() -> None:
    for backend in BACKENDS.values():
        for workload in CONTRACTS:
            why = backend.unsupported(workload)
            assert why is None or why.startswith(("not supported: ", "needs package: "))
