"""A course comes in from a folder of Markdown or Word files: as drafts, with a report of what was not understood."""

import datetime as dt
import io
import posixpath
import re
import zipfile
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import PurePosixPath
from typing import Any

from django.core.files.base import ContentFile
from django.db import transaction
from django.utils.translation import gettext_lazy as _

from cms import reading, uploading
from cms.contents import BadFile
from cms.formats import markdown, word
from cms.formats.lesson import Draft, Picture, Remark
from cms.models import CourseImage, CoursePage, InstitutionPage, LessonPage, ModulePage
from lms.journal import writing as journal
from lms.lib.crypto import token
from lms.lib.refusals import Refusal
from lms.people import access

_ABOUT = {"course.md", "module.md", "course.docx", "module.docx"}
_TEXT, _WORD = (".md", ".markdown", ".txt"), ".docx"
_PICTURES = (".jpg", ".jpeg", ".png", ".webp", ".gif", ".bmp", ".svg")
_ENDINGS = {b"\x89PNG": "png", b"\xff\xd8\xff": "jpg", b"RIFF": "webp"}
_MOST_FILES, _MOST_BYTES, _MOST_RATIO = 500, 100 * 2**20, 100
_ORDER = re.compile(r"(\d+)")


class NothingToCollect(Refusal):
    sentence = _("There is no lesson in this folder: it needs files that end in .md or .docx.")
    field = "file"


class NotAFolder(Refusal):
    sentence = _("This is no ZIP file. Pack the course's folder into a ZIP file and choose that.")
    field = "file"


class FolderTooLarge(Refusal):
    sentence = _("This folder is too large: at most 500 files and 100 MB, unpacked. Leave videos out; add them later.")
    field = "file"


@dataclass
class Collected:
    """What a folder became: the course as it stands now (a draft, or live), how many modules, lessons and questions,
    and every remark on what was not understood, in the order of the files."""

    course: CoursePage
    modules: int = 0
    lessons: int = 0
    questions: int = 0
    remarks: list[Remark] = field(default_factory=list)


@dataclass
class _Part:
    """A module as it was read: its own text and its lessons."""

    name: str
    about: Draft | None = None
    lessons: list[Draft] = field(default_factory=list)


def unpack(content: bytes) -> dict[str, bytes]:
    """The files of a zipped folder by their paths, a common folder around them left out. Refuses: NotAFolder,
    FolderTooLarge. Nothing is written anywhere."""
    try:
        with zipfile.ZipFile(io.BytesIO(content)) as archive:
            entries = [each for each in archive.infolist() if not each.is_dir()]
            unpacked = sum(each.file_size for each in entries)
            if len(entries) > _MOST_FILES or unpacked > min(_MOST_BYTES, _MOST_RATIO * max(1, len(content))):
                raise FolderTooLarge()
            files = {_name(each): archive.read(each) for each in entries}
    except (zipfile.BadZipFile, RuntimeError, NotImplementedError) as broken:
        raise NotAFolder() from broken
    roots = {PurePosixPath(name).parts[0] for name in files}
    if len(roots) == 1 and all(len(PurePosixPath(name).parts) > 1 for name in files):
        files = {str(PurePosixPath(*PurePosixPath(name).parts[1:])): content for name, content in files.items()}
    return files


@transaction.atomic
def collect(
    *, institution: InstitutionPage, files: Mapping[str, bytes], name: str, by: Any, at: dt.datetime, live: bool = False
) -> Collected:
    """Make a course of a folder's files (path → content): each folder in it a module, each file a lesson, in the
    order of their numbers; `name` is its title where the folder gives none. The pages are drafts for review; `live`
    publishes them, which is for the installation itself (`by` None). Refuses: NotYourOffice, NothingToCollect."""
    if by is not None and (live or not reading.institutions(by, at, *reading.AUTHORS).contains(institution)):
        raise access.NotYourOffice()
    about, parts, remarks = _read(files)
    if not any(part.lessons for part in parts):
        raise NothingToCollect()
    course = CoursePage(
        title=(about.title if about else "") or name,
        title_en=about.title_en if about else "",
        summary=about.summary if about else "",
        remarks=[each.data for each in remarks],
    )
    _add(institution, course, by, live)
    collected = Collected(course, remarks=remarks)
    for part in parts:
        _add_module(collected, institution, part, by, live)
    facts = {"lessons": collected.lessons, "questions": collected.questions, "remarks": len(remarks)}
    journal.write("cms.course_collected", by=by, at=at, about=course, facts=facts)
    return collected


def _read(files: Mapping[str, bytes]) -> tuple[Draft | None, list[_Part], list[Remark]]:
    """The course's own text, its modules with their lessons, and all remarks."""
    about: Draft | None = None
    parts: dict[str, _Part] = {}
    remarks: list[Remark] = []
    shown: set[str] = set()
    paths = [each for each in sorted(files, key=_in_order) if not _is_hidden(each)]
    for path in paths:
        where = PurePosixPath(path)
        if where.suffix.lower() in _PICTURES:
            continue
        draft = _draft(path, files[path])
        shown |= _find_pictures(draft, files)
        remarks += draft.remarks
        folder = where.parts[0] if len(where.parts) > 1 else ""
        if where.name.lower() in _ABOUT and not folder:
            about = draft
        elif where.name.lower() in _ABOUT:
            parts.setdefault(folder, _Part(folder)).about = draft
        elif draft.blocks:
            parts.setdefault(folder, _Part(folder)).lessons.append(draft)
        elif not draft.remarks:
            remarks.append(Remark(path, None, "", "empty"))
    pictures = [each for each in paths if PurePosixPath(each).suffix.lower() in _PICTURES]
    remarks += [Remark(path, None, path, "picture_unused") for path in pictures if path not in shown]
    return about, [part for part in parts.values() if part.lessons], remarks


def _is_hidden(path: str) -> bool:
    return any(each.startswith((".", "__MACOSX", "~$")) for each in PurePosixPath(path).parts)


def _find_pictures(draft: Draft, files: Mapping[str, bytes]) -> set[str]:
    """Give each picture of a draft its file, written anew; one that is missing or unfit is left out with a remark. The
    paths of all that the draft names."""
    found, named = [], set()
    for each in draft.pictures:
        path = posixpath.normpath(posixpath.join(posixpath.dirname(draft.file), each.path)) if each.path else ""
        named.add(path)
        content = each.content if each.content is not None else files.get(path)
        picture = _picture(draft, each, path, content)
        if picture is None:
            draft.blocks.remove(each.block)
            continue
        found.append(picture)
        if not each.block["value"]["alt"]:
            draft.remark(each.line, each.path or draft.title, "picture_unnamed")
    draft.pictures = found
    return named


def _picture(draft: Draft, named: Picture, path: str, content: bytes | None) -> Picture | None:
    """The same with its content as it is kept and a name for its file; None, and a remark, if it cannot be kept."""
    if content is None:
        draft.remark(named.line, named.path, "picture_missing")
        return None
    ending = next((each for start, each in _ENDINGS.items() if content.startswith(start)), "")
    name = f"{PurePosixPath(path).stem or 'picture'}.{ending}" if ending else PurePosixPath(path).name
    try:
        kept = uploading.picture(io.BytesIO(content), name, len(content))
    except BadFile as refusal:
        draft.remark(named.line, named.path or named.block["value"]["alt"], "picture_unfit", reason=str(refusal))
        return None
    return Picture(named.block, named.line, name, kept)


def _draft(path: str, content: bytes) -> Draft:
    suffix = PurePosixPath(path).suffix.lower()
    if suffix == _WORD:
        draft = word.read(path, content)
    elif suffix in _TEXT:
        text = _decoded(content)
        if text is None:
            draft = Draft(path)
            draft.remark(None, path, "not_text")
        else:
            draft = markdown.read(path, text)
    else:
        draft = Draft(path)
        draft.remark(None, path, "file_unknown")
    if draft.blocks and not draft.title:
        draft.title = re.sub(r"^\d+[-_. ]*", "", PurePosixPath(path).stem) or PurePosixPath(path).stem
        draft.remark(None, path, "no_title")
    return draft


def _decoded(content: bytes) -> str | None:
    for encoding in ("utf-8-sig", "gb18030"):
        try:
            return content.decode(encoding).replace("\x00", "")
        except UnicodeDecodeError:
            continue
    return None


def _in_order(path: str) -> list[tuple[int, int, str]]:
    """Numbers in names count as numbers, so that 2 stands before 10."""
    return [(0, int(each), "") if each.isdigit() else (1, 0, each) for each in _ORDER.split(path)]


def _name(entry: zipfile.ZipInfo) -> str:
    """A file's path in any script: packers of old name them in GB18030 and do not say so."""
    if entry.flag_bits & 0x800:
        return entry.filename
    try:
        return entry.filename.encode("cp437").decode("gb18030")
    except UnicodeError:
        return entry.filename


def _add_module(collected: Collected, institution: InstitutionPage, part: _Part, by: Any, live: bool) -> None:
    about = part.about or Draft(part.name)
    title = about.title or re.sub(r"^\d+[-_. ]*", "", part.name) or collected.course.title
    module = ModulePage(title=title, title_en=about.title_en, summary=about.summary)
    _add(collected.course, module, by, live)
    collected.modules += 1
    for draft in part.lessons:
        for picture in draft.pictures:
            picture.block["value"]["image"] = _keep(institution, picture, by)
        lesson = LessonPage(
            title=draft.title,
            title_en=draft.title_en,
            minutes=draft.minutes or LessonPage._meta.get_field("minutes").default,
            ask=LessonPage._meta.get_field("ask").default if draft.ask is None else draft.ask,
            body=draft.blocks,
            sources="\n".join(draft.sources),
        )
        _add(module, lesson, by, live)
        collected.lessons += 1
        collected.questions += sum(block["type"] == "question" for block in draft.blocks)


def _keep(institution: InstitutionPage, picture: Picture, by: Any) -> int:
    """A picture among the institution's own; its id."""
    alt = picture.block["value"]["alt"]
    kept = CourseImage(
        title=alt or PurePosixPath(picture.path).stem,
        alt=alt,
        collection=institution.collection,
        file=ContentFile(picture.content, picture.path),
        file_size=len(picture.content or b""),
        uploaded_by_user=by,
    )
    kept.save()
    return kept.pk


def _add(parent: Any, page: Any, by: Any, live: bool) -> None:
    """Put a page below another, as a draft with its first version, or live."""
    page.slug, page.owner, page.live = token(), by, False
    page.has_unpublished_changes = True
    parent.add_child(instance=page)
    revision = page.save_revision(user=by, log_action="wagtail.create")
    if live:
        revision.publish(user=by)
        page.refresh_from_db()
