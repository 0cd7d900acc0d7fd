#!/usr/bin/env python3
"""Writes recurrence.json: what dateutil, which is no part of Confab, makes of recurrence rules.

    pip install python-dateutil==2.9.0.post0 && crates/conference/tests/recurrence.py

It takes two minutes. Each case is a start, a rule and its first days. Starts are moved to the rule's first day, for what a
start beside its rule means is not defined (RFC 5545, section 3.8.5.3).
"""

import json
import pathlib
import random
from datetime import datetime

from dateutil.rrule import rrulestr

CASES = 400
DAYS = 12
WEEK = ["MO", "TU", "WE", "TH", "FR", "SA", "SU"]


def some(chance, values, most):
    return chance.sample(values, chance.randint(1, most))


def join(values):
    return ",".join(str(value) for value in values)


def rule(chance):
    frequency = chance.choice(["DAILY", "WEEKLY", "MONTHLY", "YEARLY"])
    parts = [f"FREQ={frequency}"]
    if chance.random() < 0.5:
        parts.append(f"INTERVAL={chance.randint(2, 7)}")
    if chance.random() < 0.3:
        parts.append(f"COUNT={chance.randint(2, 9)}")
    elif chance.random() < 0.3:
        parts.append(f"UNTIL={chance.randint(2027, 2030)}0615T120000Z")
    chosen = False
    if chance.random() < 0.3:
        parts.append("BYMONTH=" + join(some(chance, range(1, 13), 4)))
        chosen = True
    by_month_day = frequency != "WEEKLY" and chance.random() < 0.3
    if by_month_day:
        days = [day for day in range(-31, 32) if day]
        parts.append("BYMONTHDAY=" + join(some(chance, days, 4)))
        chosen = True
    if chance.random() < 0.6:
        days = some(chance, WEEK, 4)
        numbered = frequency in ("MONTHLY", "YEARLY") and not by_month_day
        if numbered and chance.random() < 0.6:
            days = [f"{chance.choice([1, 2, 3, 4, 5, -1, -2])}{day}" for day in days]
        parts.append("BYDAY=" + join(days))
        chosen = True
    if chosen and chance.random() < 0.25:
        parts.append("BYSETPOS=" + join(some(chance, [1, 2, 3, -1, -2], 2)))
    if chance.random() < 0.3:
        parts.append(f"WKST={chance.choice(WEEK)}")
    return ";".join(parts)


def main():
    chance = random.Random(5545)
    cases = []
    while len(cases) < CASES:
        text = rule(chance)
        start = datetime(2026, chance.randint(1, 12), chance.randint(1, 28), 12)
        # In the first week dateutil counts positions from the start, not from the week's first day.
        if "WEEKLY" in text and "BYSETPOS" in text:
            continue
        bare = text.replace("Z;", ";").removesuffix("Z") if "UNTIL" in text else text
        first = rrulestr(bare, dtstart=start).after(start, inc=True)
        # Our rules reach thirty years, dateutil's ten thousand: rare days are of no interest here.
        if first is None or first.year > 2030:
            continue
        days = [day.date().isoformat() for day in rrulestr(bare, dtstart=first).xafter(first, DAYS, inc=True)]
        if days[-1] < "2050":
            cases.append({"start": first.date().isoformat(), "rule": text, "days": days})
    lines = ",\n".join(json.dumps(case) for case in cases)
    path = pathlib.Path(__file__).with_suffix(".json")
    path.write_text(f"[\n{lines}\n]\n")


if __name__ == "__main__":
    main()
