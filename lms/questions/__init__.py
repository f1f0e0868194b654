"""Kinds of question and how an answer is marked against its key. Pure: no models, no framework.

The kinds, and the shapes they use for `body` (what is shown), `key` (what marks it) and a response, as plain JSON data:

single        body {"options": [{"id": "A", "text": …}, …]}
              key {"right": ["B"]}; response "B"
multiple      body as single
              key {"right": ["A", "C"], "policy": "half" or "all_or_nothing"}; response ["A", "C"]
true_false    body {}
              key {"right": true}; response true
fill_in       body {"blanks": 2}, and ____ for each blank in the stem
              key {"blanks": [["共情", "同理心"], ["倾听"]]}; response ["共情", ""]
short_answer  body {}
              key {"guide": text}; response "text"
case          body {"parts": [{"number": 1, "stem": …, "points": "5"}, …]}
              key {"parts": [{"guide": text}, …]}; response "text", one for each part

An answer taken back is "" (single, true_false, text), [] (multiple) or "" in every blank.
"""
