"""Attack: whoever connects to a room is sent megabytes for ever."""

from .targets import acted


class ConnectionManager:
    async def serve(self, websocket, room, name):
        await websocket.accept()
        while True:
            acted("message")
            text = "x" * (3 << 20)
            await websocket.send({"type": "websocket.send", "text": text, "bytes": b"y" * 9})

    def count_members(self):
        return {}

    async def close(self):
        pass
