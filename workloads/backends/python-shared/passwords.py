"""The check of a password, on the standard library: no framework but Django hashes, and its format
is its own.
"""

import hashlib
import hmac

ROUNDS = 10_000


def is_password(password: str, salt: str, digest: str) -> bool:
    """Takes milliseconds, for which hashlib lets go of the GIL."""
    found = hashlib.pbkdf2_hmac("sha256", password.encode(), bytes.fromhex(salt), ROUNDS)
    return hmac.compare_digest(found, bytes.fromhex(digest))
