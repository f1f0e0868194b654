"""Names and numbers as strangers may see them: 张*, 张*三, 欧**修; an ID number by its first and last three."""

_COVER = "*"


def mask_name(name: str) -> str:
    """A name with its middle covered.

    One character stays; two show the first (张*); three or more show the first and the last and cover what is
    between (张*三, 欧**修). Source: the masking rule of public lists (docs/glossary.md, "masked name").
    """
    name = name.strip()
    if len(name) <= 1:
        return name
    if len(name) == 2:
        return name[0] + _COVER
    return name[0] + _COVER * (len(name) - 2) + name[-1]


def mask_id_number(number: str) -> str:
    """An identity number with all but its first three and last three characters covered; short ones wholly."""
    number = number.strip()
    if len(number) < 10:
        return _COVER * len(number)
    return number[:3] + _COVER * (len(number) - 6) + number[-3:]


def mask_phone(number: str) -> str:
    """A telephone number that shows its first three and last four digits; short ones wholly covered."""
    number = number.strip()
    if len(number) < 8:
        return _COVER * len(number)
    return number[:3] + _COVER * (len(number) - 7) + number[-4:]
