"""Two background tasks, the first one fails."""

from fastapi import BackgroundTasks, FastAPI
from fastapi.testclient import TestClient

app = FastAPI()
ran: list[str] = []


def send_mail() -> None:
    ran.append("mail")
    raise ConnectionError("no mail server")


def write_log() -> None:
    ran.append("log")


@app.post("/orders", status_code=201)
def create_order(tasks: BackgroundTasks) -> dict[str, int]:
    tasks.add_task(send_mail)
    tasks.add_task(write_log)
    return {"order": 7}


client = TestClient(app, raise_server_exceptions=False)

TASK_STATUS = client.post("/orders").status_code
TASK_RAN = ran
