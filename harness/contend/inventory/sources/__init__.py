"""What measured servers' sources say of themselves, read and never run. Pure."""
