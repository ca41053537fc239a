"""Writes results/comparison.md beside a store's other results, and the README's answer, for
`contend tables` and suites."""

from pathlib import Path

from contend.claims.document import Verdicts
from contend.claims.judge import judge_all
from contend.claims.ledger import FILE, Ledger, read_ledger
from contend.claims.servers import Done, Server, Servers
from contend.errors import StoreError, SuiteError
from contend.files import paths
from contend.findings.archive import Archive, LeftOut, archive_of
from contend.inventory.document import AllFigures, BackendFigures
from contend.reports.write import write_comparison
from contend.runs.store import read_run, run_paths
from contend.suites.backend import backend_names, read_backend
from contend.suites.contract import workload_names
from contend.trials.validity import LIMITS, Limits


def compare_claims(store: Path, checkout: Path | None, limits: Limits = LIMITS) -> list[Path]:
    """The files written, the README's answer among them. `checkout` is given when the store is its
    own; beside it alone servers' code and packages are read, which takes seconds. Raises
    SuiteError, StoreError."""
    return write_comparison(judged(store, checkout is not None, limits), store, checkout)


def judged(store: Path, is_own: bool, limits: Limits = LIMITS) -> Verdicts:
    workloads = paths.workloads_dir()
    ledger = _read_ledger(workloads)
    archive = read_archive(store, limits, ledger)
    names = backend_names(workloads)
    backends = {name: read_backend(workloads, name, workloads / FILE) for name in names}
    return judge_all(ledger, archive, backends, _read_servers(workloads, is_own))


def _read_ledger(workloads: Path) -> Ledger:
    return read_ledger(workloads / FILE, workload_names(workloads), backend_names(workloads))


def read_archive(store: Path, limits: Limits = LIMITS, ledger: Ledger | None = None) -> Archive:
    """Of all stored runs, on the machine that tells most of what the claims ask."""
    ledger = ledger or _read_ledger(paths.workloads_dir())
    runs, unread = [], []
    for path in run_paths(store):
        try:
            runs.append(read_run(path, limits))
        except StoreError as error:  # what others say stands without it
            unread.append(LeftOut(path.stem, f"can't be read: {error.why}"))
    return archive_of(runs, unread, ledger.asked)


def _read_servers(workloads: Path, is_own: bool) -> Servers:
    from contend.inventory.read import read_figures

    if not is_own:
        return Servers(why_none="code and packages are read beside a checkout's own results alone")
    packages = paths.servers_packages()
    if packages is None:
        return Servers(why_none="the servers' packages are not installed here: scripts/setup")
    try:
        return servers_of(read_figures(workloads, packages))
    except SuiteError as error:
        return Servers(why_none=f"code and packages can't be read: {error.why}")


def servers_of(figures: AllFigures) -> Servers:
    """Without those of which no line was read, as where a server is started from what was built:
    they would count as the shortest."""
    read = [one for one in figures.backends if one.code.lines]
    return Servers({one.backend: _server(one) for one in read}, figures.workloads)


def _server(figures: BackendFigures) -> Server:
    done = {
        one.workload: Done(one.code.gzip_bytes, one.packages, one.is_whole, one.rules_twice)
        for one in figures.workloads
        if one.code is not None
    }
    packages = len(figures.direct) + len(figures.transitive)
    return Server(
        name=figures.backend,
        language=figures.language,
        style=figures.style,
        installed_bytes=figures.installed_bytes,
        packages=packages,
        done=done,
    )
