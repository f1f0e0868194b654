"""Question files of other software: GIFT, Moodle XML and QTI in, GIFT and Moodle XML out. Pure.

A reader gives every item of a file in its order, whole (Item) or told by its line with the reason (Reported); a file
that cannot be read at all raises Unreadable. A writer gives the file and what it has no place for (LeftOut).
"""
