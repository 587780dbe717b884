"""What an app sees behind the wall is what it sees behind uvicorn, case by case."""
