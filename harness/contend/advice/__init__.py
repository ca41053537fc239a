"""Which server for a stated need: from stored runs, with the margin and what isn't known."""
