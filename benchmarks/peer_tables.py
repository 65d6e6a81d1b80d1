"""What was measured beside peers, as a page of Markdown: one table of points, one of updates."""

from typing import Any

ALONE = 1.5
"""Load average, below which nothing but this runs."""
POINTS = (
    "| circuit | batch | peer | its points/s | ours | ours, new values | ratio "
    "| its residual | ours | apart, V |",
    "|---|---|---|---|---|---|---|---|---|---|",
)
UPDATES = (
    "| circuit | batch | peer | its ms per update | ours | ratio | updates | gates apart, V |",
    "|---|---|---|---|---|---|---|---|",
)


def table(record: dict[str, Any]) -> str:
    """Return the rows as Markdown tables."""
    points, updates = list(POINTS), list(UPDATES)
    for row in record["rows"]:
        head = f"| {row['circuit']} | {row.get('batch', '')} | {row['peer']}"
        if "not measured" in row:
            points.append(f"{head} | not measured: {row['not measured']} | | | | | | |")
        elif "ms_per_update" in row:
            updates.append(head + _update(row))
        else:
            points.append(head + _point(row))
    tables = [lines for lines in (points, updates) if len(lines) > len(POINTS)]
    return "\n\n".join("\n".join(lines) for lines in tables)


def _point(row: dict[str, Any]) -> str:
    new, same = row["ours_new_values_points_per_second"], row["ours_points_per_second"]
    return (
        f" {row['version']} | {row['points_per_second']:.3g} | {same:.3g} | {new:.3g} "
        f"| {row['ratio']:.3g} | {row['peer_residual']:.0e} | {row['our_residual']:.0e} "
        f"| {row['apart_V']:.0e} |"
    )


def _update(row: dict[str, Any]) -> str:
    return (
        f" {row['version']} | {row['ms_per_update']:.3g} | {row['ours_ms_per_update']:.3g} "
        f"| {row['ratio']:.3g} | {row['updates']} | {row['apart_V']:.0e} |"
    )


def page(record: dict[str, Any]) -> str:
    """Return a record as a page of Markdown."""
    before, after = (f"{load:.1f}" for load in record["load_average"])
    loaded = " Other work ran beside." if max(record["load_average"]) > ALONE else ""
    return (
        f"`{record['command']}`\n\n{record['machine']}, {record['cores']} cores, load average "
        f"{before} before and {after} after, OMP_NUM_THREADS={record['threads']}, "
        f"Python {record['python']}, ebana-core {record['version']}.{loaded}\n\n{table(record)}\n"
    )
