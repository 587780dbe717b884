"""The application: it puts the routes behind the user context; it holds no route itself."""

from fastapi import Depends, FastAPI

from .context import remember_user
from .routes import router

app = FastAPI(title="Shipping quotes")
# TODO 3: a LegacyNotFound or LegacyTimeout still ends as "500 Internal Server Error".
app.include_router(router, dependencies=[Depends(remember_user)])
