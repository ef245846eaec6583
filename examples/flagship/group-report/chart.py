"""Draws volumes against age as SVG, with the line of the norm and twice its spread."""

from html import escape

from norm import first_of_each, norm_of

WIDTH, HEIGHT, LEFT, BOTTOM, TOP, RIGHT = 720, 460, 76, 78, 44, 24
# Colours that the colour-blind can tell apart (Okabe and Ito 2008).
COLOURS = ("#0072b2", "#d55e00", "#009e73", "#cc79a7")


def chart(rows: list[dict], volume: str, title: str, note: str) -> str:
    known = [row for row in rows if row["age"] is not None]
    if not known:
        return _page([_text(WIDTH / 2, HEIGHT / 2, "Nobody has an age.", "middle")])
    norm = norm_of(first_of_each(known, volume))
    ages, values = _range([row["age"] for row in known]), [row[volume] for row in known]
    band = [] if norm is None else [norm.expected(age) + sign * 2 * norm.spread for age in ages for sign in (-1, 1)]
    lows = _range(values + band)

    def x(age: float) -> float:
        return LEFT + (age - ages[0]) / (ages[1] - ages[0]) * (WIDTH - LEFT - RIGHT)

    def y(value: float) -> float:
        return HEIGHT - BOTTOM - (value - lows[0]) / (lows[1] - lows[0]) * (HEIGHT - BOTTOM - TOP)

    parts = [_text(LEFT, 26, title, "start", 16)]
    if norm is not None:
        corners = [(age, sign) for age, sign in ((ages[0], 2), (ages[1], 2), (ages[1], -2), (ages[0], -2))]
        points = " ".join(f"{x(age):.1f},{y(norm.expected(age) + sign * norm.spread):.1f}" for age, sign in corners)
        parts.append(f'<polygon points="{points}" fill="#000" fill-opacity="0.07"/>')
        ends = " ".join(f"{x(age):.1f},{y(norm.expected(age)):.1f}" for age in ages)
        parts.append(f'<polyline points="{ends}" stroke="#555" stroke-dasharray="5 4" fill="none"/>')
    for step in range(6):
        age, value = (low + step * (high - low) / 5 for low, high in (ages, lows))
        parts.append(_text(x(age), HEIGHT - BOTTOM + 20, f"{age:.0f}", "middle"))
        parts.append(_text(LEFT - 10, y(value) + 4, f"{value:.0f}", "end"))
        parts.append(f'<line x1="{LEFT}" x2="{WIDTH - RIGHT}" y1="{y(value):.1f}" y2="{y(value):.1f}" stroke="#ddd"/>')
    groups = sorted({row["group"] or "n/a" for row in known})
    for subject in sorted({row["subject"] for row in known}):
        own = [row for row in known if row["subject"] == subject]
        colour = COLOURS[groups.index(own[0]["group"] or "n/a") % len(COLOURS)]
        line = " ".join(f"{x(row['age']):.1f},{y(row[volume]):.1f}" for row in own)
        parts.append(f'<polyline points="{line}" stroke="{colour}" fill="none"/>')
        for row in own:
            label = f"sub-{subject} {row['session'] or ''}: {row[volume]} mL at {row['age']}"
            spot = f'cx="{x(row["age"]):.1f}" cy="{y(row[volume]):.1f}"'
            parts.append(f'<circle {spot} r="5" fill="{colour}"><title>{escape(label)}</title></circle>')
    for index, group in enumerate(groups):
        place = WIDTH - RIGHT - 120 * (len(groups) - index)
        parts.append(f'<circle cx="{place}" cy="21" r="5" fill="{COLOURS[index % len(COLOURS)]}"/>')
        parts.append(_text(place + 10, 26, group, "start"))
    parts.append(_text(WIDTH / 2, HEIGHT - 34, "Age (years)", "middle"))
    parts.append(_text(WIDTH / 2, HEIGHT - 12, note, "middle"))
    return _page(parts)


def _range(values: list[float]) -> tuple[float, float]:
    """From the least to the greatest value, with some room."""
    low, high = min(values), max(values)
    room = 0.05 * (high - low) or 1
    return low - room, high + room


def _text(x: float, y: float, words: str, anchor: str, size: int = 13) -> str:
    return f'<text x="{x:.1f}" y="{y:.1f}" text-anchor="{anchor}" font-size="{size}">{escape(words)}</text>'


def _page(parts: list[str]) -> str:
    head = f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDTH} {HEIGHT}" width="{WIDTH}" height="{HEIGHT}"'
    return "\n".join(
        [f'{head} font-family="sans-serif">', '<rect width="100%" height="100%" fill="#fff"/>', *parts, "</svg>\n"]
    )
