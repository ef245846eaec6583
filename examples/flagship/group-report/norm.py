"""How far a volume is from what is expected at an age, judged by other people alone."""

import math
from dataclasses import dataclass

# Other people that a line with its spread takes at least; with fewer there is no norm.
MIN_PEOPLE = 5


@dataclass(frozen=True)
class Norm:
    """A straight line of a volume over age, with the spread of people around it."""

    intercept: float
    slope: float
    spread: float
    mean_age: float
    age_squares: float
    people: int

    def expected(self, age: float) -> float:
        return self.intercept + self.slope * age

    def score(self, age: float, value: float) -> float:
        """Standard deviations from what is expected of a new person, the uncertainty of the line included."""
        unsure = 1 + 1 / self.people + (age - self.mean_age) ** 2 / self.age_squares
        return (value - self.expected(age)) / (self.spread * math.sqrt(unsure))


def norm_of(points: list[tuple[float, float]]) -> Norm | None:
    """The line of least squares through ages and volumes, one point a person; None where there are too few or all of one age."""
    people = len(points)
    if people < MIN_PEOPLE:
        return None
    mean_age = sum(age for age, _ in points) / people
    mean_value = sum(value for _, value in points) / people
    age_squares = sum((age - mean_age) ** 2 for age, _ in points)
    if age_squares == 0:
        return None
    slope = sum((age - mean_age) * (value - mean_value) for age, value in points) / age_squares
    intercept = mean_value - slope * mean_age
    residuals = sum((value - intercept - slope * age) ** 2 for age, value in points)
    spread = math.sqrt(residuals / (people - 2))
    return None if spread == 0 else Norm(intercept, slope, spread, mean_age, age_squares, people)


def first_of_each(rows: list[dict], volume: str, without: str | None = None) -> list[tuple[float, float]]:
    """One point a person, of their first session with an age: two scans of one person are not two people."""
    seen = {}
    for row in rows:
        if row["age"] is not None and row["subject"] != without:
            seen.setdefault(row["subject"], (row["age"], row[volume]))
    return list(seen.values())


def scores(rows: list[dict], volume: str) -> list[float | None]:
    """The score of each row among all other people; None without an age or a norm."""
    found = []
    for row in rows:
        norm = norm_of(first_of_each(rows, volume, without=row["subject"]))
        found.append(None if norm is None or row["age"] is None else norm.score(row["age"], row[volume]))
    return found
