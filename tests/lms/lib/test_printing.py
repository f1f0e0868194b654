"""Documents: what people typed prints as it stands, nothing of it is obeyed, and the printing process is replaced."""

import io
import os
import re
import signal
import threading
import unicodedata

import pypdf
import pytest

from lms.lib import printing

HOSTILE = [
    '#read("/etc/passwd")',
    "#place(top)[A级]",
    '#import "frame.typ"',
    "*粗* _斜_ `码`",
    "$x^2$ @ref <label>",
    "<b>林</b> &amp; {{7*7}}",
    "\\u{41} \\ [ ] ~ // /* */",
    '"; #eval("1+1")',
    "= 一级标题",
    "䶮㛃𬭎",
    "O’Neill-阿·买买提",
    "x" * 200,
    "林" * 200,
]


@pytest.fixture(autouse=True)
def templates(tmp_path_factory, monkeypatch):
    """One template prints a name, one does not end in our time, one asks for a file, one for a package."""
    folder = tmp_path_factory.mktemp("print")
    (folder / "tests").mkdir()
    head = '#let data = json(bytes(sys.inputs.data))\n#set document(title: "t")\n#set text(font: "Noto Serif SC")\n'
    for name, body in {
        "name": head + "#data.name",
        "endless": head + "#let s = 0\n#for i in range(9000) { for j in range(9000) { s += calc.sin(i * j) } }",
        "outside": head + '#read("/../../../etc/passwd")',
        "package": head + '#import "@preview/cetz:0.3.0": *',
        "faulty": head + "#nothing",
    }.items():
        (folder / "tests" / f"{name}.typ").write_text(body)
    monkeypatch.setattr(printing, "TEMPLATES", folder)
    monkeypatch.setattr(printing, "SECONDS", 5)
    printing._printer.close()
    yield
    printing._printer.close()


def text_of(document):
    pages = pypdf.PdfReader(io.BytesIO(document)).pages
    return "".join(page.extract_text() for page in pages)


def without_spaces(text):
    return re.sub(r"\s", "", text)


@pytest.mark.parametrize("name", HOSTILE)
def test_pdf_prints_a_name_as_it_is_typed_when_it_looks_like_source(name):
    assert without_spaces(text_of(printing.pdf("tests/name", {"name": name}))) == without_spaces(name)


@pytest.mark.parametrize(
    ("typed", "printed"),
    [("林\u202e微", "林微"), ("林\x00微\x07", "林微"), ("林\u200d微\ufeff", "林微"), ("é", "é"), ("林\ud800", "林")],
)
def test_pdf_leaves_out_what_nobody_can_see(typed, printed):
    assert text_of(printing.pdf("tests/name", {"name": typed})).strip() == unicodedata.normalize("NFC", printed)


def test_pdf_prints_a_box_and_says_so_when_no_font_has_the_character(caplog):
    assert text_of(printing.pdf("tests/name", {"name": "林𠮷"})).strip() == "林□"
    assert "U+20BB7" in caplog.text
    assert "林" not in caplog.text


def test_missing_names_each_character_that_no_font_has_once():
    assert printing.missing("林𠮷微😀𠮷䶮㛃𬭎\n") == ["𠮷", "😀"]


def test_the_fonts_have_the_rare_characters_of_names():
    assert printing.missing("䶮㛃𬭎喆堃昉煊祎犇骉垚頔朤") == []


def test_pdf_is_an_archival_document_with_its_fonts_inside():
    document = printing.pdf("tests/name", {"name": "林"})
    reader = pypdf.PdfReader(io.BytesIO(document))
    assert b"pdfaid" in reader.trailer["/Root"]["/Metadata"].get_data()
    font = reader.pages[0]["/Resources"]["/Font"].values().__iter__().__next__().get_object()
    assert "/FontFile3" in font["/DescendantFonts"][0].get_object()["/FontDescriptor"].get_object()


def test_png_is_a_picture_of_the_first_page():
    assert printing.pdf("tests/name", {"name": "林"}, png=True).startswith(b"\x89PNG")


@pytest.mark.parametrize("template", ["tests/none", "../tests/name", "tests/name.typ", "/etc/passwd", "name"])
def test_pdf_fails_when_there_is_no_such_template(template):
    with pytest.raises(printing.PrintingError, match="no template"):
        printing.pdf(template, {"name": "林"})


@pytest.mark.parametrize("template", ["tests/outside", "tests/package", "tests/faulty"])
def test_pdf_fails_and_goes_on_when_a_template_asks_for_what_it_may_not_have(template):
    printing.pdf("tests/name", {"name": "林"})
    child = printing._printer._child.pid
    with pytest.raises(printing.PrintingError):
        printing.pdf(template, {"name": "林"})
    assert text_of(printing.pdf("tests/name", {"name": "微"})).strip() == "微"
    assert printing._printer._child.pid == child


def test_pdf_fails_in_time_and_starts_anew_when_a_document_never_ends(monkeypatch):
    printing.pdf("tests/name", {"name": "林"})
    child = printing._printer._child.pid
    monkeypatch.setattr(printing, "SECONDS", 0.5)
    with pytest.raises(printing.PrintingError, match="longer than"):
        printing.pdf("tests/endless", {"name": "林"})
    monkeypatch.setattr(printing, "SECONDS", 20)
    assert text_of(printing.pdf("tests/name", {"name": "微"})).strip() == "微"
    assert printing._printer._child.pid != child


def test_pdf_fails_when_a_document_uses_more_processor_time_than_allowed(monkeypatch):
    monkeypatch.setattr(printing, "_PROCESSOR_SECONDS", 0)
    monkeypatch.setattr(printing, "SECONDS", 60)
    with pytest.raises(printing.PrintingError, match="died twice"):
        printing.pdf("tests/endless", {"name": "林"})


def test_pdf_is_printed_by_a_new_process_when_the_old_one_was_killed():
    printing.pdf("tests/name", {"name": "林"})
    os.kill(printing._printer._child.pid, signal.SIGKILL)
    assert text_of(printing.pdf("tests/name", {"name": "微"})).strip() == "微"


def test_the_process_is_kept_for_the_next_document_and_replaced_when_it_is_old(monkeypatch):
    monkeypatch.setattr(printing, "_DOCUMENTS_PER_CHILD", 2)
    printing.pdf("tests/name", {"name": "一"})
    first = printing._printer._child.pid
    printing.pdf("tests/name", {"name": "二"})
    assert printing._printer._child is None
    printing.pdf("tests/name", {"name": "三"})
    assert printing._printer._child.pid != first


def test_the_process_has_no_environment_of_ours(monkeypatch):
    monkeypatch.setenv("LMS_SECRET_OF_TEST", "canary")
    printing.pdf("tests/name", {"name": "林"})
    with open(f"/proc/{printing._printer._child.pid}/environ") as environment:  # noqa: PTH123
        assert "canary" not in environment.read()


def test_threads_get_each_their_own_document():
    got = {}
    names = [f"第{n}位老师" for n in range(24)]

    def draw(name):
        got[name] = text_of(printing.pdf("tests/name", {"name": name})).replace(" ", "").strip()

    threads = [threading.Thread(target=draw, args=(name,)) for name in names]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert got == {name: name for name in names}


@pytest.mark.filterwarnings("ignore:This process .* is multi-threaded:DeprecationWarning")
def test_a_forked_process_gets_a_printer_of_its_own():
    printing.pdf("tests/name", {"name": "林"})
    parents = printing._printer._child.pid
    reading, writing = os.pipe()
    if os.fork() == 0:
        document = printing.pdf("tests/name", {"name": "子"})
        os.write(writing, b"%d %d" % (printing._printer._child.pid != parents, document.startswith(b"%PDF")))
        printing._printer.close()
        os._exit(0)
    os.wait()
    assert os.read(reading, 10) == b"1 1"
    assert text_of(printing.pdf("tests/name", {"name": "母"})).strip() == "母"
    assert printing._printer._child.pid == parents


def test_qr_path_draws_the_dark_modules_of_its_rows():
    rows, path = printing.qr_rows("https://example.org/x"), printing.qr_path("https://example.org/x")
    drawn = {(int(x) + i, int(y)) for x, y, w in re.findall(r"M(\d+) (\d+)h(\d+)v1", path) for i in range(int(w))}
    assert drawn == {(x, y) for y, row in enumerate(rows) for x, module in enumerate(row) if module == "1"}


def test_the_folder_of_templates_holds_only_templates(settings):
    root = settings.BASE_DIR / "templates" / "print"
    files = [path for path in root.rglob("*") if not path.is_dir()]
    assert files
    assert not [path for path in root.rglob("*") if path.is_symlink()]
    assert {path.suffix for path in files} == {".typ"}
    source = "\n".join(path.read_text() for path in files)
    assert not re.search(r"@preview|@local|\beval\(|#?\bread\(|\bplugin\(", source)


def test_no_code_composes_typst_source(settings):
    """Templates are files; data goes beside them. Nothing in the project writes a .typ file or compiles a string."""
    names = [path for app in ("lms", "certs", "exams", "cms") for path in (settings.BASE_DIR / app).rglob("*.py")]
    assert [p.name for p in names if "import typst" in p.read_text()] == ["printing_child.py"]
