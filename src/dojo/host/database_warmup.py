"""The warm-up of the database libraries: what the first statements of every process pay for.

SQLAlchemy imports dialects, builds its visitors and configures mappers when they are first used.
Only a fork server whose katas have a database loads this.
"""

from sqlalchemy import ForeignKey, func, inspect, select
from sqlalchemy.ext.asyncio import async_sessionmaker, create_async_engine
from sqlalchemy.orm import DeclarativeBase, Mapped, mapped_column, relationship, selectinload


class _Base(DeclarativeBase):
    pass


class _Child(_Base):
    __tablename__ = "child"

    id: Mapped[int] = mapped_column(primary_key=True)
    parent_id: Mapped[int] = mapped_column(ForeignKey("parent.id"))


class _Parent(_Base):
    __tablename__ = "parent"

    id: Mapped[int] = mapped_column(primary_key=True)
    name: Mapped[str]
    children: Mapped[list[_Child]] = relationship()


async def use_database() -> None:
    """Store and read two rows of a database in memory, then leave nothing open."""
    engine = create_async_engine("sqlite+aiosqlite://")
    open_session = async_sessionmaker(engine)
    async with open_session.begin() as session:
        connection = await session.connection()
        await connection.run_sync(lambda each: inspect(each).has_table("parent"))
        await connection.run_sync(_Base.metadata.create_all)
        session.add(_Parent(name="one", children=[_Child()]))
    async with open_session() as session:
        query = select(_Parent).options(selectinload(_Parent.children)).order_by(_Parent.name)
        (await session.scalars(query.limit(1).offset(0))).all()
        (await session.execute(select(func.count(_Child.id)).group_by(_Child.parent_id))).all()
    await engine.dispose()
