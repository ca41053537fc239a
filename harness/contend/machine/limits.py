"""The limit of open files: each connection is one, and without them it would be the server that
seems to refuse."""

import resource

# Besides the connections: of the process, and of each load thread (timers, epoll).
_FILES = 64
_FILES_PER_THREAD = 16


def shortage(connections: int, threads: int = 1) -> str | None:
    """Raises the process's own limit, and so that of the processes it starts, as far as so many
    connections need it. Says what is missing where the machine allows fewer.
    """
    needed = connections + _FILES + _FILES_PER_THREAD * threads
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    if soft == resource.RLIM_INFINITY or needed <= soft:
        return None
    if hard != resource.RLIM_INFINITY and needed > hard:
        return f"{connections:,} need {needed:,} open files, and {hard:,} are allowed"
    resource.setrlimit(resource.RLIMIT_NOFILE, (needed, hard))
    return None
