"""Ages in whole years, and the 65th birthday that closes the door (domain reference 1.5)."""

from datetime import date

from bricks.months import add_months

LIMIT_YEARS = 65


def turns_65_on(birth_date: date) -> date:
    """Return the 65th birthday; born on 29 February, it is 28 February (the stricter)."""
    return add_months(birth_date, LIMIT_YEARS * 12)


def age_on(birth_date: date, day: date) -> int:
    """Return the age in whole years on a day."""
    years = day.year - birth_date.year
    return years - (add_months(birth_date, years * 12) > day)
