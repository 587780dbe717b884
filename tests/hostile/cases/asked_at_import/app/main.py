"""An accident: a program for the terminal became a web application."""

from fastapi import FastAPI

name = input("Your name? ")
app = FastAPI(title=name)
