"""Ages in the law: full years, the day of the first card, the end of youth protection."""

from datetime import date

CARD_AGE = 17


def age_on(date_of_birth: date, today: date) -> int:
    """Full years of age (만 나이).

    Rule    Whoever was born on 29 February turns a year older on 1 March of a common year:
            the period of years ends with the month (Civil Act, Art. 160(3)).
    """
    before_birthday = (today.month, today.day) < (date_of_birth.month, date_of_birth.day)
    return today.year - date_of_birth.year - before_birthday


def birthday(date_of_birth: date, age: int) -> date:
    """The day on which somebody turns `age`."""
    try:
        return date_of_birth.replace(year=date_of_birth.year + age)
    except ValueError:  # 29 February in a common year.
        return date(date_of_birth.year + age, 3, 1)


def first_card_day(date_of_birth: date) -> date:
    """The first of the month after the one in which somebody turns 17."""
    turns = birthday(date_of_birth, CARD_AGE)
    return date(turns.year + turns.month // 12, turns.month % 12 + 1, 1)


def youth_protection_passed(date_of_birth: date, today: date) -> bool:
    """No longer a youth under the Youth Protection Act: the year of the 19th birthday has begun."""
    return today.year - date_of_birth.year >= 19
