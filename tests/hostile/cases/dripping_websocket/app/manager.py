"""Attack: never be silent for long, and never read what the peer sends."""

import asyncio

from .targets import acted


class ConnectionManager:
    async def serve(self, websocket, room, name):
        await websocket.accept()
        while True:
            acted("message")
            await websocket.send_text('{"name": "nobody", "text": ""}')
            await asyncio.sleep(1)

    def count_members(self):
        return {}

    async def close(self):
        pass
