"""An accident: a program for the terminal became a web application."""

from fastapi import FastAPI

from .targets import acted

acted("import")
name = input("Your name? ")
app = FastAPI(title=name)
