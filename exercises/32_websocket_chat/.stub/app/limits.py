"""The limits of the chat: what one connection may cost; it enforces nothing itself."""

MAX_BACKLOG = 8
"""Messages that may wait for one member, besides the one that is being sent to it."""

MAX_FRAME_BYTES = 1024
"""Size of the largest text frame that is taken from a member, in bytes of UTF-8."""
