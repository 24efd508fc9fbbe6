"""Renders the page of the bench with typst and WeasyPrint and prints how long a document takes, as JSON.

Arguments: folder with page.typ and page.html, documents of each. The text "MARKE" in both is replaced by the document's
number, so that no document is the one before.
"""

import importlib
import json
import pathlib
import sys
import time


def timed(make, count):
    # The first one opens fonts and fills caches; it is not counted.
    size = len(make(0))
    best = float("inf")
    for number in range(1, count + 1):
        start = time.perf_counter()
        make(number)
        best = min(best, time.perf_counter() - start)
    return {"seconds": best, "bytes": size}


def with_typst(folder):
    typst = importlib.import_module("typst")
    text = (folder / "page.typ").read_text(encoding="utf-8")

    def make(number):
        source = text.replace("MARKE", str(number)).encode()
        return typst.compile(source, format="pdf", pdf_standards=["a-1a"])

    return make


def with_weasyprint(folder):
    weasyprint = importlib.import_module("weasyprint")
    text = (folder / "page.html").read_text(encoding="utf-8")
    fonts = weasyprint.text.fonts.FontConfiguration()

    def make(number):
        page = weasyprint.HTML(string=text.replace("MARKE", str(number)))
        return page.write_pdf(pdf_variant="pdf/a-1b", font_config=fonts)

    return make


def main():
    folder, count = pathlib.Path(sys.argv[1]), int(sys.argv[2])
    found = {}
    for name, maker in {"typst": with_typst, "weasyprint": with_weasyprint}.items():
        try:
            made = maker(folder)
            (folder / f"{name}.pdf").write_bytes(made(0))
            found[name] = timed(made, count)
        except Exception as error:  # Whatever is missing on this machine is told, not hidden.
            found[name] = {"skipped": f"{type(error).__name__}: {error}"}
    json.dump(found, sys.stdout)


main()
