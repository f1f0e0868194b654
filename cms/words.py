"""How text is cut for the search, and where the words of a question stand in it. There is no dictionary: two
neighbouring Chinese characters are a word, and so is a run of other letters and digits."""

import re
import unicodedata
from collections.abc import Iterable
from dataclasses import dataclass

MOST_WORDS, LONGEST = 5, 80
_LONGEST_RUN = 60
_LEAD, _SHOWN = 24, 110  # characters of a snippet before the hit, and in all

_CHINESE = "\u3005\u3007\u3040-\u30ff\u3400-\u9fff\uac00-\ud7af\uf900-\ufaff\U00020000-\U0003ffff"
_RUNS = re.compile(f"([{_CHINESE}]+)|((?:(?![{_CHINESE}])[^\\W_])+)")
_BREAKS = re.compile(r"[\s、，。；：！？,;!?]+")
_LETTER = re.compile(f"(?![{_CHINESE}])[^\\W_]")
_HAS_CHINESE = re.compile(f"[{_CHINESE}]")

# Brackets of document numbers are typed in many ways.
_BRACKETS = dict.fromkeys("〔［【「『", "(") | dict.fromkeys("〕］】」』", ")") | {"[": "(", "]": ")"}
# Traditional characters that are common in schools, each before the simplified one. Far from all: a name that is
# written with others is found as it is written.
_TRADITIONAL = (
    "學学習习課课業业師师長长導导訓训練练證证書书講讲說说話话語语詞词記记認认識识試试評评論论議议設设計计劃划畫画"
    "題题問问對对錯错讀读寫写聽听觀观見见親亲現现實实際际電电腦脑網网絡络線线級级結结續续經经統统總总編编組组織织"
    "給给約约紀纪終终細细紅红純纯紙纸緒绪緊紧縣县繼继績绩縮缩繪绘關关開开閉闭閱阅門门間间閒闲陳陈陸陆陽阳陰阴隊队"
    "階阶隨随險险難难離离雙双雜杂雲云靈灵靜静響响頁页項项順顺須须預预領领頭头類类顯显願愿顧顾風风飛飞飯饭養养餘余"
    "館馆馬马駐驻驗验體体髮发鬥斗魚鱼鳥鸟麗丽點点黨党齊齐齡龄龍龙億亿個个們们備备傳传傷伤債债傾倾僅仅價价儀仪優优"
    "償偿兒儿內内兩两冊册軍军農农馮冯凍冻準准減减幾几處处劉刘則则剛刚創创勝胜務务動动勞劳勢势勵励勸劝匯汇區区協协"
    "單单賣卖衛卫廠厂歷历曆历參参發发變变叢丛號号葉叶聲声嚴严園园圍围國国圖图圓圆團团場场塊块壇坛壓压報报復复夠够"
    "奪夺奮奋婦妇媽妈孫孙寧宁寶宝審审寬宽將将專专尋寻屆届層层屬属歲岁島岛嶺岭帶带幫帮幹干庫库應应廣广張张彈弹強强"
    "彙汇後后徑径從从徹彻愛爱態态慣惯慮虑憂忧憶忆懷怀戀恋戰战戲戏戶户擇择擔担據据擁拥擴扩擾扰攝摄換换揮挥損损搶抢"
    "撫抚攜携敗败敵敌數数斷断於于時时晉晋暈晕曉晓會会東东條条楊杨極极構构槍枪樂乐樣样標标樓楼樹树橋桥機机權权檢检"
    "檔档櫃柜歡欢歐欧殘残氣气漢汉決决沒没況况測测溫温滅灭滿满漸渐潔洁濟济無无營营爭争爺爷爾尔牆墙狀状獨独獲获獎奖"
    "環环產产異异當当療疗盡尽監监盤盘眾众碼码確确礎础禮礼種种稱称積积穩稳窮穷競竞筆笔節节範范築筑簡简糾纠紹绍綜综"
    "綱纲維维緣缘義义聖圣聞闻聯联職职肅肃脫脱腸肠膚肤臉脸臨临與与興兴舉举舊旧艱艰藝艺藥药蘇苏蘭兰虧亏蟲虫術术補补"
    "裝装製制規规視视覺觉訂订訊讯討讨許许訴诉診诊詢询該该詳详誠诚誤误請请諾诺謝谢謹谨譯译護护貝贝負负財财責责貧贫"
    "貨货質质購购費费資资賞赏賽赛贊赞趙赵趕赶跡迹踐践車车軟软較较載载輔辅輕轻輪轮輸输轉转辦办辭辞辯辩邊边這这進进"
    "運运過过達达違违遠远適适選选遺遗還还鄉乡鄧邓鄭郑醫医釋释裡里裏里針针鐘钟鋼钢錢钱鍵键鎮镇鏡镜鐵铁鑒鉴闊阔陣阵"
    "韓韩"
)
_SIMPLIFIED = dict(zip(_TRADITIONAL[::2], _TRADITIONAL[1::2], strict=True))


class _Folding(dict[int, str]):
    """One way to write each character: half width, small letters, simplified, plain brackets. One character stays
    one, so a place in folded text is the same place in the text."""

    def __missing__(self, code: int) -> str:
        plain = _BRACKETS.get(chr(code)) or unicodedata.normalize("NFKC", chr(code)).casefold()
        plain = _SIMPLIFIED.get(plain, plain)
        self[code] = plain if len(plain) == 1 and plain.isprintable() else " " if chr(code).isspace() else chr(code)
        return self[code]


_FOLDING = _Folding()


@dataclass(frozen=True)
class Word:
    """A word of a question. With a Chinese character in it, it is found wherever it stands; without, at the beginning
    of words only."""

    text: str

    @property
    def has_chinese(self) -> bool:
        return bool(_HAS_CHINESE.search(self.text))

    def tokens(self) -> list[tuple[str, bool]]:
        """What a text that has this word has among its `grams` (a necessary condition): each token, and whether it is
        only the beginning of one."""
        if not self.has_chinese:
            return [(self.text[:_LONGEST_RUN], True)]
        found: list[tuple[str, bool]] = []
        for run in _RUNS.finditer(self.text):
            chinese, other = run.groups()
            if chinese and len(chinese) > 1:
                found += [(pair, False) for pair in _pairs(chinese)]
            elif chinese:
                found.append((chinese, True))
            elif run.start() > 0:  # what stands first may be the end of a longer one
                found.append((other, run.end() == len(self.text)))
        return found

    @property
    def is_token(self) -> bool:
        """Whether a text that has its one token has the word: then nobody needs to look into the text."""
        return [token for token, _is_beginning in self.tokens()] == [self.text]

    def places(self, folded: str) -> list[tuple[int, int]]:
        """Where it stands in a folded text: first place and the place after the last."""
        found, start = [], folded.find(self.text)
        while start >= 0:
            end = start + len(self.text)
            if self.has_chinese or not (start and _LETTER.match(folded[start - 1])):
                found.append((start, end))
            start = folded.find(self.text, end)
        return found


@dataclass(frozen=True)
class Part:
    """A piece of a text, and whether it is one of the words."""

    text: str
    is_hit: bool = False


def fold(text: str) -> str:
    """The text in one way of writing, character for character."""
    return text.translate(_FOLDING)


def plain(text: str) -> str:
    """A text to be kept: composed characters, one space where there was any white space, nothing that a database
    refuses."""
    return " ".join(unicodedata.normalize("NFC", text.replace("\x00", " ")).split())


def grams(folded: str) -> str:
    """Every pair of neighbouring Chinese characters, the last of each run alone, and every other run, each once and
    with a space on both sides."""
    found: dict[str, None] = {}
    for chinese, other in _RUNS.findall(folded):
        found.update(dict.fromkeys((*_pairs(chinese), chinese[-1]) if chinese else (other[:_LONGEST_RUN],)))
    return f" {' '.join(found)} " if found else ""


def asked(question: str) -> list[Word]:
    """The words of a question: at most five, parted by spaces and punctuation; the same word counts once."""
    found: dict[str, None] = {}
    for piece in _BREAKS.split(fold(plain(question[:LONGEST]))):
        if _HAS_CHINESE.search(piece):
            found[re.sub(r"^[\W_]+|[\W_]+$", "", piece)] = None
        else:
            found.update(dict.fromkeys(other for _chinese, other in _RUNS.findall(piece)))
    return [Word(each) for each in found][:MOST_WORDS]


def parts(text: str, words: Iterable[Word]) -> list[Part]:
    """The whole text in pieces, the words apart."""
    return _cut(text, _merged(fold(text), words), 0, len(text))


def snippet(text: str, words: Iterable[Word]) -> list[Part]:
    """A piece of the text around the place where most of the words stand together; its beginning where none does."""
    words = list(words)
    folded = fold(text)
    spans = _merged(folded, words)
    best = max(spans[:200], key=lambda span: _together(folded, span[0], words), default=(0, 0))
    start = max(0, best[0] - _LEAD)
    end = min(len(text), start + _SHOWN)
    start = max(0, min(start, end - _SHOWN))
    while 0 < start < best[0] and _LETTER.match(text[start - 1]) and _LETTER.match(text[start]):
        start += 1
    found = _cut(text, spans, start, end)
    before = [Part("…")] if start else []
    return [*before, *found, *([Part("…")] if end < len(text) else [])]


def _pairs(run: str) -> list[str]:
    return [run[place : place + 2] for place in range(len(run) - 1)]


def _together(folded: str, start: int, words: list[Word]) -> int:
    """How many of the words stand in what a snippet shows from here on."""
    shown = folded[start : start + _SHOWN - _LEAD]
    return sum(word.text in shown for word in words)


def _merged(folded: str, words: Iterable[Word]) -> list[tuple[int, int]]:
    """The places of all words in order, those that overlap as one."""
    found: list[tuple[int, int]] = []
    for start, end in sorted(place for word in words for place in word.places(folded)):
        if found and start < found[-1][1]:
            found[-1] = (found[-1][0], max(end, found[-1][1]))
        else:
            found.append((start, end))
    return found


def _cut(text: str, spans: list[tuple[int, int]], start: int, end: int) -> list[Part]:
    found, place = [], start
    for first, last in spans:
        if last <= start or first >= end:
            continue
        first, last = max(first, start), min(last, end)
        found += [Part(text[place:first]), Part(text[first:last], is_hit=True)]
        place = last
    return [part for part in (*found, Part(text[place:end])) if part.text]
