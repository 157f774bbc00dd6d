"""Days relative to a given one, and the TEST numbers that are written from them."""

from datetime import date, timedelta


def years_after(day: date, years: int) -> date:
    """The same day in another year; 29 February becomes the 28th where it must."""
    try:
        return day.replace(year=day.year + years)
    except ValueError:
        return day.replace(year=day.year + years, day=28)


def days_after(day: date, days: int) -> date:
    return day + timedelta(days=days)


def leap_day_before(year: int) -> date:
    """29 February of `year`, or of the last year before it that has one."""
    while True:
        try:
            return date(year, 2, 29)
        except ValueError:
            year -= 1
