"""What /download sends: 10 MiB, the same piece over and over."""

PIECE = 1024 * b"0123456789abcdefghijklmnopqrstuvwxyz ABCDEFGHIJKLMNOPQRSTUVWXYZ."
PIECES = 160
