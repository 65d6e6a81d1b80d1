"""The page of operating points per second and training time, in Markdown."""

from typing import Any


def table(record: dict[str, Any]) -> str:
    """Return the rows as a Markdown table."""
    lines = [
        "| circuit | solver | batch | points/s | s per 60,000 trained | arithmetic / measured "
        "| residual | memory, MB |",
        "|---|---|---|---|---|---|---|---|",
    ]
    for row in record["rows"]:
        solver = row["backend"]
        if "workers" in row:
            solver += f", {row['workers']} worker" + "s" * (row["workers"] > 1)
        rate = row.get("points_per_second", row.get("free_points_per_second"))
        cells = [
            row["case"],
            solver,
            str(row.get("batch", "")),
            "" if rate is None else f"{rate:,.3g}" if rate < 100 else f"{rate:,.0f}",
            f"{row['seconds_per_60000']:.1f}" if "seconds_per_60000" in row else "",
            f"{row['share_of_limit']:.2g}" if "share_of_limit" in row else "",
            f"{row['residual']:.0e}" if "residual" in row else "",
            str(row.get("peak_memory_MB", "")),
        ]
        lines.append("| " + " | ".join(cells) + " |")
    return "\n".join(lines)


def page(record: dict[str, Any]) -> str:
    """Return a record as a page of Markdown."""
    apart = record["native against ngspice, relative"]
    lines = [
        f"`{record['command']}`",
        "",
        f"{record['about']}. {record['machine']}, OMP_NUM_THREADS={record['threads']}, "
        f"Python {record['python']}, NumPy {record['versions']['numpy']}.",
        "",
        table(record),
        "",
        "What others need:",
        "",
        *(f"- {case}: {text}" for case, text in record["published"].items()),
        "",
        "| circuit | native against ngspice: free, relative | change, relative |",
        "|---|---|---|",
        *(f"| {case} | {d['free']:.0e} | {d['change']:.0e} |" for case, d in apart.items()),
    ]
    return "\n".join(lines) + "\n"
