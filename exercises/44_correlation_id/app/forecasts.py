"""Forecasts: the library that reads them is slow and blocks, so it runs in a thread."""

from pydantic import BaseModel

from .reports import report


class Forecast(BaseModel):
    """What the weather service says about a port."""

    port: str
    wind: str


def read_forecast(text: str) -> Forecast:
    """Read what the weather service has sent."""
    forecast = Forecast.model_validate_json(text)
    report("forecast read", forecast.port)
    return forecast
