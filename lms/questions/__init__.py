"""Kinds of question and how an answer is marked against its key. Pure: no models, no framework.

The kinds, and the shapes they use for `body` (what is shown), `key` (what marks it) and a response, as plain JSON data:

single        body {"options": [{"id": "A", "text": …}, …]}
              key {"right": ["B"]}, or with {"weights": {"B": "1", "C": "1/2"}} beside it; response "B"
multiple      body as single
              key {"right": ["A", "C"], "policy": "half", "all_or_nothing" or "per_option"}, or
              {"right": …, "policy": "weights", "weights": {"A": "1/2", "C": "1/2", "D": "-1/2"}}; response ["A", "C"]
true_false    body {}
              key {"right": true}; response true
fill_in       body {"blanks": 2}, and ____ for each blank in the stem
              key {"blanks": [["共情", "同理心"], ["倾听"]]}; response ["共情", ""]
              and, where needed, "shares" [{"同理心": "1/2"}, {}], "case" true, "wildcards" true, "numbers" true
matching      body {"left": [{"id": "1", "text": …}, …], "right": [{"id": "A", "text": …}, …]}; right may have more
              key {"pairs": {"1": "A", …}}; response {"1": "A", …}
              and, where needed, "policy" "all_or_nothing", "shares" {"1": "1/3", …}, "wrong" "-1/3"
ordering      body {"options": [{"id": "A", "text": …}, …]}
              key {"order": ["B", "A", …], "policy": "all_or_nothing" or "places"}; response ["B", "A", …]
short_answer  body {}
              key {"guide": text}; response "text"
case          body {"parts": [{"number": 1, "stem": …, "points": "5"}, …]}
              key {"parts": [{"guide": text}, …]}; response "text", one for each part

A weight or share is an exact fraction as text, of the question's points (of the blank's points in `shares` of a
fill_in). Any key may hold "feedback": {"answers": {option, variant, "true" or "false": text}, "whole": {"right",
"partly", "wrong": text}}. A text may show a picture or a sound by its mark: lms/questions/items.py.

An answer taken back is "" (single, true_false, text), [] (multiple, ordering), {} (matching) or "" in every blank.
"""
