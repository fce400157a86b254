"""Small real files of the sample: PDF, PNG and CSV, the same bytes every time."""

from __future__ import annotations

import io
import math
from collections.abc import Iterable, Sequence

from django.core.files.base import ContentFile
from django.utils.html import format_html, format_html_join


def report(name: str, title: str, lines: Sequence[str]) -> ContentFile[bytes]:
    """Return a one-page report."""
    from weasyprint import HTML  # noqa: PLC0415 -- slow to import, used by the sample only

    body = format_html_join("", "<li>{}</li>", ((line,) for line in lines))
    html = format_html(
        "<html lang='fr'><head><title>{}</title></head><body><h1>{}</h1>"
        "<p>Hélianthe Médical – document fictif, pour la démonstration.</p><ol>{}</ol>"
        "</body></html>",
        title,
        title,
        body,
    )
    return ContentFile(HTML(string=html).write_pdf(pdf_identifier=title.encode()), name=name)


def table(name: str, rows: Iterable[Sequence[str]]) -> ContentFile[bytes]:
    """Return a CSV file with semicolons, as French spreadsheets write it."""
    return ContentFile("".join(";".join(row) + "\r\n" for row in rows).encode(), name=name)


def diagram(name: str, boxes: Sequence[str]) -> ContentFile[bytes]:
    """Return a picture of boxes in a row, joined by lines."""
    from PIL import Image, ImageDraw  # noqa: PLC0415 -- used by the sample only

    width, height = 190, 90
    image = Image.new("RGB", (len(boxes) * width + 20, height + 60), "white")
    draw = ImageDraw.Draw(image)
    for index, box in enumerate(boxes):
        left = 20 + index * width
        draw.rounded_rectangle(
            (left, 30, left + width - 40, 30 + height), 8, outline="#0b5d66", width=3
        )
        draw.text((left + 12, 30 + math.floor(height / 2) - 6), box, fill="#17212b")
        if index:
            draw.line(
                (left - 40, 30 + height // 2, left, 30 + height // 2), fill="#0b5d66", width=3
            )
    out = io.BytesIO()
    image.save(out, format="PNG")
    return ContentFile(out.getvalue(), name=name)
