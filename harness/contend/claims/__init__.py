"""What is claimed of Node.js and Python, and what stored runs and sources say to it."""
