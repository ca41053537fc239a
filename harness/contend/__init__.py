"""contend: how concurrency models behave under load. Decides, stores and explains."""
