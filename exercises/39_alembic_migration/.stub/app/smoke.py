"""The smoke test after a deployment: start the app, print its customers as JSON, stop it."""

from fastapi.testclient import TestClient

from .main import app

if __name__ == "__main__":
    with TestClient(app) as client:
        response = client.get("/customers")
        response.raise_for_status()
        print(response.text)
