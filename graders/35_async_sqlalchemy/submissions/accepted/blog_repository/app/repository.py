"""The repository: all that the routes ask of the database."""

from collections.abc import Sequence

from sqlalchemy import func, select
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import joinedload

from .database import Session
from .models import Base, User
from .violations import find_violation


class Refused(Exception):
    """The database refuses a change; the message says of what kind it is."""


class Repository:
    def __init__(self, session: Session) -> None:
        self.session = session

    async def find(self, handle: str) -> User | None:
        query = select(User).options(joinedload(User.posts)).where(User.handle == handle)
        return (await self.session.scalars(query)).unique().one_or_none()

    async def list(self, sort: str, limit: int, offset: int) -> Sequence[User]:
        columns = dict.fromkeys([sort, "handle"])
        query = select(User).order_by(*(User.__table__.c[name] for name in columns))
        return (await self.session.scalars(query.limit(limit).offset(offset))).all()

    async def count(self) -> int:
        return await self.session.scalar(select(func.count()).select_from(User)) or 0

    async def add(self, row: Base) -> None:
        self.session.add(row)
        await self._commit()
        await self.session.refresh(row)

    async def remove(self, user: User) -> None:
        await self.session.delete(user)
        await self._commit()

    async def _commit(self) -> None:
        try:
            await self.session.commit()
        except IntegrityError as error:
            await self.session.rollback()
            raise Refused(find_violation(error)) from error
