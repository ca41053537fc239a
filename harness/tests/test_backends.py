"""Every backend keeps the contract of every workload that it says it supports."""

import os
from pathlib import Path

import pytest
from contend import paths
from contend.backend import backend_names, missing_runtime, read_backend
from contend.contract import read_contract, workload_names
from contend.target import start

WORKLOADS = paths.workloads_dir()
CORE = min(os.sched_getaffinity(0))


@pytest.mark.parametrize("name", backend_names(WORKLOADS))
def test_a_backend_conforms_to_every_workload_that_it_supports(name: str) -> None:
    backend = read_backend(WORKLOADS, name, WORKLOADS)
    if backend.asks_for("free_threaded_python"):
        pytest.skip("it is the server of python-threads, on an interpreter that is given")
    assert missing_runtime(backend) is None
    with start(backend, WORKLOADS / "backends" / name, (CORE,), with_upstream=True) as server:
        for workload in backend.workloads:
            contract = read_contract(WORKLOADS, workload, WORKLOADS)
            found = server.verify(f"{name}, {workload}", contract)
            assert set(found.bodies) == {request.name for request in contract.request}
    assert not Path(f"/proc/{server.pid}").exists()


def test_an_unsupported_pair_says_why() -> None:
    for name in backend_names(WORKLOADS):
        backend = read_backend(WORKLOADS, name, WORKLOADS)
        for workload in workload_names(WORKLOADS):
            why = backend.unsupported(workload)
            assert why is None or why.startswith(("not supported: ", "needs package: "))
