"""One run of the engine: its instructions, its document, and whether it is valid."""
