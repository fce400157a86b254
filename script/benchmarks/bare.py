"""The floor of the dossier: WeasyPrint as it comes, on the page and styles of standard input."""

import json
import sys

import weasyprint

page, styles = json.load(sys.stdin)
document = weasyprint.HTML(string=page, base_url=styles).render()
document.write_pdf()
print(len(document.pages))
