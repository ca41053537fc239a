"""What is asked: suites, their plan, contracts, classes of requests, backends."""
