"""Invented names, identity numbers and telephones: drawn from a seed, the same every time."""

import datetime as dt
import random
from collections.abc import Iterator

from lms.people.identity import with_check_character

_SURNAMES = (
    "王李张刘陈杨赵黄周吴徐孙胡朱高林何郭马罗梁宋郑谢韩唐冯于董萧程曹袁邓许傅沈曾彭吕苏卢蒋蔡贾丁魏薛叶阎余潘杜戴夏"
    "钟汪田任姜范方石姚谭廖邹熊金陆郝孔白崔康毛邱秦江史顾侯邵孟龙万段雷钱汤尹黎易常武乔贺赖龚文"
)
_DOUBLE = ("欧阳", "上官", "司徒", "诸葛", "万俟", "尉迟")
_GIVEN = (
    "安柏采辰澄初川纯慈丹德笛冬恩帆方飞芬风枫甫歌格庚观光桂海涵禾和荷衡虹华桦怀惠嘉简江娇洁锦谨静君俊开可宽兰蓝岚乐黎理"
    "丽连莲良亮林灵令流龙露鹿仑洛满曼茂梅美蒙梦眠民敏明鸣铭沐牧木念宁佩朋鹏平萍齐祺琪启千茜谦倩乔勤青清晴秋仁容融如润若"
    "三珊尚绍深生诗时石书舒树双霜朔思松素泰棠天恬听庭桐望薇为维文闻悟溪熙遐夏贤湘祥向晓心欣新星行杏修秀雪雅延岩砚扬瑶野一"
    "仪宜怡逸音盈影永咏悠友渝瑜宇雨玉钰元远月云允韵泽曾湛昭哲真知芷志舟竹卓紫自宗"
)
_RARE = ("䶮", "㛃", "𬭎")
_AREA = "980105"


def full_names(seed: str) -> Iterator[str]:
    """Names without end: two, three, now and then four characters; as in life, some are borne by several people."""
    draw = random.Random(f"{seed}:names")
    while True:
        surname = draw.choice(_DOUBLE) if draw.random() < 0.006 else draw.choice(_SURNAMES)
        given = draw.choice(_GIVEN)
        if draw.random() < 0.72:
            given += draw.choice(_GIVEN)
        if draw.random() < 0.001:
            given = draw.choice(_RARE)
        yield surname + given


def id_numbers(seed: str, area: str = _AREA) -> Iterator[str]:
    """Identity numbers of people born 1966 to 1999, each once, under an area code that does not exist."""
    draw = random.Random(f"{seed}:numbers:{area}")
    given: set[str] = set()
    while True:
        born = dt.date(1966, 1, 1) + dt.timedelta(days=draw.randrange(34 * 365))
        body = f"{area}{born:%Y%m%d}{draw.randrange(1, 1000):03d}"
        if body not in given:
            given.add(body)
            yield with_check_character(body)


def phones(first: int) -> Iterator[str]:
    """Telephones of a range that nobody was given."""
    number = first
    while True:
        yield f"19901{number:06d}"
        number += 1
