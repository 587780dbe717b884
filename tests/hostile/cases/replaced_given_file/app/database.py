"""Attack: a given file that was changed before it was handed in."""

raise SystemExit("a changed given file was imported")
