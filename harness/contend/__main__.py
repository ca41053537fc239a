"""`python -m contend`: the command without its script."""

from contend.cli import main

if __name__ == "__main__":
    main()
