"""The workers: who crunches the photos."""

from .crunching import Thumbnail, crunch


class Workers:
    """Those who crunch, and the queue of those who wait for them."""

    # TODO 4: nobody starts and stops them with the app.

    async def crunch(self, photo: str) -> Thumbnail:
        """Have a photo crunched, and wait for its thumbnail."""
        # TODO 1: this stops the event loop, and with it every other request.
        # TODO 2: nobody counts who waits.
        return crunch(photo)
