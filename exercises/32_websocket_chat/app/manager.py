"""The chat rooms: who is in which room, and how a message gets to everybody there."""

from fastapi import WebSocket, WebSocketDisconnect

from .messages import Draft, Message


class ConnectionManager:
    """Keep the open connections of every room."""

    def __init__(self) -> None:
        self.rooms: dict[str, list[WebSocket]] = {}

    async def serve(self, websocket: WebSocket, room: str, name: str) -> None:
        """Pass on what a new member of the room writes, until it leaves."""
        await self.connect(room, websocket)
        try:
            while True:
                # TODO 3: a frame that is not `{"text": "..."}` crashes here.
                draft = Draft(**await websocket.receive_json())
                await self.broadcast(room, Message(name=name, text=draft.text))
        except WebSocketDisconnect:
            self.disconnect(room, websocket)

    async def connect(self, room: str, websocket: WebSocket) -> None:
        """Accept a connection and put it into its room."""
        await websocket.accept()
        self.rooms.setdefault(room, []).append(websocket)

    def disconnect(self, room: str, websocket: WebSocket) -> None:
        """Take a connection out of its room."""
        # TODO 4: the room itself stays for ever.
        self.rooms[room].remove(websocket)

    async def broadcast(self, room: str, message: Message) -> None:
        """Send a message to every member of the room."""
        # TODO 1: one dead phone, and this loop ends in the middle of the room.
        # TODO 2: one phone that does not read, and the loop stands still.
        for connection in self.rooms[room]:
            await connection.send_text(message.model_dump_json())

    def count_members(self) -> dict[str, int]:
        """Say how many members each room has."""
        return {room: len(connections) for room, connections in self.rooms.items()}

    async def close(self) -> None:
        """Say goodbye to everybody, because the service shuts down."""
