"""The bench: what the engine costs beside a bare pytest, measured side by side in one run."""
