"""Where sessions are kept: in Redis where there is one, else in the database."""

import os
from typing import Annotated

from fastapi import Depends

if os.environ["REDIS"]:
    from redis_sessions import RedisSessions as SessionStore
else:
    from database_sessions import DatabaseSessions as SessionStore

Sessions = Annotated[SessionStore, Depends()]
