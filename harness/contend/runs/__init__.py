"""Plans, measures and stores; reads what is stored."""
