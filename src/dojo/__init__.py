"""The engine of the FastAPI katas: it grades submissions and keeps learners' work safe."""

__version__ = "0.1.0"
