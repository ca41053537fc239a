"""Every backend keeps the contract of every workload that it says it supports."""

import os
from pathlib import Path

import pytest
from contend import paths
from contend.backend import backend_names, missing_runtime, read_backend
from contend.contract import read_contract, workload_names
from contend.target import launch

WORKLOADS = paths.workloads_dir()
PAIRS = [
    (backend, workload)
    for backend in backend_names(WORKLOADS)
    for workload in workload_names(WORKLOADS)
    if read_backend(WORKLOADS, backend, WORKLOADS).unsupported(workload) is None
]
CORE = min(os.sched_getaffinity(0))


@pytest.mark.parametrize(("name", "workload"), PAIRS)
def test_a_supported_pair_conforms(name: str, workload: str) -> None:
    backend = read_backend(WORKLOADS, name, WORKLOADS)
    assert missing_runtime(backend) is None
    contract = read_contract(WORKLOADS, workload, WORKLOADS)
    with launch(backend, WORKLOADS / "backends" / name, contract, (CORE,)) as target:
        assert set(target.bodies) == {request.name for request in contract.request}
        pid = target.pid
    assert not Path(f"/proc/{pid}").exists()


def test_an_unsupported_pair_says_why() -> None:
    for name in backend_names(WORKLOADS):
        backend = read_backend(WORKLOADS, name, WORKLOADS)
        for workload in workload_names(WORKLOADS):
            why = backend.unsupported(workload)
            assert why is None or why.startswith(("not supported: ", "needs package: "))
