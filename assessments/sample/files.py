"""Small real files of the sample: PDF, PNG and CSV, the same bytes every time."""

from __future__ import annotations

import io
from collections.abc import Sequence
from typing import Any, Final

from django.conf import settings
from django.core.files.base import ContentFile
from django.utils.html import format_html, format_html_join

# The fonts of the dossier: a machine need not have any.
FONTS: Final = settings.BASE_DIR / "static" / "dossier" / "fonts"
PETROL, INK, PAPER = "#0b5d66", "#17212b", "#ffffff"
STYLE: Final = (
    f"""
@font-face {{ font-family: sample; src: url({(FONTS / "SourceSans3-Regular.ttf").as_uri()}); }}
@font-face {{ font-family: sample; font-weight: bold;
  src: url({(FONTS / "SourceSans3-Semibold.ttf").as_uri()}); }}
"""
    + """
@page { size: A4; margin: 22mm 20mm;
  @bottom-left { content: "Hélianthe Médical SAS – document fictif, pour la démonstration"; }
  @bottom-right { content: counter(page) " / " counter(pages); }
  @bottom-left { font: 8pt sample; } @bottom-right { font: 8pt sample; } }
body { font: 10.5pt/1.45 sample; }
h1 { font-size: 17pt; line-height: 1.2; color: #0b5d66; margin: 0 0 3mm; }
h2 { font-size: 12pt; margin: 7mm 0 1mm; }
dl { margin: 0 0 6mm; font-size: 9pt; } dt, dd { display: inline; margin: 0; }
table { width: 100%; border-collapse: collapse; margin-top: 5mm; font-size: 9.5pt; }
th, td { text-align: left; padding: 1.6mm 2mm; border-bottom: 0.4pt solid #9aa7ad; }
"""
)


def report(plan: dict[str, Any]) -> ContentFile[bytes]:
    """Return a short report as PDF: title, revision and day, then its parts."""
    from weasyprint import CSS, HTML  # noqa: PLC0415 -- slow to import, used by the sample only
    from weasyprint.text.fonts import FontConfiguration  # noqa: PLC0415 -- the same

    html = format_html(
        "<html lang='fr'><head><title>{}</title></head><body><h1>{}</h1>"
        "<dl><dt>Référence : </dt><dd>{}</dd> · <dt>Révision : </dt><dd>{}</dd>"
        " · <dt>Date : </dt><dd>{}</dd></dl>{}</body></html>",
        plan["title"],
        plan["title"],
        plan["file"].removesuffix(".pdf"),
        plan.get("revision", "–"),
        plan["day"].strftime("%d/%m/%Y"),
        format_html_join("", "{}", ((_part(part),) for part in plan["parts"])),
    )
    fonts = FontConfiguration()
    content = HTML(string=html).write_pdf(
        stylesheets=[CSS(string=STYLE, font_config=fonts)],
        font_config=fonts,
        pdf_identifier=plan["file"].encode(),
    )
    return ContentFile(content, name=plan["file"])


def _part(part: Any) -> str:
    if isinstance(part, dict):
        head, *rows = (
            format_html_join(
                "", "<{0}>{1}</{0}>", (("td" if number else "th", cell) for cell in row)
            )
            for number, row in enumerate(part["table"])
        )
        return format_html(
            "<table><tr>{}</tr>{}</table>", head, format_html_join("", "<tr>{}</tr>", zip(rows))
        )
    return format_html("<h2>{}</h2><p>{}</p>", *part)


def table(plan: dict[str, Any]) -> ContentFile[bytes]:
    """Return a CSV file with semicolons, as French spreadsheets write it."""
    lines = (";".join(map(str, row)) + "\r\n" for row in plan["rows"])
    return ContentFile("".join(lines).encode(), name=plan["file"])


def diagram(plan: dict[str, Any]) -> ContentFile[bytes]:
    """Return a picture of boxes in a row, joined by named links."""
    from PIL import Image, ImageDraw, ImageFont  # noqa: PLC0415 -- used by the sample only

    boxes: Sequence[str] = plan["boxes"]
    wide, gap, high, margin = 260, 190, 120, 40
    size = (len(boxes) * wide + (len(boxes) - 1) * gap + 2 * margin, high + 2 * margin + 30)
    image = Image.new("RGB", size, PAPER)
    draw = ImageDraw.Draw(image)
    font = ImageFont.truetype(FONTS / "SourceSans3-Regular.ttf", 22)
    small = font.font_variant(size=18)
    middle = margin + high // 2
    for number, box in enumerate(boxes):
        left = margin + number * (wide + gap)
        area = (left, margin, left + wide, margin + high)
        draw.rounded_rectangle(area, 10, outline=PETROL, width=3)
        draw.text((left + wide // 2, middle), box, fill=INK, font=font, anchor="mm")
        if number:
            draw.line((left - gap, middle, left - 12, middle), fill=PETROL, width=3)
            tip = [(left, middle), (left - 14, middle - 8), (left - 14, middle + 8)]
            draw.polygon(tip, fill=PETROL)
            words = plan["links"][number - 1]
            draw.text((left - gap // 2, middle - 18), words, fill=INK, font=small, anchor="mm")
    out = io.BytesIO()
    image.save(out, format="PNG", optimize=True)
    return ContentFile(out.getvalue(), name=plan["file"])


MAKERS: Final = {"pdf": report, "table": table, "diagram": diagram}
