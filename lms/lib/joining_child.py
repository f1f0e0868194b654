"""The child process that joins PDFs: the first argument is the file to write, the others are read in their order; it
answers with the number of pages. Started by `lms.lib.joining` as a bare script, so that it carries neither Django nor a
secret."""

import sys

import pypdfium2


def main(target: str, *pieces: str) -> None:
    """Join them."""
    whole = pypdfium2.PdfDocument.new()
    for piece in pieces:
        document = pypdfium2.PdfDocument(piece)
        whole.import_pages(document)
        document.close()
    whole.save(target)
    sys.stdout.write(str(len(whole)))


if __name__ == "__main__":
    main(*sys.argv[1:])
